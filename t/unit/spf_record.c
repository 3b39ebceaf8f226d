/* SPF records: the grammar, the choice among TXT records, and bounds. */
#include "base/base.h"
#include "auth/spf/record.h"
#include "base/str.h"
#include "tap.h"

static const struct {
	const char *text;
	const char *complaint; /* a part of it; NULL: the record is good */
	const char *name;
} records[] = {
	{ "v=spf1", NULL, "SPF-6 nothing but the version" },
	{ "v=spf1 ", NULL, "SPF-9 a space behind it" },
	{ "V=SPF1  +ALL  ", NULL, "SPF-9 case, several spaces" },
	{ "v=spf1 a mx ptr -all", NULL, "the usual" },
	{ "v=spf1\tall", "not an SPF record", "SPF-9 a tab behind the version" },
	{ "v=spf1 a\tall", "'a?all'", "SPF-9 a tab between terms" },
	{ "v=spf1 -all foo", "unknown mechanism in 'foo'", "SPF-7 an error behind all" },
	{ "v=spf1 ip", "unknown mechanism", "SPF-7 no such mechanism" },
	{ "v=spf1 ip:1.2.3.4", "unknown mechanism", "SPF-7 ip is none" },
	{ "v=spf1 +", "unknown mechanism", "a qualifier alone" },
	{ "v=spf1 --all", "unknown mechanism", "two qualifiers" },
	{ "v=spf1 foo=bar", NULL, "SPF-7 an unknown modifier" },
	{ "v=spf1 foo=", NULL, "SPF-7 an empty one" },
	{ "v=spf1 foo=%x", "in 'foo=%x'", "SPF-7 an unknown modifier's value" },
	{ "v=spf1 f.o-o_1=x foo=y", NULL, "SPF-10 the bytes of a name" },
	{ "v=spf1 1up=foo", "unknown mechanism", "SPF-10 a digit first" },
	{ "v=spf1 =all", "unknown mechanism", "SPF-10 no name" },
	{ "v=spf1 +foo=x", "unknown mechanism", "SPF-10 a modifier has no qualifier" },
	{ "v=spf1 redirect:a.example", "unknown mechanism", "SPF-10 redirect is one" },
	{ "v=spf1 redirect=a.example redirect=a.example", "second redirect", "SPF-8" },
	{ "v=spf1 exp=a.example -all exp=b.example", "second exp", "SPF-8 exp" },
	{ "v=spf1 redirect=", "no domain", "SPF-13 an empty redirect" },
	{ "v=spf1 exp=", "no domain", "SPF-13 an empty exp" },
	{ "v=spf1 exp=%{c}.example", "explanation may use", "SPF-27 in exp's name" },
	{ "v=spf1 x=%{t}", "explanation may use", "SPF-27 in an unknown modifier" },
	{ "v=spf1 x=%{p}/%{l1r-}%%", NULL, "SPF-27 what others may use stands there" },
	{ "v=spf1 all:x.example", "argument where none", "SPF-13 all with a domain" },
	{ "v=spf1 all/8", "argument where none", "SPF-13 all with a prefix" },
	{ "v=spf1 include", "no domain", "SPF-13 include alone" },
	{ "v=spf1 include:", "no domain", "SPF-13 include of nothing" },
	{ "v=spf1 include/24", "no domain", "SPF-13 include with a prefix alone" },
	{ "v=spf1 exists:a.example/24", "top-level", "SPF-13 exists with a prefix" },
	{ "v=spf1 ptr:", "no domain", "SPF-13 ptr of nothing" },
	{ "v=spf1 ptr/0", "no domain", "SPF-13 ptr with a prefix" },
	{ "v=spf1 a/24", NULL, "SPF-13 a with a prefix" },
	{ "v=spf1 a//64", NULL, "SPF-13 a with an IPv6 prefix" },
	{ "v=spf1 a/24//64", NULL, "SPF-13 both" },
	{ "v=spf1 a:d.example/24//64", NULL, "SPF-13 both behind a domain" },
	{ "v=spf1 a:a/b.example/24", NULL, "SPF-12 a slash inside" },
	{ "v=spf1 a//64/24", "no domain", "SPF-13 in the wrong order" },
	{ "v=spf1 a/", "IPv4 prefix", "SPF-13 a slash and nothing" },
	{ "v=spf1 a:d.example/", "IPv4 prefix", "SPF-13 the same behind a domain" },
	{ "v=spf1 a/33", "IPv4 prefix", "SPF-13 33 bits" },
	{ "v=spf1 mx//129", "IPv6 prefix", "SPF-13 129 bits" },
	{ "v=spf1 a/024", "IPv4 prefix", "SPF-13 a leading zero" },
	{ "v=spf1 a/00", "IPv4 prefix", "SPF-13 two zeros" },
	{ "v=spf1 a/0", NULL, "SPF-13 one zero" },
	{ "v=spf1 a/-4", "no domain", "SPF-13 a sign" },
	{ "v=spf1 a/4294967304", "IPv4 prefix", "SPF-13 2^32 and some" },
	{ "v=spf1 ip4:1.2.3.4", NULL, "SPF-13 ip4" },
	{ "v=spf1 ip4:1.2.3.4/32", NULL, "SPF-13 ip4 with a prefix" },
	{ "v=spf1 ip4", "no address", "SPF-13 ip4 alone" },
	{ "v=spf1 ip4:", "not an IPv4 address", "SPF-13 ip4 of nothing" },
	{ "v=spf1 ip4:1.2.3", "not an IPv4 address", "SPF-13 three octets" },
	{ "v=spf1 ip4:1.2.3.04", "not an IPv4 address", "SPF-13 an octet with a zero" },
	{ "v=spf1 ip4:::1", "not an IPv4 address", "SPF-13 ip4 of an IPv6 address" },
	{ "v=spf1 ip4:::ffff:1.2.3.4", "not an IPv4 address", "SPF-13 of a mapped one" },
	{ "v=spf1 ip4:1.2.3.4/33", "prefix", "SPF-13 ip4 with 33 bits" },
	{ "v=spf1 ip4:1.2.3.4/", "prefix", "SPF-13 ip4 with no bits" },
	{ "v=spf1 ip4:1.2.3.4//32", "prefix", "SPF-13 ip4 with two slashes" },
	{ "v=spf1 ip4:1.2.3.4:25", "not an IPv4 address", "SPF-13 ip4 with a port" },
	{ "v=spf1 ip6:2001:db8::/32", NULL, "SPF-13 ip6" },
	{ "v=spf1 ip6:::ffff:1.2.3.4/112", NULL, "SPF-14 a mapped address" },
	{ "v=spf1 ip6:::1", NULL, "S16 the loopback address" },
	{ "v=spf1 ip6:::", NULL, "S16 the address of zeros" },
	{ "v=spf1 ip6:", "", "S16 no address" },
	{ "v=spf1 ip6::", "not an IPv6 address", "S16 a colon alone" },
	{ "v=spf1 ip6:1:2:3:4:5:6:7:8", NULL, "S16 without ::" },
	{ "v=spf1 ip6:1:2:3:4:5:6:7", "not an IPv6 address", "S16 seven parts" },
	{ "v=spf1 ip6:1:2:3:4:5:6:7:8:9", "not an IPv6 address", "S16 nine parts" },
	{ "v=spf1 ip6:1::2::3", "not an IPv6 address", "S16 :: twice" },
	{ "v=spf1 ip6:1:2:3:4:5:6:1.2.3.4", NULL, "S16 an IPv4 end" },
	{ "v=spf1 ip6:12345::", "not an IPv6 address", "S16 five digits" },
	{ "v=spf1 ip6:[::1]", "not an IPv6 address", "S16 brackets" },
	{ "v=spf1 ip6:1.2.3.4", "not an IPv6 address", "SPF-13 ip6 of IPv4" },
	{ "v=spf1 ip6:::1%eth0", "not an IPv6 address", "SPF-13 a zone" },
	{ "v=spf1 a:\xc3\xa9.example", "'a:??.example'", "SPF-12 8-bit" },
	{ "v=spf1 mx:192.0.2.1 -all", "an address where a name belongs",
		"SPF-11 an address" },
	{ "v=spf1 a:example", "top-level", "SPF-11 no dot" },
};

static void
test_grammar(struct pool *pool)
{
	struct spf_record record;

	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		const char *want = records[i].complaint;
		const char *bad = reason_text(pool,
			spf_record_parse(pool, slice_of(records[i].text), &record), NULL);

		tap_ok(want == NULL ? bad == NULL
				    : bad != NULL && strstr(bad, want) != NULL,
			"%s: %s", records[i].name, bad != NULL ? bad : "good");
	}
	tap_ok(spf_record_parse(pool, SLICE_LIT("v=spf1 +all\0 -all"), &record) != NULL,
		"GEN-1 a NUL does not end the record");
}

static void
test_terms(struct pool *pool)
{
	static const char text[] =
		"v=spf1 ~mX:%{d2}/24//0 -ip6:::FFFF:1.2.3.4/0 "
		"?ip4:10.0.0.0/8 redirect=r.example exp=e.example a all";
	struct spf_record record;
	struct ip client;

	tap_ok(spf_record_parse(pool, slice_of(text), &record) == NULL, "all kinds");
	tap_is_int((int64_t)record.terms.n, 5, "mechanisms apart from modifiers");
	tap_is_int((int64_t)record.terms.v[0].kind, SPF_TERM_MX, "kind");
	tap_is_int((int64_t)record.terms.v[0].code, AUTH_SOFTFAIL, "SPF-25 ~");
	tap_is_int((int64_t)record.terms.v[1].code, AUTH_FAIL, "SPF-25 -");
	tap_is_int((int64_t)record.terms.v[2].code, AUTH_NEUTRAL, "SPF-25 ?");
	tap_is_int((int64_t)record.terms.v[4].code, AUTH_PASS, "SPF-25 the default");
	tap_is_slice(record.terms.v[0].target, SLICE_LIT("%{d2}"), "target");
	tap_is_slice(
		record.terms.v[0].text, SLICE_LIT("~mX:%{d2}/24//0"), "text as written");
	tap_is_int(record.terms.v[0].prefix4, 24, "IPv4 prefix");
	tap_is_int(record.terms.v[0].prefix6, 0, "IPv6 prefix");
	tap_is_slice(record.redirect.target, SLICE_LIT("r.example"), "redirect");
	tap_is_slice(record.exp, SLICE_LIT("e.example"), "exp");
	tap_ok(record.has_all, "all is noted");
	tap_ok(spf_term_asks(&record.terms.v[0]) && spf_term_asks(&record.redirect) &&
			!spf_term_asks(&record.terms.v[1]),
		"SPF-15 which terms ask");
	ip_parse(SLICE_LIT("10.9.8.7"), &client);
	tap_ok(spf_term_has_client(&record.terms.v[2], &client), "in the network");
	tap_ok(!spf_term_has_client(&record.terms.v[1], &client),
		"SPF-3 ip6 is not for IPv4 clients, even as ::ffff:");
	tap_ok(!spf_term_has_client(&record.terms.v[3], &client), "a: no network");
	ip_parse(SLICE_LIT("2001:db8::1"), &client);
	tap_ok(spf_term_has_client(&record.terms.v[1], &client),
		"SPF-14 a mapped network with /0 holds every IPv6 client");
}

static void
test_select(void)
{
	static const struct dns_record txt[] = {
		{ .data = { "v=spf10 all", 11 } },
		{ .data = { "v=SPF1 mx", 9 } },
		{ .data = { " v=spf1 a", 9 } },
		{ .data = { "v=spf1", 6 } },
		{ .data = { "v=spf1\0", 7 } },
		{ .data = { NULL, 0 } },
	};
	struct dns_answer answer = { .status = DNS_OK, .records = txt };
	struct slice text;

	answer.n = 1;
	tap_is_int((int64_t)spf_record_select(&answer, &text), 0, "SPF-6 spf10 is none");
	answer.n = 3;
	tap_is_int((int64_t)spf_record_select(&answer, &text), 1, "SPF-6 one");
	tap_is_slice(text, SLICE_LIT("v=SPF1 mx"), "SPF-6 this one");
	answer.n = ARRAY_LEN(txt);
	tap_is_int((int64_t)spf_record_select(&answer, &text), 2, "SPF-6 two");
}

/* 64 KB of many terms, and of one. */
static void
test_bounds(struct pool *pool)
{
	struct str text = STR_POOL(pool);
	struct spf_record record;
	const char *bad;

	str_add(&text, "v=spf1");
	for (int i = 0; i < 5900; i++)
		str_add(&text, " a:x.com/24");
	tap_ok(spf_record_parse(pool, str_slice(&text), &record) == NULL,
		"S21 5900 terms");
	tap_is_int((int64_t)record.terms.n, 5900, "S21 none of them is lost");
	str_cut(&text, 6);
	str_add(&text, " zz");
	for (int i = 0; i < 60000; i++)
		str_add(&text, "z");
	bad = reason_text(pool, spf_record_parse(pool, str_slice(&text), &record), NULL);
	tap_ok(bad != NULL && strlen(bad) < 200, "S21 a complaint stays short");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_grammar(pool);
	test_terms(pool);
	test_select();
	test_bounds(pool);
	pool_free(pool);
	return tap_done();
}
