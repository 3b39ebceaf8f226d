/* A whole configuration: what it says to the engine. */
#include "base/base.h"

#include "base/str.h"
#include "config/policy.h"
#include "mail/address.h"

#include "tap.h"
#include "tmpdir.h"

#include <sys/stat.h>

/* The policy of a text, with a key table of another; problems are shown as notes. */
static const struct policy *
load(struct pool *pool, const char *dir, const char *conf, struct problems *problems)
{
	const char *file = tmpdir_write(pool, dir, "sekimori.conf", 0644, conf);
	const struct policy *policy;

	problems_init(problems, pool);
	policy = policy_load(file, problems);
	for (size_t i = 0; i < problems->all.n; i++) {
		struct str line = STR_POOL(pool);

		problem_print(&line, &problems->all.v[i]);
		tap_note("%s", line.p);
	}
	return policy;
}

/* "example.jp/s2026 example.jp/e2026", or the reason in brackets, "!" for a failure. */
static const char *
signings(struct pool *pool, const struct policy *policy, const char *from,
	const char *user)
{
	struct signing_plan plan;
	struct address author;
	struct str out = STR_POOL(pool);

	address_path_parse(pool, slice_of(from), &author);
	policy_signings(policy, pool, &author, user, &plan);
	for (size_t i = 0; i < plan.rows.n; i++)
		str_addf(&out, "%s%s/%s%s%s", i > 0 ? " " : "", plan.rows.v[i].domain,
			plan.rows.v[i].selector,
			plan.rows.v[i].identity != NULL ? " i=" : "",
			plan.rows.v[i].identity != NULL ? plan.rows.v[i].identity : "");
	if (plan.rows.n == 0)
		str_addf(&out, "%s%s", plan.failed ? "!" : "",
			plan.reason != NULL ? reason_text(pool, plan.reason, NULL)
					    : "(no reason)");
	return out.p;
}

static const char keytable[] =
	"# NAME DOMAIN:SELECTOR:KEY ATTRIBUTES\n"
	"e2026 example.jp:e2026:@DIR@/ed.pem\n"
	"s2026 example.jp:s2026:@DIR@/rsa.pem:rsa-sha256 subdomains=yes spf-fail=reject "
	"dmarc=quarantine login=same-domain\n"
	"in in.example.jp:-:- unauthenticated=reject\r\n"
	"no no.example.jp:-:-  sign=no\n"
	"w2026 \xe4\xbe\x8b.jp:w:@DIR@/rsa.pem canonicalization=simple/relaxed "
	"expire=7d\n"
	"old old.example:o:@DIR@/rsa.pem sign=no\n"
	"file file.example:f:@DIR@/rsa.pem login=@DIR@/logins\n"
	"rest *:-:- dmarc=mark dns-error=tempfail impersonation=quarantine\n";

static const struct {
	const char *name, *from, *user, *want;
} signing_cases[] = {
	{ "both keys, RSA first", "jiro@example.jp", NULL,
		"example.jp/s2026 example.jp/e2026" },
	{ "subdomains=yes holds for the domain", "jiro@www.example.jp", NULL,
		"example.jp/s2026 example.jp/e2026" },
	{ "a row without a key is passed over", "jiro@in.example.jp", NULL,
		"example.jp/s2026 example.jp/e2026" },
	{ "sign=no without a key stops the search", "jiro@no.example.jp", NULL,
		"keytable:5 says sign=no" },
	{ "no subdomains=yes", "jiro@a.old.example", NULL,
		"the key table has no key for a.old.example" },
	{ "no subdomains=yes, and the row that could say it", "jiro@b.a.xn--fsq.jp", NULL,
		"the key table has no key for b.a.xn--fsq.jp, and those of xn--fsq.jp "
		"are not for names below it: keytable:6 has no subdomains=yes" },
	{ "sign=no", "jiro@old.example", NULL, "keytable:7 says sign=no" },
	{ "A-label", "jiro@xn--fsq.jp", NULL, "xn--fsq.jp/w" },
	{ "login=same-domain, his", "jiro@example.jp", "jiro@EXAMPLE.jp",
		"example.jp/s2026 example.jp/e2026" },
	{ "login=same-domain, not his", "jiro@example.jp", "jiro@example.com",
		"login=same-domain (keytable:3): user 'jiro@example.com' is not of the "
		"domain example.jp" },
	{ "login=same-domain, no domain", "jiro@example.jp", "jiro",
		"login=same-domain (keytable:3): user 'jiro' is not of the domain "
		"example.jp" },
	{ "login=FILE, listed", "x@file.example", "taro", "file.example/f" },
	{ "login=FILE, everybody", "x@file.example", "*", "file.example/f" },
	{ "an address without a domain", "jiro", NULL,
		"the author's address has no domain" },
};

static const struct {
	const char *domain;
	enum rule_kind kind;
	const char *value, *where;
} rule_cases[] = {
	{ "example.jp", RULE_SPF_FAIL, "reject", "keytable:3" },
	{ "example.jp", RULE_DMARC, "quarantine", "keytable:3" },
	{ "example.jp", RULE_DNS_ERROR, "tempfail", "keytable:9" },
	{ "in.example.jp", RULE_UNAUTHENTICATED, "reject", "keytable:4" },
	{ "in.example.jp", RULE_SPF_FAIL, "reject", "keytable:3" },
	{ "a.b.in.example.jp", RULE_UNAUTHENTICATED, "reject", "keytable:4" },
	{ "example.com", RULE_SPF_FAIL, "mark", NULL },
	{ "example.com", RULE_DMARC, "mark", "keytable:9" },
	{ "example.com", RULE_IMPERSONATION, "quarantine", "keytable:9" },
	{ "notexample.jp", RULE_SPF_FAIL, "mark", NULL },
};

static void
test_keytable_alone(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const struct policy *policy;
	struct problems problems;
	struct signing_plan plan;
	struct address author;

	tmpdir_key(pool, dir, "rsa.pem", "rsa", 2048);
	tmpdir_key(pool, dir, "ed.pem", "ed25519", 0);
	tmpdir_write(pool, dir, "logins", 0644,
		"taro file.example, other.example\n"
		"* file.example\n");
	tmpdir_write(pool, dir, "keytable", 0644, keytable);
	policy = load(pool, dir, "KeyTable file:@DIR@/keytable\nMode sv\n", &problems);
	if (!tap_ok(policy != NULL, "a key table with everything loads"))
		return;
	tap_is_int((int64_t)problems.all.n, 0, "without a note");
	for (size_t i = 0; i < ARRAY_LEN(signing_cases); i++) {
		const char *got = signings(
			pool, policy, signing_cases[i].from, signing_cases[i].user);

		tap_is(got, signing_cases[i].want, "%s", signing_cases[i].name);
	}
	address_path_parse(pool, SLICE_LIT("a@xn--fsq.jp"), &author);
	policy_signings(policy, pool, &author, NULL, &plan);
	tap_is_int(plan.rows.v[0].expire, 7 * 86400, "expire=7d");
	tap_is_int(plan.rows.v[0].canon.header, 0, "canonicalization=simple/...");
	tap_is_int(plan.rows.v[0].canon.body, 1, "canonicalization=.../relaxed");
	tap_is(plan.rows.v[0].where, "keytable:6", "the row that decided");
	tap_is(policy_key_hint(policy, pool, &author), "keytable:6", "the hint");
	for (size_t i = 0; i < ARRAY_LEN(rule_cases); i++) {
		struct rules rules;
		const struct rule *rule = &rules.v[rule_cases[i].kind];

		policy_rules(policy, pool, rule_cases[i].domain, &rules);
		tap_is(rule_value_name(rule_cases[i].kind, rule->value),
			rule_cases[i].value, "%s of %s",
			rule_types[rule_cases[i].kind].name, rule_cases[i].domain);
		tap_is(rule->where, rule_cases[i].where, "by this row");
	}
	policy_release(policy);
	pool_free(pool);
}

static void
test_default(void)
{
	const struct policy *policy = policy_default();
	struct ip ip;
	struct rules rules;

	tap_ok(policy_hold(policy) == policy, "one more holder");
	policy_release(policy);
	ip_parse(SLICE_LIT("127.0.0.1"), &ip);
	tap_ok(netlist_has(policy->internal, &ip, NULL, NULL), "127.0.0.1 is internal");
	ip_parse(SLICE_LIT("::1"), &ip);
	tap_ok(netlist_has(policy->internal, &ip, NULL, NULL), "::1 is internal");
	ip_parse(SLICE_LIT("192.0.2.1"), &ip);
	tap_ok(!netlist_has(policy->internal, &ip, "localhost", NULL), "others are not");
	(void)policy_rules(policy, policy->pool, "example.jp", &rules);
	tap_is_int(rules.v[RULE_DMARC].value, RULE_MARK, "dmarc=mark by default");
	tap_is_int(policy->opt.dns_timeout, 10, "DNSTimeout");
	tap_ok(policy->fields.sign.n > 10 && policy->fields.oversign.n > 3, "fields to sign");
	policy_release(policy);
}

static bool
has_field(const struct dkim_fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->n; i++)
		if (strcasecmp(fields->names[i], name) == 0)
			return true;
	return false;
}

static void
test_fields(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	struct problems problems;
	const struct policy *p = load(pool, dir,
		"Mode v\nSignHeaders *,+X-New,-Autocrypt\nOmitHeaders "
		"Message-ID,From,DKIM-Signature<Paste>\nOversignHeaders "
		"*,+X-Own,-Subject\n",
		&problems);

	tap_ok(has_field(&p->fields.sign, "x-new") && has_field(&p->fields.sign, "subject"),
		"*,+X-New");
	tap_ok(!has_field(&p->fields.sign, "autocrypt"), "-Autocrypt");
	tap_ok(!has_field(&p->fields.sign, "message-id"), "OmitHeaders");
	tap_ok(has_field(&p->fields.sign, "from"), "From cannot be omitted");
	tap_ok(has_field(&p->fields.oversign, "x-own") && has_field(&p->fields.oversign, "from"),
		"oversigned: *,+X-Own");
	tap_ok(!has_field(&p->fields.oversign, "subject"), "oversigned: -Subject");
	tap_ok(has_field(&p->fields.oversign_present, "reply-to"), "the rest stays");
	tap_is_int((int64_t)problems.all.n, 1, "a word that is no field name is a note");
	policy_release(p);
	p = load(pool, dir, "Mode v\nOversignHeaders From,Date\n", &problems);
	tap_is_int((int64_t)p->fields.oversign.n, 2, "a plain list replaces the default");
	tap_is_int((int64_t)p->fields.oversign_present.n, 0, "all of it");
	policy_release(p);
	pool_free(pool);
}

static void
test_actions(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	struct problems problems;
	const struct policy *p = load(pool, dir,
		"Mode v\nOn-Default r\nOn-DNSError t\nOn-NoSignature accept\n",
		&problems);

	tap_is_int(p->opt.on_bad_signature, ON_REJECT, "On-Default presets");
	tap_is_int(p->opt.on_dns_error, ON_TEMPFAIL, "the first letter is enough");
	tap_is_int(p->opt.on_no_signature, ON_ACCEPT, "what is set stays");
	policy_release(p);
	pool_free(pool);
}

static void
test_patterns(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	struct problems problems;
	const struct policy *p = load(pool, dir,
		"Mode v\nExemptDomains example.com,.example.net\n"
		"DontSignMailTo list@Example.org,*@lists.example,quiet.example\n",
		&problems);
	static const struct {
		const char *to;
		bool may;
	} to[] = { { "list@example.org", false }, { "LIST@example.org", false },
		{ "x@example.org", true }, { "y@lists.example", false },
		{ "a@quiet.example", false }, { "a@b.quiet.example", true } };

	tap_ok(policy_is_exempt(p, "example.com"), "exempt");
	tap_ok(!policy_is_exempt(p, "a.example.com"), "not below");
	tap_ok(policy_is_exempt(p, "a.b.example.net"), "below");
	tap_ok(!policy_is_exempt(p, "example.net"), "not the domain itself");
	tap_ok(!policy_is_exempt(p, NULL), "no domain");
	for (size_t i = 0; i < ARRAY_LEN(to); i++) {
		struct address address;

		address_path_parse(pool, slice_of(to[i].to), &address);
		tap_ok(policy_may_sign_to(p, &address) == to[i].may, "to %s", to[i].to);
	}
	policy_release(p);
	pool_free(pool);
}

/* Keys that are found by the author's domain, when the message is there. */
static void
test_percent(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool), *path;
	struct problems problems;
	const struct policy *p;

	tmpdir_key(pool, dir, "keys/a.example/k.pem", "ed25519", 0);
	path = tmpdir_key(pool, dir, "keys/open.example/k.pem", "ed25519", 0);
	chmod(path, 0644);
	tmpdir_write(pool, dir, "keytable", 0644, "all %:k:@DIR@/keys/%/k.pem\n");
	tmpdir_write(pool, dir, "signingtable", 0644, "*@* all:%\n");
	p = load(pool, dir,
		"KeyTable @DIR@/keytable\nSigningTable "
		"refile:@DIR@/signingtable\n",
		&problems);
	tap_is(signings(pool, p, "u@a.example", NULL), "a.example/k i=@a.example",
		"%% in DOMAIN, KEY and signer");
	tap_ok(strncmp(signings(pool, p, "u@b.example", NULL), "!keytable:1: ", 13) == 0,
		"a key that is not there is a failure");
	tap_ok(strstr(signings(pool, p, "u@open.example", NULL), "chmod o=") != NULL,
		"a key that everybody can read is a failure");
	policy_release(p);
	pool_free(pool);
}

/* S27: who could change what is read decides what is signed. */
static void
test_writers(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const char *conf = tmpdir_write(pool, dir, "w.conf", 0644,
		"Mode sv\nKeyTable file:@DIR@/wk\nSigningTable refile:@DIR@/ws\n"
		"Include @DIR@/wi\nInternalHosts file:@DIR@/wh\n");
	static const char *const names[] = { "w.conf", "wk", "ws", "wi", "wh", "wu" };
	struct problems problems;
	const struct policy *policy;

	tmpdir_key(pool, dir, "w.pem", "ed25519", 0);
	tmpdir_write(pool, dir, "wu", 0644, "taro example.jp\n");
	tmpdir_write(
		pool, dir, "wk", 0644, "a example.jp:s:@DIR@/w.pem login=@DIR@/wu\n");
	tmpdir_write(pool, dir, "ws", 0644, "*@example.jp a\n");
	tmpdir_write(pool, dir, "wi", 0644, "Iprev no\n");
	tmpdir_write(pool, dir, "wh", 0644, "127.0.0.1\n");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *path = pool_printf(pool, "%s/%s", dir, names[i]);

		chmod(path, 0666);
		problems_init(&problems, pool);
		policy = policy_load(conf, &problems);
		tap_ok(policy == NULL && problems.errors == 1 &&
				strstr(problems.all.v[problems.all.n - 1].text,
					pool_printf(pool, "chmod o-w '%s'", path)) !=
					NULL,
			"%s, which everybody can change, is refused", names[i]);
		chmod(path, 0644);
	}
	mkdir(pool_printf(pool, "%s/behind", dir), 0755);
	chmod(pool_printf(pool, "%s/behind", dir), 0777);
	rename(pool_printf(pool, "%s/wh", dir), pool_printf(pool, "%s/behind/wh", dir));
	tap_ok(symlink("behind/wh", pool_printf(pool, "%s/wh", dir)) == 0, "a link");
	problems_init(&problems, pool);
	tap_ok(policy_load(conf, &problems) == NULL,
		"what a link leads to can be replaced");
	chmod(pool_printf(pool, "%s/behind", dir), 0755);
	chmod(dir, 0777);
	problems_init(&problems, pool);
	tap_ok(policy_load(conf, &problems) == NULL, "a directory, too");
	chmod(dir, 01777);
	problems_init(&problems, pool);
	policy = policy_load(conf, &problems);
	tap_ok(policy != NULL, "but not a sticky one");
	policy_release(policy);
	chmod(dir, 0700);
	chmod(conf, 0666);
	tmpdir_write(pool, dir, "wi", 0644, "RequireSafeKeys no\n");
	problems_init(&problems, pool);
	policy = policy_load(conf, &problems);
	tap_ok(policy != NULL && strstr(problems.all.v[problems.all.n - 1].text,
					"(RequireSafeKeys is no)") != NULL,
		"RequireSafeKeys no: a note");
	policy_release(policy);
	pool_free(pool);
}

/* policy_check: what only a look around shows (an OpenDKIM: t/unit/opendkim_peer.c). */
static void
test_check(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const char *conf = tmpdir_write(pool, dir, "s.conf", 0644, "Mode v\n");
	const char *lost = tmpdir_write(
		pool, dir, "u.conf", 0644, "Mode v\nUserID no-such-user-here\n");
	const struct opendkim_place none = { .conf = NULL };
	struct problems problems;

	problems_init(&problems, pool);
	tap_ok(policy_check(conf, none, &problems), "good alone");
	problems_init(&problems, pool);
	tap_ok(!policy_check(lost, none, &problems), "a user who does not exist");
	tap_ok(strstr(problems.all.v[problems.all.n - 1].text, "adduser") != NULL,
		"and the complaint says what to do");
	pool_free(pool);
}

int
main(void)
{
	test_default();
	test_keytable_alone();
	test_fields();
	test_actions();
	test_patterns();
	test_percent();
	test_writers();
	test_check();
	return tap_done();
}
