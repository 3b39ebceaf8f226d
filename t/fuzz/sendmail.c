/* Any bytes as a sendmail.cf, and as a sendmail.mc, line by line. */
#include "fuzz.h"

/* Its readers are its own. */
#include "tool/mta/cmd_sendmail.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();

	for (int source = 0; source < 2; source++) {
		struct look l = { .pool = pool, .is_source = source };
		struct slice rest = fuzz_slice(data, size), line;

		while (slice_next(&rest, '\n', &line))
			if (source)
				read_source_line(&l, line);
			else
				read_line(&l, line);
		for (size_t i = 0; i < l.filters.n; i++) {
			struct milter milter = { 0 };

			l.mta.tool = &(struct tool){ .pool = pool };
			mta_place(&l.mta, l.filters.v[i].socket, &milter);
		}
	}
	pool_free(pool);
	return 0;
}
