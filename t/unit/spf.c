/* The SPF check, with each engine: who is checked, what is counted, what is asked. */
#include "base/base.h"
#include "auth/spf/check.h"
#include "base/str.h"
#include "dns/dns_zone.h"
#include "tap.h"

static const char zone_text[] =
	"pass.example 300 IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
	"soft.example 300 IN TXT \"v=spf1 ~all\"\n"
	"neutral.example 300 IN TXT \"v=spf1 ?all\"\n"
	"short.example 300 IN TXT \"v=spf1 ip4:10.0.0.1\"\n"
	"helo.example 300 IN TXT \"v=spf1 -all\"\n"
	"bad.example 300 IN TXT \"v=spf1 +all foo\"\n"
	"two.example 300 IN TXT \"v=spf1 +all\"\n"
	"two.example 300 IN TXT \"v=spf1 -all\"\n"
	"empty.example 300 IN TXT \"not a record\"\n"
	";@EMPTY nodata.example\n"
	";@FAIL dead.example * TIMEOUT\n"
	";@FAIL refused.example TXT REFUSED\n"
	"inc.example 300 IN TXT \"v=spf1 include:soft.example include:pass.example "
	"-all\"\n"
	"incnone.example 300 IN TXT \"v=spf1 include:empty.example +all\"\n"
	"incdead.example 300 IN TXT \"v=spf1 include:dead.example +all\"\n"
	"incbad.example 300 IN TXT \"v=spf1 include:bad.example +all\"\n"
	"red.example 300 IN TXT \"v=spf1 redirect=pass.example\"\n"
	"redall.example 300 IN TXT \"v=spf1 redirect=pass.example -all\"\n"
	"rednone.example 300 IN TXT \"v=spf1 redirect=nowhere.example\"\n"
	"top 300 IN TXT \"v=spf1 +all\"\n"
	"inctop.example 300 IN TXT \"v=spf1 include:%{h} -all\"\n"
	"redtop.example 300 IN TXT \"v=spf1 redirect=%{h}\"\n"
	"helomacro.example 300 IN TXT \"v=spf1 exists:%{h}.seen.example -all\"\n"
	"xn--jrg-hoa.example.seen.example 300 IN A 127.0.0.2\n"
	"mapped0.example 300 IN TXT \"v=spf1 a:mapped.example//0 -all\"\n"
	"mapped64.example 300 IN TXT \"v=spf1 mx:mapped.example//64 -all\"\n"
	"mapped.example 300 IN AAAA ::ffff:192.0.2.1\n"
	"mapped.example 300 IN MX 10 mapped.example\n"
	"redloop.example 300 IN TXT \"v=spf1 redirect=redloop.example\"\n"
	"redinc.example 300 IN TXT \"v=spf1 include:red.example -all\"\n"
	"addr.example 300 IN TXT \"v=spf1 a:host.example/0 -all\"\n"
	"addr6.example 300 IN TXT \"v=spf1 a:host.example//64 -all\"\n"
	"host.example 300 IN A 203.0.113.1\n"
	"host.example 300 IN AAAA 2001:db8::1\n"
	"exists.example 300 IN TXT \"v=spf1 exists:%{ir}.list.example -all\"\n"
	"1.2.0.192.list.example 300 IN A 127.0.0.2\n"
	"mx.example 300 IN TXT \"v=spf1 mx -all\"\n"
	"mx.example 300 IN MX 10 void.example\n"
	"mx.example 300 IN MX 20 mail.example\n"
	"mail.example 300 IN A 192.0.2.1\n"
	"mx6.example 300 IN TXT \"v=spf1 mx ~all\"\n"
	"mx6.example 300 IN MX 10 a.mx6.example\n"
	"mx6.example 300 IN MX 20 b.mx6.example\n"
	"mx6.example 300 IN MX 30 c.mx6.example\n"
	"mx6.example 300 IN MX 40 m.mx6.example\n"
	"a.mx6.example 300 IN A 192.0.2.1\n"
	"b.mx6.example 300 IN A 192.0.2.2\n"
	"c.mx6.example 300 IN A 192.0.2.3\n"
	"m.mx6.example 300 IN AAAA 2001:db8::1\n"
	"inc6.example 300 IN TXT \"v=spf1 include:mx4only.example a:v1.example "
	"include:mx6.example -all\"\n"
	"mx4only.example 300 IN TXT \"v=spf1 mx:mx6.example ?all\"\n"
	"incvoid.example 300 IN TXT \"v=spf1 a:v1.example include:invoid.example "
	"+all\"\n"
	"invoid.example 300 IN TXT \"v=spf1 a:v2.example mx:v3.example -all\"\n"
	"redvoid.example 300 IN TXT \"v=spf1 a:v1.example redirect=invoid.example\"\n"
	"nomx.example 300 IN TXT \"v=spf1 mx -all\"\n"
	"nomx.example 300 IN A 192.0.2.1\n"
	"nullmx.example 300 IN TXT \"v=spf1 mx -all\"\n"
	"nullmx.example 300 IN MX 0 .\n"
	"void2.example 300 IN TXT \"v=spf1 a:v1.example mx:v2.example +all\"\n"
	"void3.example 300 IN TXT \"v=spf1 a:v1.example mx:v2.example exists:v3.example "
	"+all\"\n"
	"ptr.example 300 IN TXT \"v=spf1 ptr -all\"\n"
	"1.2.0.192.in-addr.arpa 300 IN PTR liar.ptr.example\n"
	"1.2.0.192.in-addr.arpa 300 IN PTR dead.example\n"
	"1.2.0.192.in-addr.arpa 300 IN PTR client.ptr.example\n"
	"client.ptr.example 300 IN A 192.0.2.1\n"
	"liar.ptr.example 300 IN A 192.0.2.9\n"
	"p.example 300 IN TXT \"v=spf1 exists:%{p}.seen.example -all\"\n"
	"client.ptr.example.seen.example 300 IN A 127.0.0.2\n"
	"ptrdead.example 300 IN TXT \"v=spf1 ptr -all\"\n"
	";@FAIL 9.2.0.192.in-addr.arpa PTR SERVFAIL\n"
	"local.example 300 IN TXT \"v=spf1 exists:%{l}.any.example include:%{s}.example "
	"?all\"\n"
	"jiro.any.example 300 IN A 127.0.0.2\n"
	"outer.example 300 IN TXT \"v=spf1 include:inner.example -all\"\n"
	"inner.example 300 IN TXT \"v=spf1 exists:%{l}.%{o}.%{d} -all\"\n"
	"jiro.outer.example.inner.example 300 IN A 127.0.0.2\n"
	"exp.example 300 IN TXT \"v=spf1 -all exp=why.example\"\n"
	"why.example 300 IN TXT \"%{i} may not send for %{o}, said %{r}\"\n"
	"expinc.example 300 IN TXT \"v=spf1 -include:expyes.example ?all\"\n"
	"expyes.example 300 IN TXT \"v=spf1 +all exp=why.example\"\n"
	"expred.example 300 IN TXT \"v=spf1 redirect=exp.example exp=not.example\"\n"
	"longexp.example 300 IN TXT \"v=spf1 -all exp=long.example\"\n"
	"long.example 300 IN TXT \"%{s}%{s}%{s}%{s}%{s}%{s}%{s}%{s}%{s}%{s}%{s}%{s}\"\n"
	"longa.example 300 IN TXT \"v=spf1 a:%{l}.example -all\"\n"
	"loopback.example 300 IN TXT \"v=spf1 -all\"\n"
	"xn--bcher-kva.example 300 IN TXT \"v=spf1 +all\"\n";

static const struct {
	const char *name;
	const char *client, *helo, *mail_from;
	enum auth_code code;
	const char *domain, *mechanism;
	int lookups, voids; /* -1: any */
} cases[] = {
	{ "pass", "192.0.2.1", "h", "a@pass.example", AUTH_PASS, "pass.example",
		"ip4:192.0.2.0/24", 0, 0 },
	{ "fail", "192.0.3.1", "h", "a@pass.example", AUTH_FAIL, "pass.example", "-all",
		0, 0 },
	{ "softfail", "192.0.2.1", "h", "a@soft.example", AUTH_SOFTFAIL, "soft.example",
		"~all", 0, 0 },
	{ "neutral", "192.0.2.1", "h", "a@neutral.example", AUTH_NEUTRAL,
		"neutral.example", "?all", 0, 0 },
	{ "SPF-24 the end of the record", "192.0.2.1", "h", "a@short.example",
		AUTH_NEUTRAL, "short.example", NULL, 0, 0 },
	{ "SPF-2 the null sender is checked by HELO", "192.0.2.1", "helo.example", "",
		AUTH_FAIL, "helo.example", "-all", 0, 0 },
	{ "SPF-4 no local part", "192.0.2.1", "h", "@pass.example", AUTH_PASS,
		"pass.example", "ip4:192.0.2.0/24", 0, 0 },
	{ "SPF-4 a name of one label", "192.0.2.1", "h", "a@localhost", AUTH_NONE,
		"localhost", NULL, 0, 0 },
	{ "SPF-4 an address literal", "192.0.2.1", "[192.0.2.1]", "", AUTH_NONE, NULL,
		NULL, 0, 0 },
	{ "SPF-4 an empty label", "192.0.2.1", "h", "a@pass..example", AUTH_NONE, NULL,
		NULL, 0, 0 },
	{ "SPF-4 a final dot", "192.0.2.1", "h", "a@pass.example.", AUTH_PASS,
		"pass.example", "ip4:192.0.2.0/24", 0, 0 },
	{ "SPF-4 NXDOMAIN", "192.0.2.1", "h", "a@nowhere.example", AUTH_NONE,
		"nowhere.example", NULL, 0, 0 },
	{ "SPF-5 NODATA", "192.0.2.1", "h", "a@nodata.example", AUTH_NONE,
		"nodata.example", NULL, 0, 0 },
	{ "SPF-5 a time-out", "192.0.2.1", "h", "a@dead.example", AUTH_TEMPERROR,
		"dead.example", NULL, 0, 0 },
	{ "SPF-5 REFUSED", "192.0.2.1", "h", "a@refused.example", AUTH_TEMPERROR,
		"refused.example", NULL, 0, 0 },
	{ "SPF-6 no record among TXT", "192.0.2.1", "h", "a@empty.example", AUTH_NONE,
		"empty.example", NULL, 0, 0 },
	{ "SPF-6 two records", "192.0.2.1", "h", "a@two.example", AUTH_PERMERROR,
		"two.example", NULL, 0, 0 },
	{ "SPF-7 an error behind a match", "192.0.2.1", "h", "a@bad.example",
		AUTH_PERMERROR, "bad.example", NULL, 0, 0 },
	{ "SPF-3 a mapped client is IPv4", "::ffff:192.0.2.1", "h", "a@pass.example",
		AUTH_PASS, "pass.example", "ip4:192.0.2.0/24", 0, 0 },
	{ "a quoted @ in the local part", "192.0.2.1", "h", "\"x@y\"@pass.example",
		AUTH_PASS, "pass.example", "ip4:192.0.2.0/24", 0, 0 },
	{ "a source route", "192.0.2.1", "h", "@r.example:a@pass.example", AUTH_PASS,
		"pass.example", "ip4:192.0.2.0/24", 0, 0 },
	{ "espoofer a2 what is behind the last @ counts", "192.0.3.1", "h",
		"(any@pass.example", AUTH_FAIL, "pass.example", "-all", 0, 0 },
	{ "SPF-22 an include of none", "192.0.2.1", "h", "a@incnone.example",
		AUTH_PERMERROR, "incnone.example", NULL, 1, 0 },
	{ "SPF-22 an include of temperror", "192.0.2.1", "h", "a@incdead.example",
		AUTH_TEMPERROR, "incdead.example", NULL, 1, 0 },
	{ "SPF-22 an include of permerror", "192.0.2.1", "h", "a@incbad.example",
		AUTH_PERMERROR, "incbad.example", NULL, 1, 0 },
	{ "SPF-22 an include of softfail, then of pass", "192.0.2.1", "h",
		"a@inc.example", AUTH_PASS, "inc.example", "include:pass.example", 2, 0 },
	{ "SPF-23 redirect", "192.0.2.1", "h", "a@red.example", AUTH_PASS, "red.example",
		"ip4:192.0.2.0/24", 1, 0 },
	{ "SPF-8 no redirect beside all", "192.0.2.1", "h", "a@redall.example", AUTH_FAIL,
		"redall.example", "-all", 0, 0 },
	{ "SPF-23 redirect to none", "192.0.2.1", "h", "a@rednone.example",
		AUTH_PERMERROR, "rednone.example", NULL, 1, 1 },
	{ "SPF-4 an include of one label", "192.0.2.1", "top", "a@inctop.example",
		AUTH_PERMERROR, "inctop.example", NULL, 1, 0 },
	{ "SPF-4 a redirect to one label", "192.0.2.1", "top", "a@redtop.example",
		AUTH_PERMERROR, "redtop.example", NULL, 1, 0 },
	{ "SPF-30 U-labels of HELO", "192.0.2.1", "J\xc3\x9cRG.example",
		"a@helomacro.example", AUTH_PASS, "helomacro.example",
		"exists:%{h}.seen.example", 1, 0 },
	{ "SPF-30 a HELO that is neither ASCII nor a domain", "192.0.2.1", "b\xffx",
		"a@helomacro.example", AUTH_FAIL, "helomacro.example", "-all", 1, 0 },
	{ "SPF-15 a redirect loop", "192.0.2.1", "h", "a@redloop.example", AUTH_PERMERROR,
		"redloop.example", NULL, 10, 0 },
	{ "SPF-23 redirect inside an include", "192.0.2.1", "h", "a@redinc.example",
		AUTH_PASS, "redinc.example", "include:red.example", 2, 0 },
	{ "SPF-13 a prefix of /0", "192.0.2.1", "h", "a@addr.example", AUTH_PASS,
		"addr.example", "a:host.example/0", 1, 0 },
	{ "SPF-21 a mapped address of a host", "2001:db8::f", "h", "a@mapped0.example",
		AUTH_PASS, "mapped0.example", "a:mapped.example//0", 1, 0 },
	{ "SPF-21 its network", "::1", "h", "a@mapped64.example", AUTH_PASS,
		"mapped64.example", "mx:mapped.example//64", 1, 0 },
	{ "SPF-21 a mapped address is no IPv4 one", "192.0.2.1", "h",
		"a@mapped64.example", AUTH_FAIL, "mapped64.example", "-all", 1, 1 },
	{ "SPF-21 the IPv6 prefix", "2001:db8::f", "h", "a@addr6.example", AUTH_PASS,
		"addr6.example", "a:host.example//64", 1, 0 },
	{ "SPF-21 and its border", "2001:db8:0:1::f", "h", "a@addr6.example", AUTH_FAIL,
		"addr6.example", "-all", 1, 0 },
	{ "SPF-30 exists", "192.0.2.1", "h", "a@exists.example", AUTH_PASS,
		"exists.example", "exists:%{ir}.list.example", 1, 0 },
	{ "SPF-18 a void answer to an MX host", "192.0.2.1", "h", "a@mx.example",
		AUTH_PASS, "mx.example", "mx", 1, 1 },
	{ "SPF-16 no MX, no fall-back", "192.0.2.1", "h", "a@nomx.example", AUTH_FAIL,
		"nomx.example", "-all", 1, 1 },
	{ "SPF-16 the null MX", "192.0.2.1", "h", "a@nullmx.example", AUTH_FAIL,
		"nullmx.example", "-all", 1, 0 },
	{ "SPF-18 void answers to three hosts of one mx", "2001:db8::1", "h",
		"a@mx6.example", AUTH_PASS, "mx6.example", "mx", 1, 1 },
	{ "SPF-18 and to all its hosts", "2001:db8::2", "h", "a@mx6.example",
		AUTH_SOFTFAIL, "mx6.example", "~all", 1, 1 },
	{ "SPF-18 a term counts, not what includes it", "2001:db8::1", "h",
		"a@inc6.example", AUTH_PASS, "inc6.example", "include:mx4only.example",
		2, 1 },
	{ "SPF-18 two terms of one mx each and an a", "2001:db8::2", "h",
		"a@inc6.example", AUTH_PERMERROR, "inc6.example", NULL, 5, 3 },
	{ "SPF-18 terms within an include count on", "192.0.2.1", "h",
		"a@incvoid.example", AUTH_PERMERROR, "incvoid.example", NULL, 4, 3 },
	{ "SPF-18 and behind a redirect", "192.0.2.1", "h", "a@redvoid.example",
		AUTH_PERMERROR, "redvoid.example", NULL, 4, 3 },
	{ "SPF-18 two void answers", "192.0.2.1", "h", "a@void2.example", AUTH_PASS,
		"void2.example", "+all", 2, 2 },
	{ "SPF-18 three", "192.0.2.1", "h", "a@void3.example", AUTH_PERMERROR,
		"void3.example", NULL, 3, 3 },
	{ "SPF-17 ptr, past a liar and a dead name", "192.0.2.1", "h", "a@ptr.example",
		AUTH_PASS, "ptr.example", "ptr", 1, 0 },
	{ "SPF-17 a failed PTR is no match", "192.0.2.9", "h", "a@ptrdead.example",
		AUTH_FAIL, "ptrdead.example", "-all", 1, 0 },
	{ "SPF-18 a void PTR counts once", "192.0.2.8", "h", "a@ptr.example", AUTH_FAIL,
		"ptr.example", "-all", 1, 1 },
	{ "SPF-30 %{p}", "192.0.2.1", "h", "a@p.example", AUTH_PASS, "p.example",
		"exists:%{p}.seen.example", 1, 0 },
	{ "SPF-33 the sender stays within an include, the domain does not", "192.0.2.1",
		"h", "jiro@outer.example", AUTH_PASS, "outer.example",
		"include:inner.example", 2, 0 },
	{ "SPF-32 an ASCII local part", "192.0.2.1", "h", "jiro@local.example", AUTH_PASS,
		"local.example", "exists:%{l}.any.example", 1, 0 },
	{ "SPF-32 another one matches nothing", "192.0.2.1", "h",
		"\xe6\xac\xa1\xe9\x83\x8e@local.example", AUTH_NEUTRAL, "local.example",
		"?all", 2, 0 },
	{ "SPF-26 no name to ask for", "192.0.2.1", "h", "a..b@longa.example", AUTH_FAIL,
		"longa.example", "-all", 1, 0 },
	{ "RFC 8616 4 a U-label", "192.0.2.1", "h",
		"a@b\xc3\xbc"
		"cher.example",
		AUTH_PASS, "xn--bcher-kva.example", "+all", 0, 0 },
	{ "loopback gets no free ride", "127.0.0.1", "h", "a@loopback.example", AUTH_FAIL,
		"loopback.example", "-all", 0, 0 },
	{ "no client", "", "h", "a@pass.example", AUTH_NONE, "pass.example", NULL, 0, 0 },
};

static struct spf_query
make_query(const struct ip *client, const char *helo, const char *mail_from)
{
	return (struct spf_query){ .client = client,
		.helo = slice_of(helo),
		.mail_from = slice_of(mail_from),
		.explain = true,
		.trace = true,
		.limits = SPF_LIMITS_DEFAULT };
}

static struct lookup
make_lookup(struct dns *dns, struct pool *pool)
{
	return (struct lookup){ .dns = dns,
		.pool = pool,
		.deadline = INT64_MAX,
		.left = SPF_QUESTIONS(SPF_LIMITS_DEFAULT) };
}

static const char *
engine_name(enum spf_engine engine)
{
	return engine == SPF_ENGINE_BUILTIN ? "builtin" : "libspf2";
}

static void
test_case(struct dns *dns, size_t i, enum spf_engine engine)
{
	struct pool *pool = pool_new();
	struct lookup lookup = make_lookup(dns, pool);
	struct ip client = IP_NONE;
	struct spf_query query = make_query(&client, cases[i].helo, cases[i].mail_from);
	struct spf_result r;
	bool reason;

	ip_parse(slice_of(cases[i].client), &client);
	query.engine = engine;
	spf_check(&lookup, &query, SPF_MAIL_FROM, &r);
	tap_is(auth_code_name(r.outcome.code), auth_code_name(cases[i].code), "%s (%s)",
		cases[i].name, engine_name(engine));
	tap_is(r.domain, cases[i].domain, "its domain");
	tap_is(r.mechanism, cases[i].mechanism, "its mechanism");
	tap_ok(r.lookups == cases[i].lookups && r.void_lookups == cases[i].voids,
		"counted %d and %d", r.lookups, r.void_lookups);
	reason = r.outcome.code != AUTH_PASS && r.outcome.code != AUTH_NONE;
	tap_ok((r.outcome.reason != NULL) == reason, "its reason: %s",
		r.outcome.reason != NULL ? reason_text(pool, r.outcome.reason, NULL)
					 : "none");
	tap_ok((r.outcome.cause == CAUSE_DNS) == (r.outcome.code == AUTH_TEMPERROR),
		"dns_failed");
	pool_free(pool);
}

/* Identities, apart (S9, espoofer a1). */
static void
test_identities(struct dns *dns, struct pool *pool)
{
	struct ip client = IP_NONE;
	struct spf_query query = make_query(&client, "pass.example", "a@helo.example");
	struct lookup lookup = make_lookup(dns, pool);
	struct spf_result helo, from, null;

	ip_parse(SLICE_LIT("192.0.2.1"), &client);
	spf_check(&lookup, &query, SPF_HELO, &helo);
	lookup = make_lookup(dns, pool);
	spf_check(&lookup, &query, SPF_MAIL_FROM, &from);
	tap_ok(helo.outcome.code == AUTH_PASS && helo.identity == SPF_HELO, "SPF-1 HELO");
	tap_ok(from.outcome.code == AUTH_FAIL && from.identity == SPF_MAIL_FROM,
		"SPF-1 S9 espoofer a1 a pass of HELO is none of MAIL FROM");
	tap_is(spf_identity_name(&helo), "helo", "SPF-38");
	tap_is(spf_identity_name(&from), "mailfrom", "SPF-38");
	query.mail_from = SLICE_EMPTY;
	lookup = make_lookup(dns, pool);
	spf_check(&lookup, &query, SPF_MAIL_FROM, &null);
	tap_ok(null.outcome.code == AUTH_PASS && null.null_sender &&
			null.identity == SPF_MAIL_FROM,
		"SPF-2 the null sender");
	tap_is(spf_identity_name(&null), "helo", "SPF-38 is named by HELO");
}

static const struct {
	const char *name, *mail_from, *want;
	bool explain;
} explanations[] = {
	{ "the domain's", "a@exp.example",
		"192.0.3.1 may not send for exp.example, said r.example", true },
	{ "not asked for", "a@exp.example", "default", false },
	{ "not of an included record", "a@expinc.example", "default", true },
	{ "of the record that redirect leads to", "a@expred.example",
		"192.0.3.1 may not send for expred.example, said r.example", true },
	{ "none at all", "a@pass.example", "default", true },
	{ "none for a softfail", "a@soft.example", NULL, true },
};

static void
test_explanations(struct dns *dns, enum spf_engine engine)
{
	struct pool *pool = pool_new();
	struct ip client = IP_NONE;
	struct spf_result r;

	ip_parse(SLICE_LIT("192.0.3.1"), &client);
	for (size_t i = 0; i < ARRAY_LEN(explanations); i++) {
		struct spf_query q = make_query(&client, "h", explanations[i].mail_from);
		struct lookup lookup = make_lookup(dns, pool);

		q.engine = engine;
		q.explain = explanations[i].explain;
		q.default_explanation = "default";
		q.receiver = "r.example";
		spf_check(&lookup, &q, SPF_MAIL_FROM, &r);
		tap_is(r.explanation, explanations[i].want, "SPF-35 %s (%s)",
			explanations[i].name, engine_name(engine));
	}
	{
		struct spf_query q = make_query(
			&client, "h", "a\r\n\x80\x1b[mbbbbbbbbbb@longexp.example");
		struct lookup lookup = make_lookup(dns, pool);

		q.engine = engine;
		spf_check(&lookup, &q, SPF_MAIL_FROM, &r);
		tap_ok(r.explanation != NULL && strlen(r.explanation) == 200,
			"SPF-35 at most 200");
		tap_ok(r.explanation != NULL &&
				strncmp(r.explanation, "a????[mb", 8) == 0,
			"SPF-35 S8 controls are gone");
	}
	pool_free(pool);
}

/* The domain's own records can exhaust the budget: permerror, never temperror. */
static void
test_budget(struct dns *dns, struct pool *pool)
{
	struct ip client = IP_NONE;
	struct spf_query query = make_query(&client, "h", "a@inc.example");
	struct lookup lookup = make_lookup(dns, pool);
	struct spf_result r;

	ip_parse(SLICE_LIT("192.0.2.1"), &client);
	for (int engine = 0; engine < 2; engine++) {
		query.engine = (enum spf_engine)engine;
		lookup = make_lookup(dns, pool);
		lookup.left = 2;
		spf_check(&lookup, &query, SPF_MAIL_FROM, &r);
		tap_ok(r.outcome.code == AUTH_PERMERROR && r.outcome.cause != CAUSE_DNS,
			"S21 a spent budget is permerror: %s",
			reason_text(pool, r.outcome.reason, NULL));
		lookup = make_lookup(dns, pool);
		lookup.left = 3;
		spf_check(&lookup, &query, SPF_MAIL_FROM, &r);
		tap_ok(r.outcome.code == AUTH_PASS, "S21 a budget just large enough");
		query.limits.terms = 1;
		lookup = make_lookup(dns, pool);
		spf_check(&lookup, &query, SPF_MAIL_FROM, &r);
		tap_ok(r.outcome.code == AUTH_PERMERROR, "SPF-15 the limit is an option");
		query.limits.terms = 10;
	}
}

/* SPF-16, SPF-17 at and past the border: 10 and 11 hosts and names, the last one right.
 */
static void
test_hosts(struct pool *pool)
{
	struct dns *dns = dns_zone_new();
	struct str text = STR_POOL(pool);
	struct ip client = IP_NONE;

	ip_parse(SLICE_LIT("192.0.2.1"), &client);
	for (int n = 10; n <= 11; n++) {
		str_addf(&text, "m%d.example 300 IN TXT \"v=spf1 mx -all\"\n", n);
		str_addf(&text, "p%d.example 300 IN TXT \"v=spf1 ptr -all\"\n", n);
		for (int i = 1; i <= n; i++)
			str_addf(&text,
				"m%d.example 300 IN MX %d h%d-%d.example\n"
				"h%d-%d.example 300 IN A 192.0.2.%d\n",
				n, i, n, i, n, i, i == n ? 1 : 100 + i);
	}
	for (int i = 1; i <= 11; i++)
		str_addf(&text,
			"1.2.0.192.in-addr.arpa 300 IN PTR x%d.p%d.example\n"
			"x%d.p%d.example 300 IN A 192.0.2.1\n",
			i, i < 11 ? 10 : 11, i, i < 11 ? 10 : 11);
	tap_is_reason(dns_zone_add(dns, pool, "zone", str_slice(&text)), NULL, "a zone");
	for (int engine = 0; engine < 2; engine++) {
		static const struct {
			const char *from, *name;
			enum auth_code code;
		} limits[] = {
			{ "a@m10.example", "SPF-16 the tenth MX host", AUTH_PASS },
			{ "a@m11.example", "SPF-16 the eleventh", AUTH_PERMERROR },
			{ "a@p10.example", "SPF-17 one of ten names", AUTH_PASS },
			{ "a@p11.example", "SPF-17 the eleventh is ignored", AUTH_FAIL },
		};

		for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
			struct spf_query q = make_query(&client, "h", limits[i].from);
			struct lookup lookup = make_lookup(dns, pool);
			struct spf_result r;

			q.engine = (enum spf_engine)engine;
			spf_check(&lookup, &q, SPF_MAIL_FROM, &r);
			tap_is(auth_code_name(r.outcome.code),
				auth_code_name(limits[i].code), "%s (%s)", limits[i].name,
				engine_name(q.engine));
		}
	}
	dns_close(dns);
}

/* SPF-15 over a tree: ten terms are evaluated, the eleventh ends it. */
static void
test_tree(struct pool *pool)
{
	struct dns *dns = dns_zone_new();
	struct str text = STR_POOL(pool);
	struct ip client = IP_NONE;

	ip_parse(SLICE_LIT("192.0.2.1"), &client);
	for (int n = 10; n <= 11; n++) {
		str_addf(&text, "t%d.example 300 IN TXT \"v=spf1", n);
		for (int i = 1; i < n; i++)
			str_addf(&text, " include:i.example");
		str_add(&text, " a:h.example -all\"\n");
	}
	str_add(&text, "i.example 300 IN TXT \"v=spf1 ?all\"\n");
	str_add(&text, "h.example 300 IN A 192.0.2.1\n");
	tap_is_reason(dns_zone_add(dns, pool, "zone", str_slice(&text)), NULL, "a zone");
	for (int engine = 0; engine < 2; engine++)
		for (int n = 10; n <= 11; n++) {
			struct spf_query q = make_query(
				&client, "h", pool_printf(pool, "a@t%d.example", n));
			struct lookup lookup = make_lookup(dns, pool);
			struct spf_result r;

			q.engine = (enum spf_engine)engine;
			spf_check(&lookup, &q, SPF_MAIL_FROM, &r);
			tap_ok(r.outcome.code == (n == 10 ? AUTH_PASS : AUTH_PERMERROR) &&
					r.lookups == 10,
				"SPF-15 %d terms (%s): %s", n, engine_name(q.engine),
				auth_code_name(r.outcome.code));
		}
	dns_close(dns);
}

/* The trace names every term in its order, with the counts. */
static void
test_trace(struct dns *dns, struct pool *pool)
{
	static const struct {
		int depth;
		const char *domain, *term, *found;
		int lookups;
	} want[] = {
		{ 0, "inc.example", "", "record", 0 },
		{ 0, "inc.example", "include:soft.example", "no match", 1 },
		{ 1, "soft.example", "", "record", 1 },
		{ 1, "soft.example", "~all", "match", 1 },
		{ 0, "inc.example", "include:pass.example", "match", 2 },
		{ 1, "pass.example", "", "record", 2 },
		{ 1, "pass.example", "ip4:192.0.2.0/24", "match", 2 },
	};
	struct ip client = IP_NONE;

	ip_parse(SLICE_LIT("192.0.2.1"), &client);
	for (int engine = 0; engine < 2; engine++) {
		struct spf_query q = make_query(&client, "h", "a@inc.example");
		struct lookup lookup = make_lookup(dns, pool);
		struct spf_result r;

		q.engine = (enum spf_engine)engine;
		spf_check(&lookup, &q, SPF_MAIL_FROM, &r);
		tap_is_int((int64_t)r.trace.n, ARRAY_LEN(want), "steps (%s)",
			engine_name(q.engine));
		for (size_t i = 0; i < MIN(r.trace.n, ARRAY_LEN(want)); i++) {
			const struct spf_step *step = &r.trace.v[i];

			tap_ok(step->depth == want[i].depth &&
					strcmp(step->domain, want[i].domain) == 0 &&
					strcmp(step->term, want[i].term) == 0 &&
					strcmp(spf_found_name(step), want[i].found) == 0,
				"step %d %s '%s' %s", step->depth, step->domain,
				step->term, spf_found_name(step));
		}
	}
}

/* Everything that the terms ask for is asked ahead, and nothing that they do not. */
static void
test_prefetch(struct pool *pool)
{
	static const char text[] =
		"a.example 300 IN TXT \"v=spf1 include:b.example include:c.example mx "
		"a:h.example exists:%{l}.x.example ptr:%{p} -all a:behind.example\"\n"
		"b.example 300 IN TXT \"v=spf1 include:d.example ip4:192.0.2.1 "
		"a:past.example ?all\"\n"
		"c.example 300 IN TXT \"v=spf1 redirect=e.example\"\n"
		"a.example 300 IN MX 1 m.example\n";
	static const struct {
		const char *name;
		enum dns_type type;
		bool wanted;
	} names[] = {
		{ "a.example", DNS_TXT, true },
		{ "b.example", DNS_TXT, true },
		{ "c.example", DNS_TXT, true },
		{ "d.example", DNS_TXT, true },
		{ "e.example", DNS_TXT, true },
		{ "a.example", DNS_MX, true },
		{ "h.example", DNS_A, true },
		{ "jiro.x.example", DNS_A, true },
		{ "behind.example", DNS_A, false },
		{ "past.example", DNS_A, false },
		{ "helo.example", DNS_TXT, true },
	};
	struct dns *dns = dns_zone_new();
	struct ip client = IP_NONE;
	struct spf_query q = make_query(&client, "helo.example", "jiro@a.example");

	ip_parse(SLICE_LIT("192.0.2.1"), &client);
	dns_zone_add(dns, pool, "zone", slice_of(text));
	spf_prefetch(dns, &q);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		tap_ok((dns_zone_prefetched(dns, names[i].name, names[i].type) > 0) ==
				names[i].wanted,
			"prefetch of %s", names[i].name);
	dns_close(dns);
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct dns *dns = dns_zone_new();

	tap_is_reason(
		dns_zone_add(dns, pool, "zone", slice_of(zone_text)), NULL, "a zone");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		test_case(dns, i, SPF_ENGINE_LIBSPF2);
		test_case(dns, i, SPF_ENGINE_BUILTIN);
	}
	test_identities(dns, pool);
	test_explanations(dns, SPF_ENGINE_LIBSPF2);
	test_explanations(dns, SPF_ENGINE_BUILTIN);
	test_budget(dns, pool);
	test_trace(dns, pool);
	test_hosts(pool);
	test_tree(pool);
	test_prefetch(pool);
	dns_close(dns);
	pool_free(pool);
	return tap_done();
}
