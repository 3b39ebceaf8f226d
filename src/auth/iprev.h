/*
 * iprev - does the client's address have a name that leads back to it?
 *
 * The PTR names of the address are looked up forward, ten at most, in their order.
 *
 * Standards: RFC 8601 2.7.3, 3
 * Failure:   an outcome: pass fail temperror permerror.
 */
#ifndef AUTH_IPREV_H
#define AUTH_IPREV_H

#include "auth/outcome.h"
#include "base/base.h"
#include "base/ip.h"
#include "dns/lookup.h"

#define IPREV_QUESTIONS 11

struct iprev_result {
	struct outcome outcome;
	const char *name; /* checked; the name that leads back; else NULL */
};

/* lookup: with a budget of IPREV_QUESTIONS. */
void iprev_check(struct lookup *, const struct ip *, struct iprev_result *);

/* Begins to ask for the address's names and, when called again after these have come, for
 * where they lead. */
void iprev_prefetch(struct dns *, const struct ip *);

#endif
