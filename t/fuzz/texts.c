/* Any bytes as a catalogue of translations: each text of it has one. */
#include "fuzz.h"

/* Its reader is its own. */
#include "base/texts.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct catalogue c = { .n = size };

	/* Memory of just this size, so that a byte too far is found. */
	char *bytes = malloc(MAX(size, 1));

	FUZZ_CHECK(bytes != NULL);
	memcpy(bytes, data, size);
	c.bytes = bytes;
	if (catalogue_open(&c)) {
		current = c;
		for (size_t i = 0; i < c.count && i < 100; i++)
			FUZZ_CHECK(strlen(texts_of(text_at(&c, c.texts, i))) < size);
		FUZZ_CHECK(strlen(texts_of("a text that is not there")) > 0);
		current = (struct catalogue){ 0 };
	}
	free(bytes);
	return 0;
}
