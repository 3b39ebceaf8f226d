/*
 * surroundings - what a start needs beside its configuration
 *
 * The directories of the socket and of the pid file, and a port that nobody has: looked at
 * without opening or binding anything.
 *
 * Failure: problems, with the command that mends them. Notes where whoever starts the
 *          daemon may make the directory first.
 */
#ifndef MILTER_SURROUNDINGS_H
#define MILTER_SURROUNDINGS_H

#include "base/base.h"
#include "config/endpoint.h"
#include "config/problems.h"

struct surroundings {
	const struct endpoint *end;
	const char *pid_file; /* or NULL */
	const char *user_id;  /* or NULL */
	struct place socket_at, pid_at;
};

void surroundings_check(const struct surroundings *, struct problems *);

#endif
