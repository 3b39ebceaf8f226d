/*
 * progress - a line on a terminal while the DNS is slow
 *
 * After a second without an end, a line on standard error says what is being asked and
 * for how long; it is wiped when the work is done. Where standard error is no terminal
 * there is never a line.
 *
 * Failure: nothing; without a thread there is no line.
 */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include "base/base.h"

struct progress;

/* NULL: there will be no line; the other functions take that. */
struct progress *progress_new(void);

/* What is being done from now on; the text stays the caller's and must live on. */
void progress_step(struct progress *, const char *what);
void progress_free(struct progress *);

#endif
