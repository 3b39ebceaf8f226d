/* Where a message comes from, and which steps that asks for. */
#include "base/base.h"

#include "engine/route.h"
#include "mail_fixture.h"
#include "tap.h"

static const char conf[] =
	"AuthservID mx.example\nInternalHosts 198.51.100.0/24, 127.0.0.1\n"
	"TrustedRelays 192.0.2.7\nPeerList 192.0.2.8\n"
	"MTA ORIGINATING\n";

/* client NULL: the MTA has none. steps: c(heck) d(ispose) r(emove) s(ign). */
static const struct row {
	const char *name, *client, *user, *daemon;
	bool hidden;
	enum route route;
	bool may_sign;
	const char *steps;
} rows[] = {
	{ "outside", "192.0.2.9", NULL, NULL, false, ROUTE_INBOUND, false, "cdr" },
	{ "who has logged in", "192.0.2.9", "jiro", NULL, false, ROUTE_OUTBOUND, true,
		"rs" },
	{ "who has logged in at a relay", "192.0.2.7", "jiro", NULL, false,
		ROUTE_OUTBOUND, true, "rs" },
	{ "a host of ours", "198.51.100.1", NULL, NULL, false, ROUTE_OUTBOUND, true,
		"rs" },
	{ "a daemon of ours", "192.0.2.9", NULL, "ORIGINATING", false, ROUTE_OUTBOUND,
		true, "rs" },
	{ "a trusted relay", "192.0.2.7", NULL, NULL, false, ROUTE_TRUSTED, false, "cr" },
	{ "a peer", "192.0.2.8", NULL, NULL, false, ROUTE_PEER, false, "" },
	{ "this host", "127.0.0.1", NULL, NULL, false, ROUTE_LOCAL, true, "s" },
	{ "this host, not in InternalHosts", "127.0.0.2", NULL, NULL, false,
		ROUTE_INBOUND, false, "cdr" },
	{ "submitted", NULL, NULL, NULL, false, ROUTE_LOCAL, true, "s" },
	{ "a client that the MTA does not know", NULL, NULL, NULL, true, ROUTE_INBOUND,
		false, "cdr" },
};

static const char *
steps_text(struct pool *pool, enum route route, bool verifies)
{
	unsigned steps = route_steps(route, verifies);

	return pool_printf(pool, "%s%s%s%s", steps & STEP_CHECK ? "c" : "",
		steps & STEP_DISPOSE ? "d" : "", steps & STEP_REMOVE ? "r" : "",
		steps & STEP_SIGN ? "s" : "");
}

static void
test_row(struct pool *pool, const struct policy *policy, const struct row *row)
{
	struct route_query query = {
		.hidden = row->hidden, .auth_user = row->user, .daemon_name = row->daemon
	};
	struct route_decision d = { .reason = NULL };

	if (row->client != NULL)
		tap_is(ip_parse(slice_of(row->client), &query.client), NULL,
			"an address");
	route_decide(pool, policy, &query, &d);
	tap_is(route_name(d.route), route_name(row->route), "%s: the route", row->name);
	tap_ok(d.may_sign == row->may_sign, "%s: may sign: %d", row->name, row->may_sign);
	tap_ok(d.authenticated == (row->user != NULL), "%s: logged in", row->name);
	tap_ok(d.reason != NULL, "%s: because %s", row->name,
		reason_text(pool, d.reason, NULL));
	tap_is(steps_text(pool, d.route, true), row->steps, "%s: its steps", row->name);
}

int
main(void)
{
	struct pool *pool = pool_new();
	const struct policy *policy = mail_policy(pool, conf, "");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, policy, &rows[i]);
	tap_is(steps_text(pool, ROUTE_INBOUND, false), "",
		"without v: nothing coming in");
	tap_is(steps_text(pool, ROUTE_TRUSTED, false), "", "nor from a relay");
	tap_is(steps_text(pool, ROUTE_OUTBOUND, false), "rs",
		"what goes out is the same");
	policy_release(policy);
	pool_free(pool);
	return tap_done();
}
