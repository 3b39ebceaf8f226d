/*
 * author - whom the From field names, read once
 *
 * One From field with addresses of one domain has an author, and its first address stands
 * for it. Of anything else the author cannot be told, and `unclear` says why.
 *
 * Standards: RFC 5322 3.6.2, RFC 9989 4.7 (as auth/dmarc/check.h)
 * Failure:   an author without a domain.
 */
#ifndef ENGINE_AUTHOR_H
#define ENGINE_AUTHOR_H

#include "base/base.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/header.h"

/* Addresses of one From field that are looked at for ours; an author has fewer. */
#define AUTHOR_ADDRESSES_MAX 1000

struct author {
	const char *domain;        /* checked; NULL: it cannot be told */
	struct slice text;         /* "jiro@example.jp"; empty: it cannot be told */
	const struct reason *unclear; /* why it cannot; NULL: it can */
	struct address signed_for; /* whom a signature stands for: the first address, also
	                              of a field off the grammar that can mean one only;
	                              domain NULL: none */
};

/* from: every From field of the message. */
struct author author_read(struct pool *, const struct headers *from);

#endif
