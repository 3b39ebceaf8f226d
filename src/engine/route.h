/*
 * route - where a message comes from, and so what is done with it
 *
 * Decided once, before the first header field, from the client alone. A client that has
 * authenticated sends out; so does one in InternalHosts and one that comes in through a
 * daemon named in MTA. An unauthenticated client on a loopback address, or a message
 * without a client, is this host itself: a program that submits mail, or a content filter
 * that hands a message back, and only the message can tell which (testimony.h). Where
 * InternalHosts is given without loopback, or Mode is v, such a client is one like
 * others. TrustedRelays come before InternalHosts and before loopback, because what they
 * pass on is other people's mail.
 *
 * Failure: nothing.
 */
#ifndef ENGINE_ROUTE_H
#define ENGINE_ROUTE_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"

struct policy;

enum route {
	ROUTE_INBOUND,  /* from outside: verified, policy applies, never signed */
	ROUTE_OUTBOUND, /* from our users and hosts: signed */
	ROUTE_LOCAL,    /* from this host: our results are kept; signed unless they say
	                   that the message came from outside */
	ROUTE_TRUSTED,  /* from TrustedRelays: verified and reported, no policy applies */
	ROUTE_PEER,     /* from PeerList: nothing is done at all */
};

/* What is done with a message; a route has several. */
enum step {
	STEP_CHECK = 1,   /* SPF, DKIM and DMARC are checked, and reported */
	STEP_DISPOSE = 2, /* policy acts on what they came to */
	STEP_REMOVE = 4,  /* fields that could pass for ours are removed */
	STEP_SIGN = 8,    /* it is signed, unless something says no */
};

struct route_query {
	struct ip client;        /* IP_NONE: the MTA has none */
	bool hidden;             /* and it was no submission on this host */
	const char *client_name; /* NULL: unknown */
	const char *auth_type;   /* NULL or "": not authenticated */
	const char *auth_user;
	const char *daemon_name;
};

struct route_decision {
	enum route route;
	bool authenticated;
	bool may_sign;      /* the client may have mail signed at all */
	const struct reason *reason; /* for people: "client is authenticated as 'jiro'" */
};

void route_decide(struct pool *, const struct policy *, const struct route_query *,
	struct route_decision *);

/* The steps of a route, enum step, a bit each. verifies: Mode has v. */
unsigned route_steps(enum route, bool verifies);

/* The word in the log: "in", "out", "local", "trusted", "peer". */
const char *route_name(enum route);

#endif
