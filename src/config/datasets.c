/*
 * An option that is not set is read as a table without rows, so that every member of the
 * policy is there to be asked.
 */
#include "base/base.h"
#include "config/datasets.h"

#include "config/macrolist.h"
#include "config/netlist.h"
#include "config/patterns.h"
#include "config/policy.h"
#include "config/tables.h"
#include "mail/domain.h"

/* Reading it changes what we do: who else could change it is asked later. */
static const struct table *
remember(struct policy *policy, const struct table *table)
{
	if (table->file != NULL)
		*vec_add(policy->pool, &policy->opt.files) = table->file;
	return table;
}

const struct table *
datasets_table(struct policy *policy, const char *reference, struct place at,
	struct problems *problems)
{
	return remember(policy,
		tables_read(policy->tables, policy->pool, reference, at, problems));
}

const struct table *
datasets_key_table(struct policy *policy, const char *reference, struct place at,
	struct problems *problems)
{
	return remember(policy,
		tables_open(policy->tables, policy->pool, reference, at, problems));
}

void
dataset_netlist(const struct dataset *set, void *dest)
{
	const struct netlist **list = dest;

	*list = netlist_new(set->pool, set->table, set->option, set->problems);
}

void
dataset_words(const struct dataset *set, void *dest)
{
	struct words *words = dest;

	for (size_t i = 0; i < set->table->rows.n; i++)
		*vec_add(set->pool, words) =
			pool_copy(set->pool, set->table->rows.v[i].key);
}

void
dataset_macros(const struct dataset *set, void *dest)
{
	macrolist_read(set->pool, set->table, dest, set->problems);
}

/* Domains or addresses with stars. A domain stands for all of its addresses where
 * addresses are asked for, ".example.jp" for the names below it. */
static const struct patterns *
read_patterns(const struct dataset *set, bool addresses)
{
	struct patterns *patterns = patterns_new(set->pool);

	for (size_t i = 0; i < set->table->rows.n; i++) {
		struct slice key = set->table->rows.v[i].key;
		bool has_at = slice_find(key, '@') >= 0;
		const char *star = slice_starts(key, ".") ? "*" : "", *domain;

		if (domain_parse(set->pool, key, &domain) == NULL)
			key = slice_of(domain);
		key = slice_of(pool_printf(set->pool, "%s%s%.*s",
			addresses && !has_at ? "*@" : "", star, SLICE_ARG(key)));
		patterns_add(patterns, key, &set->table->rows.v[i]);
	}
	return patterns;
}

void
dataset_domains(const struct dataset *set, void *dest)
{
	*(const struct patterns **)dest = read_patterns(set, false);
}

void
dataset_addresses(const struct dataset *set, void *dest)
{
	*(const struct patterns **)dest = read_patterns(set, true);
}

void
datasets_load(struct policy *policy, struct problems *problems)
{
	static const struct table none = { 0 };

	for (size_t i = 0; i < option_count(); i++) {
		const struct option *option = option_at(i);
		struct dataset set = { policy->pool, &none, option->name, problems };
		const char *reference;

		if (option->load == NULL)
			continue;
		reference = option_text(option, &policy->opt);
		if (reference != NULL)
			set.table = datasets_table(
				policy, reference, policy->opt.origins[i], problems);
		option->load(&set, (char *)policy + option->dest);
	}
}
