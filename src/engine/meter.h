/*
 * meter - counts what a message asks of the DNS
 *
 * Stands before the real DNS for one transaction, for the log's dns= and dns_ms=.
 *
 * Failure: nothing of its own.
 */
#ifndef ENGINE_METER_H
#define ENGINE_METER_H

#include "base/base.h"
#include "base/pool.h"
#include "dns/dns.h"

struct services;

struct meter {
	struct dns dns; /* first: the ops find the meter by it */
	const struct services *services;
	struct pool *pool;
	struct map *seen; /* questions */
	int asked;        /* different ones */
	int64_t waited_ms;
};

void meter_init(struct meter *, struct pool *, const struct services *);

#endif
