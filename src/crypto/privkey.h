/*
 * privkey - a private key that signs
 *
 * For a signer, which holds them for everybody else (signer.h), and for who makes a key.
 * Many threads use one at once; it is wiped when it is freed. Never asks anybody for a
 * passphrase.
 *
 * Standards: RFC 7468, RFC 5958, RFC 8017 A.1.2, RFC 8410, RFC 8301 3.2, RFC 8463 4
 * Failure:   a complaint, always a static text.
 */
#ifndef CRYPTO_PRIVKEY_H
#define CRYPTO_PRIVKEY_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "crypto/pubkey.h"

struct privkey;

#define PRIVKEY_MIN_BITS 1024 /* an RSA key with fewer is refused */
#define PRIVKEY_MAX_BITS 8192 /* verifiers take no larger one */

/* A key from the text of a file, or of a table row: PEM (PKCS#8, PKCS#1), or the same
 * DER in base64 without the PEM lines. The text is the caller's to wipe. */
const char *privkey_parse(struct slice text, struct privkey **key);

/* A new key. bits: of an RSA key; not looked at for Ed25519. */
const char *privkey_generate(enum key_type, int bits, struct privkey **key);

/* Wipes and frees; NULL is fine. */
void privkey_free(struct privkey *);

enum key_type privkey_type(const struct privkey *);
int privkey_bits(const struct privkey *);

/* What belongs after p= of its DNS record: base64 of the SubjectPublicKeyInfo (RSA) or
 * of the raw 32 bytes (Ed25519). */
const char *privkey_public(const struct privkey *, struct pool *, struct slice *base64);

/* Writes it as unencrypted PKCS#8 PEM. errno tells why when writing failed. */
const char *privkey_write(const struct privkey *, int fd);

/* Signs a digest. */
const char *privkey_sign(const struct privkey *, const unsigned char digest[32],
	struct pool *, struct slice *signature);

#endif
