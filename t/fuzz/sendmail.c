/* Any bytes as a sendmail.cf, and as a sendmail.mc, line by line. */
#include "fuzz.h"

/* Its readers are its own. */
#include "tool/mta/cmd_sendmail.c"
#include "tool/mta/milter_catalogue.h"
#include "tool/table_file.h"

/* Enough of the file for each way to know a milter. */
static const char milters_text[] =
	"OpenDMARC opendmarc.conf Socket opendmarc 8893 reads\n"
	"amavisd-milter * * amavis * changes\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct table_file table = { .pool = pool };

	table_file_parse(&table, "milters", SLICE_LIT(milters_text));
	for (int source = 0; source < 2; source++) {
		struct sendmail l = { .pool = pool, .is_source = source };
		struct slice rest = fuzz_slice(data, size), line;

		while (slice_next(&rest, '\n', &line))
			if (source)
				read_source_line(&l, line);
			else
				read_line(&l, line);
		for (size_t i = 0; i < l.filters.n; i++) {
			struct milter milter = { 0 };

			l.mta.tool = &(struct tool){ .pool = pool };
			l.mta.others = other_milters_of(&table);
			mta_place(&l.mta, l.filters.v[i].socket, &milter);
		}
	}
	pool_free(pool);
	return 0;
}
