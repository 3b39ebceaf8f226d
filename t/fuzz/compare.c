/* Any bytes as a log and as an mbox: every line is counted at most once, and the messages
 * are the text. */
#include "fuzz.h"

#include "tool/compare.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size), mail;
	struct scan s = scan_of(text);
	struct compare c;
	size_t lines = 0, bytes = 0;

	compare_init(&c, pool);
	for (; !scan_is_end(&s); lines++)
		compare_line(&c, take_line(&s));
	FUZZ_CHECK(c.messages <= lines && c.differing <= c.messages);
	FUZZ_CHECK(c.examples.n <= COMPARE_EXAMPLES * map_count(c.kinds));
	while (compare_mail(&text, &mail)) {
		FUZZ_CHECK(mail.n > 0 && mail.p == (const char *)data + bytes);
		bytes += mail.n;
	}
	FUZZ_CHECK(bytes == size);
	pool_free(pool);
	return 0;
}
