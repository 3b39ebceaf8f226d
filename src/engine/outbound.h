/*
 * outbound - signs a message that goes out
 *
 * One signature for each row of the key table that the author's address leads to, RSA
 * first. That a message is not signed is always a decision with a reason; that it should
 * be and cannot be defers it: nothing that should be signed leaves unsigned. Nor does
 * what a table has no answer on: it is deferred, whatever On-SignatureError says.
 *
 * Standards: RFC 6376 5, RFC 8301, RFC 8463
 * Failure:   a decision, or a result, with a reply that defers or refuses.
 */
#ifndef ENGINE_OUTBOUND_H
#define ENGINE_OUTBOUND_H

#include "base/base.h"
#include "engine/edits.h"
#include "engine/mail_object.h"
#include "engine/reply.h"
#include "engine/results.h"
#include "engine/testimony.h"

struct bodyhash;
struct outbound;
struct signer;

enum signing_choice {
	SIGNING_SKIP,   /* it leaves as it is, for a reason */
	SIGNING_SIGN,   /* by the plan */
	SIGNING_DEFER,  /* it should be signed and cannot be, or nobody knows */
	SIGNING_REFUSE, /* the same where On-SignatureError, On-LargeHeaders say so */
};

struct signing_decision {
	enum signing_choice choice;
	const struct reason *why;  /* not SIGN: why not; NULL: as is expected */
	const struct reason *note; /* for the log: a key that is there, a row that is left
	                              out */
	bool is_error;      /* On-SignatureError decided: a reason in the log */
	bool is_unknown;    /* DEFER: a table has no answer, which is another */
	struct reply reply; /* DEFER, REFUSE */
	struct signing_plan plan; /* SIGN */
};

/* The header is whole, and the message goes out. testimony: what our own earlier results
 * in it say of its author. */
struct signing_decision outbound_decide(
	const struct mail_object *, const struct testimony *);

/* The note on mail from outside whose author has a key here: most often a client of ours
 * that InternalHosts forgets, and its owner wonders why nothing is signed. */
struct signing_decision outbound_decide_outside(const struct mail_object *);

/* Begins the signatures of a plan: wishes for body hashes. A complaint: why none can be
 * made, and *result is NULL. The plan must outlive it. */
const struct reason *outbound_begin(const struct mail_object *,
	const struct signing_plan *, struct bodyhash *, struct outbound **result);

struct signings VEC_OF(const struct signing *);

/* What came of a plan. */
struct signed_mail {
	struct slices fields; /* values of DKIM-Signature, the first one on top */
	struct signings rows; /* theirs, in that order */
	const char *where;    /* the row that decided */
	const struct reason *why; /* no field: why not */
	const struct reason
		*note; /* for the log, in the place of the decision's; or NULL */
	bool is_error; /* On-SignatureError decided, and `reply` says what is told */
	struct reply reply;
};

/* The body is whole: makes the signatures. All of them or none: a message with half of
 * them has another fate than its author was promised. */
struct signed_mail outbound_end(struct outbound *, struct signer *);

/* The fields as edits: old ones go first where RemoveOldSignatures says so (RFC 6376
 * 5.6), then ours come on top. */
void outbound_edits(
	const struct mail_object *, const struct signed_mail *, struct edits *);

#endif
