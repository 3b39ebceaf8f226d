/* Any bytes as an opendmarc.conf: nothing of it is without a place or a text. */
#include "fuzz.h"

#include "tool/keys/import.h"
#include "tool/tool.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	int fd = fuzz_file();
	struct import im = { .pool = pool,
		.from = pool_printf(pool, "/proc/self/fd/%d", fd) };

	/* A file system is no part of the grammar. */
	for (size_t i = 0; i + 11 <= size; i++)
		if (strncasecmp((const char *)data + i, "ignorehosts", 11) == 0)
			goto out;
	FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
	FUZZ_CHECK(import_opendmarc(&im) == NULL);
	for (size_t i = 0; i < im.options.n; i++)
		FUZZ_CHECK(im.options.v[i].at.line > 0 &&
			   strpbrk(im.options.v[i].value, "\n") == NULL);
	for (size_t i = 0; i < im.problems.all.n; i++)
		FUZZ_CHECK(im.problems.all.v[i].text[0] != '\0');
out:
	close(fd);
	pool_free(pool);
	return 0;
}
