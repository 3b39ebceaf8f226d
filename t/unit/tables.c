/* Tables that are asked while messages go by: what is found, what is not, and what nobody
 * knows. */
#include "base/base.h"

#include "config/netlist.h"
#include "config/policy.h"
#include "mail/address.h"
#include "table_fixture.h"
#include "tap.h"
#include "tmpdir.h"

#define AWAY_KEYS "unknown: the table fake:keys has no answer: it is away"
#define AWAY_SIGNING "unknown: the table fake:signing has no answer: it is away"

/* s.example has a key, and says on another row who may write; up.example signs for names
 * below; gone.example has a key that is not there. */
#define KEYS                                            \
	"s s.example:sel:%s/rsa.pem\n"                  \
	"s-login S.example:-:- login=same-domain\n"     \
	"up up.example:sel:%s/rsa.pem subdomains=yes\n" \
	"gone gone.example:sel:/none/k.pem\n"           \
	"no no.example:sel:%s/rsa.pem sign=no\n"

static const char signing[] = "s.example s\n"
			      ".up.example up\n"
			      "lost.example nothing\n"
			      "nameless.example\n"
			      ".any.example %\n"
			      "gone.example gone\n";

static const struct row {
	const char *name, *from, *user;
	bool by_signing; /* with the signing table */
	bool keys_away, signing_away;
	const char *away_for; /* of the key table alone */
	const char *want;
} rows[] = {
	{ "a key", "u@s.example", NULL, false, false, false, NULL, "s.example/sel" },
	{ "a user who may", "u@s.example", "x@s.example", false, false, false, NULL,
		"s.example/sel" },
	{ "a user who may not", "u@s.example", "x@b.example", false, false, false, NULL,
		"no: login=same-domain (fake:keys:2): user 'x@b.example' is not of the "
	        "domain "
		"s.example" },
	{ "no key", "u@b.example", NULL, false, false, false, NULL,
		"no: the key table has no key for b.example" },
	{ "sign=no", "u@no.example", NULL, false, false, false, NULL,
		"no: fake:keys:5 says sign=no" },
	{ "a name below", "u@www.up.example", NULL, false, false, false, NULL,
		"up.example/sel" },
	{ "a name below that does not sign", "u@www.s.example", NULL, false, false, false,
		NULL,
		"no: the key table has no key for www.s.example, and those of "
		"s.example are not for names below it: fake:keys:1 has no "
	        "subdomains=yes" },
	{ "a key that is not there", "u@gone.example", NULL, false, false, false, NULL,
		"failed: fake:keys:4: " },
	{ "the table is away", "u@s.example", NULL, false, true, false, NULL, AWAY_KEYS },
	{ "nobody knows whether there is a key", "u@b.example", NULL, false, true, false,
		NULL, AWAY_KEYS },
	{ "a domain above cannot be asked", "u@www.b.example", NULL, false, false, false,
		"b.example", AWAY_KEYS },
	{ "nor need it be", "u@s.example", NULL, false, false, false, "example",
		"s.example/sel" },
	{ "by a row", "u@s.example", NULL, true, false, false, NULL, "s.example/sel" },
	{ "by a row, of a user who may not", "u@s.example", "x@b.example", true, false,
		false, NULL, "no: login=same-domain (fake:keys:2)" },
	{ "by a row for names below", "u@www.up.example", NULL, true, false, false, NULL,
		"up.example/sel" },
	{ "by no row", "u@b.example", NULL, true, false, false, NULL,
		"no: no row of the signing table matches u@b.example" },
	{ "by a row of a key that is not there", "u@gone.example", NULL, true, false,
		false, NULL, "failed: fake:keys:4: " },
	{ "by a NAME that is gone", "u@lost.example", NULL, true, false, false, NULL,
		"failed: fake:signing:3 names the key 'nothing', and the key table has "
	        "no such "
		"row" },
	{ "by a row without a NAME", "u@nameless.example", NULL, true, false, false, NULL,
		"failed: fake:signing:4: 'nameless.example' is followed by no name" },
	{ "by the author's domain, which has none", "u@www.any.example", NULL, true,
		false, false, NULL,
		"no: fake:signing:5 names the key 'www.any.example'" },
	{ "the signing table is away", "u@b.example", NULL, true, false, true, NULL,
		AWAY_SIGNING },
	{ "the key table is away", "u@s.example", NULL, true, true, false, NULL,
		AWAY_KEYS },
	{ "and no row needs it", "u@b.example", NULL, true, true, false, NULL,
		"no: no row of the signing table matches" },
	{ "the domain of a NAME cannot be asked", "u@s.example", NULL, true, false, false,
		"s.example", AWAY_KEYS },
};

/* "s.example/sel", or what came of it and the reason. */
static const char *
told(struct pool *pool, enum found found, const struct signing_plan *plan)
{
	if (found == ROW_FOUND && plan->rows.n == 1)
		return pool_printf(
			pool, "%s/%s", plan->rows.v[0].domain, plan->rows.v[0].selector);
	return pool_printf(pool, "%s: %s",
		found == ROW_ABSENT                         ? "no"
		: found == ROW_UNAVAILABLE && !plan->failed ? "unfailed"
		: plan->no_answer                           ? "unknown"
		: found == ROW_UNAVAILABLE                  ? "failed"
							    : "several",
		reason_text(pool, plan->reason, NULL));
}

static void
test_row(struct pool *pool, const struct policy *policy, struct fake_tables *fake,
	const struct row *row)
{
	struct signing_plan plan;
	struct address author;
	enum found found;
	const char *got;

	address_path_parse(pool, slice_of(row->from), &author);
	fake->v[FAKE_KEYS].is_away = row->keys_away;
	fake->v[FAKE_KEYS].away_for = row->away_for;
	fake->v[FAKE_SIGNING].is_away = row->signing_away;
	found = policy_signings(policy, pool, &author, row->user, &plan);
	fake->v[FAKE_KEYS].is_away = fake->v[FAKE_SIGNING].is_away = false;
	fake->v[FAKE_KEYS].away_for = NULL;
	got = told(pool, found, &plan);
	tap_ok(strncmp(got, row->want, strlen(row->want)) == 0, "%s: %s", row->name, got);
}

static void
test_signings(struct pool *pool)
{
	struct fake_tables *fake = fake_tables_new(pool);
	const char *dir = tmpdir_new(pool);
	struct problems problems;
	const struct policy *by[2];

	tmpdir_key(pool, dir, "rsa.pem", "rsa", 2048);
	fake->v[FAKE_KEYS].rows = pool_printf(pool, KEYS, dir, dir, dir);
	fake->v[FAKE_SIGNING].rows = signing;
	/* A server that is away stops no start. */
	fake->v[FAKE_KEYS].is_away = fake->v[FAKE_SIGNING].is_away = true;
	by[0] = fake_policy(pool, "KeyTable fake:keys\n", fake, &problems);
	by[1] = fake_policy(
		pool, "KeyTable fake:keys\nSigningTable fake:signing\n", fake, &problems);
	tap_is_int((int64_t)problems.errors, 0, "it starts without them");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, by[rows[i].by_signing], fake, &rows[i]);
	policy_release(by[0]);
	tap_ok(fake->v[FAKE_KEYS].is_closed && !fake->v[FAKE_SIGNING].is_closed,
		"a table is closed with its policy");
	policy_release(by[1]);
	tap_ok(fake->v[FAKE_SIGNING].is_closed, "and the other one");
}

static const struct {
	const char *name, *domain, *away_for;
	enum found found;
	const char *value; /* of dmarc= */
} rule_rows[] = {
	{ "its own", "a.example", NULL, ROW_FOUND, "quarantine" },
	{ "of a name above", "x.y.a.example", NULL, ROW_FOUND, "quarantine" },
	{ "everybody's", "b.example", NULL, ROW_FOUND, "reject" },
	{ "its own cannot be asked", "a.example", "a.example", ROW_UNAVAILABLE, "mark" },
	{ "one above cannot", "x.y.a.example", "y.a.example", ROW_UNAVAILABLE, "mark" },
	{ "everybody's cannot", "b.example", "*", ROW_UNAVAILABLE, "mark" },
	{ "rows that cannot be read for everybody", "c.example", "", ROW_UNAVAILABLE,
		"mark" },
};

static void
test_rules(struct pool *pool)
{
	struct fake_tables *fake = fake_tables_new(pool);
	struct fake_table *table = &fake->v[FAKE_KEYS];
	struct asker asker = { .pool = pool };
	const struct domains *guarded;
	struct problems problems;
	const struct policy *policy =
		fake_policy(pool, "Mode v\nKeyTable fake:keys\n", fake, &problems);

	for (size_t i = 0; i < ARRAY_LEN(rule_rows); i++) {
		struct rules rules;
		bool is_bad =
			rule_rows[i].away_for != NULL && rule_rows[i].away_for[0] == '\0';

		table->rows = is_bad ? "all *:-:- dmarc=rejct\n"
		                     : "a A.example:-:- dmarc=quarantine\n"
		                       "all *:-:- dmarc=reject\n";
		table->away_for = rule_rows[i].away_for;
		tap_is_int(policy_rules(policy, pool, rule_rows[i].domain, &rules),
			rule_rows[i].found, "%s", rule_rows[i].name);
		tap_ok((rules.unavailable != NULL) ==
				(rule_rows[i].found == ROW_UNAVAILABLE),
			"%s: a reason, or none", rule_rows[i].name);
		tap_is(rule_value_name(RULE_DMARC, rules.v[RULE_DMARC].value),
			rule_rows[i].value, "%s: dmarc", rule_rows[i].name);
	}
	table->away_for = NULL;
	table->rows = "";
	tap_is_int(keytable_guarded(policy->keys, &asker, &guarded), ROW_ABSENT,
		"nobody guards itself");
	table->rows = "a a.example:-:- impersonation=reject\nb b.example:-:-\n";
	tap_is_int(
		keytable_guarded(policy->keys, &asker, &guarded), ROW_FOUND, "one does");
	tap_is(guarded->n == 1 ? guarded->v[0] : NULL, "a.example", "this one");
	table->is_away = true;
	tap_is_int(keytable_guarded(policy->keys, &asker, &guarded), ROW_UNAVAILABLE,
		"who knows");
	tap_is_int((int64_t)guarded->n, 0, "and nobody is named");
	policy_release(policy);
}

/* What has to be known as a whole is read when the policy is. */
static void
test_whole(struct pool *pool)
{
	struct fake_tables *fake = fake_tables_new(pool);
	struct problems problems;
	const struct policy *policy;
	struct ip ip;

	fake->v[FAKE_HOSTS].rows = "192.0.2.9\n";
	ip_parse(SLICE_LIT("192.0.2.9"), &ip);
	policy = fake_policy(pool, "Mode v\nInternalHosts fake:hosts\n", fake, &problems);
	fake->v[FAKE_HOSTS].is_away = true;
	tap_ok(policy != NULL && netlist_has(policy->internal, &ip, NULL, NULL),
		"a host of a live table");
	policy_release(policy);
	policy = fake_policy(pool, "Mode v\nInternalHosts fake:hosts\n", fake, &problems);
	tap_ok(policy == NULL, "away: no policy");
	tap_is(problems.all.n > 0 ? problems.all.v[0].text : NULL,
		"the table fake:hosts has no answer: it is away", "and why");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_signings(pool);
	test_rules(pool);
	test_whole(pool);
	pool_free(pool);
	return tap_done();
}
