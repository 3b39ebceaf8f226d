/*
 * Two indices: by NAME for the signing table, by DOMAIN for everything else. Attributes
 * of a domain may stand on any one of its rows; what concerns the domain and not one key
 * (login, subdomains, the rules) is gathered there, and rows that disagree are refused.
 */
#include "base/base.h"
#include "config/keytable.h"

#include "base/map.h"
#include "config/keyattr.h"
#include "config/keyfile.h"
#include "config/patterns.h"
#include "mail/domain.h"

struct keytable {
	struct pool *pool;
	struct key_rows rows;
	struct map *names;         /* NAME -> struct key_row */
	struct patterns *patterns; /* of a refile:, NULL else */
	struct map *domains;       /* -> struct key_domain */
};

static void
disagree(struct problems *problems, const struct key_row *row, const char *attribute,
	const char *where)
{
	problems_error(problems, row->at,
		"'%s' of %s is different at %s: write it on one row of the domain",
		attribute, row->domain, where);
}

static void
gather_rules(
	struct key_domain *domain, const struct key_row *row, struct problems *problems)
{
	for (enum rule_kind kind = 0; kind < RULE_KINDS; kind++) {
		const struct rule *own = &row->rules.v[kind];
		struct rule *all = &domain->rules.v[kind];

		if (!own->is_set)
			continue;
		if (all->is_set && all->value != own->value)
			disagree(problems, row, rule_kind_name(kind), all->where);
		else if (!all->is_set)
			*all = *own;
	}
}

/* Lets every row of a domain know what one of them says: subdomains and login. */
static void
gather_signing(struct key_domain *domain, struct problems *problems)
{
	const struct key_row *sub = NULL, *login = NULL;

	for (size_t i = 0; i < domain->all.n; i++) {
		const struct key_row *row = domain->all.v[i];

		if (row->stated & KEY_SUBDOMAINS && sub == NULL)
			sub = row;
		else if (row->stated & KEY_SUBDOMAINS &&
			 row->subdomains != sub->subdomains)
			disagree(problems, row, "subdomains", sub->where);
		if (row->stated & KEY_LOGIN && login == NULL)
			login = row;
		else if (row->stated & KEY_LOGIN &&
			 (row->login != login->login ||
				 (row->login == LOGIN_FILE &&
					 strcmp(row->login_file, login->login_file) !=
						 0)))
			disagree(problems, row, "login", login->where);
		if (row->stated & KEY_SIGN && !row->sign && row->selector == NULL)
			domain->never = row;
	}
	for (size_t i = 0; i < domain->all.n; i++) {
		/* The rows are ours, and nobody else has seen them yet. */
		struct key_row *row = (struct key_row *)(uintptr_t)domain->all.v[i];

		if (sub != NULL)
			row->subdomains = sub->subdomains;
		if (login == NULL)
			continue;
		row->login = login->login;
		row->login_where = login->where;
		row->login_file = login->login_file;
		row->login_users = login->login_users;
	}
}

/* Puts a row under its NAME. False: another one is there, and stays. */
static bool
keytable_put_name(
	struct keytable *table, const struct key_row *row, struct problems *problems)
{
	const struct key_row *first = map_get(table->names, slice_of(row->name));

	if (first == NULL) {
		map_put(table->names, slice_of(row->name), (void *)(uintptr_t)row);
		return true;
	}
	if (row->stated != 0 || first->stated != 0)
		problems_error(problems, row->at,
			"NAME '%s' stands at %s already, and one of the two has "
			"attributes: give this row another name",
			row->name, first->where);
	else
		problems_note(problems, row->at,
			"NAME '%s' stands at %s already: this row is never used, remove "
			"it or give it another name",
			row->name, first->where);
	return false;
}

static void
keytable_add(struct keytable *table, struct key_row *row, struct problems *problems)
{
	struct key_domain *domain;

	if (!keytable_put_name(table, row, problems))
		return;
	*vec_add(table->pool, &table->rows) = row;
	if (table->patterns != NULL)
		patterns_add(table->patterns, slice_of(row->name), row);
	domain = map_get(table->domains, slice_of(row->domain));
	if (domain == NULL) {
		domain = pool_alloc(table->pool, sizeof(*domain));
		domain->domain = row->domain;
		map_put(table->domains, slice_of(row->domain), domain);
	}
	*vec_add(table->pool, &domain->all) = row;
	if (row->selector != NULL && row->sign)
		*vec_add(table->pool, &domain->signing) = row;
	gather_rules(domain, row, problems);
}

static struct keytable *
keytable_empty(struct pool *pool)
{
	struct keytable *table = pool_alloc(pool, sizeof(*table));

	table->pool = pool;
	table->names = map_new(pool);
	table->domains = map_new(pool);
	return table;
}

static void
keytable_finish(struct keytable *table, struct problems *problems)
{
	for (size_t i = 0; i < map_count(table->domains); i++)
		gather_signing(map_at(table->domains, i, NULL), problems);
}

const struct keytable *
keytable_new(struct pool *pool, const struct table *lines,
	const struct keytable_params *params, struct problems *problems)
{
	struct keytable *table = keytable_empty(pool);

	if (lines->kind == TABLE_REFILE)
		table->patterns = patterns_new(pool);
	for (size_t i = 0; i < lines->rows.n; i++) {
		struct key_row *row =
			key_row_parse(pool, &lines->rows.v[i], params, problems);

		if (row != NULL)
			keytable_add(table, row, problems);
	}
	keytable_finish(table, problems);
	return table;
}

const struct keytable *
keytable_single(struct pool *pool, const struct table *domains,
	const struct keytable_params *params, struct place at, struct problems *problems)
{
	struct keytable *table = keytable_empty(pool);
	const struct options *o = params->options;

	for (size_t i = 0; i < domains->rows.n; i++) {
		const struct table_row *line = &domains->rows.v[i];
		struct table_row made = { .key = line->key, .at = at };
		struct key_row *row;

		made.value = slice_of(pool_printf(pool, "%.*s:%s:%s",
			SLICE_ARG(line->value), o->selector, o->key_file));
		row = key_row_parse(pool, &made, params, problems);
		if (row == NULL)
			continue;
		row->subdomains = o->subdomains;
		keytable_add(table, row, problems);
	}
	keytable_finish(table, problems);
	return table;
}

const struct key_row *
keytable_name(const struct keytable *table, struct slice name)
{
	const struct key_row *row = map_get(table->names, name);
	size_t from = 0;

	if (row == NULL && table->patterns != NULL)
		row = patterns_next(table->patterns, name, &from);
	return row;
}

const struct key_domain *
keytable_domain(const struct keytable *table, const char *domain)
{
	return map_get(table->domains, slice_of(domain));
}

const struct key_domain *
keytable_author(const struct keytable *table, const char *author)
{
	for (const char *name = author; name != NULL; name = domain_parent(name)) {
		const struct key_domain *domain = keytable_domain(table, name);

		if (domain == NULL)
			continue;
		if (domain->never != NULL)
			return domain;
		if (domain->signing.n > 0 &&
			(name == author || domain->signing.v[0]->subdomains))
			return domain;
		/* The nearest domain with keys decides for the names below it. */
		if (domain->signing.n > 0 && name != author)
			return NULL;
	}
	return NULL;
}

const struct key_rows *
keytable_rows(const struct keytable *table)
{
	return &table->rows;
}

/* Takes from a domain what is not set yet. */
static void
rules_inherit(struct rules *rules, const struct key_domain *domain)
{
	for (size_t kind = 0; domain != NULL && kind < RULE_KINDS; kind++)
		if (!rules->v[kind].is_set && domain->rules.v[kind].is_set)
			rules->v[kind] = domain->rules.v[kind];
}

void
keytable_rules(const struct keytable *table, const char *domain, struct rules *rules)
{
	static const int presets[RULE_KINDS] = {
		[RULE_SPF_FAIL] = RULE_MARK,
		[RULE_UNAUTHENTICATED] = RULE_MARK,
		[RULE_DMARC] = RULE_MARK,
		[RULE_DNS_ERROR] = RULE_DNS_ACCEPT,
		[RULE_IMPERSONATION] = RULE_MARK,
	};

	*rules = (struct rules){ 0 };
	for (const char *name = domain; name != NULL; name = domain_parent(name))
		rules_inherit(rules, keytable_domain(table, name));
	rules_inherit(rules, keytable_domain(table, "*"));
	for (size_t kind = 0; kind < RULE_KINDS; kind++)
		if (!rules->v[kind].is_set)
			rules->v[kind].value = presets[kind];
}
