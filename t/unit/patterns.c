#include "base/base.h"

#include "config/patterns.h"

#include "tap.h"

static const struct {
	const char *pattern, *text;
	bool match;
} cases[] = {
	{ "*", "", true },
	{ "", "", true },
	{ "", "a", false },
	{ "a*", "a", true },
	{ "*a", "ba", true },
	{ "*a", "ab", false },
	{ "a*a", "a", false },
	{ "a*a", "aa", true },
	{ "ab*ba", "aba", false },
	{ "*@example.jp", "jiro@example.jp", true },
	{ "*@example.jp", "jiro@wwwexample.jp", false },
	{ "*@*.example.jp", "jiro@a.b.example.jp", true },
	{ "*.example.jp", "jiro@example.jp", false },
	{ "j*o@*", "jiro@example.jp", true },
	{ "j**o@*", "jiro@example.jp", true },
	{ "*i*i*", "jiro", false },
	{ "*.*", "ab", false },
	{ "a.b", "axb", false },
	{ "a+b?[c]", "a+b?[c]", true },
	{ "*ab*ab*", "xabyab", true },
	{ "*ab*ab*", "xab", false },
};

static void
test_speed(void)
{
	static char pattern[4001], text[100001];
	int64_t begin = tap_cpu_ms();

	for (size_t i = 0; i + 1 < sizeof(pattern); i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	memset(text, 'a', sizeof(text) - 1);
	tap_ok(pattern_match(slice_of(pattern), slice_of(text)), "2000 stars");
	pattern[sizeof(pattern) - 2] = 'b';
	tap_ok(!pattern_match(slice_of(pattern), slice_of(text)),
		"and a letter too much");
	tap_ok(tap_cpu_ms() - begin < 2000, "in linear time");
}

/* Many patterns with several stars, alike at one end: each text finds its own. */
static void
test_many(void)
{
	struct pool *pool = pool_new();
	struct patterns *patterns = patterns_new(pool);
	enum { MANY = 20000 };
	static char things[MANY];
	int64_t begin = tap_cpu_ms();
	int right = 0;

	for (int i = 0; i < MANY; i++)
		patterns_add(patterns,
			slice_of(pool_printf(pool,
				i % 2 == 0 ? "k%d-*x*.example.jp" : "key*x*.d%d.example",
				i)),
			things + i);
	for (int i = 0; i < MANY; i++) {
		const char *text = pool_printf(
			pool, i % 2 == 0 ? "k%d-x-.example.jp" : "key-x-.d%d.example", i);
		size_t from = 0;

		right += patterns_next(patterns, slice_of(text), &from) == things + i;
	}
	tap_is_int(right, MANY, "many alike at one end: each finds its own");
	tap_ok(patterns_slow(patterns) < 2, "none of them is tried for another");
	tap_ok(tap_cpu_ms() - begin < 2000, "in little time");
	for (int i = 0; i < 10; i++)
		patterns_add(patterns, SLICE_LIT("*a*b*"), things);
	tap_is_int((int)patterns_slow(patterns), 9, "those without ends are");
	pool_free(pool);
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct patterns *patterns = patterns_new(pool);
	static const char base[] = "0123456789";
	static const char *const rows[] = { "*@Example.jp", "jiro@*", "jiro@example.jp",
		"*", "*@example.jp", "example.jp", "x*@b.example", "*@*.Example.jp",
		"*@*.jp", "*@*.a.example.jp" };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		tap_ok(pattern_match(slice_of(cases[i].pattern),
			       slice_of(cases[i].text)) == cases[i].match,
			"'%s' '%s'", cases[i].pattern, cases[i].text);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		patterns_add(patterns, slice_of(rows[i]), base + i);
	for (size_t k = 0; k < 8; k++) {
		static const struct {
			const char *text, *want;
		} all[] = { { "jiro@example.jp", "012348" }, { "example.jp", "35" },
			{ "xyz@b.example", "36" }, { "", "3" },
			{ "a@b@x.y.a.example.jp", "3789" }, { "a.example.jp@jp", "3" },
			{ ".jp", "3" }, { "a@.jp", "38" } };
		char got[12] = "";
		const char *thing;
		size_t from = 0, n = 0;

		while ((thing = patterns_next(patterns, slice_of(all[k].text), &from)) !=
			NULL)
			got[n++] = *thing;
		tap_is(got, all[k].want, "all that match '%s', in order", all[k].text);
	}
	test_speed();
	test_many();
	pool_free(pool);
	return tap_done();
}
