/* Any bytes as Postfix's list of milters, and as another milter's configuration. */
#include "fuzz.h"

#include "base/str.h"
#include "tool/mta/milter_catalogue.h"
#include "tool/mta/postfix.h"
#include "tool/table_file.h"
#include "tool/tool.h"

/* Enough of the file for each way to know a milter. */
static const char milters_text[] =
	"OpenDMARC opendmarc.conf Socket opendmarc 8893 reads\n"
	"amavisd-milter * * amavis * changes\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct tool tool = { .pool = pool };
	struct postfix l = { .pool = pool };
	struct slice text = fuzz_slice(data, size), value;
	struct table_file table = { .pool = pool };
	struct milters list, again;

	if (size > 10000)
		goto out;
	l.mta = (struct mta){ .tool = &tool, .etc = "/nonexistent", .base = "/queue" };
	table_file_parse(&table, "milters", SLICE_LIT(milters_text));
	l.mta.others = other_milters_of(&table);
	endpoint_parse(SLICE_LIT("inet:8891@127.0.0.1"), &l.mta.socket);
	postfix_parse_list(&l, pool_copy(pool, text), &list);
	/* Each element read alone is that element. */
	for (size_t i = 0; i < list.n; i++) {
		postfix_parse_list(&l, list.v[i].text, &again);
		FUZZ_CHECK(again.n == 1);
		FUZZ_CHECK(strcmp(again.v[0].text, list.v[i].text) == 0);
		FUZZ_CHECK(again.v[0].is_ours == list.v[i].is_ours);
	}
	/* And so is the whole, written anew. */
	postfix_parse_list(&l, postfix_list_text(&l, &list), &again);
	FUZZ_CHECK(again.n == list.n);
	if (setting_find(text, "Socket", &value))
		FUZZ_CHECK(value.n <= text.n);
out:
	pool_free(pool);
	return 0;
}
