/* Any bytes as a configuration: what is taken prints as what it is. Include reads no file
 * here but those that are not there. */
#include "fuzz.h"

#include "config/reader.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct options options, again;
	struct problems problems;

	/* A file system is no part of the grammar. */
	for (size_t i = 0; i + 7 <= size; i++)
		if (strncasecmp((const char *)data + i, "include", 7) == 0)
			goto out;
	problems_init(&problems, pool);
	options_preset(pool, &options);
	options_preset(pool, &again);
	reader_text(pool, fuzz_slice(data, size), "fuzz", &options, &problems);
	for (size_t i = 0; i < option_count(); i++) {
		const char *text = option_print(pool, option_at(i), &options);

		if (options.origins[i].file == NULL)
			continue;
		FUZZ_CHECK(options.origins[i].line > 0);
		FUZZ_CHECK(text[0] == '\0' || option_parse(pool, option_at(i),
						      slice_of(text), &again) == NULL);
		FUZZ_CHECK(strcmp(option_print(pool, option_at(i), &again), text) == 0);
	}
	for (size_t i = 0; i < problems.all.n; i++)
		FUZZ_CHECK(problems.all.v[i].text[0] != '\0');
out:
	pool_free(pool);
	return 0;
}
