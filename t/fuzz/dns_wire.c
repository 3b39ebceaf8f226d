/* An answer of any bytes is read within its bounds, and says what it may say. */
#include "fuzz.h"

#include "dns/dns_wire.h"

/* The first byte chooses the type that was asked for; the packet follows. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_TXT, DNS_MX, DNS_PTR,
		DNS_CNAME, DNS_NS, DNS_SOA };
	unsigned char query[DNS_WIRE_QUERY_SIZE];
	struct pool *pool = pool_new();
	struct dns_answer answer;
	size_t n;

	if (size > 0) {
		n = dns_wire_ask(query, 0x1234, SLICE_LIT("a.example"),
			types[data[0] % ARRAY_LEN(types)]);
		dns_wire_read(pool, slice_make((const char *)query, n),
			slice_make((const char *)data + 1, size - 1), &answer);
		FUZZ_CHECK((answer.status == DNS_OK) == (answer.n > 0));
		FUZZ_CHECK((answer.status == DNS_TEMPFAIL) == (answer.reason != NULL));
		for (size_t i = 0; i < answer.n; i++)
			pool_slice(pool, answer.records[i].data);
	}
	pool_free(pool);
	return 0;
}
