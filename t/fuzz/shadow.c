/* Any bytes as a header that somebody else's filter has written results into: whatever it
 * says, the comparison ends with a reason or with words for the log. */
#include "fuzz.h"

#include "auth/dkim/verify.h"
#include "engine/shadow.h"
#include "mail/authres_id.h"
#include "mail/message.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct authres_ids ids = VEC_INIT;
	struct dkim_results ours = VEC_INIT;
	struct headers fields = VEC_INIT;
	struct differences differs = VEC_INIT;
	struct slice body;

	if (authres_ids_add(pool, &ids, SLICE_LIT("mx.example.jp")) != NULL)
		panic("the id is none");
	for (int i = 0; i < 2; i++)
		*vec_add(pool, &ours) = (struct dkim_result){
			.outcome = auth_outcome(
				i == 0 ? AUTH_PASS : AUTH_FAIL, REASON("x")),
			.domain = i == 0 ? "example.jp" : "example.com",
		};
	message_split(pool, fuzz_slice(data, size), &fields, &body);
	(void)shadow_verdicts(pool, &fields, &ids, &ours, &differs);
	for (size_t i = 0; i < differs.n; i++)
		FUZZ_CHECK(differs.v[i].theirs != NULL && differs.v[i].ours != NULL);
	pool_free(pool);
	return 0;
}
