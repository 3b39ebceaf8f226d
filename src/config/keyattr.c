/*
 * Two tables hold all attributes: those that say how to sign, each with the function that
 * sets it, and those that are a rule of policy (config/rules.c). A row
 * remembers which it states, so that what is given twice is a complaint and what is not
 * given can be inherited. login= with a file is the only one that reads anything.
 */
#include "base/base.h"
#include "config/keyattr.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "config/table.h"
#include "config/values.h"
#include "mail/domain.h"

static const struct reason *
stands_twice(void)
{
	return REASON("it stands twice on this row: keep one");
}

static const struct reason *
set_sign(struct pool *pool UNUSED, struct slice value, struct key_row *row)
{
	return value_bool(value, &row->sign);
}

static const struct reason *
set_subdomains(struct pool *pool UNUSED, struct slice value, struct key_row *row)
{
	return value_bool(value, &row->subdomains);
}

static const struct reason *
set_canon(struct pool *pool UNUSED, struct slice value, struct key_row *row)
{
	return value_canon(value, &row->canon.header, &row->canon.body);
}

static const struct reason *
set_expire(struct pool *pool, struct slice value, struct key_row *row)
{
	return value_seconds(pool, value, &row->expire);
}

/* A file of users: "jiro example.jp,example.com", "*" for every user. */
static const struct reason *
login_file(struct pool *pool, struct key_row *row)
{
	struct table table = { .kind = TABLE_FILE };
	struct map *users = map_new(pool);
	struct slice text;
	const struct reason *bad = file_read(pool, row->login_file, &text);
	const char *wrong;

	if (bad != NULL)
		return bad;
	table_parse(pool, text, row->login_file, &table);
	for (size_t i = 0; i < table.rows.n; i++) {
		const struct table_row *line = &table.rows.v[i];
		struct words *domains = map_get(users, line->key), list = VEC_INIT;
		const char *domain;

		if (domains == NULL) {
			domains = pool_alloc(pool, sizeof(*domains));
			map_put(users, line->key, domains);
		}
		value_words(pool, line->value, &list);
		if (list.n == 0)
			return reason_make(pool,
				"%s:%d: the user '%.*s' has no domains: write USER "
				"DOMAIN,DOMAIN",
				row->login_file, line->at.line, SLICE_ARG(line->key));
		for (size_t k = 0; k < list.n; k++) {
			wrong = domain_parse(pool, slice_of(list.v[k]), &domain);
			if (wrong != NULL)
				return reason_make(pool, "%s:%d: '%s' is no domain: %p",
					row->login_file, line->at.line, list.v[k],
					reason_of(pool, wrong));
			*vec_add(pool, domains) = domain;
		}
	}
	row->login_users = users;
	return NULL;
}

static const struct reason *
set_login(struct pool *pool, struct slice value, struct key_row *row)
{
	if (slice_caseis(value, "any"))
		row->login = LOGIN_ANY;
	else if (slice_caseis(value, "same-domain"))
		row->login = LOGIN_SAME_DOMAIN;
	else if (slice_starts(value, "/") || slice_starts(value, "file:/")) {
		row->login = LOGIN_FILE;
		row->login_file = pool_copy(
			pool, slice_from(value, slice_starts(value, "/") ? 0 : 5));
		return login_file(pool, row);
	} else
		return REASON(
			"write any, same-domain, or the path of a file of users and "
			"their domains");
	return NULL;
}

static const struct {
	const char *name;
	enum key_attribute bit;
	const struct reason *(*set)(struct pool *, struct slice value, struct key_row *);
} signing_attributes[] = {
	{ "sign", KEY_SIGN, set_sign },
	{ "subdomains", KEY_SUBDOMAINS, set_subdomains },
	{ "canonicalization", KEY_CANON, set_canon },
	{ "expire", KEY_EXPIRE, set_expire },
	{ "login", KEY_LOGIN, set_login },
};

bool
keyattr_is_known(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(signing_attributes); i++)
		if (slice_is(name, signing_attributes[i].name))
			return true;
	for (size_t i = 0; i < RULE_KINDS; i++)
		if (slice_is(name, rule_types[i].name))
			return true;
	return false;
}

bool
keyattr_looks_like(struct slice token)
{
	struct slice name, value;

	if (!slice_cut(token, '=', &name, &value) || name.n == 0)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_is_alpha(name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
			return false;
	/* The padding of base64 is no attribute without a value. */
	return value.n > 0 && value.p[0] != '=';
}

static const struct reason *
rule_parse(
	struct pool *pool, enum rule_kind kind, struct slice value, struct key_row *row)
{
	struct rule *rule = &row->rules.v[kind];
	const struct reason *bad =
		rule->is_set ? stands_twice()
			     : value_word(pool, rule_types[kind].words,
				       rule_types[kind].nwords, value, &rule->value);

	rule->is_set = bad == NULL;
	rule->where = row->where;
	row->stated |= KEY_RULES;
	if (bad != NULL)
		row->unread |= KEY_RULES;
	return bad;
}

const struct reason *
keyattr_parse(struct pool *pool, struct slice token, struct key_row *row)
{
	struct slice name, value;
	const struct reason *bad;

	slice_cut(token, '=', &name, &value);
	for (size_t i = 0; i < ARRAY_LEN(signing_attributes); i++) {
		if (!slice_is(name, signing_attributes[i].name))
			continue;
		bad = row->stated & signing_attributes[i].bit
		              ? stands_twice()
		              : signing_attributes[i].set(pool, value, row);
		row->stated |= signing_attributes[i].bit;
		if (bad != NULL)
			row->unread |= signing_attributes[i].bit;
		return bad;
	}
	for (enum rule_kind kind = 0; kind < RULE_KINDS; kind++)
		if (slice_is(name, rule_types[kind].name))
			return rule_parse(pool, kind, value, row);
	return REASON("it is no attribute");
}

const char *
keyattr_names(struct pool *pool)
{
	struct str list = STR_POOL(pool);

	for (size_t i = 0; i < ARRAY_LEN(signing_attributes); i++)
		str_addf(&list, "%s, ", signing_attributes[i].name);
	for (size_t i = 0; i < RULE_KINDS; i++)
		str_addf(&list, "%s%s", rule_types[i].name,
			i + 1 < RULE_KINDS ? ", " : "");
	return list.p;
}
