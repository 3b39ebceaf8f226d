/* Any bytes as a field: what the parser reads as ours is never left in the message. */
#include "fuzz.h"

#include "mail/authres_id.h"
#include "mail/authres_parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size);
	struct authres_ids ours = VEC_INIT;
	struct authres authres;
	enum authres_owner owner;

	FUZZ_CHECK(authres_ids_add(pool, &ours, SLICE_LIT("mx.example.jp")) == NULL);
	FUZZ_CHECK(
		authres_ids_add(pool, &ours, SLICE_LIT("xn--bcher-kva.example")) == NULL);
	owner = authres_owner(pool, &ours, text);
	if (authres_parse(pool, text, &authres) == NULL && authres.instance == 0 &&
		slice_caseis(authres.authserv_id, "mx.example.jp"))
		FUZZ_CHECK(owner != AUTHRES_FOREIGN);
	pool_free(pool);
	return 0;
}
