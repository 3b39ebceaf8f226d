/* DMARC: authors, walks, policies, alignment; and a second opinion over many zones. */
#include "base/base.h"

#include "auth/dmarc/check.h"
#include "base/str.h"
#include "dns/dns_zone.h"
#include "mail/domain.h"

#include "tap.h"

/* Opens a zone of records at _dmarc: "NAME RECORD" lines; other lines begin with '='. */
static struct dns *
zone_of(struct pool *pool, const char *text)
{
	struct dns *zone = dns_zone_new();
	struct str s = STR_POOL(pool);
	struct slice line, rest = slice_of(text), name, record;
	const struct reason *bad;

	for (bool more = true; more;) {
		more = slice_cut(rest, '\n', &line, &rest);
		if (slice_starts(line, "="))
			str_addf(&s, "%.*s\n", SLICE_ARG(slice_from(line, 1)));
		else if (slice_cut(line, ' ', &name, &record))
			str_addf(&s, "_dmarc.%.*s. 300 IN TXT \"%.*s\"\n",
				SLICE_ARG(name), SLICE_ARG(record));
	}
	bad = dns_zone_add(zone, pool, "zone", str_slice(&s));
	if (bad != NULL)
		tap_ok(false, "%s", reason_text(pool, bad, NULL));
	return zone;
}

/* "spf:pass:a.example dkim:temperror!:b.example"; ! says that the DNS failed. */
static void
identities_of(struct pool *pool, const char *text, struct dmarc_identities *ids)
{
	static const struct {
		const char *word;
		enum auth_code code;
	} words[] = { { "pass", AUTH_PASS }, { "fail", AUTH_FAIL }, { "none", AUTH_NONE },
		{ "temperror", AUTH_TEMPERROR }, { "permerror", AUTH_PERMERROR } };
	struct slice one, rest = slice_of(text), method, result, domain;

	for (bool more = text[0] != '\0'; more;) {
		struct dmarc_identity *id = vec_add(pool, ids);

		more = slice_cut(rest, ' ', &one, &rest);
		slice_cut(one, ':', &method, &domain);
		slice_cut(domain, ':', &result, &domain);
		id->dns_failed = slice_ends(result, "!");
		result.n -= id->dns_failed;
		id->method = slice_is(method, "spf") ? DMARC_BY_SPF : DMARC_BY_DKIM;
		id->domain = domain.n > 0 ? pool_copy(pool, domain) : NULL;
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (slice_is(result, words[i].word))
				id->code = words[i].code;
	}
}

static const char *
word(const char *text)
{
	return text != NULL ? text : "-";
}

/* A result as a line. */
static const char *
result_text(struct pool *pool, const struct dmarc_result *r)
{
	return pool_printf(pool, "%s org=%s at=%s p=%s applied=%s disp=%s%s%s",
		auth_code_name(r->outcome.code), word(r->organizational_domain),
		word(r->policy_domain), word(dmarc_policy_name(r->policy)),
		word(dmarc_policy_name(r->applied)),
		word(dmarc_policy_name(r->disposition)), r->aligned_spf ? " spf" : "",
		r->aligned_dkim ? " dkim" : "");
}

#define BANK                                                           \
	"bank.example v=DMARC1; p=reject; sp=none; psd=y; np=reject\n" \
	"giant.bank.example v=DMARC1; p=quarantine\n"                  \
	"=mega.bank.example. 300 IN A 192.0.2.1\n"

static const struct {
	const char *what, *zone, *from, *ids, *want;
} checks[] = {
	{ "DM-17: no record", "", "a.example.com", "spf:pass:a.example.com",
		"none org=a.example.com at=- p=- applied=- disp=none" },
	{ "DM-13: the author's own record", "a.example.com v=DMARC1; p=reject",
		"a.example.com", "",
		"fail org=a.example.com at=a.example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-12, DM-13: the organizational domain's, not the one between",
		"b.example.com v=DMARC1; p=none\nexample.com v=DMARC1; p=reject",
		"a.b.example.com", "",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-13, DM-18: psd=n ends the walk",
		"a.b.example.com v=DMARC1; p=none\nb.example.com v=DMARC1; p=none; "
		"psd=n\n"
		"example.com v=DMARC1; p=reject",
		"x.a.b.example.com", "",
		"fail org=b.example.com at=b.example.com p=none applied=none disp=none" },
	{ "DM-13: the public suffix's record", BANK, "mega.bank.example", "",
		"fail org=mega.bank.example at=bank.example p=none applied=none "
		"disp=none" },
	{ "DM-17b: not where the organization has one", BANK, "mail.giant.bank.example",
		"spf:pass:giant.bank.example",
		"pass org=giant.bank.example at=giant.bank.example p=quarantine "
		"applied=quarantine disp=none spf" },
	{ "DM-14, DM-15: np for a domain that is not there", BANK, "nx.bank.example", "",
		"fail org=nx.bank.example at=bank.example p=reject applied=reject "
		"disp=reject" },
	{ "DM-14: no np: sp", "example.com v=DMARC1; p=reject; sp=quarantine",
		"nx.example.com", "",
		"fail org=example.com at=example.com p=quarantine applied=quarantine "
		"disp=quarantine" },
	{ "DM-14: no sp: p", "example.com v=DMARC1; p=reject", "nx.example.com", "",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-14: sp is not for the domain itself",
		"example.com v=DMARC1; p=reject; sp=none", "example.com", "",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-15, GEN-2: an alias exists, wherever it leads",
		"example.com v=DMARC1; p=none; np=reject\n"
		"=al.example.com. 300 IN CNAME nowhere.example.",
		"al.example.com", "",
		"fail org=example.com at=example.com p=none applied=none disp=none" },
	{ "DM-15: trouble is not absence",
		"example.com v=DMARC1; p=none; np=reject\n=;@FAIL t.example.com. TXT "
		"TIMEOUT\n"
		"=;@FAIL u.example.com. * TIMEOUT",
		"u.example.com", "",
		"fail org=example.com at=example.com p=none applied=none disp=none" },
	{ "DM-15: nor is it presence",
		"example.com v=DMARC1; p=reject; np=quarantine\n"
		"=;@FAIL t.example.com. TXT TIMEOUT",
		"t.example.com", "",
		"fail org=example.com at=example.com p=quarantine applied=quarantine "
		"disp=quarantine" },
	{ "DM-16: no p, with rua: none", "example.com v=DMARC1; rua=mailto:a@example.com",
		"example.com", "spf:pass:example.com",
		"pass org=example.com at=example.com p=none applied=none disp=none spf" },
	{ "DM-16: no p, no rua: no DMARC", "example.com v=DMARC1; adkim=s", "example.com",
		"spf:pass:example.com",
		"none org=example.com at=- p=- applied=- disp=none" },
	{ "DM-16: a bad sp, no rua: no DMARC", "example.com v=DMARC1; p=reject; sp=no",
		"example.com", "", "none org=example.com at=- p=- applied=- disp=none" },
	{ "DM-6: two records are none",
		"a.example.com v=DMARC1; p=reject\na.example.com v=DMARC1; p=none\n"
		"example.com v=DMARC1; p=quarantine",
		"a.example.com", "",
		"fail org=example.com at=example.com p=quarantine applied=quarantine "
		"disp=quarantine" },
	{ "DM-6: other texts beside it",
		"example.com v=DMARC1; p=reject\nexample.com v=spf1 -all\nexample.com "
		"junk",
		"example.com", "",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-20: relaxed, a name below", "example.com v=DMARC1; p=reject", "example.com",
		"dkim:pass:mail.example.com",
		"pass org=example.com at=example.com p=reject applied=reject disp=none "
		"dkim" },
	{ "DM-20: relaxed, a name above", "example.com v=DMARC1; p=reject",
		"a.example.com", "dkim:pass:example.com",
		"pass org=example.com at=example.com p=reject applied=reject disp=none "
		"dkim" },
	{ "DM-20: relaxed, beside", "example.com v=DMARC1; p=reject", "a.example.com",
		"spf:pass:b.example.com",
		"pass org=example.com at=example.com p=reject applied=reject disp=none "
		"spf" },
	{ "DM-20: strict, a name below",
		"example.com v=DMARC1; p=reject; aspf=s; adkim=s", "example.com",
		"spf:pass:a.example.com dkim:pass:a.example.com",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-20: strict, the same", "example.com v=DMARC1; p=reject; aspf=s; adkim=s",
		"example.com", "spf:pass:example.com dkim:pass:example.com",
		"pass org=example.com at=example.com p=reject applied=reject disp=none "
		"spf dkim" },
	{ "DM-20: strict for DKIM alone", "example.com v=DMARC1; p=reject; adkim=s",
		"example.com", "spf:pass:a.example.com dkim:pass:a.example.com",
		"pass org=example.com at=example.com p=reject applied=reject disp=none "
		"spf" },
	{ "DM-20: a name that only ends alike", "example.com v=DMARC1; p=reject",
		"example.com", "dkim:pass:badexample.com",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-20: an organization of its own below",
		"example.com v=DMARC1; p=reject\nb.example.com v=DMARC1; p=none; psd=n",
		"example.com", "dkim:pass:a.b.example.com",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-21: only a pass aligns", "example.com v=DMARC1; p=reject", "example.com",
		"spf:fail:example.com dkim:fail:example.com dkim:permerror:example.com",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-22: B.4.3", BANK, "giant.bank.example",
		"spf:pass:mail.giant.bank.example dkim:pass:mail.mega.bank.example",
		"pass org=giant.bank.example at=giant.bank.example p=quarantine "
		"applied=quarantine disp=none spf" },
	{ "DM-24: a pass beside trouble", "example.com v=DMARC1; p=reject", "example.com",
		"dkim:temperror!:example.com spf:pass:example.com",
		"pass org=example.com at=example.com p=reject applied=reject disp=none "
		"spf" },
	{ "DM-25: trouble of an identity that would align",
		"example.com v=DMARC1; p=reject", "example.com",
		"dkim:temperror!:mail.example.com spf:pass:evil.example",
		"temperror org=example.com at=example.com p=reject applied=reject "
		"disp=none" },
	{ "DM-25: trouble of one that would not", "example.com v=DMARC1; p=reject",
		"example.com", "dkim:temperror!:evil.example spf:temperror!:evil.example",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-25: a permerror is no trouble", "example.com v=DMARC1; p=reject",
		"example.com", "dkim:permerror:example.com spf:temperror:example.com",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-25: a dead walk of a stranger who passed",
		"example.com v=DMARC1; p=reject\n=;@FAIL _dmarc.evil.example. * TIMEOUT",
		"example.com", "spf:pass:evil.example",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-25: a dead walk of one below who passed",
		"example.com v=DMARC1; p=reject\n=;@FAIL _dmarc.x.example.com. * TIMEOUT",
		"example.com", "spf:pass:a.x.example.com",
		"temperror org=example.com at=example.com p=reject applied=reject "
		"disp=none" },
	{ "DM-25: the same, strict",
		"example.com v=DMARC1; p=reject; aspf=s\n=;@FAIL _dmarc.x.example.com. * "
		"TIMEOUT",
		"example.com", "spf:pass:a.x.example.com",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
	{ "DM-25: a dead walk that leaves the author's name out",
		"b.c.d.e.f.g.h.i.example v=DMARC1; p=reject; psd=n\n=;@FAIL "
		"_dmarc.example. * TIMEOUT",
		"b.c.d.e.f.g.h.i.example", "spf:pass:a.b.c.d.e.f.g.h.i.example",
		"fail org=b.c.d.e.f.g.h.i.example at=b.c.d.e.f.g.h.i.example p=reject "
		"applied=reject disp=reject" },
	{ "DM-17a: the policy cannot be had", "=;@FAIL _dmarc.example.com. * SERVFAIL",
		"example.com", "spf:pass:example.com",
		"temperror org=- at=- p=- applied=- disp=none" },
	{ "DM-17a: trouble above one's own record",
		"example.com v=DMARC1; p=reject\n=;@FAIL _dmarc.com. * SERVFAIL",
		"example.com", "spf:pass:example.com",
		"pass org=- at=example.com p=reject applied=reject disp=none spf" },
	{ "DM-17a: the same, and a stranger passes",
		"example.com v=DMARC1; p=reject\n=;@FAIL _dmarc.com. * SERVFAIL",
		"example.com", "spf:pass:evil.example",
		"fail org=- at=example.com p=reject applied=reject disp=reject" },
	{ "DM-17a: the same, and one below passes",
		"example.com v=DMARC1; p=reject\n=;@FAIL _dmarc.com. * SERVFAIL",
		"example.com", "spf:pass:a.example.com",
		"temperror org=- at=example.com p=reject applied=reject disp=none" },
	{ "DM-17a: trouble above psd=n is not met",
		"example.com v=DMARC1; p=reject; psd=n\n=;@FAIL _dmarc.com. * SERVFAIL",
		"a.example.com", "spf:pass:example.com",
		"pass org=example.com at=example.com p=reject applied=reject disp=none "
		"spf" },
	{ "DM-26: t=y softens reject", "example.com v=DMARC1; p=reject; t=y",
		"example.com", "",
		"fail org=example.com at=example.com p=reject applied=quarantine "
		"disp=quarantine" },
	{ "DM-26: t=y softens quarantine", "example.com v=DMARC1; p=quarantine; t=y",
		"example.com", "",
		"fail org=example.com at=example.com p=quarantine applied=none "
		"disp=none" },
	{ "DM-26: t=y leaves none", "example.com v=DMARC1; p=none; t=y", "example.com",
		"", "fail org=example.com at=example.com p=none applied=none disp=none" },
	{ "DM-23: a record at a top level domain binds all below",
		"com v=DMARC1; p=reject", "example.com", "spf:pass:other.com",
		"pass org=com at=com p=reject applied=reject disp=none spf" },
	{ "an identity without a domain", "example.com v=DMARC1; p=reject", "example.com",
		"spf:pass: spf:temperror!:",
		"fail org=example.com at=example.com p=reject applied=reject "
		"disp=reject" },
};

static void
test_checks(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct dns *zone = zone_of(pool, checks[i].zone);
		struct dmarc_input input = { .from_domain = checks[i].from };
		struct dmarc_result r;

		identities_of(pool, checks[i].ids, &input.identities);
		dmarc_check(zone, pool, 0, &input, &r);
		tap_is(result_text(pool, &r), checks[i].want, "%s", checks[i].what);
		tap_ok(r.outcome.code == AUTH_PASS || r.outcome.code == AUTH_NONE ||
				r.outcome.reason != NULL,
			"%s: its reason: %s", checks[i].what,
			word(reason_text(pool, r.outcome.reason, NULL)));
		dns_close(zone);
	}
}

static const struct {
	const char *what, *from[3]; /* field values */
	const char *domain;         /* NULL: permerror */
} authors[] = {
	{ "one address", { " a@Example.COM" }, "example.com" },
	{ "DM-7: a U-label",
		{ " a@b\xc3\xbc"
		  "cher.example" },
		"xn--bcher-kva.example" },
	{ "DM-8: two addresses of one domain", { " a@example.com, b@EXAMPLE.com" },
		"example.com" },
	{ "DM-8: two domains", { " a@example.com, b@example.net" }, NULL },
	{ "DM-8: two fields", { " a@example.com", " a@example.com" }, NULL },
	{ "DM-8: no field", { NULL }, NULL },
	{ "DM-9: an address in the display name",
		{ " \"x@evil.example\" <a@example.com>" }, "example.com" },
	{ "DM-9: an empty group", { " nobody:;" }, NULL },
	{ "DM-9: the null address", { " <>" }, NULL },
	{ "an empty field", { " " }, NULL },
	{ "not an address", { " a@example.com b" }, NULL },
	{ "no domain", { " postmaster" }, NULL },
	{ "an address literal", { " a@[192.0.2.1]" }, NULL },
	{ "a literal beside a domain", { " a@[192.0.2.1], b@example.com" }, NULL },
	/* A name like any other: nobody publishes a record for it. */
	{ "DM-17: a single label", { " a@localhost" }, "localhost" },
};

static void
test_authors(struct pool *pool)
{
	struct dns *zone = zone_of(pool, "example.com v=DMARC1; p=reject");

	for (size_t i = 0; i < ARRAY_LEN(authors); i++) {
		struct headers from = VEC_INIT;
		struct dmarc_input input = { .from = &from };
		struct dmarc_result r;

		for (int k = 0; authors[i].from[k] != NULL; k++) {
			struct header *h = pool_alloc(pool, sizeof(*h));

			*h = (struct header){ SLICE_LIT("From"),
				slice_of(authors[i].from[k]) };
			*vec_add(pool, &from) = h;
		}
		identities_of(pool, "spf:pass:example.com dkim:pass:evil.example",
			&input.identities);
		dmarc_check(zone, pool, 0, &input, &r);
		tap_is(r.from_domain, authors[i].domain, "%s", authors[i].what);
		tap_ok((r.outcome.code == AUTH_PERMERROR) == (authors[i].domain == NULL),
			"%s: %s, %s", authors[i].what, auth_code_name(r.outcome.code),
			word(reason_text(pool, r.outcome.reason, NULL)));
	}
	dns_close(zone);
}

static void
test_limits(struct pool *pool)
{
	struct dns *zone = zone_of(pool, "example.com v=DMARC1; p=reject");
	struct dmarc_input input = { .from_domain = "example.com", .too_large = true };
	struct dmarc_result r;

	identities_of(pool, "spf:pass:example.com", &input.identities);
	dmarc_check(zone, pool, 0, &input, &r);
	tap_is(reason_text(pool, r.outcome.reason, NULL), "header is over the limit",
		"a header too large");
	tap_is_int(r.outcome.code, AUTH_PERMERROR, "is a permanent error");
	tap_is_int(r.questions, 0, "and asks nothing");
	input.too_large = false;
	input.identities.n = 0;
	for (int i = 0; i < 8; i++)
		identities_of(pool, "dkim:pass:a.b.c.d.e.f.g.h.i.j.evil.example",
			&input.identities);
	dmarc_check(zone, pool, 0, &input, &r);
	tap_is_int(r.questions, 2, "DM-19: strangers cost no question");
	dns_close(zone);
}

/* DM-10, DM-11: which names are asked for, in which order. */
static void
test_walk(struct pool *pool)
{
	static const char *const names[] = {
		"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
		"_dmarc.g.h.i.j.mail.example.com", "_dmarc.h.i.j.mail.example.com",
		"_dmarc.i.j.mail.example.com", "_dmarc.j.mail.example.com",
		"_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com"
	};
	struct dns *zone = dns_zone_new();
	struct dmarc_walker walker;
	struct dmarc_walk walk;
	const char *name;
	int n = 0;

	dmarc_walker_init(&walker, zone, pool, 0);
	dmarc_walk(&walker, "a.b.c.d.e.f.g.h.i.j.mail.example.com", &walk);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		tap_is(dns_zone_question(zone, i), pool_printf(pool, "TXT %s", names[i]),
			"DM-11: question %zu", i + 1);
	tap_is_int(dns_zone_questions(zone), DMARC_WALK_LIMIT, "DM-10: eight questions");
	dmarc_walk(&walker, "x.mail.example.com", &walk);
	tap_is_int(walker.asked, 9, "names in common are asked for once");
	dmarc_walk_prefetch(zone, "a.b.c.d.e.f.g.h");
	for (int i = 0; (name = dmarc_walk_name("a.b.c.d.e.f.g.h", i)) != NULL; i++)
		n += (int)dns_zone_prefetched(
			zone, pool_printf(pool, "_dmarc.%s", name), DNS_TXT);
	tap_is_int(n, 8, "DM-10: eight labels, eight questions, all prefetched");
	dns_close(zone);
}

/*
 * The second opinion. A name is a list of small numbers from the root; a zone is a table
 * of records for all names along one line of descent, so that each question is an index:
 * depth d of the author's line, and for the identity's line the depth at which it leaves
 * the author's.
 */
#define DEPTH 10

enum psd { ABSENT, PLAIN, PSD, NOT_PSD, KINDS };

/* The depths that a walk from depth n asks, deepest first; gives how many. */
static int
oracle_asked(int n, int asked[DEPTH])
{
	int k = 0;

	asked[k++] = n;
	for (int d = n > 7 ? 7 : n - 1; d > 0; d--)
		asked[k++] = d;
	return k;
}

/* The depth of the organizational domain of a name at depth n. */
static int
oracle_organization(const enum psd *line, int n)
{
	int asked[DEPTH], k = oracle_asked(n, asked), least = 0;

	for (int i = 0; i < k; i++) {
		enum psd kind = line[asked[i]];

		if (kind == ABSENT)
			continue;
		if (kind == NOT_PSD)
			return asked[i];
		if (kind == PSD)
			return asked[i] == n ? n : asked[i] + 1;
		least = asked[i];
	}
	return least != 0 ? least : n;
}

/* The depth of the policy record for an author at depth n; 0: none. Only records that the
 * walk has seen count: it passes over names of more than seven labels. */
static int
oracle_policy(const enum psd *line, int n)
{
	int asked[DEPTH], k = oracle_asked(n, asked), org = oracle_organization(line, n);
	int suffix = 0;

	if (line[n] != ABSENT)
		return n;
	for (int i = 0; i < k; i++) {
		if (asked[i] == org && line[org] != ABSENT)
			return org;
		if (line[asked[i]] == PSD && suffix == 0)
			suffix = asked[i];
	}
	return suffix;
}

/* The name at a depth: common down to `leave`, then with labels of its own. */
static const char *
line_name(struct pool *pool, int depth, int leave)
{
	struct str s = STR_POOL(pool);

	for (int d = depth; d > 0; d--)
		str_addf(&s, "%s%c%d", s.n > 0 ? "." : "", d > leave ? 'y' : 'x', d);
	return s.p;
}

static void
line_records(struct pool *pool, struct str *text, const enum psd *line, int depth,
	int leave, int from)
{
	static const char *const tags[] = { "", "", "; psd=y", "; psd=n" };

	for (int d = from; d <= depth; d++)
		if (line[d] != ABSENT)
			str_addf(text, "%s v=DMARC1; p=reject%s\n",
				line_name(pool, d, leave), tags[line[d]]);
}

/* One zone: an author at depth n, an identity at depth m that leaves its line at `leave`.
 * True: both opinions agree. */
static bool
oracle_agrees(const enum psd *author, const enum psd *other, int n, int m, int leave)
{
	struct pool *pool = pool_new();
	struct str text = STR_POOL(pool);
	struct dmarc_input input = { .from_domain = line_name(pool, n, DEPTH) };
	const char *domain = line_name(pool, m, leave);
	int policy = oracle_policy(author, n), org = oracle_organization(author, n);
	int other_org = oracle_organization(other, m);
	bool aligned = policy != 0 && org == other_org && (m == n || org <= n) &&
	               (org <= leave || leave >= MAX(n, m));
	const char *want, *got;
	struct dmarc_result r;
	struct dns *zone;

	line_records(pool, &text, author, DEPTH - 1, DEPTH, 1);
	line_records(pool, &text, other, DEPTH - 1, leave, leave + 1);
	zone = zone_of(pool, text.p);
	*vec_add(pool, &input.identities) =
		(struct dmarc_identity){ DMARC_BY_DKIM, domain, AUTH_PASS, false };
	dmarc_check(zone, pool, 0, &input, &r);
	want = pool_printf(pool, "org %s at %s aligned %d %s",
		line_name(pool, org, DEPTH),
		policy != 0 ? line_name(pool, policy, DEPTH) : "-", aligned,
		policy == 0 ? "none"
		: aligned   ? "pass"
			    : "fail");
	got = pool_printf(pool, "org %s at %s aligned %d %s",
		word(r.organizational_domain), word(r.policy_domain), r.aligned_dkim,
		auth_code_name(r.outcome.code));
	if (strcmp(want, got) != 0) {
		tap_note("author %s, identity %s\n%s", input.from_domain, domain, text.p);
		tap_note("got %s, want %s", got, want);
	}
	dns_close(zone);
	bool same = strcmp(want, got) == 0;

	pool_free(pool);
	return same;
}

/* Every zone over four levels, with every author and identity within them. */
static void
test_all_zones(void)
{
	int zones = 0, wrong = 0;

	for (int code = 0; code < 256; code++) {
		enum psd line[DEPTH] = { ABSENT };

		for (int d = 1, c = code; d <= 4; d++, c /= KINDS)
			line[d] = (enum psd)(c % KINDS);
		for (int n = 2; n <= 4; n++)
			for (int m = 1; m <= 4; m++, zones++)
				wrong += !oracle_agrees(line, line, n, m, DEPTH);
	}
	tap_is_int(wrong, 0, "DM-10, DM-18, DM-22a: %d zones over one line, all of them",
		zones);
}

/* Zones over ten levels, with an identity on a branch of its own. */
static void
test_deep_zones(void)
{
	uint32_t seed = 1;
	int wrong = 0;

	for (int i = 0; i < 1500; i++) {
		enum psd author[DEPTH] = { ABSENT }, other[DEPTH] = { ABSENT };
		int n, m, leave;

		for (int d = 1; d < DEPTH; d++) {
			seed = seed * 1664525 + 1013904223;
			author[d] = seed >> 28 < 8 ? ABSENT : (enum psd)(seed >> 20 & 3);
			other[d] = seed >> 8 & 1 ? ABSENT : (enum psd)(seed >> 12 & 3);
		}
		seed = seed * 1664525 + 1013904223;
		n = 2 + (int)(seed >> 24) % (DEPTH - 2);
		m = 1 + (int)(seed >> 16 & 255) % (DEPTH - 1);
		leave = (int)(seed >> 8 & 255) % DEPTH;
		for (int d = 1; d <= leave; d++)
			other[d] = author[d];
		wrong += !oracle_agrees(author, other, n, m, leave);
	}
	tap_is_int(wrong, 0, "DM-10, DM-18, DM-22a: 1500 zones with branches");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_checks(pool);
	test_authors(pool);
	test_limits(pool);
	test_walk(pool);
	test_all_zones();
	test_deep_zones();
	pool_free(pool);
	return tap_done();
}
