#include "base/base.h"
#include "crypto/signer.h"

/* A reference, and whom it is given back to. */
struct held {
	struct keyref key;
	struct signer *signer;
};

static void
give_back(void *thing)
{
	const struct held *held = thing;

	held->signer->ops->close(held->signer, held->key.number);
}

enum key_fault
signer_open(struct signer *signer, const struct key_source *source, struct pool *pool,
	const struct keyref **key, const struct reason **why)
{
	struct held *held = pool_alloc(pool, sizeof(*held));
	enum key_fault fault;

	*key = NULL;
	held->signer = signer;
	fault = signer->ops->open(signer, source, pool, &held->key, why);
	if (fault != KEY_OPENED)
		return fault;
	pool_on_free(pool, give_back, held);
	*key = &held->key;
	return KEY_OPENED;
}

const struct keyref *
signer_hold(struct signer *signer, const struct keyref *key, struct pool *pool)
{
	struct held *held = pool_alloc(pool, sizeof(*held));

	signer->ops->hold(signer, key->number);
	held->key = *key;
	held->key.public = pool_slice(pool, key->public);
	held->signer = signer;
	pool_on_free(pool, give_back, held);
	return &held->key;
}

enum signer_algorithm
signer_algorithm(const struct keyref *key)
{
	return key->type == KEY_ED25519 ? SIGNER_ED25519_SHA256 : SIGNER_RSA_SHA256;
}

const char *
signer_sign(struct signer *signer, const struct signer_request *request,
	struct pool *pool, struct slice *signature)
{
	return signer->ops->sign(signer, request, pool, signature);
}
