/*
 * dns_counter - counts what a message asks of the DNS
 *
 * A struct dns before the real one, for one transaction: the log's dns= and dns_ms=.
 *
 * Failure: nothing of its own.
 */
#ifndef ENGINE_DNS_COUNTER_H
#define ENGINE_DNS_COUNTER_H

#include "base/base.h"
#include "base/pool.h"
#include "dns/dns.h"

struct services;

struct dns_counter {
	struct dns dns; /* first: the ops find the counter by it */
	const struct services *services;
	struct pool *pool;
	struct map *seen; /* questions */
	int asked;        /* different ones */
	int64_t waited_ms;
};

void dns_counter_init(struct dns_counter *, struct pool *, const struct services *);

#endif
