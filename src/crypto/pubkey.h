/*
 * pubkey - a public key that came from DNS
 *
 * Its bytes are an attacker's: the numbers in them are measured here, by our own reading
 * of the DER, before the crypto library sees them.
 *
 * Standards: RFC 6376 3.6.1, RFC 8017 A.1.1, RFC 8301 3.2, RFC 8463 4.2,
 *            RFC 8032 5.1.3
 * Failure:   a fault; a complaint when the crypto library fails.
 */
#ifndef CRYPTO_PUBKEY_H
#define CRYPTO_PUBKEY_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

enum key_type {
	KEY_RSA,
	KEY_ED25519,
};

enum pubkey_fault {
	PUBKEY_GOOD,
	PUBKEY_BAD,       /* not a key of this type, or an Ed25519 one of small order */
	PUBKEY_TOO_SMALL, /* fewer bits than are safe */
	PUBKEY_TOO_LARGE, /* more bits than we are ready to compute with */
	PUBKEY_EXPONENT,  /* even, below 3 or beyond 2^32 */
};

/* For RSA; an Ed25519 key has one size. */
struct pubkey_limits {
	int min_bits, max_bits;
};

struct pubkey;

/* "rsa", "ed25519" */
const char *key_type_name(enum key_type);

/* RSA: SubjectPublicKeyInfo or RSAPublicKey, in DER; Ed25519: the 32 bytes themselves.
 * *key is set in any case; of a faulty key only its bits may be asked (0 when BAD). */
enum pubkey_fault pubkey_parse(struct pool *, enum key_type, struct slice bytes,
	const struct pubkey_limits *, struct pubkey **key);

int pubkey_bits(const struct pubkey *);

/* Is this the signature of the digest? PKCS#1 v1.5 or PureEdDSA over the 32 bytes. The
 * complaint is of the crypto library; a signature that is wrong is no complaint. */
const char *pubkey_verify(const struct pubkey *, const unsigned char digest[32],
	struct slice signature, bool *is_good);

#endif
