/* A few records by value, alone or before another DNS. */
#include "base/base.h"

#include "dns/dns_fixed.h"
#include "dns/dns_zone.h"
#include "tap.h"

static const struct dns_txt records[] = {
	{ "s._domainkey.b.example", SLICE_LIT("v=DKIM1; p=") },
	{ "B.example", SLICE_LIT("v=spf1 -all") },
};

/* What the name has: "TXT text", or the outcome. */
static const char *
ask(struct pool *pool, struct dns *dns, const char *name, enum dns_type type)
{
	static const char *const outcomes[] = {
		[DNS_OK] = "ok",
		[DNS_NODATA] = "nodata",
		[DNS_NXDOMAIN] = "nxdomain",
		[DNS_TEMPFAIL] = "tempfail",
	};
	struct dns_answer answer;

	dns_prefetch(dns, slice_of(name), type);
	dns_query(dns, slice_of(name), type, INT64_MAX, pool, &answer);
	return answer.status == DNS_OK && type == DNS_TXT
	               ? pool_printf(pool, "%.*s", SLICE_ARG(answer.records[0].data))
	               : outcomes[answer.status];
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct dns *zone = dns_zone_new();
	struct dns *alone = dns_fixed_new(pool, records, ARRAY_LEN(records), NULL);
	struct dns *before = dns_fixed_new(pool, records, ARRAY_LEN(records), zone);

	tap_is_reason(dns_zone_add(zone, pool, "zone",
			      SLICE_LIT("b.example. 300 IN TXT \"real\"\n"
					"b.example. 300 IN A 192.0.2.1\n"
					"c.example. 300 IN TXT \"other\"\n")),
		NULL, "a zone");
	tap_is(ask(pool, alone, "b.example", DNS_TXT), "v=spf1 -all", "a record");
	tap_is(ask(pool, alone, "S._DomainKey.B.Example.", DNS_TXT),
		"v=DKIM1; p=", "in other letters, with a final dot");
	tap_is(ask(pool, alone, "b.example", DNS_A), "nxdomain", "alone: no other type");
	tap_is(ask(pool, alone, "c.example", DNS_TXT), "nxdomain",
		"alone: no other name");
	tap_ok(dns_answers(alone), "alone: it answers");
	tap_is(ask(pool, before, "b.example", DNS_TXT), "v=spf1 -all",
		"before a zone: it comes first");
	tap_is(ask(pool, before, "b.example", DNS_A), "ok",
		"before a zone: its other type");
	tap_is(ask(pool, before, "c.example", DNS_TXT), "other",
		"before a zone: its other name");
	tap_is_int(dns_zone_asked(zone, "b.example", DNS_TXT), 0, "which was not asked");
	tap_is_int(dns_zone_prefetched(zone, "c.example", DNS_TXT), 1,
		"and is asked ahead for the rest");
	dns_close(before);
	dns_close(zone);
	pool_free(pool);
	return tap_done();
}
