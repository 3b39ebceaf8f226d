/* Any bytes as a key record, and what it holds as a key of either type. */
#include "fuzz.h"

#include "auth/dkim/key.h"
#include "auth/dkim/signature.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pubkey_limits limits = { 1024, 8192 };
	struct pool *pool = pool_new();
	struct dkim_sig sig = { .is_own_domain = true };
	struct dkim_key key;

	if (dkim_key_parse(pool, fuzz_slice(data, size), &key) == NULL) {
		FUZZ_CHECK(size <= DKIM_KEY_SIZE);
		FUZZ_CHECK(key.revoked == (key.p.n == 0));
		for (int type = 0; type < 2; type++) {
			struct pubkey *pubkey;
			struct outcome outcome;

			sig.type = type == 0 ? KEY_RSA : KEY_ED25519;
			outcome = dkim_key_fits(pool, &key, &sig, &limits, &pubkey);
			FUZZ_CHECK(
				(outcome.code == AUTH_NONE) == (outcome.reason == NULL));
			FUZZ_CHECK(outcome.code != AUTH_NONE ||
				   (pubkey_bits(pubkey) >= 256 &&
					   pubkey_bits(pubkey) <= limits.max_bits));
		}
	}
	pool_free(pool);
	return 0;
}
