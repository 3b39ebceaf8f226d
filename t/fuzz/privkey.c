/* Any bytes as the text of a private key: one that is taken signs, and shows its public
 * half. */
#include "fuzz.h"

#include "crypto/privkey.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char digest[32] = { 1 };
	struct pool *pool = pool_new();
	struct privkey *key = NULL;
	struct slice public = SLICE_EMPTY, signature = SLICE_EMPTY;

	if (privkey_parse(fuzz_slice(data, size), &key) == NULL) {
		FUZZ_CHECK(privkey_type(key) == KEY_ED25519 ||
			   privkey_bits(key) >= PRIVKEY_MIN_BITS);
		FUZZ_CHECK(privkey_public(key, pool, &public) == NULL && public.n > 0);
		if (privkey_sign(key, digest, pool, &signature) == NULL)
			FUZZ_CHECK(signature.n > 0);
	}
	privkey_free(key);
	pool_free(pool);
	return 0;
}
