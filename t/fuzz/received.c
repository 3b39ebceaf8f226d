/* Any bytes as the value of a Received field. */
#include "fuzz.h"

#include "mail/received.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct header field = { SLICE_LIT("Received"), fuzz_slice(data, size) };
	struct headers fields = VEC_INIT;
	struct hops hops = VEC_INIT;

	*vec_add(pool, &fields) = &field;
	received_read(pool, &fields, &hops);
	FUZZ_CHECK(hops.n == 1);
	FUZZ_CHECK(!hops.v[0].is_border || ip_is_public(&hops.v[0].ip));
	FUZZ_CHECK(received_last(&hops) == NULL || hops.v[0].ip.bits != 0);
	pool_free(pool);
	return 0;
}
