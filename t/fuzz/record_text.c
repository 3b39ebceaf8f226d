/* Any bytes as a published SPF or DMARC record: what is proposed in its place can be read
 * by the evaluator itself. */
#include "fuzz.h"

#include "auth/dmarc/record.h"
#include "auth/spf/record.h"
#include "tool/dmarc_text.h"
#include "tool/check/spf_text.h"
#include "tool/tool.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size);
	struct dmarc_record record;
	const char *mended, *part;

	if (size > 4000)
		goto out;
	mended = dmarc_text_repair(pool, text);
	if (mended != NULL)
		FUZZ_CHECK(dmarc_record_parse(pool, slice_of(mended), &record));
	(void)dmarc_text_relax(pool, text);
	(void)dmarc_text_has_dead_uri(pool, text);
	(void)spf_text_repair(pool, text);
	part = spf_text_valid_terms(pool, pool_copy(pool, text));
	if (part != NULL)
		FUZZ_CHECK(strncmp(part, "v=spf1", 6) == 0);
out:
	pool_free(pool);
	return 0;
}
