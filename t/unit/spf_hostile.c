/* Records made to hurt: each is judged rightly, at once, with few questions, by each
 * engine. In the texts, <N*TEXT> stands for N times TEXT, with # for the number of the
 * turn and ^ for the next one; a record is a line "NAME TYPE VALUE". */
#include "base/base.h"
#include "auth/spf/check.h"
#include "base/scan.h"
#include "base/str.h"
#include "dns/dns_zone.h"
#include "tap.h"

/* What a check may ask, whatever the records say: RFC 7208 4.6.4's sum, and peeks. */
#define QUESTIONS_LIMIT 200
#define MILLISECONDS 3000

#define USER "user@e.com"

static const struct {
	const char *name, *mail_from, *ip, *helo; /* ip, helo NULL: the usual */
	const char *records;
	enum auth_code code;
} cases[] = {
	{ "S15 CVE-2021-20314 long literals between macros", USER, NULL, NULL,
		"e.com TXT v=spf1 exists:<60*%{d}A><400*A> -all\n", AUTH_PERMERROR },
	{ "S15 CVE-2021-20314 the same, ending as a name", USER, NULL, NULL,
		"e.com TXT v=spf1 exists:<60*%{d}A><400*A>.com -all\n", AUTH_FAIL },
	{ "S15 CVE-2021-33912 8-bit in URL macros", "<100*\xff\xfe\x80\x81>@e.com", NULL,
		NULL, "e.com TXT v=spf1 exists:%{L}.%{S}.x.com -all\n", AUTH_FAIL },
	{ "S15 CVE-2021-33913 reversed delimiters", "<200*a.-+=|_>@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:%{lr-.+=_}.x.com exists:%{l1r-}.x.com "
		"exists:%{l128r.-+=_}.y.com -all\n",
		AUTH_FAIL },
	{ "S15 CVE-2021-33913 an unknown delimiter", "<200*a.-+=|_>@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:%{lr-.+=|_}.x.com -all\n", AUTH_PERMERROR },
	{ "S15 CVE-2021-33913 one delimiter", "-@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:%{l1r-}.%{lr-}.%{l9r-}x.com -all\n", AUTH_FAIL },
	{ "S15 CVE-2021-33913 delimiters alone", "--------@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:%{l2r-}.%{L2r-}.%{S3r-}x.com -all\n",
		AUTH_FAIL },
	{ "S15 CVE-2021-33913 reversed nothing", "@e.com", NULL, "",
		"e.com TXT v=spf1 exists:%{hr}.x.com exists:%{h1r-}.y.com -all\n",
		AUTH_FAIL },
	{ "S15 CVE-2021-33913 reversed nothing, URL", USER, NULL, "",
		"e.com TXT v=spf1 exists:%{HR}.x.com exists:%{H1R-}.y.com "
		"exists:%{h1}.z.com -all\n",
		AUTH_FAIL },
	{ "S15 CVE-2023-42118 in a mechanism", USER, NULL, NULL,
		"e.com TXT v=spf1 exists:<127*%{d}><6000*A>.com -all\n", AUTH_FAIL },
	{ "S15 CVE-2023-42118 in one of 60 KB", USER, NULL, NULL,
		"e.com TXT v=spf1 exists:<127*%{d}><60000*A>.com -all\n", AUTH_FAIL },
	{ "S15 CVE-2023-42118 in exp=", USER, NULL, NULL,
		"e.com TXT v=spf1 -all exp=<127*%{d}><6000*B>.com\n", AUTH_FAIL },
	{ "S15 CVE-2023-42118 in an unknown modifier", USER, NULL, NULL,
		"e.com TXT v=spf1 foo=<127*%{d}><6000*B>.com -all\n", AUTH_FAIL },
	{ "S15 CVE-2023-42118 in an explanation of 516 bytes", USER, NULL, NULL,
		"e.com TXT v=spf1 -all exp=x.e.com\nx.e.com TXT <127*%{d}>CCCCCCCC\n",
		AUTH_FAIL },
	{ "S15 CVE-2023-42118 in one of 3 KB", USER, NULL, NULL,
		"e.com TXT v=spf1 -all exp=x.e.com\nx.e.com TXT <127*%{d}><3000*C>\n",
		AUTH_FAIL },
	{ "S15 CVE-2023-42118 before a prefix", USER, NULL, NULL,
		"e.com TXT v=spf1 a:<126*%{d}><6000*A>.com/24 -all\n", AUTH_FAIL },
	{ "many macros in one name", USER, NULL, NULL,
		"e.com TXT v=spf1 exists:<64*%{d}x> -all\n", AUTH_PERMERROR },
	{ "many long modifiers", USER, NULL, NULL,
		"e.com TXT v=spf1<30* m#nnnnnnnnnnnnnnnn=%{d}%{l}abcdefgh> -all\n",
		AUTH_FAIL },
	{ "a modifier's name of 600 bytes", USER, NULL, NULL,
		"e.com TXT v=spf1 <600*n>=x -all\n", AUTH_FAIL },
	{ "and a value of 400", USER, NULL, NULL,
		"e.com TXT v=spf1 <500*n>=<100*%{d}> -all\n", AUTH_FAIL },
	{ "300 mechanisms", USER, NULL, NULL,
		"e.com TXT v=spf1<300* ip4:192.0.2.1> -all\n", AUTH_PASS },
	{ "260 before one that asks", USER, NULL, NULL,
		"e.com TXT v=spf1<260* ip4:10.0.0.1> a:x.com -all\nx.com A 192.0.2.1\n",
		AUTH_PASS },
	{ "300 modifiers", USER, NULL, NULL, "e.com TXT v=spf1<300* a#=b> -all\n",
		AUTH_FAIL },
	{ "more than 511 compiled bytes, then a match", USER, NULL, NULL,
		"e.com TXT v=spf1<64* ip4:10.0.#.0/24> ip4:192.0.2.1 -all\n", AUTH_PASS },
	{ "more than 511 compiled bytes, then a fail", USER, NULL, NULL,
		"e.com TXT v=spf1<64* ip4:10.0.#.0/24> -all\n", AUTH_FAIL },
	{ "more than 255 terms, then a match", USER, NULL, NULL,
		"e.com TXT v=spf1<250* ip4:10.0.#.0/24><50* ip4:10.1.#.0/24> "
		"ip4:192.0.2.1 -all\n",
		AUTH_PASS },
	{ "more than 255 terms, then a fail", USER, NULL, NULL,
		"e.com TXT v=spf1<250* ip4:10.0.#.0/24><50* ip4:10.1.#.0/24> -all\n",
		AUTH_FAIL },
	{ "26 IPv6 networks", USER, NULL, NULL,
		"e.com TXT v=spf1<26* ip6:2001:db8:1234::/48> -all\n", AUTH_FAIL },
	{ "nine long includes", USER, NULL, NULL,
		"e.com TXT v=spf1<9* include:a-quite-long-label-for-a-provider.customer."
		"example.net> ip4:192.0.2.1 -all\n"
		"a-quite-long-label-for-a-provider.customer.example.net TXT v=spf1 "
		"ip4:10.0.0.1 ?all\n",
		AUTH_PASS },
	{ "a chain of 40 includes", USER, NULL, NULL,
		"e.com TXT v=spf1 include:i0.com -all\n"
		"<40*i#.com TXT v=spf1 include:i^.com -all\n>",
		AUTH_PERMERROR },
	{ "a tree of 9^12 includes", USER, NULL, NULL,
		"e.com TXT v=spf1<9* include:i0.com> ?all\n"
		"i0.com TXT v=spf1<9* include:i1.com> ?all\n"
		"i1.com TXT v=spf1<9* include:i2.com> ?all\n"
		"i2.com TXT v=spf1<9* include:i3.com> ?all\n"
		"i3.com TXT v=spf1<9* include:i4.com> ?all\n"
		"i4.com TXT v=spf1<9* include:i5.com> ?all\ni5.com TXT v=spf1 ?all\n",
		AUTH_PERMERROR },
	{ "a wide tree of different names", USER, NULL, NULL,
		"e.com TXT v=spf1<10* include:i#.com> ?all\n"
		"<10*i#.com TXT v=spf1 include:i#.i0.com include:i#.i1.com "
		"include:i#.i2.com a:i#.i3.com mx:i#.i4.com\n>",
		AUTH_PERMERROR },
	{ "an include loop", USER, NULL, NULL,
		"e.com TXT v=spf1 include:f.com -all\nf.com TXT v=spf1 include:e.com "
		"-all\n",
		AUTH_PERMERROR },
	{ "a redirect loop", USER, NULL, NULL,
		"e.com TXT v=spf1 redirect=f.com\nf.com TXT v=spf1 redirect=e.com\n",
		AUTH_PERMERROR },
	{ "an include of itself in another case", USER, NULL, NULL,
		"e.com TXT v=spf1 include:E.COM -all\n", AUTH_PERMERROR },
	{ "500 MX hosts, four times", USER, NULL, NULL,
		"e.com TXT v=spf1 mx mx:a.com mx:b.com mx:c.com -all\n"
		"<500*e.com MX m#.victim.com\n><500*a.com MX m#.victim.com\n>",
		AUTH_PERMERROR },
	{ "500 PTR names", USER, NULL, NULL,
		"e.com TXT v=spf1 ptr ptr:a.com exists:%{p}.%{p}.%{p} -all\n"
		"<500*1.2.0.192.in-addr.arpa PTR m#.victim.com\n>",
		AUTH_FAIL },
	{ "every macro, often", "<4000*x>@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:<14*%{s}%{l}%{o}%{d}%{i}%{p}%{v}%{h}> -all\n",
		AUTH_FAIL },
	{ "every macro, often, escaped", "<4000*\xff>@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:<14*%{S}%{L}%{O}%{D}%{I}%{P}%{V}%{H}> -all\n",
		AUTH_FAIL },
	{ "an explanation of 54 KB for a long sender", "<4000*x>@e.com", NULL, NULL,
		"e.com TXT v=spf1 -all exp=x.e.com\nx.e.com TXT <3000*%{s} "
		"%{s}%{s}%{s}>\n",
		AUTH_FAIL },
	{ "a sender of 60 KB", "<60000*x>@e.com", NULL, NULL,
		"e.com TXT v=spf1 -all exp=x.e.com\nx.e.com TXT <60*%{s}>\n", AUTH_FAIL },
	{ "60 KB of labels", USER, NULL, NULL,
		"e.com TXT v=spf1 a:<7000*abcdefgh.>com -all\n", AUTH_FAIL },
	{ "60 KB of terms", USER, NULL, NULL,
		"e.com TXT v=spf1<5400* a:x.com/24> -all\nx.com A 10.0.0.1\n",
		AUTH_PERMERROR },
	{ "60 KB of junk", USER, NULL, NULL, "e.com TXT v=spf1 <7000*!@$&()!@> -all\n",
		AUTH_PERMERROR },
	{ "60 KB of unknown mechanisms", USER, NULL, NULL,
		"e.com TXT v=spf1<20000* zz> -all\n", AUTH_PERMERROR },
	{ "60 KB of macros in one name", USER, NULL, NULL,
		"e.com TXT v=spf1 exists:<15000*%{S}>.com -all\n", AUTH_FAIL },
	{ "ten terms of 6 KB of macros", USER, NULL, NULL,
		"e.com TXT v=spf1<10* exists:<1500*%{S}>.com> -all\n", AUTH_PERMERROR },
	{ "8-bit and controls", USER, NULL, NULL,
		"e.com TXT v=spf1 a:\xc3\xa9\xff\x80.com \xff\xff -all\x01\x02\n",
		AUTH_PERMERROR },
	{ "a local part of 100 KB", "<100000*l>@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:%{l}.x.com exists:%{L128r.}.x.com -all "
		"exp=y.com\ny.com TXT %{s}\n",
		AUTH_FAIL },
	{ "a HELO name of 100 KB", "", NULL, "<100000*h>.com", "e.com TXT v=spf1 -all\n",
		AUTH_NONE },
	{ "the same in macros", USER, NULL, "<50000*h.>com",
		"e.com TXT v=spf1 exists:%{h}.x.com exists:%{H128r}.x.com -all\n",
		AUTH_FAIL },
	{ "bad labels", USER, NULL, NULL,
		"e.com TXT v=spf1 a:<64*a>.com mx:x..com ptr:%{d}...com -all\n",
		AUTH_FAIL },
	{ "an include of a bad label", USER, NULL, NULL,
		"e.com TXT v=spf1 include:%{d}...com -all\n", AUTH_PERMERROR },
	{ "macros cut short", USER, NULL, NULL,
		"e.com TXT v=spf1 exists:%{ exists:%{d exists:%{d- exists:% exists:%{} "
		"-all\n",
		AUTH_PERMERROR },
	{ "a percent sign at the end", USER, NULL, NULL, "e.com TXT v=spf1 exists:a%\n",
		AUTH_PERMERROR },
	{ "the same in an explanation", USER, NULL, NULL,
		"e.com TXT v=spf1 -all exp=x.e.com\nx.e.com TXT %\n", AUTH_FAIL },
	{ "an open macro at the end", USER, NULL, NULL, "e.com TXT v=spf1 exists:x%{d\n",
		AUTH_PERMERROR },
	{ "slashes", USER, NULL, NULL,
		"e.com TXT v=spf1 a/ a// a:/ a:// mx/ mx//1 a:/1//1 -all\n",
		AUTH_PERMERROR },
	{ "an ip4 of digits", USER, NULL, NULL, "e.com TXT v=spf1 ip4:1234567890 -all\n",
		AUTH_PERMERROR },
	{ "an ip4 of 5000 digits", USER, NULL, NULL,
		"e.com TXT v=spf1 ip4:<5000*1> -all\n", AUTH_PERMERROR },
	{ "an ip6 of 5000 digits", USER, NULL, NULL,
		"e.com TXT v=spf1 ip6:<5000*1> -all\n", AUTH_PERMERROR },
	{ "prefixes past 2^64", USER, NULL, NULL,
		"e.com TXT v=spf1 ip4:192.0.2.1/99999999999999999999 -all\n",
		AUTH_PERMERROR },
	{ "prefixes past 2^32", USER, NULL, NULL,
		"e.com TXT v=spf1 ip6:::1/4294967297 a/4294967304 -all\n",
		AUTH_PERMERROR },
	{ "negative prefixes", USER, NULL, NULL,
		"e.com TXT v=spf1 ip4:192.0.2.0/-1 a/-4 -all\n", AUTH_PERMERROR },
	{ "the null sender in macros", "", NULL, "e.com",
		"e.com TXT v=spf1 exists:%{l}.%{s}.x.com -all\n", AUTH_FAIL },
	{ "a sender of one @", "@", NULL, NULL, "e.com TXT v=spf1 -all\n", AUTH_NONE },
	{ "dots for a local part", "....@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:%{lr}.%{l1r}.%{l128r} exists:%{l1} "
		"exists:%{L2r.} -all\n",
		AUTH_FAIL },
	{ "a PTR to the root", USER, NULL, NULL,
		"e.com TXT v=spf1 exists:%{pr}.x.com exists:%{p1}.y.com -all\n"
		"1.2.0.192.in-addr.arpa PTR .\n",
		AUTH_FAIL },
	{ "an IPv6 client in macros", USER, "2001:db8::1", NULL,
		"e.com TXT v=spf1 exists:<120*%{i}> -all\n", AUTH_FAIL },
	{ "the same, escaped", USER, "2001:db8::1", NULL,
		"e.com TXT v=spf1 exists:<50*%{I}%{IR}> -all exp=%{ir}.x.com\n",
		AUTH_FAIL },
	{ "macros of explanations", USER, NULL, NULL,
		"e.com TXT v=spf1 -all exp=x.e.com\n"
		"x.e.com TXT %{T}%{t}%{C}%{c}%{R}%{r}%{TR}\n",
		AUTH_FAIL },
	{ "printf in the sender", "%s%n%s%n@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:%{l}.com -all exp=%%n%%s.e.com\n"
		"%n%s.e.com TXT %%s%%n\n",
		AUTH_FAIL },
	{ "S8 lines in the sender", "a\r\nX-Evil: 1\r\n@e.com", NULL, NULL,
		"e.com TXT v=spf1 exists:%{l}.com -all exp=x.e.com\nx.e.com TXT %{l}\n",
		AUTH_FAIL },
	{ "an include without a record", USER, NULL, NULL,
		"e.com TXT v=spf1 include:nope.com -all\n", AUTH_PERMERROR },
	{ "an included explanation that is wrong", USER, NULL, NULL,
		"e.com TXT v=spf1 include:f.com redirect=g.com exp=x.e.com\n"
		"f.com TXT v=spf1 -all exp=%{x}.com\ng.com TXT v=spf1 -all\n",
		AUTH_PERMERROR },
	{ "redirects inside includes inside redirects", USER, NULL, NULL,
		"e.com TXT v=spf1 redirect=f.com\n"
		"f.com TXT v=spf1 include:g.com -all exp=q.com\n"
		"g.com TXT v=spf1 redirect=h.com\nh.com TXT v=spf1 -all exp=z.com\n",
		AUTH_FAIL },
	{ "two redirects", USER, NULL, NULL,
		"e.com TXT v=spf1 redirect=g.com redirect=f.com -all\n", AUTH_PERMERROR },
	{ "an address of zeros", USER, "0.0.0.0", NULL,
		"e.com TXT v=spf1 a ip4:128.0.0.0/1 -all\n", AUTH_FAIL },
};

/* Adds the text with its repetitions made. */
static void
expand(struct str *out, struct slice text, int turn)
{
	for (size_t i = 0; i < text.n; i++) {
		struct scan s = scan_of(slice_from(text, i + 1));
		uint64_t times;
		size_t begin, depth = 1;

		if (text.p[i] == '#' || (text.p[i] == '^' && turn >= 0))
			str_addf(out, "%d", turn + (text.p[i] == '^' ? 1 : 0));
		else if (text.p[i] != '<' || !scan_number(&s, &times) ||
			 !scan_char(&s, '*'))
			str_addc(out, text.p[i]);
		else {
			begin = (size_t)(s.p - text.p);
			for (i = begin; i < text.n; i++) {
				depth += text.p[i] == '<';
				depth -= text.p[i] == '>';
				if (depth == 0)
					break;
			}
			for (uint64_t k = 0; k < times; k++)
				expand(out, slice_sub(text, begin, i - begin), (int)k);
		}
	}
}

static struct slice
expanded(struct pool *pool, const char *text)
{
	struct str out = STR_POOL(pool);

	expand(&out, slice_of(text), -1);
	return str_slice(&out);
}

/* A TXT value as quoted strings of at most 200 bytes. */
static void
add_txt(struct str *zone, struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (i % 200 == 0)
			str_add(zone, i == 0 ? "\"" : "\" \"");
		str_addf(zone, "\\%03d", (unsigned char)value.p[i]);
	}
	str_add(zone, "\"");
}

static struct dns *
make_zone(struct pool *pool, const char *records)
{
	struct slice rest = expanded(pool, records), line, name, type;
	struct dns *dns = dns_zone_new();
	struct str zone = STR_POOL(pool);

	while (rest.n > 0) {
		slice_cut(rest, '\n', &line, &rest);
		slice_cut(line, ' ', &name, &line);
		slice_cut(line, ' ', &type, &line);
		str_addf(&zone, "%.*s 300 IN %.*s ", SLICE_ARG(name), SLICE_ARG(type));
		if (slice_is(type, "MX"))
			str_add(&zone, "10 ");
		if (slice_is(type, "TXT"))
			add_txt(&zone, line);
		else
			str_add_slice(&zone, line);
		str_addc(&zone, '\n');
	}
	tap_is_reason(
		dns_zone_add(dns, pool, "zone", str_slice(&zone)), NULL, "its zone");
	return dns;
}

static bool
is_clean(const char *text, size_t limit)
{
	if (text == NULL)
		return true;
	for (const char *p = text; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			return false;
	return strlen(text) <= limit;
}

static void
test_case(size_t i, enum spf_engine engine)
{
	const char *engine_name = engine == SPF_ENGINE_BUILTIN ? "builtin" : "libspf2";
	struct pool *pool = pool_new();
	struct dns *dns = make_zone(pool, cases[i].records);
	struct ip client = IP_NONE;
	struct spf_query query = { .client = &client,
		.explain = true,
		.trace = true,
		.receiver = "rx.example",
		.limits = SPF_LIMITS_DEFAULT,
		.engine = engine };
	struct lookup lookup = { .dns = dns, .pool = pool, .deadline = INT64_MAX };
	struct spf_result r;
	const char *reason;
	int64_t began = tap_cpu_ms(), took;

	ip_parse(slice_of(cases[i].ip != NULL ? cases[i].ip : "192.0.2.1"), &client);
	query.mail_from = expanded(pool, cases[i].mail_from);
	query.helo =
		expanded(pool, cases[i].helo != NULL ? cases[i].helo : "mta.example.net");
	lookup.left = SPF_QUESTIONS(query.limits);
	spf_prefetch(dns, &query);
	spf_check(&lookup, &query, SPF_HELO, &r);
	lookup.left = SPF_QUESTIONS(query.limits);
	spf_check(&lookup, &query, SPF_MAIL_FROM, &r);
	took = tap_cpu_ms() - began;
	reason = reason_text(pool, r.outcome.reason, NULL);
	tap_is(auth_code_name(r.outcome.code), auth_code_name(cases[i].code), "%s (%s)",
		cases[i].name, engine_name);
	tap_ok(is_clean(r.explanation, 200) && is_clean(reason, 600) &&
			is_clean(r.mechanism, 110),
		"clean words: %.60s", reason != NULL ? reason : "");
	tap_ok(r.lookups <= 10 && dns_zone_questions(dns) <= QUESTIONS_LIMIT,
		"%u questions", dns_zone_questions(dns));
	tap_ok(took < MILLISECONDS, "%d ms", (int)took);
	dns_close(dns);
	pool_free(pool);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		test_case(i, SPF_ENGINE_LIBSPF2);
		test_case(i, SPF_ENGINE_BUILTIN);
	}
	return tap_done();
}
