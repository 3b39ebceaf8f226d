/*
 * keyref - a private key, as everybody sees it but its signer
 *
 * A number that the signer knows it by, and what may be known of it: the public half
 * among it. Whoever has one can have something signed, and cannot read the key.
 *
 * Standards: RFC 6376 3.6.1 (p=), RFC 8301 3.2, RFC 8463 4
 * Failure:   nothing.
 */
#ifndef CRYPTO_KEYREF_H
#define CRYPTO_KEYREF_H

#include "base/base.h"
#include "base/slice.h"
#include "crypto/pubkey.h"

#define KEYREF_GOOD_BITS 2048 /* an RSA key with fewer deserves a warning */

struct keyref {
	uint64_t number; /* the signer's; it is never another key's later */
	enum key_type type;
	int bits;
	struct slice public; /* what belongs behind p= of its record, in base64 */
};

/* Is it an RSA key below KEYREF_GOOD_BITS? */
static inline bool
keyref_is_weak(const struct keyref *key)
{
	return key->type == KEY_RSA && key->bits < KEYREF_GOOD_BITS;
}

#endif
