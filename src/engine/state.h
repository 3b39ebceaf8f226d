/*
 * state - what the engine's own files know of a message under way
 *
 * Nobody outside engine/ includes this.
 *
 * Failure: nothing.
 */
#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "config/policy.h"
#include "engine/cleanse.h"
#include "engine/meter.h"
#include "engine/results.h"
#include "engine/route.h"
#include "engine/services.h"
#include "engine/submission.h"
#include "engine/verdict.h"
#include "mail/address.h"
#include "mail/authres_id.h"
#include "mail/message.h"

struct bodyhash;
struct inbound;
struct outbound;

struct session {
	struct pool *pool;
	const struct policy *policy;
	const struct services *services;
	struct ip client;
	const char *client_name; /* NULL: unknown */
	const char *mta_name;    /* NULL: unknown */
	bool is_postfix;         /* it said so */
	struct slice helo;       /* of the latest HELO or EHLO */
};

struct recipient {
	struct slice text; /* as it was given */
	struct address address;
	struct rules rules; /* what holds for its domain */
};

struct txn {
	struct pool *pool;
	const struct session *session;
	const struct policy *policy;
	const struct services *services;
	struct meter meter; /* its dns is the one to ask */
	int64_t now;

	bool has_mail_from;     /* false: there is no envelope */
	struct slice mail_from; /* without angle brackets; empty: the null sender */
	const char *auth_user;  /* NULL: not known */
	VEC(struct recipient) recipients;

	struct message message;
	bool header_done;
	struct authres_ids ids; /* whose Authentication-Results are ours */
	struct cleanse *cleanse;
	struct submission submission;
	struct bodyhash *bodyhash;
	struct inbound *inbound;   /* NULL: not verified */
	struct outbound *outbound; /* NULL: not to be signed */

	struct slice author_text; /* the first address of From; empty: cannot be read */
	const char *author; /* the checked domain of From; NULL: it cannot be told */
	struct results results;
	VEC(struct edit) edits;
	struct verdict verdict;
	VEC(const struct signing *) signed_by; /* the rows whose signatures were made */
	bool shadow;       /* Mode shadow: decide, and leave the message alone */
	const char *where; /* the row that decided, NULL: none */
	bool mixed;        /* recipients differed, the mildest action was taken */
	const char *note;  /* for the log, or NULL */
};

/* The id that our field bears. */
const char *txn_authserv_id(const struct txn *);

/* Adds a field on top of the message. */
void txn_insert(struct txn *, const char *name, struct slice value);

/* Refuses or defers the message. text: any bytes, made fit for a reply here. */
void txn_refuse(
	struct txn *, enum action, const char *code, const char *xcode, const char *text);

#endif
