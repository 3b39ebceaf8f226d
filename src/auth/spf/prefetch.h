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

#define SPF_PREFETCH_RECORDS 20

struct spf_prefetch {
	struct dns *dns;
	struct pool *pool;
	struct spf_vars vars;
	int left; /* questions that may still be prefetched */
	size_t n; /* records asked for */
	struct spf_prefetch_record {
		struct slice domain;
		bool seen;    /* its terms were prefetched, or need not be */
		bool awaited; /* waited for once */
	} records[SPF_PREFETCH_RECORDS];
};

/* vars->validated is not used: a macro that needs the client's name is left alone. */
void spf_prefetch_init(
	struct spf_prefetch *, struct dns *, struct pool *, const struct spf_vars *);

/* Prefetches the record of a domain. */
void spf_prefetch_domain(struct spf_prefetch *, struct slice domain);

/* Prefetches what the terms of this domain's record may ask. */
void spf_prefetch_terms(
	struct spf_prefetch *, struct slice domain, const struct spf_record *);

/* Prefetches what the terms of the records that have arrived may ask. Records asked for
 * together arrive together: each is waited for once, in vain for `ms` at most. */
void spf_prefetch_more(struct spf_prefetch *, int ms);

#endif
