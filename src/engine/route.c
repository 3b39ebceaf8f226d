/*
 * The order of the questions decides. An authenticated client is ours, from any address.
 * A loopback client without authentication may be a program of this host, a content
 * filter that hands a message back, or anybody (fetchmail, a proxy that hides addresses,
 * a container): by default it is this host. Where nothing is signed, or where
 * InternalHosts is given without it, it is checked like others, as in OpenDKIM; the
 * policies act on it then, and SPF is asked about 127.0.0.1. So TrustedRelays comes
 * first: a client that is named there is checked without policies.
 */
#include "base/base.h"
#include "engine/route.h"

#include "base/names.h"
#include "config/netlist.h"
#include "config/policy.h"

static const struct name_code route_words[] = {
	{ "in", ROUTE_INBOUND },
	{ "out", ROUTE_OUTBOUND },
	{ "local", ROUTE_LOCAL },
	{ "trusted", ROUTE_TRUSTED },
	{ "peer", ROUTE_PEER },
};

const char *
route_name(enum route route)
{
	return code_name(route_words, ARRAY_LEN(route_words), (int)route);
}

unsigned
route_steps(enum route route, bool verifies)
{
	static const struct {
		unsigned always;
		unsigned verifying; /* and where mail is verified at all */
	} steps[] = {
		[ROUTE_INBOUND] = { 0, STEP_CHECK | STEP_DISPOSE | STEP_REMOVE },
		[ROUTE_TRUSTED] = { 0, STEP_CHECK | STEP_REMOVE },
		[ROUTE_OUTBOUND] = { STEP_REMOVE | STEP_SIGN, 0 },
		/* What a filter on this host hands back keeps our own results. */
		[ROUTE_LOCAL] = { STEP_SIGN, 0 },
		[ROUTE_PEER] = { 0, 0 },
	};

	return steps[route].always | (verifies ? steps[route].verifying : 0);
}

/* Does the MTA say that the client has authenticated? */
static bool
is_authenticated(const struct route_query *q)
{
	return (q->auth_type != NULL && *q->auth_type != '\0') ||
	       (q->auth_user != NULL && *q->auth_user != '\0');
}

/* Is the client in the list? Says which entry decided. */
static bool
is_in(const struct netlist *list, const struct route_query *q, const char **at)
{
	*at = NULL;
	return list != NULL && netlist_has(list, &q->client, q->client_name, at);
}

static void
decide(struct route_decision *d, enum route route, bool may_sign,
	const struct reason *reason)
{
	d->route = route;
	d->may_sign = may_sign;
	d->reason = reason;
}

static bool
is_loopback(const struct route_query *q)
{
	return !q->hidden && q->client.bits != 0 && ip_is_loopback(&q->client);
}

/* Is a client on a loopback address this host itself? */
static bool
is_this_host(const struct policy *policy, const struct route_query *q)
{
	const char *at;

	if (policy_has_mta(policy, q->daemon_name))
		return true;
	return policy->opt.mode & MODE_SIGN &&
	       (!policy_sets_internal(policy) || is_in(policy->internal, q, &at));
}

/* A message without a client, or of an unauthenticated client on this host. */
static void
decide_local(struct pool *pool, const struct policy *policy, const struct route_query *q,
	struct route_decision *d)
{
	const struct reason *who = q->client.bits == 0
	                                   ? REASON("submitted on this host")
	                                   : REASON("client is on a loopback address");
	const char *at;

	if (q->client.bits == 0 || is_in(policy->internal, q, &at) ||
		policy_has_mta(policy, q->daemon_name))
		decide(d, ROUTE_LOCAL, true, who);
	else
		decide(d, ROUTE_LOCAL, false,
			reason_make(pool, "%p, but not in InternalHosts", who));
}

/* Says where a message comes from. */
void
route_decide(struct pool *pool, const struct policy *policy, const struct route_query *q,
	struct route_decision *d)
{
	const char *at;

	d->authenticated = is_authenticated(q);
	if (d->authenticated)
		decide(d, ROUTE_OUTBOUND, true, REASON("client is authenticated"));
	else if (is_in(policy->peers, q, &at))
		decide(d, ROUTE_PEER, false,
			reason_make(pool, "client is in PeerList (%s)", at));
	else if (!q->hidden && q->client.bits == 0)
		decide_local(pool, policy, q, d);
	else if (is_in(policy->relays, q, &at))
		decide(d, ROUTE_TRUSTED, false,
			reason_make(pool, "client is in TrustedRelays (%s)", at));
	else if (is_loopback(q) && is_this_host(policy, q))
		decide_local(pool, policy, q, d);
	else if (is_loopback(q))
		decide(d, ROUTE_INBOUND, false,
			policy->opt.mode & MODE_SIGN
				? REASON("client is on a loopback address, but not in "
					 "InternalHosts")
				: REASON("client is on a loopback address, and Mode v "
					 "checks it"));
	else if (is_in(policy->internal, q, &at))
		decide(d, ROUTE_OUTBOUND, true,
			reason_make(pool, "client is in InternalHosts (%s)", at));
	else if (policy_has_mta(policy, q->daemon_name))
		decide(d, ROUTE_OUTBOUND, true,
			reason_make(pool, "daemon '%s' is in MTA", q->daemon_name));
	else if (q->hidden)
		decide(d, ROUTE_INBOUND, false,
			REASON("the MTA does not know the client"));
	else
		decide(d, ROUTE_INBOUND, false,
			REASON("client is neither in InternalHosts nor authenticated"));
}
