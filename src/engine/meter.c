#include "base/base.h"
#include "engine/meter.h"

#include "base/map.h"
#include "engine/services.h"

/* A question that is looked at several times while its answer is under way is one. */
static void
count(struct meter *m, struct slice name, enum dns_type type)
{
	struct slice key =
		slice_of(pool_printf(m->pool, "%d %.*s", (int)type, SLICE_ARG(name)));

	if (map_get(m->seen, key) != NULL)
		return;
	map_put(m->seen, key, m);
	m->asked++;
}

static void
meter_query(struct dns *dns, struct slice name, enum dns_type type, int64_t deadline,
	struct pool *pool, struct dns_answer *answer)
{
	struct meter *m = (struct meter *)dns;
	int64_t begin = m->services->monotonic_ms();

	dns_query(m->services->dns, name, type, deadline, pool, answer);
	count(m, name, type);
	m->waited_ms += m->services->monotonic_ms() - begin;
}

static void
meter_prefetch(struct dns *dns, struct slice name, enum dns_type type)
{
	dns_prefetch(((struct meter *)dns)->services->dns, name, type);
}

static bool
meter_answers(struct dns *dns)
{
	return dns_answers(((struct meter *)dns)->services->dns);
}

/* The DNS below is not the transaction's to close. */
static void
meter_close(struct dns *dns UNUSED)
{
}

static const struct dns_ops meter_ops = { meter_query, meter_prefetch, meter_close,
	meter_answers };

/* Begins to count. */
void
meter_init(struct meter *m, struct pool *pool, const struct services *services)
{
	*m = (struct meter){ .dns = { &meter_ops },
		.services = services,
		.pool = pool,
		.seen = map_new(pool) };
}
