/* What the log line quotes, and that it reads back as it was written. */
#include "base/base.h"

#include "base/str.h"
#include "engine/logline.h"

#include "tap.h"

static const struct {
	const char *name;
	struct slice value;
	const char *line;
} values[] = {
	{ "a word stands bare", SLICE_LIT("a@example.net"), "k=a@example.net" },
	{ "nothing is quoted", SLICE_LIT(""), "k=\"\"" },
	{ "a blank is quoted", SLICE_LIT("a b"), "k=\"a b\"" },
	{ "a comma from the wire is quoted", SLICE_LIT("a,b"), "k=\"a,b\"" },
	{ "S8: CR LF cannot begin a line", SLICE_LIT("a\r\nid=x"),
		"k=\"a\\x0D\\x0Aid=x\"" },
	{ "a quote and a backslash", SLICE_LIT("\"\\"), "k=\"\\x22\\x5C\"" },
	{ "NUL", SLICE_LIT("a\0b"), "k=\"a\\x00b\"" },
	{ "8-bit", SLICE_LIT("\xe9\x96\xa2"), "k=\"\\xE9\\x96\\xA2\"" },
	{ "an escape sequence", SLICE_LIT("\x1b[2J"), "k=\"\\x1B[2J\"" },
};

static const struct {
	const char *name, *line;
} bad[] = {
	{ "an empty line", "" },
	{ "no value", "k=" },
	{ "no key", "=v" },
	{ "an upper-case key", "K=v" },
	{ "an open quote", "k=\"v" },
	{ "a half escape", "k=\"\\x0\"" },
	{ "another escape", "k=\"\\n\"" },
	{ "a raw control in quotes", "k=\"\t\"" },
	{ "two blanks", "k=v  l=w" },
	{ "a blank at the end", "k=v " },
	{ "something behind a quote", "k=\"v\"w" },
};

static void
test_values(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct str line = STR_POOL(pool);
		struct logline read;
		struct slice got = SLICE_EMPTY;

		logline_add(&line, "k", values[i].value);
		tap_is(line.p, values[i].line, "%s", values[i].name);
		logline_adds(&line, "next", "1");
		tap_is(logline_parse(pool, str_slice(&line), &read), NULL, "is read");
		tap_ok(logline_find(&read, "k", &got), "is found");
		tap_is_slice(got, values[i].value, "as it was");
		tap_ok(logline_find(&read, "next", &got) && slice_is(got, "1"),
			"and the next word");
	}
}

static void
test_cut(struct pool *pool)
{
	struct str line = STR_POOL(pool);
	struct logline read;
	char *big = pool_alloc(pool, 100000);
	struct slice got = SLICE_EMPTY;

	memset(big, '"', 100000);
	logline_add(&line, "k", slice_make(big, 100000));
	tap_is_int((int64_t)line.n, 2 + 2 + 4 * LOGLINE_VALUE_MAX + 3,
		"a long value is cut before it is quoted");
	logline_parse(pool, str_slice(&line), &read);
	logline_find(&read, "k", &got);
	tap_is_int((int64_t)got.n, LOGLINE_VALUE_MAX + 3, "and read back so");
	tap_ok(slice_ends(got, "\"..."), "with dots at its end");
	memset(big, 'a', LOGLINE_VALUE_MAX);
	str_cut(&line, 0);
	logline_add(&line, "k", slice_make(big, LOGLINE_VALUE_MAX));
	tap_is_int((int64_t)line.n, 2 + LOGLINE_VALUE_MAX, "the longest one is whole");
}

/* Any bytes read back: 2,000 values from a small generator. */
static void
test_any(struct pool *pool)
{
	uint32_t seed = 7;
	int wrong = 0;

	for (int i = 0; i < 2000; i++) {
		struct str line = STR_POOL(pool);
		struct logline read;
		struct slice got = SLICE_EMPTY;
		char bytes[12];
		size_t n = (size_t)i % (sizeof(bytes) + 1);

		for (size_t k = 0; k < n; k++)
			bytes[k] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
		logline_add(&line, "k", slice_make(bytes, n));
		if (logline_parse(pool, str_slice(&line), &read) != NULL || read.n != 1 ||
			!logline_find(&read, "k", &got) ||
			!slice_eq(got, slice_make(bytes, n)))
			wrong++;
	}
	tap_is_int(wrong, 0, "S8: any bytes read back as one word");
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct str line = STR_POOL(pool);
	struct logline read;

	test_values(pool);
	test_cut(pool);
	test_any(pool);
	logline_addf(&line, "signed", "%s,%s", "example.jp/a", "example.jp/b");
	tap_is(line.p, "signed=example.jp/a,example.jp/b", "a list of ours stands bare");
	tap_is(logline_parse(pool, str_slice(&line), &read), NULL, "and is read");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		tap_ok(logline_parse(pool, slice_of(bad[i].line), &read) != NULL,
			"refused: %s", bad[i].name);
	pool_free(pool);
	return tap_done();
}
