/*
 * explain/quote - a reply as somebody quotes it
 *
 * A reply reaches people folded, with its code on every line, behind the words of a mail
 * server, a log or a delivery status, in the middle of their own. Found is the reply
 * alone: where it begins, and where the next thing that is not the receiver's does.
 *
 * Standards: RFC 5321 4.2, RFC 3463 2, RFC 3464 2.3.6
 * Failure:   nothing: any bytes give a quote, or none.
 */
#ifndef TOOL_EXPLAIN_QUOTE_H
#define TOOL_EXPLAIN_QUOTE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct quote {
	const char *code;    /* "550", or NULL */
	const char *status;  /* "5.7.26", or NULL */
	struct slice reply;  /* in one line, without codes; empty: the code alone */
	struct slice before; /* of a reply whose code stands behind its words: these */
	size_t from;         /* where it begins in the text */
};

/* The text with one line for each thing said: folds are blanks, soft line ends of
 * quoted-printable are gone; what another host, program or person says begins a line. */
struct slice quote_lines(struct pool *, struct slice text);

/* The reply in such a text; false: there is no code in it. */
bool quote_find(struct pool *, struct slice lines, struct quote *);

#endif
