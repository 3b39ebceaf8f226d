/*
 * signer - who holds the private keys
 *
 * It opens a key and gives a reference; the signing code hands over that reference's
 * number and a digest, and gets a signature. Nobody else has a private half. Here the
 * keys lie in this process; a process that alone holds them can take this place, and its
 * answers can fail to come.
 *
 * References are counted: each lasts as long as the pool that it was opened or held in,
 * and a key is wiped when the last one is gone. Any number of threads may share a signer.
 *
 * Standards: RFC 6376 3.3.2, RFC 8463 3
 * Failure:   a complaint; panic for a reference that was given back, and without memory.
 */
#ifndef CRYPTO_SIGNER_H
#define CRYPTO_SIGNER_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "crypto/keyref.h"

struct signer;

/* Where a key is. */
struct key_source {
	const char *path;  /* a file; NULL: `text` is it */
	struct slice text; /* PEM, or DER in base64; memory that is ours, and is wiped */
};

/* What came of opening one. */
enum key_fault {
	KEY_OPENED,
	KEY_UNREADABLE, /* the file */
	KEY_UNUSABLE,   /* it has been read, and is no key that signs */
};

enum signer_algorithm { SIGNER_RSA_SHA256, SIGNER_ED25519_SHA256 };

struct signer_request {
	uint64_t number; /* of the key */
	enum signer_algorithm algorithm;
	unsigned char digest[32]; /* SHA-256 */
};

struct signer_ops {
	/* Fills in the reference, whose public half lies in the pool; counts it. */
	enum key_fault (*open)(struct signer *, const struct key_source *, struct pool *,
		struct keyref *, const struct reason **why);
	/* One reference more; one less. */
	void (*hold)(struct signer *, uint64_t number);
	void (*close)(struct signer *, uint64_t number);
	const char *(*sign)(struct signer *, const struct signer_request *, struct pool *,
		struct slice *signature);
};

struct signer {
	const struct signer_ops *ops;
};

/* *key: the reference, as long as the pool. Else *why says why there is none, and *key is
 * NULL. */
enum key_fault signer_open(struct signer *, const struct key_source *, struct pool *,
	const struct keyref **key, const struct reason **why);

/* The same key once more, as long as the pool: for who outlives its first owner. */
const struct keyref *signer_hold(struct signer *, const struct keyref *, struct pool *);

/* What a signature of this key's type is asked for. */
enum signer_algorithm signer_algorithm(const struct keyref *);

/* Signs a digest: PKCS#1 v1.5 for an RSA key, PureEdDSA over the digest for Ed25519. A
 * complaint: no signature, for this reason. */
const char *signer_sign(struct signer *, const struct signer_request *, struct pool *,
	struct slice *signature);

/* The signer that has the keys in this process. It lasts as long as the pool, and as the
 * last of its references. */
struct signer *signer_local(struct pool *);

#endif
