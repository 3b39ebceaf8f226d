/*
 * submission - what will break, or be refused later, in mail that goes out
 *
 * Nothing is changed or refused for it: the log line warns, so that the sender of the
 * broken mail can be told before a receiver refuses it. Of mail that comes in only those
 * bytes are told that two readers take for different lines.
 *
 * Standards: RFC 5322 2.1.1, 2.3, 3.6, RFC 6376 5.3, RFC 8058 2
 * Failure:   nothing.
 */
#ifndef ENGINE_SUBMISSION_H
#define ENGINE_SUBMISSION_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "mail/message.h"

#define LINE_MAX_BYTES 998

struct submission {
	size_t column; /* bytes in this line so far */
	bool cr;       /* the last byte was a CR */
	bool long_line, bare_cr, bare_lf, nul;
};

void submission_init(struct submission *);

/* The bytes as they will be sent: header fields one by one, then the body in chunks. */
void submission_header(struct submission *, struct slice name, struct slice value);
void submission_body(struct submission *, const char *p, size_t n);
void submission_end(struct submission *);

/* "bare-cr,bare-lf,nul", or NULL: of mail that comes in. */
const char *submission_line_ends(struct pool *, const struct submission *);

/* "long-lines,bare-lf,duplicate-subject", or NULL: nothing to warn of. */
const char *submission_warnings(
	struct pool *, const struct submission *, const struct message *);

#endif
