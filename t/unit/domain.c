/* Domain names in their one spelling. */
#include "base/base.h"

#include "base/str.h"
#include "mail/domain.h"

#include "tap.h"

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define L61 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi"

static const struct {
	const char *name;
	struct slice text;
	const char *want; /* NULL: a complaint */
} cases[] = {
	{ "plain", SLICE_LIT("example.jp"), "example.jp" },
	{ "GEN-3 case is folded", SLICE_LIT("MX.Example.JP"), "mx.example.jp" },
	{ "GEN-3 one final dot is dropped", SLICE_LIT("example.jp."), "example.jp" },
	{ "two final dots", SLICE_LIT("example.jp.."), NULL },
	{ "only a dot", SLICE_LIT("."), NULL },
	{ "nothing", SLICE_LIT(""), NULL },
	{ "a leading dot", SLICE_LIT(".example.jp"), NULL },
	{ "an empty label", SLICE_LIT("a..b"), NULL },
	{ "one label", SLICE_LIT("localhost"), "localhost" },
	{ "underscores", SLICE_LIT("S1._DomainKey.example.jp"),
		"s1._domainkey.example.jp" },
	{ "hyphens at the edge", SLICE_LIT("-a-.example"), "-a-.example" },
	{ "hyphens in third place", SLICE_LIT("ab--c.example"), "ab--c.example" },
	{ "GEN-4 a label of 63", SLICE_LIT(L63 ".jp"), L63 ".jp" },
	{ "GEN-4 a label of 64", SLICE_LIT(L63 "l.jp"), NULL },
	{ "GEN-4 253 in all", SLICE_LIT(L63 "." L63 "." L63 "." L61),
		L63 "." L63 "." L63 "." L61 },
	{ "GEN-4 253 and a dot", SLICE_LIT(L63 "." L63 "." L63 "." L61 "."),
		L63 "." L63 "." L63 "." L61 },
	{ "GEN-4 254 in all", SLICE_LIT(L63 "." L63 "." L63 "." L61 "x"), NULL },
	{ "a blank", SLICE_LIT("exam ple.jp"), NULL },
	{ "a NUL (S35, espoofer a3)", SLICE_LIT("example.jp\0.evil.example"), NULL },
	{ "a quote (espoofer a4)", SLICE_LIT("example.jp'a.evil.example"), NULL },
	{ "a parenthesis (S7)", SLICE_LIT("example.net(.example.com"), NULL },
	{ "CR LF (S8)", SLICE_LIT("example.net\r\nX: y"), NULL },
	{ "a literal", SLICE_LIT("[192.0.2.1]"), NULL },
	{ "GEN-3 U-labels",
		SLICE_LIT("b\xc3\xbc"
			  "cher.example"),
		"xn--bcher-kva.example" },
	{ "GEN-3 U-labels in upper case",
		SLICE_LIT("B\xc3\x9c"
			  "CHER.example"),
		"xn--bcher-kva.example" },
	{ "GEN-3 decomposed",
		SLICE_LIT("bu\xcc\x88"
			  "cher.example"),
		"xn--bcher-kva.example" },
	{ "GEN-3 sharp s stays (not transitional)", SLICE_LIT("fa\xc3\x9f.example"),
		"xn--fa-hia.example" },
	{ "GEN-3 A-labels in upper case", SLICE_LIT("XN--BCHER-KVA.example"),
		"xn--bcher-kva.example" },
	{ "GEN-3 Japanese beside an underscore",
		SLICE_LIT("_dmarc.\xe4\xbe\x8b\xe3\x81\x88.jp"),
		"_dmarc.xn--r8jz45g.jp" },
	{ "an ideographic full stop", SLICE_LIT("\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82jp"),
		"xn--r8jz45g.jp" },
	{ "full-width letters", SLICE_LIT("\xef\xbd\x85xample.jp"), "example.jp" },
	{ "a full-width slash",
		SLICE_LIT("a\xef\xbc\x8f"
			  "b.jp"),
		NULL },
	{ "a line separator",
		SLICE_LIT("a\xe2\x80\xa8"
			  "b.jp"),
		NULL },
	{ "not UTF-8",
		SLICE_LIT("b\xfc"
			  "cher.example"),
		NULL },
	{ "cut UTF-8", SLICE_LIT("b\xc3"), NULL },
	{ "only an ignored character", SLICE_LIT("\xc2\xad.example"), NULL },
};

static void
test_parse(struct pool *pool)
{
	struct str many = STR_POOL(pool);
	const char *domain;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *bad = domain_parse(pool, cases[i].text, &domain);

		tap_is(domain, cases[i].want, "%s", cases[i].name);
		tap_ok((bad == NULL) == (domain != NULL), "complaint or value");
	}
	for (int i = 0; i < 500000; i++)
		str_add(&many, "\xe4\xbe\x8b");
	tap_ok(domain_parse(pool, str_slice(&many), &domain) != NULL,
		"a megabyte of letters is refused at once");
	for (int i = 0; i < 500000; i++)
		many.p[i] = '.';
	tap_ok(domain_parse(pool, str_slice(&many), &domain) != NULL, "and of dots");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_parse(pool);
	tap_is_int(domain_labels("a.b.c"), 3, "three labels");
	tap_is_int(domain_labels("a"), 1, "one label");
	tap_is(domain_parent("a.b.c"), "b.c", "parent");
	tap_is(domain_parent("c"), NULL, "no parent");
	tap_is(domain_tail("a.b.c", 2), "b.c", "last two");
	tap_is(domain_tail("a.b.c", 1), "c", "last one");
	tap_is(domain_tail("a.b.c", 3), "a.b.c", "all three");
	tap_is(domain_tail("a.b.c", 9), "a.b.c", "more than there are");
	tap_ok(domain_is_within("a.example", "a.example"), "within itself");
	tap_ok(domain_is_within("b.a.example", "a.example"), "within its parent");
	tap_ok(!domain_is_within("ba.example", "a.example"), "not by letters alone");
	tap_ok(!domain_is_within("example", "a.example"), "not upwards");
	pool_free(pool);
	return tap_done();
}
