/* Any bytes as a bounce or a message: the reply, the original in it, its way. */
#include "fuzz.h"

#include <libintl.h>

#include "tool/bounce.c"
#include "tool/bounce_catalogue.c"

#define show forward_show
#define find_field forward_find_field
#define is_name_char received_is_name_char
#define is_address_char received_is_address_char
#define find_address received_find_address
#include "tool/forward.c"
#include "tool/received.c"
#undef find_field
#include "tool/original.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct original original;
	struct forward forward;
	struct bounce bounce;

	original_read(pool, fuzz_slice(data, size), &original);
	bounce_read(pool, original.outer, &bounce);
	forward_read(pool, &original.fields, original.final, &forward);
	FUZZ_CHECK(!forward.is_found || forward.signs.n > 0);
	FUZZ_CHECK(bounce.code == NULL || strlen(bounce.code) == 3);
	pool_free(pool);
	return 0;
}
