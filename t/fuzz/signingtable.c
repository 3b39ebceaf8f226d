/* Any bytes as a signing table, and each of its patterns as an author. */
#include "fuzz.h"

#include "config/signingtable.h"
#include "mail/domain.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rows[] = "k example.jp:s:/k\np %:s:/%/k\nexample.jp e.jp:-:-\n";
	struct pool *pool = pool_new();
	struct table key_lines = { .kind = TABLE_FILE };
	struct table table = { .kind = size % 2 ? TABLE_FILE : TABLE_REFILE };
	struct options options;
	struct keytable_params params = { .options = &options, .has_signing_table = true };
	struct signing_params signing_params = { NULL, NULL, false };
	struct problems problems;
	const struct keytable *keys;
	const struct signingtable *signing;

	problems_init(&problems, pool);
	options_preset(pool, &options);
	table_parse(pool, SLICE_LIT(rows), "k", &key_lines);
	keys = keytable_new(pool, &key_lines, &params, &problems);
	table_parse(pool, fuzz_slice(data, size), "fuzz", &table);
	signing_params.keys = keys;
	signing = signingtable_new(pool, &table, &signing_params, &problems);
	for (size_t i = 0; i < MIN(table.rows.n, 50); i++) {
		struct slice user, host;
		struct address author = { .domain = NULL };
		struct asker asker = { .pool = pool };
		struct signing_rows one, all;

		slice_cut(table.rows.v[i].key, '@', &user, &host);
		author.local = user;
		if (domain_parse(pool, host, &author.domain) != NULL)
			continue;
		(void)signingtable_find(signing, &asker, &author, false, &one);
		(void)signingtable_find(signing, &asker, &author, true, &all);
		FUZZ_CHECK(one.n <= 1 && (one.n == 0) == (all.n == 0));
		FUZZ_CHECK(one.n == 0 || one.v[0] == all.v[0]);
	}
	pool_free(pool);
	return 0;
}
