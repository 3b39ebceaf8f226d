/*
 * signer - who holds the private keys
 *
 * The signing code hands over a key's number and a digest and gets a signature. Here the
 * keys lie in this process; a child process that alone holds them can take this place.
 *
 * Standards: RFC 6376 3.3.2, RFC 8463 3
 * Failure:   a complaint.
 */
#ifndef CRYPTO_SIGNER_H
#define CRYPTO_SIGNER_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct privkey;
struct signer;

struct signer_ops {
	const char *(*sign)(struct signer *, const struct privkey *,
		const unsigned char digest[32], struct pool *, struct slice *signature);
};

struct signer {
	const struct signer_ops *ops;
};

/* Signs the 32 bytes of a SHA-256 digest: PKCS#1 v1.5 for an RSA key, PureEdDSA over the
 * digest for Ed25519. */
const char *signer_sign(struct signer *, const struct privkey *,
	const unsigned char digest[32], struct pool *, struct slice *signature);

/* The signer that uses the key in this process; any number of threads may share it. */
struct signer *signer_local(struct pool *);

#endif
