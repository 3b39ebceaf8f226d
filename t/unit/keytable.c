/* Rows at the borders of OpenDKIM's grammar, and very many of them. */
#include "base/base.h"

#include "base/str.h"
#include "config/keyfile.h"
#include "config/keytable.h"
#include "config/signingtable.h"
#include "crypto/signer.h"

#include "tap.h"
#include "tmpdir.h"

static const struct {
	const char *name, *line;
	const char *want; /* "NAME DOMAIN SELECTOR PATH"; NULL: refused */
} cases[] = {
	{ "plain", "a example.jp:s:/k", "a example.jp s /k" },
	{ "CR", "a example.jp:s:/k\rx", "a example.jp s /k" },
	{ "a comment", "a example.jp:s:/k#x", "a example.jp s /k" },
	{ "algorithm", "a example.jp:s:/k:rsa-sha256", "a example.jp s /k" },
	{ "algorithm, then attributes", "a example.jp:s:/k:ed25519-sha256 dmarc=off",
		"a example.jp s /k" },
	{ "a path with colon and blanks", "a example.jp:s:/k:x y z",
		"a example.jp s /k:x y z" },
	{ "such a path with attributes", "a example.jp:s:/k:x y dmarc=off  sign=yes",
		"a example.jp s /k:x y" },
	{ "no algorithm of ours", "a example.jp:s:/k:rsa-sha512",
		"a example.jp s /k:rsa-sha512" },
	{ "an attribute is no attribute in front", "a example.jp:s:/dmarc=off x",
		"a example.jp s /dmarc=off x" },
	{ "relative", "a example.jp:s:../k", "a example.jp s ../k" },
	{ "inline", "a example.jp:s:MIIB==", "a example.jp s -" },
	{ "inline with a sign that looks like an attribute",
		"a example.jp:s:MII abc==", "a example.jp s -" },
	{ "policy", "a example.jp:-:- dmarc=off", "a example.jp - -" },
	{ "a selector that is kept for later", "a example.jp:s:-", "a example.jp - -" },
	{ "everybody", "* *:-:-", "* * - -" },
	{ "a domain in UTF-8", "a \xe4\xbe\x8b.jp:s:/k", "a xn--fsq.jp s /k" },
	{ "case and a final dot", "a EXAMPLE.jp.:S:/k", "a example.jp s /k" },
	{ "a selector with dots", "a example.jp:a.b:/k", "a example.jp a.b /k" },
	{ "unknown attribute", "a example.jp:s:/k x-y=z", NULL },
	{ "unknown attribute behind a known one", "a example.jp:-:- dmarc=off x=y",
		NULL },
	{ "%", "a %:s:/k", NULL },
	{ "a slash in the selector", "a example.jp:a/b:/k", NULL },
};

static void
test_rows(struct pool *pool)
{
	struct options options;
	struct keytable_params params = { .options = &options };

	options_preset(pool, &options);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct table table = { .kind = TABLE_FILE };
		struct problems problems;
		const struct key_row *row;
		const char *got;

		problems_init(&problems, pool);
		table_parse(pool, slice_of(cases[i].line), "k", &table);
		row = key_row_parse(pool, &table.rows.v[0], &params, &problems);
		tap_ok((row == NULL) == (problems.errors > 0),
			"%s: taken or complained of", cases[i].name);
		got = row == NULL || row->bad != NULL
		              ? NULL
		              : pool_printf(pool, "%s %s %s %s", row->name, row->domain,
					row->selector != NULL ? row->selector : "-",
					row->key_path != NULL ? row->key_path : "-");
		tap_is(got, cases[i].want, "%s", cases[i].name);
	}
}

#define MANY 100000

/* The build that is measured by hand has no sanitizers; this bound holds with them. */
static void
test_many(struct pool *pool)
{
	const char *dir = tmpdir_new(pool);
	const char *key = tmpdir_key(pool, dir, "k.pem", "ed25519", 0);
	struct str keys = STR_INIT, rows = STR_INIT;
	struct table key_lines = { .kind = TABLE_FILE }, lines = { .kind = TABLE_REFILE };
	struct options options;
	struct keytable_params params = { .options = &options, .has_signing_table = true };
	struct problems problems;
	struct key_user user;
	struct keystore_params store = { signer_local(pool), &user, true };
	const struct keytable *table;
	const struct signingtable *signing;
	struct asker asker = { .pool = pool };
	struct signing_rows found;
	struct address author = { SLICE_LIT("u"), "d99999.example" };
	int64_t begin = tap_cpu_ms();

	for (int i = 0; i < MANY; i++) {
		str_addf(&keys, "n%d d%d.example:s:%s\n", i, i, key);
		str_addf(&rows, "*@d%d.example n%d\n", i, i);
	}
	problems_init(&problems, pool);
	options_preset(pool, &options);
	key_user_find(pool, NULL, &user);
	params.store = keystore_new(pool, &store, &problems);
	table_parse(pool, str_slice(&keys), "k", &key_lines);
	table = keytable_new(pool, &key_lines, &params, &problems);
	table_parse(pool, str_slice(&rows), "s", &lines);
	signing = signingtable_new(pool, &lines,
		&(struct signing_params){ .keys = table }, &problems);
	tap_note("%d rows of both tables: %" PRId64 " ms", MANY,
		tap_cpu_ms() - begin);
	tap_ok(tap_cpu_ms() - begin < 20000, "100,000 rows load");
	tap_is_int((int64_t)problems.all.n, 0, "without a problem");
	tap_is_int((int64_t)keytable_rows(table)->n, MANY, "all of them");
	begin = tap_cpu_ms();
	for (int i = 0; i < 1000; i++)
		(void)signingtable_find(signing, &asker, &author, true, &found);
	tap_ok(found.n == 1 && found.v[0]->at.line == MANY, "the last one is found");
	tap_ok(tap_cpu_ms() - begin < 1000, "without a walk");
	str_release(&keys);
	str_release(&rows);
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_rows(pool);
	test_many(pool);
	pool_free(pool);
	return tap_done();
}
