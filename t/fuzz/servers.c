/* Any bytes as the option Nameservers: what is taken is taken again. */
#include "fuzz.h"

#include "dns/dns_servers.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *text = pool_copy(pool, fuzz_slice(data, size));
	struct str csv = STR_POOL(pool), again = STR_POOL(pool);

	if (dns_servers_parse(pool, text, &csv) == NULL) {
		FUZZ_CHECK(dns_servers_parse(pool, csv.p, &again) == NULL);
		FUZZ_CHECK(slice_eq(str_slice(&csv), str_slice(&again)));
	}
	pool_free(pool);
	return 0;
}
