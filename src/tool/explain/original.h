/*
 * explain/original - the message that a bounce is about
 *
 * Bounces carry it, or its header alone, as their last part; a delivered message is its
 * own original. What the bounce says itself is kept apart from what it carries (parts).
 *
 * Standards: RFC 3462, RFC 3464, RFC 3834 5, RFC 5321 6.1
 * Failure:   nothing: what is not found is empty.
 */
#ifndef TOOL_EXPLAIN_ORIGINAL_H
#define TOOL_EXPLAIN_ORIGINAL_H

#include "base/base.h"
#include "base/pool.h"
#include "mail/header.h"

struct original {
	bool is_bounce; /* the text is a bounce, or no message at all */
	bool is_notice; /* it says itself that mail could not be delivered */
	bool is_whole;  /* the body is there as well */
	struct slice
		outer; /* what may quote a reply: a bounce's own words, or the body */
	struct slice first; /* the first text part of it */
	struct slice page;  /* the same of its HTML parts, without tags; may be empty */
	struct headers fields; /* of the original; none: it is not there */
	struct slice body;
	struct slice final;     /* the recipient that the bounce names; may be empty */
	struct slice reporting; /* the host that reports; may be empty */
	struct slice sender;    /* MAIL FROM of the original; may be empty */
	struct slice first_recipient; /* to whom it was sent at first; may be empty */
};

void original_read(struct pool *, struct slice text, struct original *);

#endif
