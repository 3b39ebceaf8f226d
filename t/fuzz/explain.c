/* Any bytes as a bounce or a message: the reply, the original in it, its way. */
#include "fuzz.h"

#include "tool/explain/bounce.h"
#include "tool/explain/forward.h"
#include "tool/explain/original.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct original original;
	struct forward forward;
	struct bounces others = VEC_INIT;
	struct bounce bounce;

	original_read(pool, fuzz_slice(data, size), &original);
	bounce_read(pool, original.outer, &bounce);
	bounce_read_others(pool, original.outer, &bounce, &others);
	for (size_t i = 0; i < others.n; i++)
		FUZZ_CHECK(
			others.v[i].cause != NULL && others.v[i].cause != bounce.cause);
	forward_read(pool, &original.fields, original.final, &forward);
	FUZZ_CHECK(!forward.is_found || forward.signs.n > 0);
	FUZZ_CHECK(bounce.code == NULL || strlen(bounce.code) == 3);
	pool_free(pool);
	return 0;
}
