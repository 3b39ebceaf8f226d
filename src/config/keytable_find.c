/*
 * Of a text the rows are there. Of a live table each look-up makes a small key table of
 * the rows that answer it, by the very code that makes the large ones, and looks there.
 */
#include "base/base.h"
#include "config/keytable_inside.h"

#include "config/keyfile.h"
#include "mail/domain.h"

bool
keytable_is_live(const struct keytable *table)
{
	return table->live != NULL;
}

/* Asks a live table: the rows that are the answer, as a table of their own. has_keys:
 * with the keys opened. A row for mail of others that cannot be read makes it one that
 * cannot be used, as it does at a start. */
static enum found
keytable_ask(const struct keytable *table, struct asker *asker,
	const struct table_question *question, bool has_keys,
	const struct keytable **answer)
{
	struct table lines = { .kind = TABLE_FILE };
	struct keytable_params params = table->params;
	enum found found = table_ask(table->live, asker, question, &lines.rows);
	struct problems problems;

	if (found != ROW_FOUND)
		return found;
	problems_init(&problems, asker->pool);
	params.old = NULL;
	if (params.store != NULL && has_keys)
		params.store = keystore_again(params.store, asker->pool, &problems);
	else
		params.store = NULL;
	*answer = keytable_new(asker->pool, &lines, &params, &problems);
	for (size_t i = 0; i < problems.all.n; i++)
		if (problems.all.v[i].is_error && !problems.all.v[i].is_row)
			return table_unusable(table->live, asker, problems.all.v[i].why);
	return ROW_FOUND;
}

/* The rows of one domain, or those of one NAME. */
static enum found
ask_domain(const struct keytable *table, struct asker *asker, const char *domain,
	const struct keytable **answer)
{
	struct table_question question = { TABLE_DOMAIN, slice_of(domain) };

	return keytable_ask(table, asker, &question, true, answer);
}

static enum found
ask_name(const struct keytable *table, struct asker *asker, struct slice name,
	const struct keytable **answer)
{
	struct table_question question = { TABLE_NAME, name };

	return keytable_ask(table, asker, &question, false, answer);
}

/* A row by its NAME, as the rows of its domain make it: one of those may say who may
 * write as the domain. */
static enum found
name_in_live(const struct keytable *table, struct asker *asker, struct slice name,
	const struct key_row **row)
{
	const struct keytable *answer;
	const char *domain;
	enum found found = ask_name(table, asker, name, &answer);

	if (found != ROW_FOUND)
		return found;
	*row = map_get(answer->names, name);
	domain = *row != NULL ? (*row)->domain : NULL;
	if (domain == NULL)
		return *row != NULL ? ROW_UNAVAILABLE : ROW_ABSENT;
	*row = NULL;
	found = ask_domain(table, asker, domain, &answer);
	if (found == ROW_FOUND)
		*row = map_get(answer->names, name);
	if (found == ROW_UNAVAILABLE || *row != NULL)
		return found;
	return table_unusable(table->live, asker,
		reason_make(asker->pool,
			"the row '%.*s' is found by its NAME, and not by its DOMAIN %s",
			SLICE_ARG(name), domain));
}

enum found
keytable_name(const struct keytable *table, struct asker *asker, struct slice name,
	const struct key_row **row)
{
	enum found found;
	size_t from = 0;

	*row = NULL;
	if (table->live != NULL) {
		found = name_in_live(table, asker, name, row);
		if (found != ROW_FOUND)
			return found;
	} else {
		*row = map_get(table->names, name);
		if (*row == NULL && table->patterns != NULL)
			*row = patterns_next(table->patterns, name, &from);
	}
	if (*row == NULL)
		return ROW_ABSENT;
	return (*row)->bad == NULL ? ROW_FOUND : ROW_UNAVAILABLE;
}

enum found
keytable_domain(const struct keytable *table, struct asker *asker, const char *domain,
	const struct key_domain **result)
{
	enum found found;

	*result = NULL;
	if (table->live != NULL) {
		found = ask_domain(table, asker, domain, &table);
		if (found != ROW_FOUND)
			return found;
	}
	*result = map_get(table->domains, slice_of(domain));
	return *result != NULL ? ROW_FOUND : ROW_ABSENT;
}

/* Do the rows sign for names below their domain? */
static bool
any_below(const struct key_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->v[i]->subdomains)
			return true;
	return false;
}

/* What a domain's rows come to for its own mail, or for that of names below. */
static enum found
signing_of(const struct key_domain *domain, bool own)
{
	if (domain->never != NULL ||
		(domain->signing.n > 0 && (own || any_below(&domain->signing))))
		return ROW_FOUND;
	return domain->lost.n > 0 && (own || any_below(&domain->lost)) ? ROW_UNAVAILABLE
	                                                               : ROW_ABSENT;
}

enum found
keytable_author(const struct keytable *table, struct asker *asker, const char *author,
	const struct key_domain **domain)
{
	for (const char *name = author; name != NULL; name = domain_parent(name)) {
		enum found found = keytable_domain(table, asker, name, domain);

		if (found == ROW_UNAVAILABLE)
			return found;
		if (found == ROW_ABSENT)
			continue;
		found = signing_of(*domain, name == author);
		if (found != ROW_ABSENT)
			return found;
		/* The nearest domain with keys decides for the names below it. */
		if ((*domain)->signing.n > 0 || (*domain)->lost.n > 0)
			break;
	}
	*domain = NULL;
	return ROW_ABSENT;
}

const struct key_rows *
keytable_rows(const struct keytable *table)
{
	return &table->rows;
}

enum found
keytable_guarded(
	const struct keytable *table, struct asker *asker, const struct domains **domains)
{
	static const struct domains none = VEC_INIT;
	struct table_question question = { .by = TABLE_ALL };
	enum found found;

	*domains = &none;
	if (table->live != NULL) {
		found = keytable_ask(table, asker, &question, false, &table);
		if (found != ROW_FOUND)
			return found;
	}
	*domains = &table->guarded;
	return table->guarded.n > 0 ? ROW_FOUND : ROW_ABSENT;
}

/* Takes from a domain what is not set yet. False: it cannot be asked. */
static bool
rules_inherit(const struct keytable *table, struct asker *asker, const char *name,
	struct rules *rules)
{
	const struct key_domain *domain;
	enum found found = keytable_domain(table, asker, name, &domain);

	if (found != ROW_FOUND)
		return found == ROW_ABSENT;
	for (size_t kind = 0; kind < RULE_KINDS; kind++)
		if (!rules->v[kind].is_set && domain->rules.v[kind].is_set)
			rules->v[kind] = domain->rules.v[kind];
	if (rules->unread == NULL)
		rules->unread = domain->rules.unread;
	return true;
}

/* Has any row said anything? */
static bool
rules_are_said(const struct rules *rules)
{
	for (size_t kind = 0; kind < RULE_KINDS; kind++)
		if (rules->v[kind].is_set)
			return true;
	return rules->unread != NULL;
}

enum found
keytable_rules(const struct keytable *table, struct asker *asker, const char *domain,
	struct rules *rules)
{
	bool is_known = true;
	enum found found;

	*rules = (struct rules){ 0 };
	for (const char *name = domain; name != NULL && is_known;
		name = domain_parent(name))
		is_known = rules_inherit(table, asker, name, rules);
	if (is_known)
		is_known = rules_inherit(table, asker, "*", rules);
	if (!is_known)
		*rules = (struct rules){ .unavailable = asker->why };
	found = !is_known               ? ROW_UNAVAILABLE
	        : rules_are_said(rules) ? ROW_FOUND
	                                : ROW_ABSENT;
	rules_preset(rules);
	return found;
}
