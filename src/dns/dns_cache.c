/*
 * An entry is a question: under way (pending), or answered until it expires. Entries lie
 * in shards by a keyed hash, each with a lock, a condition that its waiters share, and a
 * list by last use from whose old end memory is taken back. An entry that is pending or
 * that somebody waits for stays.
 *
 * The backend is called without a lock, since it may answer before it returns. An answer
 * is one block of memory with the entry's own copies of the records; each asker copies
 * them once more, into its own pool, so that no asker holds on to an entry.
 *
 * Is a silent server at fault, or this host's resolver? Any answer says that the
 * resolver lives. Where there was none for a while, the next failure has a question of
 * our own sent, past the entries, which any resolver can answer that reaches the root.
 *
 * Rejected: reference counts on shared answers. They save a copy of some hundred bytes,
 * and make the interface of all implementations ask for a release.
 */
#include "base/base.h"
#include "dns/dns_cache.h"

#include "base/ascii.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/msg.h"

#include <pthread.h>
#include <stdatomic.h>

#define SHARDS 64
#define BUCKETS 256
#define NAME_SIZE 254
#define EVICT_STEPS 16
#define RECENT_MS 5000 /* an answer this old says that the resolver lives */
#define PROBE_MS 1000  /* patience with the question that finds it out */

const struct dns_cache_limits dns_cache_usual = {
	.bytes = 32 * 1024 * 1024,
	.open = 4096,
	.ttl_min = 5,
	.ttl_max = 86400,
	.negative = 900,
	.failure = 2,
};

struct key {
	uint64_t hash;
	enum dns_type type;
	size_t n;
	char name[NAME_SIZE]; /* folded, without final dot */
};

struct entry {
	struct entry *next;          /* of the bucket */
	struct entry *older, *newer; /* by last use */
	struct cache *cache;
	struct dns_answer *answer; /* NULL: never answered */
	size_t bytes;              /* of the answer */
	int64_t expires;           /* clock_monotonic_ms */
	int waiters;
	bool pending;
	struct key key;
};

struct shard {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct entry *buckets[BUCKETS];
	struct entry *oldest, *newest;
	size_t bytes, entries;
};

struct cache {
	struct dns dns;
	struct dns_backend *backend;
	struct map_key secret;
	struct dns_cache_limits limits;
	atomic_size_t waited, idle; /* questions under way, with waiters and without */
	atomic_uint_least64_t asked, sent;
	atomic_int_least64_t answered; /* when anybody last got an answer */
	pthread_mutex_t probe_lock;    /* over the two that follow */
	pthread_cond_t probed;
	bool probing;
	struct shard shards[SHARDS];
};

/* Memory for the life of the daemon. */
static void *
cache_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		panic("out of memory");
	return p;
}

static void
key_init(
	const struct cache *cache, struct key *key, struct slice name, enum dns_type type)
{
	if (slice_ends(name, "."))
		name.n--;
	key->type = type;
	key->n = MIN(name.n, (size_t)NAME_SIZE);
	for (size_t i = 0; i < key->n; i++)
		key->name[i] = ascii_lower(name.p[i]);
	key->hash = map_hash(&cache->secret, slice_make(key->name, key->n)) ^
	            ((uint64_t)type << 20);
}

static bool
key_eq(const struct key *a, const struct key *b)
{
	return a->hash == b->hash && a->type == b->type && a->n == b->n &&
	       memcmp(a->name, b->name, a->n) == 0;
}

static struct shard *
key_shard(struct cache *cache, const struct key *key)
{
	return &cache->shards[key->hash % SHARDS];
}

static struct entry **
key_bucket(struct shard *shard, const struct key *key)
{
	return &shard->buckets[(key->hash >> 8) % BUCKETS];
}

/* Takes an entry out of the list by last use. */
static void
entry_unlist(struct shard *shard, struct entry *e)
{
	*(e->older != NULL ? &e->older->newer : &shard->oldest) = e->newer;
	*(e->newer != NULL ? &e->newer->older : &shard->newest) = e->older;
	e->older = e->newer = NULL;
}

static void
entry_list(struct shard *shard, struct entry *e)
{
	e->older = shard->newest;
	*(shard->newest != NULL ? &shard->newest->newer : &shard->oldest) = e;
	shard->newest = e;
}

static void
entry_free(struct shard *shard, struct entry *e)
{
	struct entry **at = key_bucket(shard, &e->key);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	entry_unlist(shard, e);
	shard->bytes -= e->bytes + sizeof(*e);
	shard->entries--;
	free(e->answer);
	free(e);
}

/* Takes back memory from the entries that were not used for longest. */
static void
shard_evict(struct shard *shard, size_t limit)
{
	struct entry *e = shard->oldest;

	for (int i = 0; i < EVICT_STEPS && e != NULL && shard->bytes > limit; i++) {
		struct entry *newer = e->newer;

		if (!e->pending && e->waiters == 0)
			entry_free(shard, e);
		e = newer;
	}
}

/* How long an answer lives, in seconds. */
static uint32_t
answer_life(const struct dns_cache_limits *limits, const struct dns_answer *answer)
{
	uint32_t most = limits->negative;

	switch (answer->status) {
	case DNS_TEMPFAIL:
		return limits->failure;
	case DNS_OK:
		most = limits->ttl_max;
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		break;
	}
	return MIN(MAX(answer->ttl, limits->ttl_min), most);
}

/* An answer and all that it points to as one block of memory. */
static struct dns_answer *
answer_pack(const struct dns_answer *from, size_t *bytes)
{
	size_t reason = from->reason != NULL ? strlen(from->reason) + 1 : 0;
	size_t n = sizeof(*from) + from->n * sizeof(*from->records) + reason;
	struct dns_answer *to;
	struct dns_record *records;
	char *data;

	for (size_t i = 0; i < from->n; i++)
		n += from->records[i].data.n;
	to = cache_alloc(n);
	*to = *from;
	records = (struct dns_record *)(to + 1);
	data = (char *)(records + from->n);
	to->records = records;
	for (size_t i = 0; i < from->n; i++) {
		struct slice s = from->records[i].data;

		records[i] = from->records[i];
		records[i].data = slice_make(data, s.n);
		if (s.n > 0)
			memcpy(data, s.p, s.n);
		data += s.n;
	}
	if (reason > 0)
		to->reason = memcpy(data, from->reason, reason);
	*bytes = n;
	return to;
}

/* Copies an answer into the asker's pool. */
static void
answer_copy(struct pool *pool, const struct dns_answer *from, struct dns_answer *to)
{
	struct dns_record *records = pool_array(pool, from->n, sizeof(*from->records));

	*to = *from;
	for (size_t i = 0; i < from->n; i++) {
		records[i] = from->records[i];
		records[i].data = pool_slice(pool, records[i].data);
	}
	to->records = records;
	if (from->reason != NULL)
		to->reason = pool_strdup(pool, from->reason);
}

/* A failure may be the word of a resolver without a network: it proves nothing. */
static void
note_answer(struct cache *cache, const struct dns_answer *answer)
{
	if (answer->status != DNS_TEMPFAIL)
		atomic_store(&cache->answered, clock_monotonic_ms());
}

/* The backend's answer: kept, and everyone who waits is told. */
static void
cache_done(void *arg, const struct dns_answer *answer)
{
	struct entry *e = arg;
	struct cache *cache = e->cache;
	struct shard *shard = key_shard(cache, &e->key);
	size_t bytes = 0;
	struct dns_answer *packed = answer_pack(answer, &bytes);
	uint32_t life = answer_life(&cache->limits, answer);

	note_answer(cache, answer);
	pthread_mutex_lock(&shard->lock);
	free(e->answer);
	e->answer = packed;
	shard->bytes += bytes - e->bytes;
	e->bytes = bytes;
	e->expires = clock_monotonic_ms() + (int64_t)life * 1000;
	e->pending = false;
	atomic_fetch_sub(e->waiters > 0 ? &cache->waited : &cache->idle, 1);
	pthread_cond_broadcast(&shard->answered);
	shard_evict(shard, cache->limits.bytes / SHARDS);
	pthread_mutex_unlock(&shard->lock);
}

/* The entry of a key, or NULL. Locked. */
static struct entry *
shard_find(struct shard *shard, const struct key *key)
{
	struct entry *e = *key_bucket(shard, key);

	while (e != NULL && !key_eq(&e->key, key))
		e = e->next;
	return e;
}

/* A new entry of a key. Locked. */
static struct entry *
shard_add(struct cache *cache, struct shard *shard, const struct key *key)
{
	struct entry *e = cache_alloc(sizeof(*e));
	struct entry **bucket = key_bucket(shard, key);

	e->cache = cache;
	e->key = *key;
	e->next = *bucket;
	*bucket = e;
	entry_list(shard, e);
	shard->bytes += sizeof(*e);
	shard->entries++;
	return e;
}

/* May one more question be sent? A sender can have dozens of names prefetched that never
 * answer, and each stays under way until the network gives it up, long after the message.
 * So prefetches have room of their own: a question that is waited for is kept out only by
 * others that are, no more than there are messages, or where memory would have no bound.
 */
static bool
cache_has_room(struct cache *cache, bool waits)
{
	size_t waited = atomic_load(&cache->waited), idle = atomic_load(&cache->idle);
	size_t room = cache->limits.open;

	return waited + idle < 2 * room && (waits ? waited < room : idle < room / 2);
}

/* The entry of a key, and whether it must be asked now (it is pending then). NULL: too
 * much is under way already. Locked. */
static struct entry *
cache_take(struct cache *cache, const struct key *key, bool waits, bool *ask)
{
	struct shard *shard = key_shard(cache, key);
	struct entry *e = shard_find(shard, key);

	atomic_fetch_add(&cache->asked, 1);
	*ask = e == NULL || (!e->pending && e->expires <= clock_monotonic_ms());
	if (*ask) {
		if (!cache_has_room(cache, waits))
			return NULL;
		if (e == NULL)
			e = shard_add(cache, shard, key);
		e->pending = true;
		atomic_fetch_add(e->waiters > 0 ? &cache->waited : &cache->idle, 1);
		atomic_fetch_add(&cache->sent, 1);
	}
	entry_unlist(shard, e);
	entry_list(shard, e);
	return e;
}

/* Somebody begins to wait for an entry. Locked. */
static void
entry_join(struct entry *e)
{
	if (e->waiters++ == 0 && e->pending) {
		atomic_fetch_sub(&e->cache->idle, 1);
		atomic_fetch_add(&e->cache->waited, 1);
	}
}

/* A waiter leaves, answered or not. Locked. */
static void
entry_leave(struct entry *e)
{
	if (--e->waiters == 0 && e->pending) {
		atomic_fetch_sub(&e->cache->waited, 1);
		atomic_fetch_add(&e->cache->idle, 1);
	}
}

/* A question under way. */
struct visit {
	struct shard *shard; /* locked */
	struct entry *entry; /* NULL: there is no room */
	bool ask;            /* this asker has to ask the network */
};

static struct visit
cache_visit(struct cache *cache, struct slice name, enum dns_type type, bool waits)
{
	struct visit visit;
	struct key key;

	key_init(cache, &key, name, type);
	visit.shard = key_shard(cache, &key);
	pthread_mutex_lock(&visit.shard->lock);
	visit.entry = cache_take(cache, &key, waits, &visit.ask);
	return visit;
}

static struct timespec
timespec_of(int64_t ms)
{
	return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };
}

/* Waits until an entry is answered or a deadline has passed. Locked. */
static void
entry_wait(struct shard *shard, const struct entry *e, int64_t deadline)
{
	struct timespec until = timespec_of(deadline);
	int rc = 0;

	if (deadline <= 0)
		return;
	while (e->pending && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&shard->answered, &shard->lock, &until);
}

static bool
was_answered_lately(struct cache *cache)
{
	int64_t answered = atomic_load(&cache->answered);

	return answered != 0 && clock_monotonic_ms() - answered < RECENT_MS;
}

static void
probe_done(void *arg, const struct dns_answer *answer)
{
	struct cache *cache = arg;

	note_answer(cache, answer);
	pthread_mutex_lock(&cache->probe_lock);
	cache->probing = false;
	pthread_cond_broadcast(&cache->probed);
	pthread_mutex_unlock(&cache->probe_lock);
}

/* Begins to find out whether the resolver answers at all, unless that is under way. */
static void
probe_begin(struct cache *cache)
{
	bool begin;

	if (was_answered_lately(cache))
		return;
	pthread_mutex_lock(&cache->probe_lock);
	begin = !cache->probing;
	cache->probing = true;
	pthread_mutex_unlock(&cache->probe_lock);
	if (begin)
		cache->backend->ask(cache->backend, SLICE_LIT("arpa"), DNS_NS, probe_done,
			cache);
}

static bool
cache_answers(struct dns *dns)
{
	struct cache *cache = (struct cache *)dns;
	int64_t deadline = clock_monotonic_ms() + PROBE_MS;
	struct timespec until = timespec_of(deadline);
	int rc = 0;

	probe_begin(cache);
	pthread_mutex_lock(&cache->probe_lock);
	while (cache->probing && !was_answered_lately(cache) && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&cache->probed, &cache->probe_lock, &until);
	pthread_mutex_unlock(&cache->probe_lock);
	return was_answered_lately(cache);
}

static void
cache_query(struct dns *dns, struct slice name, enum dns_type type, int64_t deadline,
	struct pool *pool, struct dns_answer *answer)
{
	struct cache *cache = (struct cache *)dns;
	bool waits = deadline > clock_monotonic_ms();
	struct visit visit = cache_visit(cache, name, type, waits);
	struct shard *shard = visit.shard;
	struct entry *e = visit.entry;

	*answer = (struct dns_answer){ .status = DNS_TEMPFAIL, .reason = N_("time-out") };
	if (e == NULL) {
		pthread_mutex_unlock(&shard->lock);
		if (waits || deadline <= 0)
			answer->reason = N_("too many questions under way");
		return;
	}
	entry_join(e);
	if (visit.ask) {
		pthread_mutex_unlock(&shard->lock);
		cache->backend->ask(cache->backend, name, type, cache_done, e);
		pthread_mutex_lock(&shard->lock);
	}
	entry_wait(shard, e, deadline);
	entry_leave(e);
	if (!e->pending)
		answer_copy(pool, e->answer, answer);
	pthread_mutex_unlock(&shard->lock);
	if (waits && answer->status == DNS_TEMPFAIL)
		probe_begin(cache);
}

static void
cache_prefetch(struct dns *dns, struct slice name, enum dns_type type)
{
	struct cache *cache = (struct cache *)dns;
	struct visit visit = cache_visit(cache, name, type, false);

	pthread_mutex_unlock(&visit.shard->lock);
	if (visit.entry != NULL && visit.ask)
		cache->backend->ask(cache->backend, name, type, cache_done, visit.entry);
}

static void
cache_close(struct dns *dns)
{
	struct cache *cache = (struct cache *)dns;

	cache->backend->close(cache->backend);
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];

		while (shard->oldest != NULL)
			entry_free(shard, shard->oldest);
		pthread_cond_destroy(&shard->answered);
		pthread_mutex_destroy(&shard->lock);
	}
	pthread_cond_destroy(&cache->probed);
	pthread_mutex_destroy(&cache->probe_lock);
	free(cache);
}

static const struct dns_ops cache_ops = { cache_query, cache_prefetch, cache_close,
	cache_answers };

struct dns *
dns_cache_new(struct dns_backend *backend, const struct dns_cache_limits *limits)
{
	struct cache *cache = cache_alloc(sizeof(*cache));
	pthread_condattr_t attr;

	cache->dns.ops = &cache_ops;
	cache->backend = backend;
	map_key_draw(&cache->secret);
	cache->limits = limits != NULL ? *limits : dns_cache_usual;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&cache->shards[i].lock, NULL);
		pthread_cond_init(&cache->shards[i].answered, &attr);
	}
	pthread_mutex_init(&cache->probe_lock, NULL);
	pthread_cond_init(&cache->probed, &attr);
	pthread_condattr_destroy(&attr);
	return &cache->dns;
}

void
dns_cache_count(struct dns *dns, struct dns_cache_count *count)
{
	struct cache *cache = (struct cache *)dns;

	if (dns->ops != &cache_ops)
		panic("dns_cache: this is no cache");
	*count = (struct dns_cache_count){
		.asked = atomic_load(&cache->asked),
		.sent = atomic_load(&cache->sent),
	};
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&cache->shards[i].lock);
		count->entries += cache->shards[i].entries;
		count->bytes += cache->shards[i].bytes;
		pthread_mutex_unlock(&cache->shards[i].lock);
	}
}
