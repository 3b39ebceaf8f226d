/* Any bytes as a date, as a Received field and as a line of an mbox: what is read lies in
 * the years that there are, and a date without one is found again behind a semicolon. */
#include "fuzz.h"

#include "mail/date.h"

#define FIRST (-2208988800 - 100 * 3600)
#define LAST (253402300800 + 100 * 3600)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size);
	struct pool *pool = pool_new();
	int64_t time = 0, again = 0;

	if (date_parse(text, &time) == NULL) {
		const char *field = pool_printf(pool, "by a; %.*s", SLICE_ARG(text));

		FUZZ_CHECK(time >= FIRST && time <= LAST);
		if (memchr(data, 0, size) == NULL && memchr(data, ';', size) == NULL)
			FUZZ_CHECK(date_parse_received(slice_of(field), &again) == NULL &&
				   again == time);
	}
	if (date_parse_received(text, &time) == NULL)
		FUZZ_CHECK(time >= FIRST && time <= LAST);
	if (date_parse_mbox(text, &time) == NULL)
		FUZZ_CHECK(time >= FIRST && time <= LAST);
	pool_free(pool);
	return 0;
}
