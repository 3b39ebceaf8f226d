/* Any bytes as a log: every line is counted at most once. */
#include "fuzz.h"

#include "base/map.h"
#include "tool/compare/compare.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size), line;
	struct compare c;
	size_t lines = 0;

	compare_init(&c, pool, "sekimorid");
	for (; slice_next(&text, '\n', &line); lines++)
		compare_line(&c, line);
	FUZZ_CHECK(c.messages <= lines && c.differing <= c.messages);
	FUZZ_CHECK(c.cut <= c.messages);
	FUZZ_CHECK(c.examples.n <= COMPARE_EXAMPLES * map_count(c.kinds));
	pool_free(pool);
	return 0;
}
