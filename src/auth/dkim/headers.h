/*
 * dkim/headers - the digest over the signed header fields
 *
 * The fields of a message are sorted by name once; then each signature picks from them in
 * time that depends on its own h= alone.
 *
 * Standards: RFC 6376 3.7, 5.4.2
 * Failure:   a complaint when the crypto library fails.
 */
#ifndef AUTH_DKIM_HEADERS_H
#define AUTH_DKIM_HEADERS_H

#include "base/base.h"
#include "auth/dkim/canon.h"
#include "base/pool.h"
#include "crypto/digest.h"
#include "mail/header.h"

struct hdrhash;

struct hdrhash *hdrhash_new(struct pool *, const struct headers *all);

/* How many fields of this name the message has. */
size_t hdrhash_count(const struct hdrhash *, struct slice name);

struct hdrhash_wish {
	enum canon_form form;
	const struct slice *names; /* h=, in its order */
	size_t nnames;
	const struct header *signature; /* the DKIM-Signature; never counts as one of the
	                                   message's fields */
	struct slice b; /* the part of its value that b= holds, to be left out */
};

const char *hdrhash_digest(
	struct hdrhash *, const struct hdrhash_wish *, unsigned char digest[DIGEST_SIZE]);

#endif
