/*
 * explain/bounce_catalogue - which reply of which receiver means what
 *
 * Causes are in bounce_causes.c, with what a person needs to know and do; the words by
 * which a cause is recognised in the file `replies` (tool/table_file.h), a row a reply.
 *
 * Failure: complaints on standard error; the other rows count.
 */
#ifndef TOOL_EXPLAIN_BOUNCE_CATALOGUE_H
#define TOOL_EXPLAIN_BOUNCE_CATALOGUE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "base/words.h"
#include "tool/table_file.h"

struct bounce_cause {
	const char *id;
	unsigned look;       /* enum check_look */
	const char *meaning; /* for people; to be translated */
	/* Likewise; %d stands for the domain, %i for the address. */
	const char *remedies[5];
};

struct bounce_reply {
	const char *receiver; /* NULL: anybody's */
	const char *status;   /* "7.26": the part behind the class; NULL: any */
	struct words words;   /* all of them, in lower case */
	const struct bounce_cause *cause;
};

struct bounce_replies VEC_OF(struct bounce_reply);

/* The rows of a table, and those of the file. Complaints are in the table, or go to
 * standard error. */
void bounce_replies_add(struct bounce_replies *, struct table_file *);
const struct bounce_replies *bounce_replies_read(struct pool *);

/* The cause of a reply in lower case; NULL: unknown. Either of receiver and status may be
 * NULL. */
const struct bounce_cause *bounce_cause_find(const struct bounce_replies *,
	const char *receiver, const char *status, struct slice reply);

const struct bounce_cause *bounce_cause_named(const char *id);

#endif
