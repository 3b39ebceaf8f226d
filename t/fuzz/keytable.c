/* Any bytes as a key table: a row is either there or complained of. */
#include "fuzz.h"

#include "config/keytable.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct table table = { .kind = size % 2 ? TABLE_FILE : TABLE_REFILE };
	struct options options;
	struct keytable_params params = {
		.options = &options, .has_signing_table = size % 3 == 0
	};
	struct problems problems;
	const struct keytable *keys;
	const struct key_domain *domain;
	struct asker asker = { .pool = pool };
	struct rules rules;

	problems_init(&problems, pool);
	options_preset(pool, &options);
	table_parse(pool, fuzz_slice(data, size), "fuzz", &table);
	keys = keytable_new(pool, &table, &params, &problems);
	FUZZ_CHECK(keytable_rows(keys)->n + problems.all.n >= table.rows.n);
	for (size_t i = 0; i < keytable_rows(keys)->n; i++) {
		const struct key_row *row = keytable_rows(keys)->v[i], *found;

		FUZZ_CHECK(keytable_name(keys, &asker, slice_of(row->name), &found) !=
			   ROW_ABSENT);
		FUZZ_CHECK(
			keytable_domain(keys, &asker, row->domain, &domain) == ROW_FOUND);
		FUZZ_CHECK(row->selector == NULL || strcmp(row->domain, "*") != 0);
		FUZZ_CHECK(keytable_rules(keys, &asker, row->domain, &rules) !=
			   ROW_UNAVAILABLE);
		for (enum rule_kind kind = 0; kind < RULE_KINDS; kind++)
			FUZZ_CHECK(rule_value_name(kind, rules.v[kind].value) != NULL);
	}
	pool_free(pool);
	return 0;
}
