/* Zone text of any bytes is read or refused, and what was read can be asked. */
#include "base/base.h"

#include "base/msg.h"
#include "dns/dns_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct pool *pool = pool_new();
	struct dns *zone = dns_zone_new();
	const char *bad = dns_zone_add(zone, pool, "fuzz", text);
	struct dns_answer answer;

	if (bad != NULL && strncmp(bad, "fuzz:", 5) != 0)
		panic("a complaint without its line");
	dns_query(zone, SLICE_LIT("a.example"), DNS_TXT, 0, pool, &answer);
	if (answer.status == DNS_OK && answer.n == 0)
		panic("an answer without a record");
	dns_close(zone);
	pool_free(pool);
	return 0;
}
