/*
 * program - another program's answer: postconf's, curl's
 *
 * No shell stands between: each word is one argument, whatever it holds.
 *
 * Failure: a negative exit status.
 */
#ifndef TOOL_PROGRAM_H
#define TOOL_PROGRAM_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

/* The exit status of a program that was found in PATH; what it prints, up to 4 MiB, is
 * the output. argv ends with NULL. is_quiet: what it says on standard error is nobody's.
 * Negative: it was ended by a signal (-1), or could not be run (the negative errno). */
int program_run(
	struct pool *, const char *const argv[], bool is_quiet, struct slice *output);

/* Is there a program of this name in PATH? */
bool program_is_there(struct pool *, const char *name);

#endif
