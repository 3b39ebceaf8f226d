/*
 * testimony - what fields of ours say of the author of a message that comes back
 *
 * A message from outside gets an Authentication-Results field of ours. Handed back by a
 * filter on this host it looks like mail of this host, and must not be signed when it
 * was only pretending to be ours. So a field of ours speaks against an author when it
 * names the author's domain (header.from) without dmarc=pass, or when it names no
 * author. It does not speak against another author: a mailing list or a ticket system
 * that writes its own From has made a new message. A field that tells of a login and
 * nothing else says nothing; one that cannot be read names no author.
 *
 * Only fields that bear our id are asked. Others say nothing.
 *
 * Standards: RFC 8601 2.3, 2.7.7, 5; RFC 9989 9.1
 * Failure:   nothing.
 */
#ifndef ENGINE_TESTIMONY_H
#define ENGINE_TESTIMONY_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "mail/address.h"

struct testimony {
	bool nobody; /* a field of ours names no author */
	struct domains against;
};

/* Reads the value of a field of ours. */
void testimony_add(struct testimony *, struct pool *, struct slice value);

/* Why mail of an author with this domain is not ours, or NULL. domain: NULL where nobody
 * can tell the author, against whom then every field speaks that is not for all. */
const struct reason *testimony_against(
	const struct testimony *, struct pool *, const char *domain);

#endif
