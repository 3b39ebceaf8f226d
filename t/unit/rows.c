/* Rows of the tables that cannot be used: what holds for their domain and for all others,
 * after a start and after a reload. */
#include "base/base.h"

#include "base/str.h"
#include "config/policy.h"
#include "crypto/signer.h"
#include "mail/address.h"

#include "tap.h"
#include "tmpdir.h"

#include <sys/stat.h>

#define GOOD "good good.example:g:@DIR@/rsa.pem\n"
#define ROW "row bad.example:old:@DIR@/rsa.pem"
#define REFUSED "refused"
#define PUT_OFF "!"

/* One start, or one start and a reload. */
static const struct scenario {
	const char *name;
	const char *old_keys, *old_signing; /* in force before; NULL: a start */
	const char *keys, *signing;         /* signing NULL: there is no such table */
	const char *from;
	const char *want; /* signatures; "!" and the begin of the reason; or refused */
	int rows;         /* out of service */
} scenarios[] = {
	/* At a start. */
	{ "another domain", NULL, NULL, GOOD "row bad.example:s:/none/k.pem\n", NULL,
		"u@good.example", "good.example/g", 1 },
	{ "a key that is not there", NULL, NULL, GOOD "row bad.example:s:/none/k.pem\n",
		NULL, "u@bad.example", "!keytable:2: the key file: cannot read", 1 },
	{ "a key that is none", NULL, NULL, GOOD "row bad.example:s:@DIR@/keytable\n",
		NULL, "u@bad.example", "!keytable:2: ", 1 },
	{ "a key that all can read", NULL, NULL, GOOD "row bad.example:s:@DIR@/open.pem\n",
		NULL, "u@bad.example", "!keytable:2: key file", 1 },
	{ "below a directory that all can change", NULL, NULL,
		"a good.example:s:@DIR@/open/a.pem\nb bad.example:s:@DIR@/open/b.pem\n",
		NULL, "u@bad.example", "!keytable:2: directory", 2 },
	{ "one file of two rows", NULL, NULL,
		"a good.example:s:/none/k.pem\nb bad.example:s:/none/k.pem\n", NULL,
		"u@bad.example", "!keytable:2: the key file: cannot read", 2 },
	{ "a key of another type", NULL, NULL, "row bad.example:s:@DIR@/rsa.pem:ed25519-"
		"sha256\n", NULL, "u@bad.example", "!keytable:1: the row says", 1 },
	{ "an inline key that is none", NULL, NULL, "row bad.example:s:MIIBxyz\n", NULL,
		"u@bad.example", "!keytable:1: the key is neither", 1 },
	{ "an attribute that is none", NULL, NULL, GOOD ROW " foo=bar\n", NULL,
		"u@bad.example", "!keytable:2: unknown attribute 'foo'", 1 },
	{ "a value that is none", NULL, NULL, GOOD ROW " dmarc=rejct\n", NULL,
		"u@bad.example", "!keytable:2: attribute 'dmarc=rejct'", 1 },
	{ "an attribute twice", NULL, NULL, GOOD ROW " dmarc=off dmarc=reject\n", NULL,
		"u@bad.example", "!keytable:2: attribute", 1 },
	{ "a selector that is none", NULL, NULL, GOOD "row bad.example:a/b:@DIR@/rsa.pem\n",
		NULL, "u@bad.example", "!keytable:2: SELECTOR", 1 },
	{ "no key", NULL, NULL, GOOD "row bad.example:s:\n", NULL, "u@bad.example",
		"!keytable:2: KEY is empty", 1 },
	{ "a key without a selector", NULL, NULL, GOOD "row bad.example:-:@DIR@/rsa.pem\n",
		NULL, "u@bad.example", "!keytable:2: a key needs a selector", 1 },
	{ "a login file that is not there", NULL, NULL, GOOD ROW " login=/none/users\n",
		NULL, "u@bad.example", "!keytable:2: attribute 'login=", 1 },
	{ "two rows of a NAME, with attributes", NULL, NULL,
		GOOD "good bad.example:s:@DIR@/rsa.pem dmarc=off\n", NULL, "u@bad.example",
		"!keytable:2: NAME 'good' stands at keytable:1 already", 1 },
	{ "which takes nothing from the first", NULL, NULL,
		GOOD "good bad.example:s:@DIR@/rsa.pem dmarc=off\n", NULL, "u@good.example",
		"good.example/g", 1 },
	{ "below the domain, with subdomains", NULL, NULL,
		"row bad.example:s:/none/k.pem subdomains=yes\n", NULL,
		"u@www.bad.example", "!keytable:1", 1 },
	{ "below the domain, without", NULL, NULL, "row bad.example:s:/none/k.pem\n", NULL,
		"u@www.bad.example", "the key table has no key for www.bad.example", 1 },
	{ "below, where it cannot be told", NULL, NULL, ROW " sbdomains=yes\n", NULL,
		"u@www.bad.example", "!keytable:1", 1 },
	{ "a name below that has its own", NULL, NULL,
		"w www.bad.example:w:@DIR@/rsa.pem\nrow bad.example:s:/none/k.pem "
		"subdomains=yes\n", NULL, "u@www.bad.example", "www.bad.example/w", 1 },
	{ "policy alone signs nothing", NULL, NULL, "row bad.example:-:- dmarc=rejct\n",
		NULL, "u@bad.example", "the key table has no key for bad.example", 1 },
	{ "sign=no", NULL, NULL, "row bad.example:s:/none/k.pem sign=no\n", NULL,
		"u@bad.example", "the key table has no key for bad.example", 1 },
	/* Another row of the domain. */
	{ "another row signs", NULL, NULL, ROW "\nb bad.example:s:/none/k.pem\n", NULL,
		"u@bad.example", "bad.example/old without keytable:2", 1 },
	{ "two rows that disagree", NULL, NULL,
		ROW " dmarc=off\nb bad.example:b:@DIR@/ed.pem dmarc=mark\n", NULL,
		"u@bad.example", "bad.example/old without keytable:2", 1 },
	{ "on subdomains", NULL, NULL,
		ROW " subdomains=no\nb bad.example:b:@DIR@/ed.pem subdomains=yes\n", NULL,
		"u@bad.example", "bad.example/old without keytable:2", 1 },
	{ "on who may write: nobody", NULL, NULL,
		ROW " login=any\nb bad.example:b:@DIR@/ed.pem login=same-domain\n", NULL,
		"u@bad.example", "!keytable:", 2 },
	{ "who may write cannot be read", NULL, NULL,
		ROW "\nb bad.example:b:@DIR@/ed.pem login=same-domian\n", NULL,
		"u@bad.example", "!keytable:", 2 },
	/* What nobody can tell whose it is. */
	{ "too few fields", NULL, NULL, GOOD "row bad.example\n", NULL, NULL, REFUSED, 0 },
	{ "no domain", NULL, NULL, GOOD "row b..example:s:@DIR@/rsa.pem\n", NULL, NULL,
		REFUSED, 0 },
	{ "everybody's policy", NULL, NULL, GOOD "all *:-:- dmarc=rejct\n", NULL, NULL,
		REFUSED, 0 },
	{ "everybody's policy, before", GOOD "all *:-:- dmarc=off\n", NULL,
		GOOD "all *:-:- dmarc=rejct\n", NULL, "u@good.example", "good.example/g",
		1 },
	/* At a reload. */
	{ "the old row", ROW "\n", NULL, GOOD "row bad.example:new:/none/k.pem\n", NULL,
		"u@bad.example", "bad.example/old", 1 },
	{ "and the new ones of others", ROW "\n", NULL,
		GOOD "row bad.example:new:/none/k.pem\n", NULL, "u@good.example",
		"good.example/g", 1 },
	{ "under another NAME, by domain and selector", ROW "\n", NULL,
		"r2 bad.example:old:/none/k.pem\n", NULL, "u@bad.example",
		"bad.example/old", 1 },
	{ "its NAME was another domain's", ROW "\n", NULL,
		"row new.example:new:/none/k.pem\n", NULL, "u@new.example",
		"!keytable:1", 1 },
	{ "that is gone with it", ROW "\n", NULL, "row new.example:new:/none/k.pem\n", NULL,
		"u@bad.example", "the key table has no key for bad.example", 1 },
	{ "a half-written row", ROW "\n", NULL, GOOD "row bad.exam\n", NULL,
		"u@bad.example", "bad.example/old", 1 },
	{ "a row that is gone", GOOD ROW "\n", NULL, GOOD, NULL, "u@bad.example",
		"the key table has no key for bad.example", 0 },
	{ "who may write, as before", ROW " login=@DIR@/users\n", NULL,
		ROW " login=/none/users\n", NULL, "u@bad.example taro", "bad.example/old",
		1 },
	{ "who may not, neither", ROW " login=@DIR@/users\n", NULL,
		ROW " login=/none/users\n", NULL, "u@bad.example jiro", "login=", 1 },
	{ "a row that was out of service before", "row bad.example:s:/none/k.pem\n", NULL,
		"row bad.example:s:/none/k.pem\n", NULL, "u@bad.example", "!keytable:1",
		1 },
	/* With a signing table. */
	{ "of a NAME out of service", NULL, NULL, GOOD "row bad.example:s:/none/k.pem\n",
		"*@good.example good\n*@bad.example row\n", "u@bad.example", "!keytable:2",
		1 },
	{ "others of that table", NULL, NULL, GOOD "row bad.example:s:/none/k.pem\n",
		"*@good.example good\n*@bad.example row\n", "u@good.example",
		"good.example/g", 1 },
	{ "of a NAME that is gone", GOOD ROW "\n", "*@bad.example row\n", GOOD,
		"*@good.example good\n*@bad.example row\n", "u@bad.example",
		"!signingtable:2: no row of the key table", 1 },
	{ "others, too", GOOD ROW "\n", "*@bad.example row\n", GOOD,
		"*@bad.example row\n*@good.example good\n", "u@good.example",
		"good.example/g", 1 },
	{ "a row without a domain", NULL, NULL, GOOD "row what\n",
		"*@good.example good\n*@bad.example row\n", "u@bad.example", "!keytable:2",
		1 },
	{ "a row without a NAME", NULL, NULL, GOOD, "*@bad.example\n*@good.example good\n",
		"u@bad.example", "!signingtable:1: '*@bad.example' is followed by", 1 },
	{ "as it was before", GOOD, "*@bad.example good\n", GOOD, "*@bad.example\n",
		"u@bad.example", "good.example/g", 1 },
	{ "everybody's row", NULL, NULL, GOOD, "*@good.example good\n*@* gone\n", NULL,
		REFUSED, 0 },
	{ "a row without a key", NULL, NULL, GOOD "pol bad.example:-:-\n",
		"*@bad.example pol\n", "u@bad.example", "!signingtable:1: the row 'pol'",
		1 },
	{ "rows with %", NULL, NULL, GOOD "all %:s:@DIR@/keys/%/k.pem\n",
		"*@good.example good\n*@bad.example all\n", "u@bad.example",
		"!keytable:2: the key file", 0 },
	{ "several rows match, one signs", NULL, NULL,
		"a bad.example:a:@DIR@/rsa.pem\nb bad.example:b:/none/k.pem\n",
		"*@bad.example a\n*@bad.example b\n", "u@bad.example",
		"bad.example/a without keytable:2", 1 },
	{ "one signs for another domain: that is not enough", NULL, NULL,
		"a esp.example:a:@DIR@/rsa.pem\nb bad.example:b:/none/k.pem\n",
		"*@bad.example a\n*@bad.example b\n", "u@bad.example", "!keytable:2", 1 },
};

static const struct policy *
load(struct pool *pool, const char *dir, const char *keys, const char *signing,
	const char *more, const struct policy *old, struct problems *problems)
{
	struct policy_source source = { .signer = old != NULL ? old->signer
	                                                      : signer_local(pool),
		.old = old };

	tmpdir_write(pool, dir, "keytable", 0644, keys);
	tmpdir_write(pool, dir, "signingtable", 0644, signing != NULL ? signing : "");
	source.file = tmpdir_write(pool, dir, "sekimori.conf", 0644,
		pool_printf(pool, "KeyTable file:@DIR@/keytable\n%s%s",
			signing != NULL ? "SigningTable refile:@DIR@/signingtable\n"
					  "MultipleSignatures yes\n"
					: "",
			more));
	problems_init(problems, pool);
	return policy_load_from(&source, problems);
}

/* "bad.example/s without keytable:2", or "!" where it failed, and the reason. */
static const char *
signings(struct pool *pool, const struct policy *policy, const char *from)
{
	struct slice address = slice_of(from), user = SLICE_EMPTY;
	struct signing_plan plan;
	struct address author;
	struct str out = STR_POOL(pool);

	slice_cut(slice_of(from), ' ', &address, &user);
	address_path_parse(pool, address, &author);
	policy_signings(policy, pool, &author, user.n > 0 ? pool_copy(pool, user) : NULL,
		&plan);
	for (size_t i = 0; i < plan.rows.n; i++)
		str_addf(&out, "%s%s/%s", i > 0 ? " " : "", plan.rows.v[i].domain,
			plan.rows.v[i].selector);
	if (plan.left_out != NULL)
		str_addf(&out, " without %s",
			reason_text(pool, plan.left_out, NULL) +
				strlen("not signed by "));
	if (plan.rows.n == 0)
		str_addf(&out, "%s%s", plan.failed ? PUT_OFF : "",
			reason_text(pool, plan.reason, NULL));
	return out.p;
}

static void
test_scenario(struct pool *pool, const char *dir, const struct scenario *s)
{
	const struct policy *old = NULL, *policy;
	struct problems problems;
	const char *got;

	if (s->old_keys != NULL)
		old = load(pool, dir, s->old_keys, s->old_signing, "", NULL, &problems);
	policy = load(pool, dir, s->keys, s->signing, "", old, &problems);
	/* What holds on must not need the old policy. */
	policy_release(old);
	got = policy != NULL ? signings(pool, policy, s->from) : REFUSED;
	tap_ok(strncmp(got, s->want, strlen(s->want)) == 0, "%s: %s", s->name, got);
	if (policy != NULL)
		tap_is_int((int64_t)problems.rows, s->rows, "%s: rows named", s->name);
	policy_release(policy);
	policy = load(pool, dir, s->keys, s->signing, "StrictTables yes\n", NULL, &problems);
	tap_ok((policy == NULL) == (s->rows > 0 || strcmp(s->want, REFUSED) == 0),
		"%s: StrictTables refuses it", s->name);
	policy_release(policy);
}

/* What holds on survives reload after reload, and no policy keeps an older one. */
static void
test_a_thousand(struct pool *pool, const char *dir)
{
	struct problems problems;
	const struct policy *policy = load(pool, dir, ROW " login=@DIR@/users\n", NULL, "",
		NULL, &problems), *next;
	size_t size = 0;

	for (int i = 0; i < 1000; i++) {
		next = load(pool, dir, ROW " login=/none/users\n", NULL, "", policy,
			&problems);
		policy_release(policy);
		policy = next;
		if (i == 0)
			size = pool_size(policy->pool);
	}
	tap_is(signings(pool, policy, "u@bad.example taro"), "bad.example/old",
		"after a thousand reloads it signs");
	tap_is_int((int64_t)pool_size(policy->pool), (int64_t)size, "in the same memory");
	policy_release(policy);
}

static const struct {
	const char *name, *old_keys, *keys;
	enum rule_kind kind;
	const char *value, *where, *unread;
} rules_cases[] = {
	{ "a key that is not there changes no policy", NULL,
		"row bad.example:s:/none/k.pem dmarc=reject\n", RULE_DMARC, "reject",
		"keytable:1", NULL },
	{ "what cannot be read is the default", NULL,
		"row bad.example:-:- dmarc=rejct spf-fail=reject\n", RULE_DMARC, "mark",
		NULL, "keytable:1" },
	{ "what can be read holds", NULL,
		"row bad.example:-:- dmarc=rejct spf-fail=reject\n", RULE_SPF_FAIL,
		"reject", "keytable:1", "keytable:1" },
	{ "an attribute that is none may be any", NULL,
		"row bad.example:-:- dmrc=reject\n", RULE_DMARC, "mark", NULL,
		"keytable:1" },
	{ "said twice", NULL, "row bad.example:-:- dmarc=off dmarc=reject\n", RULE_DMARC,
		"mark", NULL, "keytable:1" },
	{ "the old one", "row bad.example:-:- dmarc=quarantine\n",
		GOOD "row bad.example:-:- dmarc=rejct\n", RULE_DMARC, "quarantine",
		"keytable:2", NULL },
	{ "of two that disagree the first", NULL,
		"row bad.example:-:- dmarc=off\nb bad.example:-:- dmarc=mark\n",
		RULE_DMARC, "off", "keytable:1", NULL },
};

static void
test_rules(struct pool *pool, const char *dir)
{
	for (size_t i = 0; i < ARRAY_LEN(rules_cases); i++) {
		const struct policy *old = NULL, *policy;
		const char *name = rules_cases[i].name;
		enum rule_kind kind = rules_cases[i].kind;
		struct problems problems;
		struct rules rules;

		if (rules_cases[i].old_keys != NULL)
			old = load(pool, dir, rules_cases[i].old_keys, NULL, "", NULL,
				&problems);
		policy = load(pool, dir, rules_cases[i].keys, NULL, "", old, &problems);
		policy_release(old);
		if (!tap_ok(policy != NULL, "%s: taken", name))
			continue;
		policy_rules(policy, pool, "bad.example", &rules);
		tap_is(rule_value_name(kind, rules.v[kind].value), rules_cases[i].value,
			"%s", name);
		tap_is(rules.v[kind].where, rules_cases[i].where, "%s: row", name);
		tap_is(rules.unread, rules_cases[i].unread, "%s: unread", name);
		policy_release(policy);
	}
}

int
main(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);

	tmpdir_key(pool, dir, "rsa.pem", "rsa", 2048);
	tmpdir_key(pool, dir, "ed.pem", "ed25519", 0);
	tmpdir_key(pool, dir, "open/a.pem", "ed25519", 0);
	tmpdir_key(pool, dir, "open/b.pem", "ed25519", 0);
	chmod(pool_printf(pool, "%s/open", dir), 0777);
	chmod(tmpdir_key(pool, dir, "open.pem", "ed25519", 0), 0644);
	tmpdir_write(pool, dir, "users", 0644, "taro bad.example\n");
	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++)
		test_scenario(pool, dir, &scenarios[i]);
	test_a_thousand(pool, dir);
	test_rules(pool, dir);
	pool_free(pool);
	return tap_done();
}
