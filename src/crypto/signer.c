#include "base/base.h"
#include "crypto/signer.h"

#include "crypto/privkey.h"

/* Hands the digest to the holder of the key. */
const char *
signer_sign(struct signer *signer, const struct privkey *key,
	const unsigned char digest[32], struct pool *pool, struct slice *signature)
{
	return signer->ops->sign(signer, key, digest, pool, signature);
}

static const char *
local_sign(struct signer *signer UNUSED, const struct privkey *key,
	const unsigned char digest[32], struct pool *pool, struct slice *signature)
{
	return privkey_sign(key, digest, pool, signature);
}

static const struct signer_ops local_ops = { local_sign };

/* The signer that needs no help. */
struct signer *
signer_local(struct pool *pool)
{
	struct signer *signer = pool_alloc(pool, sizeof(*signer));

	signer->ops = &local_ops;
	return signer;
}
