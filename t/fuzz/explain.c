/* Any bytes as a bounce or a message: the reply, the original in it, its way. */
#include "fuzz.h"

#include "tool/explain/bounce.h"
#include "tool/explain/bounce_catalogue.h"
#include "tool/explain/forward.h"
#include "tool/explain/original.h"

/* Enough of the file for each way to a cause. */
static const char replies_text[] = "dmarc-policy * * \"due to domain's dmarc policy\"\n"
				   "spf-required gmail 7.27\n"
				   "not-aligned * * \"aligned with either\" dkim\n"
				   "user-unknown * 1.1\n"
				   "blocklist * * spamhaus\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct original original;
	struct forward forward;
	struct bounces others = VEC_INIT;
	struct bounce_replies all = { 0 }, *replies = &all;
	struct table_file table = { .pool = pool };
	struct bounce bounce;

	table_file_parse(&table, "replies", SLICE_LIT(replies_text));
	bounce_replies_add(replies, &table);
	original_read(pool, fuzz_slice(data, size), &original);
	bounce_read(pool, replies, original.outer, &bounce);
	bounce_read_others(pool, replies, original.outer, &bounce, &others);
	for (size_t i = 0; i < others.n; i++)
		FUZZ_CHECK(
			others.v[i].cause != NULL && others.v[i].cause != bounce.cause);
	forward_read(pool, &original.fields, original.final, &forward);
	FUZZ_CHECK(!forward.is_found || forward.signs.n > 0);
	FUZZ_CHECK(bounce.code == NULL || strlen(bounce.code) == 3);
	pool_free(pool);
	return 0;
}
