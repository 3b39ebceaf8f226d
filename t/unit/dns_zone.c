/* Zone text: what may stand there, what it answers, what it complains of. */
#include "base/base.h"

#include "base/ip.h"
#include "dns/dns_zone.h"
#include "dns/lookup.h"

#include "tap.h"

static const char zone_text[] =
	"; a comment\n"
	"a.example. 300 IN A 192.0.2.1 ; behind a record\n"
	"a.example 60 in a 192.0.2.2\r\n"
	"six.example. 300 IN AAAA ::ffff:192.0.2.1\n"
	"MAIL.example. 300 IN MX 10 Mx.Example.\n"
	"null.example. 300 IN MX 0 .\n"
	"t.example. 300 IN TXT \"one; \" \"two \\\"x\\\\ \\000\\255\"\n"
	"t.example. 300 IN TXT word\n"
	"_25._tcp.t.example. IN TLSA 3 1 1 4a 61 ; a comment\n"
	"t.example. IN SPF \"v=spf1 -all\"\n"
	"odd\\032na\\\\me.example. 300 IN A 192.0.2.3\n"
	"alias.example. 20 IN CNAME a.example.\n"
	"lost.example. 300 IN CNAME nowhere.example.\n"
	"loop.example. 300 IN CNAME pool.example.\n"
	"pool.example. 300 IN CNAME loop.example.\n"
	"out.example. 30 IN CNAME below.example.\n"
	"5.2.0.192.in-addr.arpa. 300 IN PTR p.example.\n"
	"example. 300 IN NS ns.example.\n"
	"example. 300 IN SOA ns.example. hm.example. 1 2 3 4 60\n"
	";@FAIL dead.example. * TIMEOUT\n"
	"dead.example. 300 IN A 192.0.2.9\n"
	";@FAIL a.example. TXT SERVFAIL\n"
	";@FAIL only.example. A REFUSED\n"
	";@EMPTY void.example.\n"
	"x.deep.example. 300 IN A 192.0.2.4\n";

static const struct {
	const char *name;
	enum dns_type type;
	enum dns_status status;
	size_t n;
	const char *first; /* an address as text, or the data; or the reason */
} questions[] = {
	{ "a.example", DNS_A, DNS_OK, 2, "192.0.2.1" },
	{ "A.EXAMPLE.", DNS_A, DNS_OK, 2, "192.0.2.1" },
	{ "a.example", DNS_AAAA, DNS_NODATA, 0, NULL },
	{ "a.example", DNS_TXT, DNS_TEMPFAIL, 0, "SERVFAIL" },
	{ "mail.example", DNS_MX, DNS_OK, 1, "Mx.Example" },
	{ "null.example", DNS_MX, DNS_OK, 1, "" },
	{ "_25._tcp.t.example", DNS_TLSA, DNS_OK, 1, "\3\1\1Ja" },
	{ "t.example", DNS_SPF, DNS_OK, 1, "v=spf1 -all" },
	{ "odd na\\me.example", DNS_A, DNS_OK, 1, "192.0.2.3" },
	{ "alias.example", DNS_A, DNS_OK, 2, "192.0.2.1" },
	{ "alias.example", DNS_CNAME, DNS_OK, 1, "a.example" },
	{ "alias.example", DNS_MX, DNS_NODATA, 0, NULL },
	{ "lost.example", DNS_A, DNS_NXDOMAIN, 0, NULL },
	{ "loop.example", DNS_A, DNS_TEMPFAIL, 0, "CNAME loop" },
	{ "5.2.0.192.in-addr.arpa", DNS_PTR, DNS_OK, 1, "p.example" },
	{ "example", DNS_NS, DNS_OK, 1, "ns.example" },
	{ "dead.example", DNS_TXT, DNS_TEMPFAIL, 0, "time-out" },
	{ "dead.example", DNS_A, DNS_OK, 1, "192.0.2.9" },
	{ "only.example", DNS_A, DNS_TEMPFAIL, 0, "REFUSED" },
	{ "only.example", DNS_TXT, DNS_NODATA, 0, NULL },
	{ "void.example", DNS_A, DNS_NODATA, 0, NULL },
	{ "deep.example", DNS_A, DNS_NXDOMAIN, 0, NULL },
	{ "nothing.example", DNS_A, DNS_NXDOMAIN, 0, NULL },
	{ "a..example", DNS_A, DNS_NXDOMAIN, 0, NULL },
	{ "", DNS_A, DNS_NXDOMAIN, 0, NULL },
};

static void
test_questions(struct dns *zone, struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		const char *name = questions[i].name;
		char buf[IP_TEXT_SIZE];
		struct dns_answer a;
		struct ip ip;

		dns_query(zone, slice_of(name), questions[i].type, 0, pool, &a);
		tap_is_int(a.status, questions[i].status, "'%s' %d", name,
			questions[i].type);
		tap_is_int((int64_t)a.n, (int64_t)questions[i].n, "its records");
		if (a.status == DNS_TEMPFAIL)
			tap_is(a.reason, questions[i].first, "its reason");
		if (a.n == 0)
			continue;
		if (questions[i].type == DNS_A) {
			ip = ip_of_bytes(a.records[0].data.p, a.records[0].data.n);
			tap_is(ip_print(&ip, buf), questions[i].first, "its address");
		} else
			tap_is_slice(a.records[0].data, slice_of(questions[i].first),
				"its data");
	}
}

static void
test_details(struct dns *zone, struct pool *pool)
{
	struct dns_answer a;

	dns_query(zone, SLICE_LIT("t.example"), DNS_TXT, 0, pool, &a);
	tap_is_int((int64_t)a.n, 2, "two TXT records");
	tap_is_slice(a.records[0].data, SLICE_LIT("one; two \"x\\ \0\377"),
		"GEN-1: strings are joined, any byte may stand there");
	dns_query(zone, SLICE_LIT("alias.example"), DNS_A, 0, pool, &a);
	tap_ok(a.alias && a.ttl == 20, "the least TTL of the chain");
	dns_query(zone, SLICE_LIT("lost.example"), DNS_A, 0, pool, &a);
	tap_ok(a.alias && a.status == DNS_NXDOMAIN,
		"GEN-2: an alias to nowhere is NXDOMAIN, the alias exists");
	dns_query(zone, SLICE_LIT("six.example"), DNS_AAAA, 0, pool, &a);
	tap_is_int((int64_t)a.records[0].data.n, 16, "a mapped address stays AAAA");
}

static void
test_counts(struct pool *pool)
{
	struct dns *zone = dns_zone_new();
	struct dns_answer a;

	dns_prefetch(zone, SLICE_LIT("x.example"), DNS_TXT);
	dns_query(zone, SLICE_LIT("b.example"), DNS_A, 0, pool, &a);
	dns_query(zone, SLICE_LIT("X.example."), DNS_TXT, 0, pool, &a);
	dns_query(zone, SLICE_LIT("x.example"), DNS_TXT, 0, pool, &a);
	tap_is_int(dns_zone_asked(zone, "x.example", DNS_TXT), 2, "asked twice");
	tap_is_int(dns_zone_prefetched(zone, "x.example", DNS_TXT), 1, "prefetched once");
	tap_is_int(dns_zone_asked(zone, "x.example", DNS_A), 0, "another type");
	tap_is_int(dns_zone_questions(zone), 3, "questions in all");
	tap_is(dns_zone_question(zone, 0), "TXT x.example", "the first");
	tap_is(dns_zone_question(zone, 1), "A b.example", "the second");
	tap_is(dns_zone_question(zone, 2), NULL, "no more");
	dns_close(zone);
}

/* A budget holds so many questions; one more is noticed. */
static void
test_lookup(struct pool *pool)
{
	struct dns *zone = dns_zone_new();
	struct lookup lookup = { .dns = zone, .pool = pool, .left = 2 };
	struct dns_answer a;

	lookup_ask(&lookup, SLICE_LIT("x.example"), DNS_TXT, &a);
	lookup_ask(&lookup, SLICE_LIT("x.example"), DNS_TXT, &a);
	tap_ok(!lookup.exhausted && a.status == DNS_NXDOMAIN, "within the budget");
	lookup_ask(&lookup, SLICE_LIT("y.example"), DNS_TXT, &a);
	tap_ok(lookup.exhausted && lookup.asked == 2, "past the budget");
	tap_is(a.reason, "too many questions", "it says so");
	tap_is_int(dns_zone_questions(zone), 2, "and nothing is asked");
	dns_close(zone);
}

static void
test_overlay(struct pool *pool)
{
	struct dns *zone = dns_zone_new(), *below = dns_zone_new(), *both;
	struct dns_answer a;

	dns_zone_add(zone, pool, "z", slice_of(zone_text));
	dns_zone_add(below, pool, "b",
		SLICE_LIT("below.example. 300 IN A 192.0.2.77\n"
			  "a.example. 300 IN MX 5 a.example.\n"));
	both = dns_overlay_new(zone, below);
	dns_query(both, SLICE_LIT("a.example"), DNS_MX, 0, pool, &a);
	tap_is_int(a.status, DNS_NODATA, "overlay: a name that it lists is its own");
	dns_query(both, SLICE_LIT("below.example"), DNS_A, 0, pool, &a);
	tap_is_int(a.status, DNS_OK, "overlay: others are asked below");
	dns_query(both, SLICE_LIT("out.example"), DNS_A, 0, pool, &a);
	tap_ok(a.status == DNS_OK && a.alias && a.ttl == 30,
		"overlay: an alias may lead below");
	dns_prefetch(both, SLICE_LIT("out.example"), DNS_TXT);
	tap_is_int(dns_zone_prefetched(below, "below.example", DNS_TXT), 1,
		"overlay: a prefetch too");
	dns_query(both, SLICE_LIT("loop.example"), DNS_A, 0, pool, &a);
	tap_is_int(a.status, DNS_TEMPFAIL, "overlay: a loop ends");
	dns_close(both);
}

static const struct {
	const char *text, *bad;
} broken[] = {
	{ "\na.example. 300 IN A 1.2.3\n", "f:2: '1.2.3' is no IPv4 address" },
	{ "a. IN AAAA 1.2.3.4", "f:1: '1.2.3.4' is no IPv6 address" },
	{ "a. 300 IN HINFO x", "f:1: unknown type 'HINFO': A, AAAA, MX, PTR, TXT, CNAME, "
			       "NS, SOA or SPF is "
			       "right" },
	{ "a.", "f:1: no type: NAME TTL IN TYPE RDATA is right" },
	{ "a. 3x IN A 1.2.3.4", "f:1: '3x' is no TTL: 0 to 2147483647 is right" },
	{ "a. 1 IN TXT \"x", "f:1: a string has no closing quote" },
	{ "a. 1 IN TXT \"\\25\"",
		"f:1: a backslash before digits wants three of them, 000 to 255" },
	{ "a. 1 IN TXT \"\\256\"",
		"f:1: a backslash before digits wants three of them, 000 to 255" },
	{ "a. 1 IN TXT \"x\\", "f:1: a backslash ends the line" },
	{ "a. 1 IN TXT", "f:1: a TXT record wants one or more strings in quotes" },
	{ "a\\.b. 1 IN A 1.2.3.4", "f:1: a label cannot hold a dot here" },
	{ "a. 1 IN MX x.", "f:1: 'x.' is no MX preference: 0 to 65535 is right" },
	{ "a. 1 IN MX 1", "f:1: the name that the record points to is missing" },
	{ "a. 1 IN A 1.2.3.4 5", "f:1: '5' is too much here" },
	{ ";@FAIL a. HINFO TIMEOUT", "f:1: unknown type 'HINFO': A, AAAA, MX, PTR, TXT, "
				     "CNAME, NS, SOA or SPF, or "
				     "* for all" },
	{ ";@FAIL a. * SLOW",
		"f:1: unknown failure 'SLOW': TIMEOUT, SERVFAIL, REFUSED or FORMERR is "
		"right" },
	{ ";@EMPTY", "f:1: a name is missing" },
	{ ";@HUH a.", "f:1: unknown directive ';@HUH': ;@FAIL or ;@EMPTY" },
};

int
main(void)
{
	struct pool *pool = pool_new();
	struct dns *zone = dns_zone_new();

	tap_is_reason(dns_zone_add(zone, pool, "f", slice_of(zone_text)), NULL,
		"the zone reads");
	test_questions(zone, pool);
	test_details(zone, pool);
	test_counts(pool);
	test_lookup(pool);
	test_overlay(pool);
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		tap_is_reason(dns_zone_add(zone, pool, "f", slice_of(broken[i].text)),
			broken[i].bad, "'%s'", broken[i].text);
	dns_close(zone);
	pool_free(pool);
	return tap_done();
}
