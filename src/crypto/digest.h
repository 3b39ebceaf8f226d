/*
 * digest - SHA-256 of bytes that come in pieces
 *
 * Lives in a pool and goes with it.
 *
 * Standards: FIPS 180-4; RFC 6376 3.3, RFC 8301 3.1 (no other hash is valid any more)
 * Failure:   a complaint at the end, when the crypto library fails.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/base.h"
#include "base/pool.h"

#define DIGEST_SIZE 32

struct digest;

/* For a process whose threads may still end when it does: the crypto library is not taken
 * down under them. To be called before anything else of crypto. */
void digest_keep_library(void);

struct digest *digest_new(struct pool *);
void digest_feed(struct digest *, const void *p, size_t n);

/* Once, after the last byte. */
const char *digest_end(struct digest *, unsigned char result[DIGEST_SIZE]);

#endif
