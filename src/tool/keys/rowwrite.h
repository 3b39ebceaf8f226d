/*
 * keys/rowwrite - tables written anew beside the old ones, tried, and put in their places
 *
 * Failure: tool_fail has been called; the exit status is given back, and the old tables
 * are as they were.
 */
#ifndef TOOL_KEYS_ROWWRITE_H
#define TOOL_KEYS_ROWWRITE_H

#include "base/base.h"
#include "base/slice.h"

struct keytable_append;

/* A table of which a new text lies beside the old one. r NULL: it stays. */
struct change {
	struct keytable_append *r;
	char *path;
};

/* Whoever changes the tables does it alone: a descriptor to close afterwards, or -1. */
int rowwrite_lock(const struct keytable_append *);

/* Writes the new text beside the table. */
int rowwrite_prepare(struct change *, struct keytable_append *, struct slice text);

/* Has the loader try both, and puts them in their places in this order. */
int rowwrite_commit(
	const struct change *key, const struct change *signing, struct change *order[2]);

#endif
