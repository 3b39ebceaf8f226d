/*
 * dkim/bodyhash - the digests that one message body feeds
 *
 * Signatures often want the same digest. Each wishes for its own before the body begins;
 * equal wishes share one, and each canonical form is made once. Memory does not
 * grow with the body.
 *
 * Standards: RFC 6376 3.4.3, 3.4.4, 3.7
 * Failure:   panic for a wish after the first byte or a question before the end; a
 *            complaint when the crypto library fails.
 */
#ifndef AUTH_DKIM_BODYHASH_H
#define AUTH_DKIM_BODYHASH_H

#include "base/base.h"
#include "auth/dkim/canon.h"
#include "base/pool.h"
#include "crypto/digest.h"

#define BODYHASH_ALL UINT64_MAX

struct bodyhash;

struct bodyhash *bodyhash_new(struct pool *);

/* limit: how many bytes of the canonical form count (l=), or BODYHASH_ALL. Gives the
 * number by which to ask. */
size_t bodyhash_want(struct bodyhash *, enum canon_form, uint64_t limit);

/* False: no wish needs more of this body. More may be fed all the same. */
bool bodyhash_feed(struct bodyhash *, const char *p, size_t n);
void bodyhash_end(struct bodyhash *);

/* After the end. */
const char *bodyhash_digest(
	const struct bodyhash *, size_t wish, unsigned char digest[DIGEST_SIZE]);

/* How many bytes were hashed: below the limit when the body is shorter than that. */
uint64_t bodyhash_length(const struct bodyhash *, size_t wish);

/* RFC 6376 8.2: has the canonical body bytes after the limit, which are not signed? */
bool bodyhash_has_more(const struct bodyhash *, size_t wish);

#endif
