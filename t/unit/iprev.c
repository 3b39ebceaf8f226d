/* Reverse names that lead back, and those that do not. */
#include "base/base.h"

#include "auth/iprev.h"
#include "base/str.h"
#include "dns/dns_zone.h"

#include "tap.h"

static const struct {
	const char *what, *client, *zone; /* zone: "PTR" names, then other lines */
	enum auth_code code;
	const char *name;
} checks[] = {
	{ "a name that leads back", "192.0.2.1",
		"1.2.0.192.in-addr.arpa. PTR Mail.Example.\nmail.example. A 192.0.2.1\n",
		AUTH_PASS, "mail.example" },
	{ "IPv6", "2001:db8::1",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6."
	        "arpa. "
		"PTR mail.example.\nmail.example. AAAA 2001:db8::1\n",
		AUTH_PASS, "mail.example" },
	{ "the second of two names, the second of two addresses", "192.0.2.1",
		"1.2.0.192.in-addr.arpa. PTR other.example.\n"
		"1.2.0.192.in-addr.arpa. PTR mail.example.\nother.example. A 192.0.2.2\n"
		"mail.example. A 192.0.2.3\nmail.example. A 192.0.2.1\n",
		AUTH_PASS, "mail.example" },
	{ "a name that leads elsewhere", "192.0.2.1",
		"1.2.0.192.in-addr.arpa. PTR mail.example.\nmail.example. A 192.0.2.2\n",
		AUTH_FAIL, NULL },
	{ "a name that leads nowhere", "192.0.2.1",
		"1.2.0.192.in-addr.arpa. PTR mail.example.\n", AUTH_FAIL, NULL },
	{ "only the other family leads back", "192.0.2.1",
		"1.2.0.192.in-addr.arpa. PTR mail.example.\n"
		"mail.example. AAAA ::ffff:192.0.2.1\n",
		AUTH_FAIL, NULL },
	{ "a name that is no domain", "192.0.2.1",
		"1.2.0.192.in-addr.arpa. PTR bad\\032name.example.\n"
		"bad\\032name.example. A 192.0.2.1\n",
		AUTH_FAIL, NULL },
	{ "no name", "192.0.2.1", "", AUTH_PERMERROR, NULL },
	{ "the reverse zone fails", "192.0.2.1",
		";@FAIL 1.2.0.192.in-addr.arpa. * TIMEOUT\n", AUTH_TEMPERROR, NULL },
	{ "the name's zone fails", "192.0.2.1",
		"1.2.0.192.in-addr.arpa. PTR mail.example.\n;@FAIL mail.example. * "
	        "SERVFAIL\n",
		AUTH_TEMPERROR, NULL },
	{ "trouble with one name, another leads back", "192.0.2.1",
		"1.2.0.192.in-addr.arpa. PTR dead.example.\n"
		"1.2.0.192.in-addr.arpa. PTR mail.example.\n;@FAIL dead.example. * "
	        "SERVFAIL\n"
		"mail.example. A 192.0.2.1\n",
		AUTH_PASS, "mail.example" },
};

static void
check(struct pool *pool, const char *client, struct dns *zone,
	struct iprev_result *result, struct lookup *lookup)
{
	struct ip ip = IP_NONE;

	*lookup = (struct lookup){ .dns = zone, .pool = pool, .left = IPREV_QUESTIONS };
	if (client != NULL)
		ip_parse(slice_of(client), &ip);
	iprev_check(lookup, &ip, result);
}

static void
test_limit(struct pool *pool)
{
	struct str text = STR_POOL(pool);
	struct dns *zone = dns_zone_new();
	struct iprev_result r;
	struct lookup lookup;

	for (int i = 0; i < 20; i++)
		str_addf(&text, "1.2.0.192.in-addr.arpa. PTR n%d.example.\n", i);
	str_add(&text, "n10.example. A 192.0.2.1\n");
	dns_zone_add(zone, pool, "zone", str_slice(&text));
	check(pool, "192.0.2.1", zone, &r, &lookup);
	tap_is_int(r.outcome.code, AUTH_FAIL, "the eleventh name is not looked at");
	tap_is_int(dns_zone_questions(zone), IPREV_QUESTIONS, "eleven questions");
	tap_ok(!lookup.exhausted, "and no more are wanted");
	dns_close(zone);
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct iprev_result r;
	struct lookup lookup;

	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct dns *zone = dns_zone_new();

		tap_is_reason(dns_zone_add(zone, pool, "zone", slice_of(checks[i].zone)),
			NULL, "%s: zone", checks[i].what);
		check(pool, checks[i].client, zone, &r, &lookup);
		tap_is_int(r.outcome.code, checks[i].code, "%s", checks[i].what);
		tap_is(r.name, checks[i].name, "%s: name", checks[i].what);
		tap_ok((r.outcome.code == AUTH_PASS) == (r.outcome.reason == NULL),
			"%s: reason", checks[i].what);
		dns_close(zone);
	}
	test_limit(pool);
	struct dns *zone = dns_zone_new();

	check(pool, NULL, zone, &r, &lookup);
	tap_is_int(r.outcome.code, AUTH_PERMERROR, "a client without an address");
	dns_close(zone);
	pool_free(pool);
	return tap_done();
}
