/* The first line is a text, the others are patterns: the index finds the same as trying
 * each, in their order, and trying each agrees with a matcher that is slow and plain. */
#include "fuzz.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "config/patterns.h"

/* One row of the table of all prefixes against all prefixes. */
static bool
plain_match(struct pool *pool, struct slice pattern, struct slice text)
{
	bool *at = pool_array(pool, text.n + 1, sizeof(*at));

	at[0] = true;
	for (size_t i = 0; i < pattern.n; i++) {
		bool corner = at[0];

		at[0] = corner && pattern.p[i] == '*';
		for (size_t k = 1; k <= text.n; k++) {
			bool above = at[k];

			at[k] = pattern.p[i] == '*'
			                ? above || at[k - 1]
			                : corner && text.p[k - 1] == pattern.p[i];
			corner = above;
		}
	}
	return at[text.n];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	char *lower = pool_copy(pool, fuzz_slice(data, MIN(size, 2000)));
	struct scan s = scan_of(slice_make(lower, MIN(size, 2000)));
	struct patterns *patterns = patterns_new(pool);
	struct slice text = scan_until(&s, '\n'), pattern;
	size_t from = 0, count = 0, found = 0;
	const char *row, *last = NULL;

	for (size_t i = 0; i < MIN(size, 2000); i++)
		lower[i] = ascii_lower(lower[i]);
	while (scan_char(&s, '\n')) {
		bool match;

		pattern = scan_until(&s, '\n');
		match = pattern_match(pattern, text);
		FUZZ_CHECK(match == plain_match(pool, pattern, text));
		patterns_add(patterns, pattern, s.p); /* where the row ends */
		count += match;
	}
	for (; (row = patterns_next(patterns, text, &from)) != NULL; last = row, found++)
		FUZZ_CHECK(last == NULL || row > last);
	FUZZ_CHECK(found == count);
	pool_free(pool);
	return 0;
}
