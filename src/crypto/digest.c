/*
 * EVP_sha256() makes the library look the algorithm up again at each start. That costs
 * less than a microsecond (t/bench/dkim), a thousandth of one RSA signature, and spares a
 * global variable with a lock of its own.
 */
#include "base/base.h"
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

struct digest {
	EVP_MD_CTX *ctx;
	bool is_closed; /* ended, or the library failed */
};

/* Fails only where nothing else of it will work either. */
void
digest_keep_library(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

static void
digest_release(void *thing)
{
	struct digest *digest = thing;

	EVP_MD_CTX_free(digest->ctx);
}

/* A digest of nothing yet. */
struct digest *
digest_new(struct pool *pool)
{
	struct digest *digest = pool_alloc(pool, sizeof(*digest));

	digest->ctx = EVP_MD_CTX_new();
	digest->is_closed = digest->ctx == NULL ||
	                    EVP_DigestInit_ex(digest->ctx, EVP_sha256(), NULL) != 1;
	pool_on_free(pool, digest_release, digest);
	return digest;
}

/* Takes the next bytes. */
void
digest_feed(struct digest *digest, const void *p, size_t n)
{
	if (n != 0 && !digest->is_closed && EVP_DigestUpdate(digest->ctx, p, n) != 1)
		digest->is_closed = true;
}

/* The result. */
const char *
digest_end(struct digest *digest, unsigned char result[DIGEST_SIZE])
{
	memset(result, 0, DIGEST_SIZE);
	if (!digest->is_closed && EVP_DigestFinal_ex(digest->ctx, result, NULL) == 1) {
		digest->is_closed = true;
		return NULL;
	}
	ERR_clear_error();
	return N_("the crypto library cannot compute SHA-256");
}
