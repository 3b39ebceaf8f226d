/* Any bytes as a published SPF or DMARC record: what is proposed in its place can be read
 * by the evaluator itself. */
#include "fuzz.h"

#include "auth/dmarc/record.h"
#include "auth/spf/record.h"
#include "tool/dmarc_text.h"
#include "tool/check/spf_text.h"
#include "tool/check/spf_words.h"
#include "tool/tool.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size);
	struct dmarc_record record;
	struct spf_words words = VEC_INIT;
	const char *mended;

	if (size > 4000)
		goto out;
	mended = dmarc_text_repair(pool, text);
	if (mended != NULL)
		FUZZ_CHECK(dmarc_record_parse(pool, slice_of(mended), &record));
	(void)dmarc_text_relax(pool, text);
	(void)dmarc_text_has_dead_uri(pool, text);
	(void)dmarc_text_in_earnest(pool, text);
	(void)spf_text_is_mendable(pool, text);
	spf_words_read(pool, text, &words);
	for (size_t i = 0; i < words.n; i++) {
		struct spf_record one;

		if (words.v[i].text == NULL)
			continue;
		mended = pool_printf(pool, "v=spf1 %s", words.v[i].text);
		FUZZ_CHECK(spf_record_parse(pool, slice_of(mended), &one) == NULL);
	}
out:
	pool_free(pool);
	return 0;
}
