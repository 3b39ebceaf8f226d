/* Messages that need a table which has no answer, from the envelope to reply and log. */
#include "base/base.h"

#include <netinet/in.h>

#include "crypto/signer.h"
#include "dns/dns_zone.h"
#include "engine/txn.h"
#include "table_fixture.h"
#include "tap.h"

#define CONF "AuthservID mx.example\nKeyTable fake:keys\n"
#define WHY "\"the table fake:keys has no answer: it is away\""

static int64_t
fixed(void)
{
	return 1767225600;
}

static const struct row {
	const char *name, *conf, *user, *to[2];
	bool is_away;
	const char *away_for;
	const char *reply;  /* code/xcode; "/": it is accepted */
	const char *log[3]; /* parts of the line */
} rows[] = {
	{ "out", "", "jiro", { "u@x.example" }, false, NULL, "/",
		{ "route=out ", "why=\"the key table has no key for b.example\"" } },
	{ "out, and nobody knows", "On-SignatureError reject\n", "jiro",
		{ "u@x.example" }, true, NULL, "451/4.3.0",
		{ "signed=no why=" WHY, "action=tempfail reply=451/4.3.0 reason=table-"
					"unavailable" } },
	{ "out, where only the recipient's rules are not known", "", "jiro",
		{ "u@x.example" }, false, "x.example", "/", { "action=accept" } },
	{ "in", "", NULL, { "u@x.example" }, false, NULL, "/",
		{ "route=in ", "action=accept" } },
	{ "in, and nobody knows", "", NULL, { "u@x.example" }, true, NULL, "451/4.3.0",
		{ "action=tempfail reply=451/4.3.0 reason=table-unavailable",
			"table_why=" WHY } },
	{ "in, of one of two recipients", "", NULL, { "u@y.example", "u@x.example" },
		false, "x.example", "451/4.3.0", { "mixed=yes", "table_why=" WHY } },
	{ "in, split: that one comes apart", "Recipients split\n", NULL,
		{ "u@y.example", "u@x.example" }, false, "x.example", "/",
		{ "action=accept" } },
	{ "in, where only signatures are asked for", "Mode s\n", NULL, { "u@x.example" },
		false, "x.example", "/", { "action=accept" } },
	{ "in the shadow", "Mode shadow\n", NULL, { "u@x.example" }, true, NULL, "/",
		{ "action=tempfail", "table_why=" WHY, "shadow=yes" } },
};

static void
test_row(struct pool *pool, const struct row *row)
{
	struct fake_tables *fake = fake_tables_new(pool);
	struct problems problems;
	const struct policy *policy = fake_policy(
		pool, pool_printf(pool, CONF "%s", row->conf), fake, &problems);
	struct services services = { .dns = dns_zone_new(),
		.signer = policy->signer,
		.now = fixed,
		.monotonic_ms = fixed,
		.tables = &fake->tables };
	struct sockaddr_in client = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0xc0000209) };
	struct envelope envelope = { .mail_from = SLICE_LIT("a@b.example"),
		.auth_user = row->user,
		.auth_type = row->user != NULL ? "PLAIN" : NULL };
	struct session *session = session_new(
		policy, &services, NULL, (struct sockaddr *)&client, "mx.example");
	struct txn *txn;
	const struct verdict *verdict;

	fake->v[FAKE_KEYS].is_away = row->is_away;
	fake->v[FAKE_KEYS].away_for = row->away_for;
	txn = txn_begin(session, &envelope);
	for (size_t i = 0; i < ARRAY_LEN(row->to) && row->to[i] != NULL; i++)
		(void)txn_rcpt(txn, slice_of(row->to[i]));
	txn_header(txn, SLICE_LIT("From"), SLICE_LIT(" a@b.example"));
	txn_eoh(txn);
	verdict = txn_end(txn, "Q1");
	tap_is(pool_printf(pool, "%s/%s", verdict->code, verdict->xcode), row->reply,
		"%s: the reply", row->name);
	for (size_t i = 0; i < ARRAY_LEN(row->log) && row->log[i] != NULL; i++)
		tap_ok(strstr(verdict->log, row->log[i]) != NULL, "%s: the log says %s",
			row->name, row->log[i]);
	tap_note("%s", verdict->log);
	txn_free(txn);
	session_free(session);
	dns_close(services.dns);
	policy_release(policy);
}

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, &rows[i]);
	pool_free(pool);
	return tap_done();
}
