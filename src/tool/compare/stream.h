/*
 * compare/stream - a file of any size, seen through a window
 *
 * The window begins where the last drop ended and grows as far as its user looks ahead,
 * so a file may be larger than memory, and a pipe does as well. Pointers into the window
 * hold until the next look or drop.
 *
 * Failure: a complaint (for people) when the file cannot be opened or is compressed; a
 *          file that cannot be read to its end ends early, with `error` set.
 */
#ifndef TOOL_COMPARE_STREAM_H
#define TOOL_COMPARE_STREAM_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/str.h"

#define STREAM_LINE_MAX (1 << 20)

struct stream {
	FILE *in;
	struct str bytes; /* what was read; up to `from` it is dropped */
	size_t from;
	bool is_end;
	int error; /* errno, or 0 */
};

/* file: NULL and "-" are standard input. After a complaint there is nothing to close. */
const char *stream_open(struct stream *, struct pool *, const char *file);
void stream_close(struct stream *);

/* The window, with at least n bytes as far as there are so many. */
struct slice stream_look(struct stream *, size_t n);

/* The line at this place of the window, with its LF. One that is longer than
 * STREAM_LINE_MAX comes in parts. False: the file ends here. */
bool stream_line(struct stream *, size_t at, struct slice *line);

/* The window begins n bytes later. */
void stream_drop(struct stream *, size_t n);

#endif
