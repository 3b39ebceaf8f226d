/* The cache over a backend that answers when the test says so. */
#include "base/base.h"

#include "base/clock.h"
#include "base/str.h"
#include "dns/dns_cache.h"

#include "tap.h"

#define HELD 512

struct held {
	void (*done)(void *, const struct dns_answer *);
	void *arg;
};

/* Keeps the questions until they are answered; or answers at once. */
struct desk {
	struct dns_backend backend;
	struct held held[HELD];
	size_t n;
	unsigned asked;
	char last[64]; /* the name that was asked last */
	const struct dns_answer *at_once;
	bool closed;
};

static void
desk_ask(struct dns_backend *backend, struct slice name, enum dns_type type,
	void (*done)(void *, const struct dns_answer *), void *arg)
{
	struct desk *desk = (struct desk *)backend;

	(void)type;
	snprintf(desk->last, sizeof desk->last, "%.*s", (int)name.n, name.p);
	desk->asked++;
	if (desk->at_once != NULL)
		done(arg, desk->at_once);
	else if (desk->n < HELD)
		desk->held[desk->n++] = (struct held){ done, arg };
}

static void
desk_answer(struct desk *desk, const struct dns_answer *answer)
{
	for (size_t i = 0; i < desk->n; i++)
		desk->held[i].done(desk->held[i].arg, answer);
	desk->n = 0;
}

static void
desk_close(struct dns_backend *backend)
{
	struct desk *desk = (struct desk *)backend;
	const struct dns_answer closing = { .status = DNS_TEMPFAIL, .reason = "closing" };

	desk_answer(desk, &closing);
	desk->closed = true;
}

static const struct dns_record one_record[] = { { SLICE_LIT("text"), 7 } };

static const struct dns_answer good = {
	.status = DNS_OK, .ttl = 300, .records = one_record, .n = 1, .authentic = true
};
static const struct dns_answer failed = { .status = DNS_TEMPFAIL, .reason = "SERVFAIL" };

/* Asks without patience. */
static struct dns_answer
peek(struct dns *dns, struct pool *pool, const char *name)
{
	struct dns_answer a;

	dns_peek(dns, slice_of(name), DNS_TXT, 0, pool, &a);
	return a;
}

static void
test_coalescing(struct pool *pool)
{
	struct desk desk = { .backend = { desk_ask, desk_close } };
	struct dns *dns = dns_cache_new(&desk.backend, NULL);
	struct dns_answer a;

	dns_prefetch(dns, SLICE_LIT("a.example"), DNS_TXT);
	dns_prefetch(dns, SLICE_LIT("A.Example."), DNS_TXT);
	a = peek(dns, pool, "a.example");
	tap_is(a.reason, "time-out", "who has no time leaves");
	tap_is_int(desk.asked, 1, "a question under way is not asked again");
	desk_answer(&desk, &good);
	a = peek(dns, pool, "a.EXAMPLE");
	tap_ok(a.status == DNS_OK && a.n == 1 && a.authentic && a.ttl == 300,
		"its answer serves the next one");
	tap_is_slice(a.records[0].data, SLICE_LIT("text"), "its data");
	tap_is_int(a.records[0].preference, 7, "its preference");
	tap_is_int(desk.asked, 1, "what is known is not asked");
	dns_query(dns, SLICE_LIT("a.example"), DNS_A, 1, pool, &a);
	tap_is_int(desk.asked, 2, "another type is another question");
	dns_close(dns);
	tap_ok(desk.closed, "the backend is closed too");
	tap_is_slice(a.records != NULL ? a.records[0].data : SLICE_EMPTY, SLICE_EMPTY,
		"an answer that never came has no records");
}

/* How often ten askers, one after the other, make a cache ask. */
static unsigned
asked_for(struct pool *pool, const struct dns_answer *answer,
	const struct dns_cache_limits *limits)
{
	struct desk desk = { .backend = { desk_ask, desk_close }, .at_once = answer };
	struct dns *dns = dns_cache_new(&desk.backend, limits);

	for (int i = 0; i < 10; i++)
		peek(dns, pool, "a.example");
	dns_close(dns);
	return desk.asked;
}

/* A life of no seconds is told from one of an hour without waiting. */
static void
test_lives(struct pool *pool)
{
	static const struct dns_answer fleeting = {
		.status = DNS_OK, .records = one_record, .n = 1
	};
	static const struct dns_answer nothing = { .status = DNS_NXDOMAIN, .ttl = 3600 };
	static const struct dns_answer empty = { .status = DNS_NODATA };
	struct dns_cache_limits none = dns_cache_usual;

	tap_is_int(asked_for(pool, &good, NULL), 1, "a positive answer lives");
	tap_is_int(asked_for(pool, &fleeting, NULL), 1, "a TTL of 0 is raised");
	tap_is_int(asked_for(pool, &nothing, NULL), 1, "NXDOMAIN lives");
	tap_is_int(asked_for(pool, &empty, NULL), 1, "NODATA lives");
	tap_is_int(asked_for(pool, &failed, NULL), 1, "a failure lives shortly");
	none.ttl_min = 0;
	tap_is_int(asked_for(pool, &fleeting, &none), 10, "a TTL of 0, not raised");
	tap_is_int(asked_for(pool, &good, &none), 1, "a TTL of its own");
	none.ttl_max = 0;
	tap_is_int(asked_for(pool, &good, &none), 10, "the longest life");
	none.negative = 0;
	tap_is_int(
		asked_for(pool, &nothing, &none), 10, "the longest life of a NXDOMAIN");
	none.failure = 0;
	tap_is_int(asked_for(pool, &failed, &none), 10, "the life of a failure");
}

/* Asks, and waits until the time is over. On a busy machine a millisecond can pass before
 * the question is sent: it is asked again then. */
static void
ask_and_give_up(struct dns *dns, struct pool *pool, const struct desk *desk,
	const char *name, struct dns_answer *a)
{
	for (int64_t patience = 1; strcmp(desk->last, name) != 0 && patience < 60000;
		patience *= 2)
		dns_query(dns, slice_of(name), DNS_TXT, clock_monotonic_ms() + patience,
			pool, a);
}

static void
test_bounds(struct pool *pool)
{
	struct desk desk = { .backend = { desk_ask, desk_close } };
	struct dns_cache_limits limits = dns_cache_usual;
	struct dns_cache_count count;
	struct dns_answer a;
	struct dns *dns;

	limits.open = 6;
	limits.bytes = 64 * 1024;
	dns = dns_cache_new(&desk.backend, &limits);
	for (int i = 0; i < 4; i++)
		a = peek(dns, pool, pool_printf(pool, "n%d.example", i));
	tap_is(a.reason, "too many questions under way",
		"questions under way are bounded");
	tap_is_int(desk.asked, 3, "three were sent");
	dns_prefetch(dns, SLICE_LIT("early.example"), DNS_TXT);
	tap_is_int(desk.asked, 3, "what nobody waits for gets half of the room");
	dns_query(dns, SLICE_LIT("late.example"), DNS_TXT, 1, pool, &a);
	tap_is(a.reason, "time-out", "whose time has passed does not wait");
	tap_is_int(desk.asked, 3, "so he has no more room than that");
	for (int i = 0; i < 9; i++) {
		ask_and_give_up(
			dns, pool, &desk, pool_printf(pool, "w%d.example", i), &a);
		tap_is(a.reason, "time-out", "%d who gave up keep out nobody who waits",
			i);
	}
	dns_query(dns, SLICE_LIT("w9.example"), DNS_TXT, clock_monotonic_ms() + 60000,
		pool, &a);
	tap_is(a.reason, "too many questions under way",
		"but twice the room is the end for all");
	tap_is_int(desk.asked, 13, "twelve were sent, and one to see who is silent");
	desk_answer(&desk, &failed);
	tap_is(peek(dns, pool, "n0.example").reason, "SERVFAIL",
		"a failure is remembered");
	desk.at_once = &good;
	for (int i = 0; i < 5000; i++)
		peek(dns, pool, pool_printf(pool, "m%d.example", i));
	dns_cache_count(dns, &count);
	tap_ok(count.bytes <= limits.bytes * 2 && count.entries > 0,
		"%" PRIu64 " answers in %" PRIu64 " bytes", count.entries, count.bytes);
	tap_is_int((int64_t)count.sent, 5012, "questions sent");
	dns_close(dns);
}

/* A failure at one name is told from a resolver that answers nobody. */
static void
test_answers(struct pool *pool)
{
	static const struct dns_answer nothing = { .status = DNS_NXDOMAIN, .ttl = 3600 };
	struct desk desk = { .backend = { desk_ask, desk_close }, .at_once = &failed };
	struct dns *dns = dns_cache_new(&desk.backend, NULL);

	tap_ok(!dns_answers(dns), "who fails every question answers nobody");
	tap_is_int(desk.asked, 1, "a question of our own was sent");
	desk.at_once = &nothing;
	tap_ok(dns_answers(dns), "and this one that there is nothing is an answer");
	desk.at_once = &failed;
	tap_is(peek(dns, pool, "a.example").reason, "SERVFAIL", "one name fails");
	tap_ok(dns_answers(dns), "the resolver lives by what others were told");
	tap_is_int(desk.asked, 3, "and is not asked about that again");
	dns_close(dns);
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_coalescing(pool);
	test_lives(pool);
	test_bounds(pool);
	test_answers(pool);
	pool_free(pool);
	return tap_done();
}
