/* Any bytes are a DMARC record or none; what one says is within its text. */
#include "fuzz.h"

#include "auth/dmarc/record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size);
	struct pool *pool = pool_new();
	struct dmarc_record r;

	if (dmarc_record_parse(pool, text, &r)) {
		FUZZ_CHECK(size >= 8);
		FUZZ_CHECK(r.p != DMARC_UNSET || r.bad_policy);
		FUZZ_CHECK(r.reports || r.rua.n == 0);
		for (size_t i = 0; i < r.rua.n; i++) {
			FUZZ_CHECK(r.rua.v[i].p >= text.p);
			FUZZ_CHECK(r.rua.v[i].p + r.rua.v[i].n <= text.p + text.n);
			FUZZ_CHECK(slice_find(r.rua.v[i], '@') > 0);
		}
		FUZZ_CHECK(r.ignored.n <= DMARC_IGNORED_MAX);
		for (size_t i = 0; i < r.ignored.n; i++) {
			FUZZ_CHECK(r.ignored.v[i].text.n > 0);
			FUZZ_CHECK(r.ignored.v[i].text.p >= text.p);
			FUZZ_CHECK(r.ignored.v[i].text.p + r.ignored.v[i].text.n <=
				   text.p + text.n);
		}
	}
	pool_free(pool);
	return 0;
}
