/*
 * explain/parts - the own words of a bounce, without what it carries
 *
 * Only what the mail server wrote itself can quote a reply: its text parts and the
 * delivery status. The header around them, the message that came back, pictures and
 * files say nothing about why. The text is often pasted in part, without the header that
 * names the boundaries: then parts are told by their Content-Type lines.
 *
 * Standards: RFC 2045, RFC 2046 5.1, RFC 3464
 * Failure:   nothing: what cannot be decoded is taken as it is.
 */
#ifndef TOOL_EXPLAIN_PARTS_H
#define TOOL_EXPLAIN_PARTS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct parts {
	struct slice words; /* of all text parts and the delivery status; LF ends lines */
	struct slice first; /* the first text part alone */
	struct slice page;  /* of the HTML parts, without the tags */
};

/* type and encoding: of the message around, or empty where there is no header. */
void parts_read(struct pool *, struct slice text, struct slice type,
	struct slice encoding, struct parts *);

/* The text with LF alone as the end of its lines, whatever it has; no NUL. */
struct slice parts_lines(struct pool *, struct slice text);

/* The value of a parameter of a Content-Type field, without quotes; empty: none. */
struct slice parts_parameter(struct slice type, const char *name);

#endif
