/* Zone text of any bytes is read or refused, and what was read can be asked. */
#include "fuzz.h"

#include "dns/dns_zone.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size);
	struct pool *pool = pool_new();
	struct dns *zone = dns_zone_new();
	const char *bad = reason_text(pool, dns_zone_add(zone, pool, "fuzz", text), NULL);
	struct dns_answer answer;

	FUZZ_CHECK(bad == NULL || strncmp(bad, "fuzz:", 5) == 0);
	dns_query(zone, SLICE_LIT("a.example"), DNS_TXT, 0, pool, &answer);
	FUZZ_CHECK(answer.status != DNS_OK || answer.n > 0);
	dns_close(zone);
	pool_free(pool);
	return 0;
}
