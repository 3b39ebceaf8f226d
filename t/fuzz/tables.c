/* Any bytes as a table of rules for header fields, line by line. */
#include "fuzz.h"

/* Its readers are its own. */
#include "tool/mta/postfix_tables.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct postfix l = { .pool = pool };
	struct slice rest = fuzz_slice(data, size), line;
	struct rule_text rule;

	while (slice_next(&rest, '\n', &line)) {
		const char *name;
		size_t open;

		if (!take_apart(line, &rule))
			continue;
		FUZZ_CHECK(rule.pattern.n + rule.action.n < line.n);
		FUZZ_CHECK(name_part(rule.pattern, &open) <= rule.pattern.n);
		name = name_pattern(&l, rule.pattern);
		FUZZ_CHECK(strlen(name) <= rule.pattern.n + open + 1);
	}
	pool_free(pool);
	return 0;
}
