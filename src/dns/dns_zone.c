/*
 * The reader (dns_zone_text.c) puts names into a map; here they are looked up. A name's
 * node holds its records and its failures; what is asked is decided in the order: a
 * failure of this very type, records, an alias, a failure of all types, nothing.
 *
 * Questions are counted under a lock, since a daemon may run on a zone with many threads;
 * the names themselves do not change once they are read.
 */
#include "base/base.h"
#include "dns/dns_zone.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/msg.h"
#include "dns/dns_zone_text.h"

#include <pthread.h>

#define CHAIN_LIMIT 12
#define COUNT_LIMIT 65536

struct zone {
	struct dns dns;
	struct pool *pool;
	struct map *nodes;
	pthread_mutex_t lock; /* over what follows, and the pool */
	struct map *counts;
	unsigned questions;
};

struct count {
	unsigned asked, prefetched;
};

struct overlay {
	struct dns dns;
	struct zone *zone;
	struct dns *below;
};

/* Where a question led. */
struct found {
	enum dns_status status;
	const char *reason;
	const struct zone_node *node; /* OK: whose records answer */
	struct slice rest;            /* the name, or where its aliases lead */
	uint32_t ttl;
	bool alias;
	bool held; /* the zone lists `rest` */
};

/* The name as it stands in the map. */
static struct slice
zone_key(struct slice name, char buf[256])
{
	size_t n = MIN(name.n, (size_t)255);

	for (size_t i = 0; i < n; i++)
		buf[i] = ascii_lower(name.p[i]);
	if (n > 0 && buf[n - 1] == '.')
		n--;
	return slice_make(buf, n);
}

static const struct zone_node *
zone_find(const struct zone *zone, struct slice name)
{
	char buf[256];

	return map_get(zone->nodes, zone_key(name, buf));
}

/* The failure that is listed for a type (0: for all), or NULL. */
static const char *
node_failure(const struct zone_node *node, int type)
{
	for (size_t i = 0; i < node->failures.n; i++)
		if (node->failures.v[i].type == type)
			return node->failures.v[i].reason;
	return NULL;
}

/* The first record of a type, or NULL. */
static const struct zone_record *
node_record(const struct zone_node *node, enum dns_type type)
{
	for (size_t i = 0; i < node->records.n; i++)
		if (node->records.v[i].type == type)
			return &node->records.v[i];
	return NULL;
}

/* One name's answer; true when it is an alias, and f->rest the name to go on with. */
static bool
node_ask(const struct zone_node *node, enum dns_type type, struct found *f)
{
	const struct zone_record *alias = node_record(node, DNS_CNAME);

	f->node = node;
	f->reason = node_failure(node, (int)type);
	f->status = DNS_TEMPFAIL;
	if (f->reason != NULL)
		return false;
	f->status = DNS_OK;
	if (node_record(node, type) != NULL)
		return false;
	if (alias != NULL) {
		f->alias = true;
		f->ttl = MIN(f->ttl, alias->ttl);
		f->rest = alias->data.data;
		return true;
	}
	f->reason = node_failure(node, 0);
	f->status = f->reason != NULL ? DNS_TEMPFAIL : DNS_NODATA;
	return false;
}

/* How everything fails; NULL: it does not. */
static const char *
zone_failure(const struct zone *zone)
{
	const struct zone_node *root = map_get(zone->nodes, SLICE_EMPTY);

	return root != NULL ? node_failure(root, 0) : NULL;
}

/* Follows the aliases from a name as far as the zone knows. */
static void
zone_follow(
	const struct zone *zone, struct slice name, enum dns_type type, struct found *f)
{
	*f = (struct found){ .rest = name, .ttl = UINT32_MAX };
	f->reason = zone_failure(zone);
	f->status = DNS_TEMPFAIL;
	if (f->reason != NULL)
		return;
	for (int i = 0; i < CHAIN_LIMIT; i++) {
		const struct zone_node *node = zone_find(zone, f->rest);

		f->held = node != NULL;
		f->status = DNS_NXDOMAIN;
		if (node == NULL || !node_ask(node, type, f))
			return;
	}
	f->status = DNS_TEMPFAIL;
	f->reason = N_("CNAME loop");
}

/* Copies what was found into an answer. */
static void
found_answer(const struct found *f, enum dns_type type, struct pool *pool,
	struct dns_answer *a)
{
	VEC(struct dns_record) records = VEC_INIT;

	*a = (struct dns_answer){
		.status = f->status, .reason = f->reason, .alias = f->alias, .ttl = f->ttl
	};
	for (size_t i = 0; f->status == DNS_OK && i < f->node->records.n; i++) {
		const struct zone_record *r = &f->node->records.v[i];

		if (r->type != type)
			continue;
		a->ttl = MIN(a->ttl, r->ttl);
		*vec_add(pool, &records) = (struct dns_record){
			.data = pool_slice(pool, r->data.data),
			.preference = r->data.preference,
		};
	}
	a->records = records.v;
	a->n = records.n;
	if (f->status != DNS_OK)
		a->ttl = 0;
}

/* The counter of a question, new if it must be; NULL when there are too many. Locked. */
static struct count *
zone_counter(struct zone *zone, struct slice name, enum dns_type type)
{
	char key[256 + 16], buf[256];
	struct slice folded = zone_key(name, buf);
	struct count *count;
	int n = snprintf(key, sizeof(key), "%s ", zone_type_name(type));

	memcpy(key + n, folded.p, folded.n);
	count = map_get(zone->counts, slice_make(key, (size_t)n + folded.n));
	if (count != NULL || map_count(zone->counts) >= COUNT_LIMIT)
		return count;
	count = pool_alloc(zone->pool, sizeof(*count));
	map_put(zone->counts, slice_make(key, (size_t)n + folded.n), count);
	return count;
}

/* Counts one question, or one prefetch. */
static void
zone_count(struct zone *zone, struct slice name, enum dns_type type, bool prefetch)
{
	struct count *count;

	pthread_mutex_lock(&zone->lock);
	count = zone_counter(zone, name, type);
	if (count != NULL && prefetch)
		count->prefetched++;
	else if (count != NULL)
		count->asked++;
	zone->questions += !prefetch;
	pthread_mutex_unlock(&zone->lock);
}

static void
zone_query(struct dns *dns, struct slice name, enum dns_type type, int64_t deadline,
	struct pool *pool, struct dns_answer *answer)
{
	struct zone *zone = (struct zone *)dns;
	struct found f;

	(void)deadline;
	zone_count(zone, name, type, false);
	zone_follow(zone, name, type, &f);
	found_answer(&f, type, pool, answer);
}

static void
zone_prefetch(struct dns *dns, struct slice name, enum dns_type type)
{
	zone_count((struct zone *)dns, name, type, true);
}

static void
zone_close(struct dns *dns)
{
	struct zone *zone = (struct zone *)dns;

	pthread_mutex_destroy(&zone->lock);
	pool_free(zone->pool);
}

/* What fails at one name says nothing of the others. */
static bool
zone_answers(struct dns *dns)
{
	return zone_failure((struct zone *)dns) == NULL;
}

static const struct dns_ops zone_ops = { zone_query, zone_prefetch, zone_close,
	zone_answers };

struct dns *
dns_zone_new(void)
{
	struct pool *pool = pool_new();
	struct zone *zone = pool_alloc(pool, sizeof(*zone));

	zone->dns.ops = &zone_ops;
	zone->pool = pool;
	zone->nodes = map_new(pool);
	zone->counts = map_new(pool);
	pthread_mutex_init(&zone->lock, NULL);
	return &zone->dns;
}

/* The zone behind an interface. */
static struct zone *
zone_of(struct dns *dns)
{
	if (dns->ops != &zone_ops)
		panic("dns_zone: this is no zone");
	return (struct zone *)dns;
}

const struct reason *
dns_zone_add(struct dns *dns, struct pool *pool, const char *file, struct slice text)
{
	struct zone *zone = zone_of(dns);

	return zone_text_read(zone->pool, zone->nodes, text, file, pool);
}

/* A question's counts so far. */
static struct count
count_of(struct zone *zone, const char *name, enum dns_type type)
{
	const struct count *count;
	struct count copy = { 0, 0 };

	pthread_mutex_lock(&zone->lock);
	count = zone_counter(zone, slice_of(name), type);
	if (count != NULL)
		copy = *count;
	pthread_mutex_unlock(&zone->lock);
	return copy;
}

unsigned
dns_zone_asked(struct dns *dns, const char *name, enum dns_type type)
{
	return count_of(zone_of(dns), name, type).asked;
}

unsigned
dns_zone_prefetched(struct dns *dns, const char *name, enum dns_type type)
{
	return count_of(zone_of(dns), name, type).prefetched;
}

unsigned
dns_zone_questions(struct dns *dns)
{
	struct zone *zone = zone_of(dns);
	unsigned n;

	pthread_mutex_lock(&zone->lock);
	n = zone->questions;
	pthread_mutex_unlock(&zone->lock);
	return n;
}

const char *
dns_zone_question(struct dns *dns, size_t i)
{
	struct zone *zone = zone_of(dns);
	struct slice key = SLICE_EMPTY;
	const struct count *count = NULL;

	pthread_mutex_lock(&zone->lock);
	for (size_t k = 0; k < map_count(zone->counts); k++) {
		count = map_at(zone->counts, k, &key);
		if (count->asked > 0 && i-- == 0)
			break;
		count = NULL;
	}
	if (count != NULL)
		key = pool_slice(zone->pool, key);
	pthread_mutex_unlock(&zone->lock);
	return count != NULL ? key.p : NULL;
}

static void
overlay_query(struct dns *dns, struct slice name, enum dns_type type, int64_t deadline,
	struct pool *pool, struct dns_answer *answer)
{
	struct overlay *overlay = (struct overlay *)dns;
	struct found f;

	zone_follow(overlay->zone, name, type, &f);
	if (f.held || f.status == DNS_TEMPFAIL) {
		zone_count(overlay->zone, name, type, false);
		found_answer(&f, type, pool, answer);
		return;
	}
	dns_query(overlay->below, f.rest, type, deadline, pool, answer);
	answer->alias = answer->alias || f.alias;
	answer->ttl = MIN(answer->ttl, f.ttl);
}

static void
overlay_prefetch(struct dns *dns, struct slice name, enum dns_type type)
{
	struct overlay *overlay = (struct overlay *)dns;
	struct found f;

	zone_follow(overlay->zone, name, type, &f);
	if (!f.held && f.status != DNS_TEMPFAIL)
		dns_prefetch(overlay->below, f.rest, type);
}

static void
overlay_close(struct dns *dns)
{
	struct overlay *overlay = (struct overlay *)dns;

	dns_close(overlay->below);
	zone_close(&overlay->zone->dns);
	free(overlay);
}

static bool
overlay_answers(struct dns *dns)
{
	return dns_answers(((struct overlay *)dns)->below);
}

static const struct dns_ops overlay_ops = { overlay_query, overlay_prefetch,
	overlay_close, overlay_answers };

struct dns *
dns_overlay_new(struct dns *zone, struct dns *below)
{
	struct overlay *overlay = calloc(1, sizeof(*overlay));

	if (overlay == NULL)
		panic("out of memory");
	overlay->dns.ops = &overlay_ops;
	overlay->zone = zone_of(zone);
	overlay->below = below;
	return &overlay->dns;
}
