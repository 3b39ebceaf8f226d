/*
 * Two indices: by NAME for the signing table, by DOMAIN for everything else. Attributes
 * of a domain may stand on any one of its rows; what concerns the domain and not one key
 * (login, subdomains, the rules) is gathered there. Of two rows that disagree the second
 * is out of service.
 *
 * What a row out of service meant before is copied out of the old table (keyold.h), so
 * that no policy keeps an older one alive. A row whose domain nobody can tell, one for
 * every domain and one of a NAME with stars stand for mail of others: those stop the load.
 */
#include "base/base.h"
#include "config/keytable.h"

#include "base/map.h"
#include "config/keyattr.h"
#include "config/keyfile.h"
#include "config/keyold.h"
#include "config/keytable_inside.h"
#include "config/patterns.h"
#include "mail/domain.h"

/* While a table is being made. */
struct maker {
	struct keytable *table;
	const struct keytable_params *params;
	struct problems *problems;
};

static const struct reason *
disagreement(struct pool *pool, const struct key_row *row, const char *attribute,
	const char *where)
{
	return reason_make(pool,
		"'%s' of %s is different at %s: write it on one row of the domain",
		attribute, row->domain, where);
}

/* A rule of the row that another row of its domain says otherwise; NULL: none. */
static const struct reason *
rules_clash(const struct keytable *table, const struct key_row *row)
{
	const struct key_domain *domain = map_get(table->domains, slice_of(row->domain));

	for (enum rule_kind kind = 0; domain != NULL && kind < RULE_KINDS; kind++) {
		const struct rule *own = &row->rules.v[kind];
		const struct rule *all = &domain->rules.v[kind];

		if (own->is_set && all->is_set && all->value != own->value)
			return disagreement(
				table->pool, row, rule_types[kind].name, all->where);
	}
	return NULL;
}

static void
gather_rules(struct key_domain *domain, const struct key_row *row)
{
	for (enum rule_kind kind = 0; kind < RULE_KINDS; kind++)
		if (!domain->rules.v[kind].is_set)
			domain->rules.v[kind] = row->rules.v[kind];
	if (row->bad != NULL && row->unread & KEY_RULES && domain->rules.unread == NULL)
		domain->rules.unread = row->where;
}

/* Says what is wrong with a row, and what that comes to. */
static void
complain(const struct maker *m, struct key_row *row)
{
	bool may_sign = row->unread & KEY_SIGN || (row->selector != NULL && row->sign);
	struct pool *pool = m->table->pool;

	row->bad = reason_copy(pool,
		problems_row(m->problems, row->at, row->bad,
			may_sign ? ROW_PUT_OFF
				 : N_("what cannot be read of the row does not hold")));
}

/* Takes a domain's row out of service that was in it. */
static void
take_out(const struct maker *m, struct key_domain *domain, struct key_row *row,
	const struct reason *bad)
{
	size_t kept = 0;

	if (row->bad != NULL)
		return;
	row->bad = bad;
	complain(m, row);
	for (size_t i = 0; i < domain->signing.n; i++)
		if (domain->signing.v[i] != row)
			domain->signing.v[kept++] = domain->signing.v[i];
		else
			*vec_add(m->table->pool, &domain->lost) = row;
	domain->signing.n = kept;
}

static bool
is_same_login(const struct key_row *a, const struct key_row *b)
{
	return a->login == b->login &&
	       (a->login != LOGIN_FILE || strcmp(a->login_file, b->login_file) == 0);
}

/* What the rows of a domain say for all of them: subdomains and login. */
static void
gather_stated(const struct maker *m, struct key_domain *domain,
	const struct key_rows *rows, const struct key_row **sub,
	const struct key_row **login)
{
	struct pool *pool = m->table->pool;

	for (size_t i = 0; i < rows->n; i++) {
		struct key_row *row = rows->v[i];
		unsigned stated = row->stated & ~row->unread;

		if (stated & KEY_SUBDOMAINS && *sub == NULL)
			*sub = row;
		else if (stated & KEY_SUBDOMAINS && row->subdomains != (*sub)->subdomains)
			take_out(m, domain, row,
				disagreement(pool, row, "subdomains", (*sub)->where));
		if (stated & KEY_LOGIN && *login == NULL)
			*login = row;
		else if (stated & KEY_LOGIN && !is_same_login(row, *login)) {
			take_out(m, domain, row,
				disagreement(pool, row, "login", (*login)->where));
			row->unread |= KEY_LOGIN;
		}
		if (stated & KEY_SIGN && !row->sign && row->selector == NULL)
			domain->never = row;
	}
}

/* Where it cannot be read who may write as the domain, nobody does. */
static void
close_login(const struct maker *m, struct key_domain *domain, const struct key_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		if (!(rows->v[i]->unread & KEY_LOGIN))
			continue;
		while (domain->signing.n > 0)
			take_out(m, domain, domain->signing.v[0],
				reason_make(m->table->pool,
					"%s cannot be read, and may say who writes as "
					"the domain (login=): mend that one",
					rows->v[i]->where));
	}
}

static void
tell_rows(const struct key_rows *rows, const struct key_row *sub,
	const struct key_row *login)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct key_row *row = rows->v[i];

		if (sub != NULL)
			row->subdomains = sub->subdomains;
		else if (row->unread & KEY_SUBDOMAINS)
			row->subdomains = true;
		if (login == NULL)
			continue;
		row->login = login->login;
		row->login_where = login->login_where != NULL ? login->login_where
		                                              : login->where;
		row->login_file = login->login_file;
		row->login_users = login->login_users;
	}
}

/* Lets every row of a domain know what one of them says: subdomains and login. */
static void
gather_signing(const struct maker *m, struct key_domain *domain)
{
	const struct key_row *sub = NULL, *login = NULL;
	size_t lost = domain->lost.n;

	gather_stated(m, domain, &domain->all, &sub, &login);
	gather_stated(m, domain, &domain->lost, &sub, &login);
	close_login(m, domain, &domain->all);
	close_login(m, domain, &domain->lost);
	tell_rows(&domain->all, sub, login);
	tell_rows(&domain->lost, sub, login);
	/* What was taken out just now stood among all. */
	if (domain->lost.n == lost)
		return;
	lost = 0;
	for (size_t i = 0; i < domain->all.n; i++)
		if (domain->all.v[i]->bad == NULL)
			domain->all.v[lost++] = domain->all.v[i];
	domain->all.n = lost;
}

/* May the row stand under its NAME? One that is never used is no worse for a key that
 * cannot be. */
static bool
is_name_free(const struct maker *m, struct key_row *row)
{
	const struct key_row *first = map_get(m->table->names, slice_of(row->name));

	if (first == NULL)
		return true;
	if (row->stated != 0 || row->unread != 0 || first->stated != 0) {
		if (row->bad == NULL)
			row->bad = reason_make(m->table->pool,
				"NAME '%s' stands at %s already, and one of the two has "
				"attributes: give this row another name",
				row->name, first->where);
		return false;
	}
	problems_note_row(m->problems, row->at,
		"NAME '%s' stands at %s already: this row is never used, remove it or "
		"give it another name",
		row->name, first->where);
	row->bad = NULL;
	return false;
}

static struct key_domain *
make_domain(struct keytable *table, const char *name)
{
	struct key_domain *domain = map_get(table->domains, slice_of(name));

	if (domain != NULL)
		return domain;
	domain = pool_alloc(table->pool, sizeof(*domain));
	domain->domain = name;
	map_put(table->domains, slice_of(name), domain);
	return domain;
}

/* Puts a row where it belongs, in service or not. */
static void
keytable_put(struct keytable *table, struct key_row *row, bool has_name)
{
	struct key_domain *domain;
	bool has_key = row->selector != NULL;

	if (has_name) {
		map_put(table->names, slice_of(row->name), row);
		if (table->patterns != NULL)
			patterns_add(table->patterns, slice_of(row->name), row);
	}
	if (row->bad == NULL)
		*vec_add(table->pool, &table->rows) = row;
	if (row->domain == NULL)
		return;
	domain = make_domain(table, row->domain);
	if (row->bad == NULL)
		*vec_add(table->pool, &domain->all) = row;
	if (row->bad == NULL && has_key && row->sign)
		*vec_add(table->pool, &domain->signing) = row;
	if (row->bad != NULL && (row->unread & KEY_SIGN || (has_key && row->sign)))
		*vec_add(table->pool, &domain->lost) = row;
	/* A row out of service that says no still says it: no domain above signs. */
	if (row->bad != NULL && !has_key && !row->sign && !(row->unread & KEY_SIGN))
		domain->never = row;
	gather_rules(domain, row);
}

/* Whose mail is it? One that stands for mail of others, too, stops the load. */
static bool
is_for_others(const struct maker *m, const struct key_row *row)
{
	if (row->domain == NULL)
		return !m->params->has_signing_table;
	return strcmp(row->domain, "*") == 0 ||
	       (m->table->patterns != NULL && strchr(row->name, '*') != NULL);
}

/* A row that cannot be used: what it meant before, or itself, out of service. NULL: the
 * load stops. */
static struct key_row *
keytable_mend(const struct maker *m, struct key_row *row, bool has_name)
{
	struct pool *pool = m->table->pool;
	struct key_row *old = keyold_row(pool, m->params, row, has_name);

	if (old != NULL && old->domain != NULL && rules_clash(m->table, old) == NULL) {
		problems_row(m->problems, row->at, row->bad,
			N_("or the next restart the row stays as it was before"));
		return old;
	}
	if (is_for_others(m, row)) {
		problems_error(m->problems, row->at, "%p", row->bad);
		return NULL;
	}
	complain(m, row);
	return row;
}

static void
keytable_add(const struct maker *m, struct key_row *row)
{
	struct keytable *table = m->table;
	bool has_name = is_name_free(m, row);

	if (!has_name && row->bad == NULL)
		return;
	if (row->bad == NULL && row->domain != NULL)
		row->bad = rules_clash(table, row);
	if (row->bad != NULL && (row = keytable_mend(m, row, has_name)) == NULL)
		return;
	keytable_put(table, row, has_name);
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
keytable_finish(const struct maker *m)
{
	struct keytable *table = m->table;

	for (size_t i = 0; i < map_count(table->domains); i++) {
		struct key_domain *domain = map_at(table->domains, i, NULL);

		gather_signing(m, domain);
		if (domain->rules.v[RULE_IMPERSONATION].is_set)
			*vec_add(table->pool, &table->guarded) = domain->domain;
	}
}

const struct keytable *
keytable_new(struct pool *pool, const struct table *lines,
	const struct keytable_params *params, struct problems *problems)
{
	struct maker m = { keytable_empty(pool), params, problems };

	m.table->live = lines->live;
	m.table->params = *params;
	if (lines->kind == TABLE_REFILE)
		m.table->patterns = patterns_new(pool);
	for (size_t i = 0; i < lines->rows.n; i++) {
		struct key_row *row =
			key_row_parse(pool, &lines->rows.v[i], params, problems);

		if (row != NULL)
			keytable_add(&m, row);
	}
	keytable_finish(&m);
	return m.table;
}

const struct keytable *
keytable_single(struct pool *pool, const struct table *domains,
	const struct keytable_params *params, struct place at, struct problems *problems)
{
	struct maker m = { keytable_empty(pool), params, problems };
	const struct options *o = params->options;
	bool is_said = false;

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
		/* One key for all of them: nothing is left without it, and what is wrong
		 * with one row is so with all. */
		if (row->bad != NULL && !is_said)
			problems_error(problems, row->at, "%p", row->bad);
		is_said |= row->bad != NULL;
		if (row->bad == NULL)
			keytable_add(&m, row);
	}
	keytable_finish(&m);
	return m.table;
}
