/*
 * spf/prefetch - asks now what an SPF check will want later
 *
 * As soon as a record is there, everything that its terms may ask for is prefetched, and
 * the records that it includes are looked through in turn when they arrive. So a tree of
 * includes costs one round trip a level and not one a term. The number of questions is
 * bounded; beyond, the check just waits as it would without.
 *
 * Failure: nothing. What cannot be foretold is left to the check.
 */
#ifndef AUTH_SPF_PREFETCH_H
#define AUTH_SPF_PREFETCH_H

#include "base/base.h"
#include "auth/spf/macro.h"
#include "auth/spf/record.h"
#include "base/slice.h"
#include "dns/dns.h"

#define SPF_AHEAD_RECORDS 20

struct spf_ahead {
	struct dns *dns;
	struct pool *pool;
	struct spf_vars vars;
	int left; /* questions that may still be prefetched */
	size_t n; /* records wished for */
	struct spf_ahead_record {
		struct slice domain;
		bool seen;    /* looked through, or not to be */
		bool awaited; /* waited for once */
	} records[SPF_AHEAD_RECORDS];
};

/* vars->validated is not used: a macro that needs the client's name is left alone. */
void spf_ahead_init(
	struct spf_ahead *, struct dns *, struct pool *, const struct spf_vars *);

/* Prefetches the record of a domain. */
void spf_ahead_wish(struct spf_ahead *, struct slice domain);

/* Prefetches what this domain's record may need. */
void spf_ahead_read(struct spf_ahead *, struct slice domain, const struct spf_record *);

/* Looks through the records that have arrived. When one that was asked with others has
 * come, the others are about to: each is waited for once, and no more than `ms`
 * milliseconds in vain. */
void spf_ahead_step(struct spf_ahead *, int ms);

#endif
