/*
 * txn - one message in, one verdict out
 *
 * All that the milter adaptor, the tool and a fuzzer need, with session.h. A txn is one
 * message of a session. Every function copies what it is given.
 *
 * Failure: a verdict; nothing else can fail.
 */
#ifndef ENGINE_TXN_H
#define ENGINE_TXN_H

#include "base/base.h"
#include "base/slice.h"
#include "engine/session.h"
#include "engine/verdict.h"

struct txn;

struct envelope {
	struct slice mail_from;  /* with or without angle brackets; p == NULL: there is no
	                            envelope, so that identity is not checked */
	const char *auth_user;   /* {auth_authen}; NULL: not authenticated */
	const char *auth_type;   /* {auth_type}; NULL or "": not authenticated */
	const char *daemon_name; /* {daemon_name}; NULL: not known */
	bool hidden;             /* a remote client whose address the MTA does not know */
	bool verify; /* by the tool: verify it for any client and in any Mode */
};

struct txn *txn_begin(struct session *, const struct envelope *);

/* NULL: the recipient is welcome. Otherwise how to refuse just this one (`Recipients
 * split`). */
const struct verdict *txn_rcpt(struct txn *, struct slice rcpt_to);

/* value: the bytes after the colon, folds as CRLF + WSP. */
void txn_header(struct txn *, struct slice name, struct slice value);

/* The header ends, once: unsaid, with the first byte of the body or with the end. */
void txn_eoh(struct txn *);

/* Body bytes with CRLF line ends, in chunks of any size. False: no digest, and no check
 * of lines, needs more. */
bool txn_body(struct txn *, const char *p, size_t n);

/* The verdict lives until txn_free. queue_id: for the log; NULL: unknown. */
const struct verdict *txn_end(struct txn *, const char *queue_id);
void txn_free(struct txn *);

#endif
