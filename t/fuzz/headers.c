/* Any bytes as a message: nothing is lost between the fields and the body. */
#include "fuzz.h"

#include "mail/message.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct headers fields;
	struct message message;
	struct slice body;
	size_t taken = 0;

	message_split(pool, fuzz_slice(data, size), &fields, &body);
	message_init(&message, pool, 4096);
	for (size_t i = 0; i < fields.n; i++) {
		const struct header *field = fields.v[i];

		FUZZ_CHECK(header_name(field).n > 0);
		FUZZ_CHECK(slice_find(header_name(field), ':') < 0);
		taken += field->name.n + 1 + field->value.n;
		message_add(&message, field->name, field->value);
	}
	FUZZ_CHECK(taken + body.n <= 2 * size);
	FUZZ_CHECK(message.too_large == (message.bytes > message.limit));
	FUZZ_CHECK(message.too_large || message.all.n == fields.n);
	FUZZ_CHECK(message.from.n + message.dkim.n + message.authres.n <= message.all.n);
	pool_free(pool);
	return 0;
}
