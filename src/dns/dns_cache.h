/*
 * dns_cache - what was asked lately, shared by all threads
 *
 * Asked before the network is. A question that is under way is not asked again: the
 * second asker, or the asker after a prefetch, waits for the first one's answer, each
 * until a deadline of its own. One that gives up leaves; the question goes on, and its
 * answer serves the next one.
 *
 * Positive answers live as long as their TTL says, negative ones as the SOA says, both
 * within limits; failures live two seconds. The memory is bounded.
 *
 * Standards: RFC 1035 7.4, RFC 2308 5 and 7
 * Failure:   an outcome.
 */
#ifndef DNS_DNS_CACHE_H
#define DNS_DNS_CACHE_H

#include "base/base.h"
#include "base/slice.h"
#include "dns/dns.h"

/* Who asks the network. ask() begins and returns; done() is called once for each ask, on
 * any thread, perhaps before ask() returns; the answer and its records are the callee's
 * only until done() returns. close() answers what is still open, then ends. */
struct dns_backend {
	void (*ask)(struct dns_backend *, struct slice name, enum dns_type,
		void (*done)(void *arg, const struct dns_answer *), void *arg);
	void (*close)(struct dns_backend *);
};

struct dns_cache_limits {
	size_t bytes;      /* of memory for answers */
	size_t open;       /* questions under way that somebody waits for; beyond,
	                      TEMPFAIL. Half as many may be prefetched, and never are
	                      more than twice as many under way in all */
	uint32_t ttl_min;  /* seconds; so that a prefetched answer lives to be used */
	uint32_t ttl_max;  /* of positive answers */
	uint32_t negative; /* the most for NODATA and NXDOMAIN */
	uint32_t failure;  /* for TEMPFAIL */
};

/* 32 MiB, 4096 questions; 5 s to 1 day; 15 minutes; 2 s. */
extern const struct dns_cache_limits dns_cache_usual;

/* dns_close closes the backend too. limits NULL: the usual ones. */
struct dns *dns_cache_new(struct dns_backend *, const struct dns_cache_limits *);

struct dns_cache_count {
	uint64_t asked;   /* questions of the checks and prefetches */
	uint64_t sent;    /* of these, sent to the backend */
	uint64_t entries; /* answers held now */
	uint64_t bytes;
};

void dns_cache_count(struct dns *, struct dns_cache_count *);

#endif
