/*
 * explain/bounce_catalogue - which reply of which receiver means what
 *
 * Two tables: causes (bounce_causes.c), with what a person needs to know and do, and
 * replies, the words by which a cause is recognised. A new reply of a receiver is one
 * more row.
 *
 * Failure: nothing.
 */
#ifndef TOOL_EXPLAIN_BOUNCE_CATALOGUE_H
#define TOOL_EXPLAIN_BOUNCE_CATALOGUE_H

#include "base/base.h"
#include "base/slice.h"

struct bounce_cause {
	const char *id;
	unsigned look;       /* enum check_look */
	const char *meaning; /* for people; to be translated */
	const char
		*remedies[5]; /* likewise; %d stands for the domain, %i for the address */
};

struct bounce_reply {
	const char *receiver; /* NULL: anybody's */
	const char *status;   /* "7.26": the part behind the class; NULL: any */
	const char *words[3]; /* all of them, in lower case */
	const char *cause;
};

/* The cause of a reply in lower case; NULL: unknown. Either of receiver and status may be
 * NULL. */
const struct bounce_cause *bounce_cause_find(
	const char *receiver, const char *status, struct slice reply);

/* For tests and documents. */
size_t bounce_reply_count(void);
const struct bounce_reply *bounce_reply_at(size_t i);
const struct bounce_cause *bounce_cause_named(const char *id);

#endif
