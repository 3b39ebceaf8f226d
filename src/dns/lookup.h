/*
 * lookup - the questions that one check may ask
 *
 * Each check has its own budget (RFC 7208 11.1), so that none can starve another, and
 * all checks of a message share its deadline. What exceeds the budget is the sender's
 * own records: `exhausted` says so, and the check calls that a permanent error, since a
 * sender must not be able to get a temporary one.
 *
 * Failure: an outcome (dns.h).
 */
#ifndef DNS_LOOKUP_H
#define DNS_LOOKUP_H

#include "dns/dns.h"

struct lookup {
	struct dns *dns;
	struct pool *pool;
	int64_t deadline; /* clock_monotonic_ms */
	int left;         /* questions that may still be asked */
	int asked;        /* questions that were */
	bool exhausted;   /* one more was wanted than the budget held */
};

/* Asks; past the budget the answer is TEMPFAIL with reason "too many questions" and
 * `exhausted` is set. */
void lookup_ask(struct lookup *, struct slice name, enum dns_type, struct dns_answer *);

#endif
