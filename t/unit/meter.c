/* The two DNS of the engine's own: one that counts, and one that knows our keys alone. */
#include "base/base.h"

#include "base/scan.h"
#include "config/policy.h"
#include "dns/dns_zone.h"
#include "engine/meter.h"
#include "engine/ownkeys.h"
#include "engine/services.h"
#include "mail_fixture.h"
#include "tap.h"
#include "tmpdir.h"

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
test_meter(struct pool *pool)
{
	struct dns *zone = dns_zone_new();
	struct services services = { .dns = zone, .monotonic_ms = clock_of_test };
	struct meter meter;

	tap_is(dns_zone_add(
		       zone, pool, "zone", SLICE_LIT("a.example. 300 IN TXT \"x\"\n")),
		NULL, "a zone");
	meter_init(&meter, pool, &services);
	tap_is_int(
		ask(&meter.dns, pool, "a.example", DNS_TXT), DNS_OK, "it is handed on");
	tap_is_int(ask(&meter.dns, pool, "a.example", DNS_TXT), DNS_OK, "and again");
	tap_is_int(meter.asked, 1, "it counts once");
	tap_is_int(ask(&meter.dns, pool, "b.example", DNS_TXT), DNS_NXDOMAIN, "another");
	tap_is_int(ask(&meter.dns, pool, "a.example", DNS_A), DNS_NODATA, "another type");
	tap_is_int(meter.asked, 3, "three different ones");
	tap_ok(meter.waited_ms > 0, "and the time is measured");
	tap_ok(dns_answers(&meter.dns), "it answers as that one does");
	dns_close(zone);
}

static void
test_ownkeys(struct pool *pool)
{
	const char *dir = tmpdir_new(pool);
	const struct policy *policy;
	struct address author = { .local = SLICE_LIT("a"), .domain = "s.example" };
	struct signing_plan plan;
	struct dns *dns;

	tmpdir_key(pool, dir, "rsa.pem", "rsa", 2048);
	policy = mail_policy(
		pool, "", pool_printf(pool, "s s.example:sel:%s/rsa.pem\n", dir));
	policy_signings(policy, pool, &author, NULL, &plan);
	dns = ownkeys_new(pool, plan.rows.v, plan.rows.n);
	tap_is_int(
		ask(dns, pool, "sel._domainkey.s.example", DNS_TXT), DNS_OK, "our key");
	tap_is_int(ask(dns, pool, "SEL._domainkey.S.example", DNS_TXT), DNS_OK,
		"in other letters");
	tap_is_int(ask(dns, pool, "sel._domainkey.s.example", DNS_A), DNS_NXDOMAIN,
		"no address");
	tap_is_int(ask(dns, pool, "old._domainkey.s.example", DNS_TXT), DNS_NXDOMAIN,
		"no other selector");
	policy_release(policy);
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_meter(pool);
	test_ownkeys(pool);
	pool_free(pool);
	return tap_done();
}
