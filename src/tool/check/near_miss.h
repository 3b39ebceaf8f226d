/*
 * check/near_miss - TXT records that were meant to be there, and are not quite
 *
 * A record with a slip in its text, and one at a name that a form, or a person in one,
 * made of the right name.
 *
 * Failure: nothing.
 */
#ifndef TOOL_CHECK_NEAR_MISS_H
#define TOOL_CHECK_NEAR_MISS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct dns_answer;
struct subject;

enum near_miss_method { NEAR_MISS_SPF, NEAR_MISS_DKIM, NEAR_MISS_DMARC };

struct near_miss {
	const char *name; /* where it is */
	struct slice text;
	const char *hint; /* what to write in the form; for people */
};

/* The text of the answer that was meant to be a record of the method but is none; empty:
 * none looks like one. Not for DKIM, whose records need not look like anything. */
struct slice near_miss_attempt(
	struct pool *, enum near_miss_method, const struct dns_answer *);

/* Is the record of the domain at a wrong name? selector: for DKIM, else NULL. */
bool near_miss_find(const struct subject *, enum near_miss_method, const char *domain,
	const char *selector, struct near_miss *);

#endif
