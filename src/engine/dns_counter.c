#include "base/base.h"
#include "engine/dns_counter.h"

#include "base/map.h"
#include "engine/services.h"

/* A question that is looked at several times while its answer is under way is one. */
static void
count(struct dns_counter *c, struct slice name, enum dns_type type)
{
	struct slice key =
		slice_of(pool_printf(c->pool, "%d %.*s", (int)type, SLICE_ARG(name)));

	if (map_get(c->seen, key) != NULL)
		return;
	map_put(c->seen, key, c);
	c->asked++;
}

static void
dns_counter_query(struct dns *dns, struct slice name, enum dns_type type,
	int64_t deadline, struct pool *pool, struct dns_answer *answer)
{
	struct dns_counter *c = (struct dns_counter *)dns;
	int64_t begin = c->services->monotonic_ms();

	dns_query(c->services->dns, name, type, deadline, pool, answer);
	count(c, name, type);
	c->waited_ms += c->services->monotonic_ms() - begin;
}

static void
dns_counter_prefetch(struct dns *dns, struct slice name, enum dns_type type)
{
	dns_prefetch(((struct dns_counter *)dns)->services->dns, name, type);
}

static bool
dns_counter_answers(struct dns *dns)
{
	return dns_answers(((struct dns_counter *)dns)->services->dns);
}

/* The DNS below is not the transaction's to close. */
static void
dns_counter_close(struct dns *dns UNUSED)
{
}

static const struct dns_ops dns_counter_ops = { dns_counter_query, dns_counter_prefetch,
	dns_counter_close, dns_counter_answers };

/* Begins to count. */
void
dns_counter_init(
	struct dns_counter *c, struct pool *pool, const struct services *services)
{
	*c = (struct dns_counter){ .dns = { &dns_counter_ops },
		.services = services,
		.pool = pool,
		.seen = map_new(pool) };
}
