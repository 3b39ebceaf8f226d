/* Macros of SPF: the grammar, the tables of RFC 7208 7.4, and bounds. */
#include "base/base.h"
#include "auth/spf/macro.h"
#include "base/str.h"
#include "tap.h"

static const struct {
	const char *spec;
	bool text; /* for an explanation */
	bool good;
	const char *name;
} strings[] = {
	{ "%{d}", false, true, "SPF-11 a macro ends a domain" },
	{ "a.%{d}", false, true, "SPF-11 with labels before it" },
	{ "%{d}.example", false, true, "SPF-11 with a top-level label behind it" },
	{ "%{d}.example.", false, true, "SPF-11 with a final dot" },
	{ "example", false, false, "SPF-11 no dot" },
	{ "a.123", false, false, "SPF-11 a top-level label of digits" },
	{ "a.1-3", false, true, "SPF-11 digits and a hyphen" },
	{ "a.-x", false, false, "SPF-11 a hyphen first" },
	{ "a.x-", false, false, "SPF-11 a hyphen last" },
	{ "%{d}x", false, false, "SPF-11 letters behind a macro" },
	{ "%{d}.", false, false, "SPF-11 a lone dot behind a macro" },
	{ "%{l.}com", false, false, "SPF-11 the dot is a delimiter" },
	{ "", false, false, "SPF-11 nothing" },
	{ "a/b.example", false, true, "SPF-12 a slash is a literal" },
	{ "a\x80.example", false, false, "SPF-12 8-bit" },
	{ "a b.example", false, false, "SPF-12 a space" },
	{ "%{c}", false, false, "SPF-27 c outside an explanation" },
	{ "%{R}", false, false, "SPF-27 r outside an explanation" },
	{ "%{t}", false, false, "SPF-27 t outside an explanation" },
	{ "%{c} %{r} %{t}", true, true, "SPF-27 c r t in an explanation" },
	{ "%{x}", true, false, "SPF-27 an unknown letter" },
	{ "%%%_%-", true, true, "SPF-28 the three escapes" },
	{ "%", true, false, "SPF-28 a lone percent sign" },
	{ "100% of", true, false, "SPF-28 a percent sign before a space" },
	{ "%{d0}", false, false, "SPF-29 no part at all" },
	{ "%{d1}", false, true, "SPF-29 one part" },
	{ "%{d127}", false, true, "SPF-29 127 parts" },
	{ "%{d129}", false, true, "SPF-29 129 parts" },
	{ "%{d2147483648}", false, true, "S15 2^31 parts" },
	{ "%{d18446744073709551616}", false, true, "S15 2^64 parts" },
	{ "%{d00}", false, false, "SPF-29 zero with a zero" },
	{ "%{dr1}", false, false, "SPF-29 the number behind the r" },
	{ "%{d1r-.}", false, true, "SPF-29 number, r, delimiters" },
	{ "%{s255r-.+,/_=}", false, true, "S15 every transformer" },
	{ "%{d|}", false, false, "SPF-29 no delimiter of these" },
	{ "%{d", false, false, "SPF-29 no closing brace" },
	{ "%{", false, false, "SPF-29 nothing behind the brace" },
	{ "%{}", false, false, "SPF-29 no letter" },
	{ "%(d)", false, false, "SPF-28 another bracket" },
	{ "a text.\t", true, false, "SPF-35 a control in an explanation" },
};

static void
test_grammar(void)
{
	for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
		struct slice s = slice_of(strings[i].spec);
		const char *bad = strings[i].text ? spf_macro_check(s, SPF_MACRO_TEXT)
		                                  : spf_domain_spec_check(s);

		tap_ok((bad == NULL) == strings[i].good, "%s: %s", strings[i].name,
			bad != NULL ? bad : "good");
	}
	tap_ok(spf_macro_check(slice_make("a\0b", 3), SPF_MACRO_TEXT) != NULL,
		"GEN-1 a NUL is no end");
	tap_ok(spf_macro_uses(SLICE_LIT("a.%{L1r}"), "sl"), "a letter is found");
	tap_ok(!spf_macro_uses(SLICE_LIT("s.%%{l%%"), "sl"), "a literal is none");
}

static const struct {
	const char *spec, *want, *name;
	bool v6;
} expansions[] = {
	{ "%{s}", "strong-bad@email.example.com", "s", false },
	{ "%{o}", "email.example.com", "o", false },
	{ "%{d}", "email.example.com", "d", false },
	{ "%{d4}", "email.example.com", "d4", false },
	{ "%{d3}", "email.example.com", "d3", false },
	{ "%{d2}", "example.com", "d2", false },
	{ "%{d1}", "com", "d1", false },
	{ "%{dr}", "com.example.email", "dr", false },
	{ "%{d2r}", "example.email", "d2r", false },
	{ "%{l}", "strong-bad", "l", false },
	{ "%{l-}", "strong.bad", "l-", false },
	{ "%{lr}", "strong-bad", "lr", false },
	{ "%{lr-}", "bad.strong", "lr-", false },
	{ "%{l1r-}", "strong", "l1r-", false },
	{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com", "ir v4", false },
	{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com", "lp", false },
	{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
		"bad.strong.lp.3.2.0.192.in-addr._spf.example.com", "lp ir", false },
	{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
		"3.2.0.192.in-addr.strong.lp._spf.example.com", "ir lp", false },
	{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net",
		"d2 behind", false },
	{ "%{ir}.%{v}._spf.%{d2}",
		"1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2."
		"ip6._spf.example.com",
		"ir v6", true },
	{ "%{h}", "mx.example.org", "h", false },
	{ "%{p}", "unknown", "p without names", false },
	{ "%{S}", "strong-bad%40email.example.com", "SPF-27 upper case escapes", false },
	{ "a%%b%_c%-d", "a%b c%20d", "SPF-28", false },
	{ "%{d999999999999999999999}", "email.example.com", "SPF-29 a huge number",
		false },
	{ "x.%{d}.example.", "x.email.example.com.example", "a final dot goes", false },
};

static struct spf_vars
example_vars(const struct ip *client)
{
	return (struct spf_vars){
		.client = client,
		.sender = SLICE_LIT("strong-bad@email.example.com"),
		.local = SLICE_LIT("strong-bad"),
		.sender_domain = SLICE_LIT("email.example.com"),
		.domain = SLICE_LIT("email.example.com"),
		.helo = SLICE_LIT("mx.example.org"),
		.now = 1700000000,
	};
}

static void
test_names(struct pool *pool)
{
	struct ip v4, v6;
	struct spf_vars vars;

	ip_parse(SLICE_LIT("192.0.2.3"), &v4);
	ip_parse(SLICE_LIT("2001:db8::cb01"), &v6);
	for (size_t i = 0; i < ARRAY_LEN(expansions); i++) {
		vars = example_vars(expansions[i].v6 ? &v6 : &v4);
		tap_is_slice(spf_macro_name(pool, slice_of(expansions[i].spec), &vars),
			slice_of(expansions[i].want), "SPF-34 %s", expansions[i].name);
	}
	vars = example_vars(&v6);
	tap_is_slice(spf_macro_text(pool, SLICE_LIT("%{c} %{r} %{t}"), &vars, 200),
		SLICE_LIT("2001:db8::cb01 unknown 1700000000"), "SPF-30 c r t");
	vars.local = SLICE_LIT("..");
	tap_is_slice(spf_macro_name(pool, SLICE_LIT("x%{l2r}x"), &vars), SLICE_LIT("x.x"),
		"SPF-29 empty parts are kept");
	vars.local = SLICE_EMPTY;
	tap_is_slice(spf_macro_name(pool, SLICE_LIT("x%{L1r-}x"), &vars), SLICE_LIT("xx"),
		"S15 CVE-2021-33913 nothing, reversed");
}

static void
test_bounds(struct pool *pool)
{
	struct str text = STR_POOL(pool), local = STR_POOL(pool);
	struct ip client;
	struct spf_vars vars;
	struct slice name;

	ip_parse(SLICE_LIT("192.0.2.3"), &client);
	vars = example_vars(&client);
	for (int i = 0; i < 60000 / 4; i++)
		str_add(&text, "%{S}");
	for (int i = 0; i < 100000; i++)
		str_addc(&local, i % 50 == 49 ? '.' : '\xff');
	vars.sender = str_slice(&local);
	name = spf_macro_name(pool, str_slice(&text), &vars);
	tap_ok(name.n <= 253, "SPF-31 S15 CVE-2021-33912 a huge name is cut: %zu",
		name.n);
	tap_ok(spf_macro_text(pool, str_slice(&text), &vars, 200).n == 200,
		"SPF-35 a huge text is cut");
	str_cut(&text, 0);
	for (int i = 0; i < 127; i++)
		str_add(&text, "%{d}");
	for (int i = 0; i < 6000; i++)
		str_add(&text, "A");
	str_add(&text, ".com");
	tap_is_slice(spf_macro_name(pool, str_slice(&text), &vars), SLICE_LIT("com"),
		"S15 CVE-2023-42118 many macros, then a long literal");
	str_cut(&text, 0);
	for (int i = 0; i < 26; i++)
		str_add(&text, "123456789.");
	str_add(&text, "%{d}");
	name = spf_macro_name(pool, str_slice(&text), &vars);
	tap_is_int((int64_t)name.n, 247, "SPF-31 whole labels go");
	tap_ok(slice_starts(name, "123456789."), "SPF-31 from the left");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_grammar();
	test_names(pool);
	test_bounds(pool);
	pool_free(pool);
	return tap_done();
}
