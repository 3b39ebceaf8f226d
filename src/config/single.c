/*
 * Made into tables, the three options need no way of their own through signing: what
 * holds for tables holds for them. The rows of the signing table are there only where
 * a star is, as a table of keys alone is enough for domains.
 */
#include "base/base.h"
#include "config/single.h"

#include "mail/domain.h"

/* The NAME of the row that stands for every author's domain: no domain is called so. */
#define ANY SLICE_LIT("*")

static void
add_row(struct pool *pool, struct table *table, struct slice key, struct slice value,
	struct place at)
{
	*vec_add(pool, &table->rows) =
		(struct table_row){ .key = key, .value = value, .at = at };
}

static bool
is_pattern(const struct table *domains, struct slice text)
{
	return slice_is(text, "*") ||
	       (domains->kind == TABLE_REFILE && slice_find(text, '*') >= 0);
}

/* The rows of the signing table for the entries that are domains come first: of those the
 * key table alone says that they sign for names below, where a star would not. */
static void
add_signing(struct pool *pool, const struct table *domains, bool subdomains,
	struct single_tables *tables)
{
	struct table *signing = &tables->signing;

	signing->kind = TABLE_REFILE;
	for (size_t i = 0; i < tables->keys.rows.n; i++) {
		struct slice name = tables->keys.rows.v[i].key;
		struct place at = tables->keys.rows.v[i].at;

		add_row(pool, signing,
			slice_of(pool_printf(pool, "*@%.*s", SLICE_ARG(name))), name, at);
		if (subdomains)
			add_row(pool, signing,
				slice_of(pool_printf(pool, "*@*.%.*s", SLICE_ARG(name))),
				name, at);
	}
	for (size_t i = 0; i < domains->rows.n; i++) {
		const struct table_row *row = &domains->rows.v[i];

		if (is_pattern(domains, row->key))
			add_row(pool, signing,
				slice_of(
					pool_printf(pool, "*@%.*s", SLICE_ARG(row->key))),
				ANY, row->at);
	}
}

void
single_read(struct pool *pool, const struct table *domains, bool subdomains,
	struct single_tables *tables, struct problems *problems)
{
	const struct table_row *star = NULL;
	const char *domain;

	*tables = (struct single_tables){ 0 };
	for (size_t i = 0; i < domains->rows.n; i++) {
		const struct table_row *row = &domains->rows.v[i];

		if (is_pattern(domains, row->key))
			star = row;
		else if (domain_parse(pool, row->key, &domain) == NULL)
			add_row(pool, &tables->keys, slice_of(domain), slice_of(domain),
				row->at);
		else
			problems_note(problems, row->at,
				"'%.*s' in Domain is no domain name, and signs for "
				"nobody, in OpenDKIM neither: correct or remove it",
				SLICE_ARG(row->key));
	}
	if (star == NULL)
		return;
	add_signing(pool, domains, subdomains, tables);
	add_row(pool, &tables->keys, ANY, SLICE_LIT("%"), star->at);
}
