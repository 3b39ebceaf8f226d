/* The DNS that stands before the real one for a message, and counts what it asks. */
#include "base/base.h"

#include "dns/dns_zone.h"
#include "engine/dns_counter.h"
#include "engine/services.h"
#include "tap.h"

static int64_t now_ms;

static int64_t
clock_of_test(void)
{
	return now_ms += 5;
}

static enum dns_status
ask(struct dns *dns, struct pool *pool, const char *name, enum dns_type type)
{
	struct dns_answer answer;

	dns_query(dns, slice_of(name), type, INT64_MAX, pool, &answer);
	return answer.status;
}

/* A question counts once, however often it is asked. */
static void
test_counter(struct pool *pool)
{
	struct dns *zone = dns_zone_new();
	struct services services = { .dns = zone, .monotonic_ms = clock_of_test };
	struct dns_counter counter;

	tap_is_reason(dns_zone_add(zone, pool, "zone",
			      SLICE_LIT("a.example. 300 IN TXT \"x\"\n")),
		NULL, "a zone");
	dns_counter_init(&counter, pool, &services);
	tap_is_int(
		ask(&counter.dns, pool, "a.example", DNS_TXT), DNS_OK, "it is handed on");
	tap_is_int(ask(&counter.dns, pool, "a.example", DNS_TXT), DNS_OK, "and again");
	tap_is_int(counter.asked, 1, "it counts once");
	tap_is_int(
		ask(&counter.dns, pool, "b.example", DNS_TXT), DNS_NXDOMAIN, "another");
	tap_is_int(
		ask(&counter.dns, pool, "a.example", DNS_A), DNS_NODATA, "another type");
	tap_is_int(counter.asked, 3, "three different ones");
	tap_ok(counter.waited_ms > 0, "and the time is measured");
	tap_ok(dns_answers(&counter.dns), "it answers as that one does");
	dns_close(zone);
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_counter(pool);
	pool_free(pool);
	return tap_done();
}
