/* Whatever is read as a log line is, written again, read as the same. */
#include "fuzz.h"

#include "base/str.h"
#include "engine/logline.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct logline line, again;
	struct str text = STR_POOL(pool);

	if (logline_parse(pool, fuzz_slice(data, size), &line) == NULL) {
		for (size_t i = 0; i < line.n; i++)
			logline_add(&text, line.v[i].key,
				slice_sub(line.v[i].value, 0, LOGLINE_VALUE_MAX));
		FUZZ_CHECK(logline_parse(pool, str_slice(&text), &again) == NULL);
		FUZZ_CHECK(again.n == line.n);
		for (size_t i = 0; i < line.n; i++)
			FUZZ_CHECK(slice_eq(again.v[i].value,
				slice_sub(line.v[i].value, 0, LOGLINE_VALUE_MAX)));
	}
	pool_free(pool);
	return 0;
}
