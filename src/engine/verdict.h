/*
 * verdict - what the MTA is to do with a message
 *
 * The edits are in the order in which they must be played: changes, deletions from the
 * highest ordinal down, then insertions at index 0, the last one of which ends on top.
 *
 * Failure: nothing.
 */
#ifndef ENGINE_VERDICT_H
#define ENGINE_VERDICT_H

#include "base/base.h"
#include "base/slice.h"

enum action { ACTION_ACCEPT, ACTION_QUARANTINE, ACTION_REJECT, ACTION_TEMPFAIL };

enum edit_op {
	EDIT_CHANGE,     /* field `name`, instance `index`, gets `value` */
	EDIT_DELETE,     /* field `name`, instance `index` (1-based among that name) */
	EDIT_INSERT,     /* field `name` with `value` at place `index` (0 = top) */
	EDIT_QUARANTINE, /* into the MTA's hold queue, with reason `value` */
};

struct edit {
	enum edit_op op;
	int index;
	const char *name;
	struct slice value; /* folds as CRLF + WSP; begins with the space that follows the
	                       colon */
};

struct verdict {
	enum action action;
	char code[4], xcode[8]; /* "550", "5.7.26"; empty for accept and quarantine */
	const char *text; /* one line of printable ASCII, no "%" doubling yet; NULL for
	                     accept */
	const struct edit *edits;
	size_t nedits;
	const char *log; /* the log line of the message (key=value) */
};

const char *action_name(enum action);

#endif
