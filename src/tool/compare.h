/*
 * compare - what `sekimori compare` counts
 *
 * Sums differences up, as engine/shadow words them: by kind, by domain, with a few
 * examples of each kind.
 *
 * Failure: nothing.
 */
#ifndef TOOL_COMPARE_H
#define TOOL_COMPARE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

#define COMPARE_EXAMPLES 3 /* of each kind */

struct map;

struct compare_example {
	const char *kind, *domain, *text, *id;
};

struct compare {
	struct pool *pool;
	size_t messages;             /* that were compared */
	size_t differing;            /* of them */
	struct map *kinds, *domains; /* name to size_t */
	VEC(struct compare_example) examples;
};

void compare_init(struct compare *, struct pool *);

/* Counts one difference. id: what the message is found by. */
void compare_add(struct compare *, struct slice difference, struct slice id);

/* A line of a log, with anything before our own words. Counts it when it is of a message
 * in Mode shadow. */
void compare_line(struct compare *, struct slice line);

/* Takes the next message of an mbox: what stands between two lines that begin with
 * "From ", the first of them at the text's beginning or behind an empty line. False at
 * the end. */
bool compare_mail(struct slice *text, struct slice *mail);

#endif
