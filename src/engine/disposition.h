/*
 * disposition - what is done with a message from outside, and by which rule
 *
 * Each recipient's rules are held against the summary of the checks; the severest that
 * applies is that recipient's action, and the mildest of the recipients' actions is the
 * message's. What the author's domain says of impersonation, and the On- options, hold
 * for all of them. Where a table has no answer on one of these, nobody knows what the
 * message may be, and it is deferred.
 *
 * Standards: RFC 7372 3, RFC 9989 5.4, 7.2, 7.4, 8
 * Failure:   nothing.
 */
#ifndef ENGINE_DISPOSITION_H
#define ENGINE_DISPOSITION_H

#include "base/base.h"
#include "base/words.h"
#include "engine/authors.h"
#include "engine/mail_object.h"
#include "engine/reply.h"
#include "engine/results.h"
#include "engine/summary.h"

struct disposition {
	struct reply reply;   /* the action, and what is told of it */
	struct words reasons; /* why it is not "accept": "spf-fail", "dmarc" */
	const char *where;    /* "keytable:12", the row that decided; NULL: none */
	bool is_mixed;        /* recipients differed, the mildest action was taken */
	const char *unread;   /* "keytable:12", which may say more of a policy that was
	                         asked   for and cannot be read; NULL: none */
	const struct reason
		*unavailable; /* which table has no answer, and why; or NULL */
};

/* authors: whom the message shows as its author (authors_of). */
struct disposition dispose(const struct mail_object *, const struct results *,
	const struct summary *, const struct authors *);

#endif
