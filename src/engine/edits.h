/*
 * edits - what is to be changed in a message, in the order in which it must be done
 *
 * Changes of a value come first, then deletions from the highest ordinal down, then
 * insertions at the top. Callers keep that order: some MTAs close the gaps after a
 * deletion, so that later numbers change, and some do not.
 *
 * Failure: nothing.
 */
#ifndef ENGINE_EDITS_H
#define ENGINE_EDITS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "engine/verdict.h"

struct edits VEC_OF(struct edit);

/* The field `name`, the ordinal-th of its name from 1 on, gets another value. */
void edits_change(
	struct edits *, struct pool *, const char *name, int ordinal, struct slice value);

/* The same is deleted. */
void edits_delete(struct edits *, struct pool *, const char *name, int ordinal);

/* A field on top of the message; value: with the space that follows the colon. The last
 * one ends as the topmost. */
void edits_insert(struct edits *, struct pool *, const char *name, struct slice value);

/* Into the hold queue of the MTA. */
void edits_hold(struct edits *, struct pool *, struct slice why);

#endif
