/* Any bytes as a tag list: what is accepted can be put together again from its parts. */
#include "fuzz.h"

#include "mail/taglist.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size);
	struct taglist list;

	if (taglist_parse(pool, text, &list) == NULL) {
		FUZZ_CHECK(list.n > 0 && list.n <= TAGLIST_MAX);
		for (size_t i = 0; i < list.n; i++) {
			const struct tag *tag = &list.v[i];
			const char *name = pool_copy(pool, tag->name);

			FUZZ_CHECK(taglist_find(&list, name) == tag);
			FUZZ_CHECK(tag->raw.p[-1] == '=');
			FUZZ_CHECK(tag->raw.p + tag->raw.n == text.p + text.n ||
				   tag->raw.p[tag->raw.n] == ';');
			FUZZ_CHECK(slice_eq(slice_trim(tag->raw), tag->value));
		}
	}
	pool_free(pool);
	return 0;
}
