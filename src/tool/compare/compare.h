/*
 * compare/compare - what `sekimori compare` counts
 *
 * Sums differences up, as engine/shadow words them: by kind, by domain, with a few
 * examples of each kind; and apart from them what could not be compared, and why.
 *
 * Failure: nothing.
 */
#ifndef TOOL_COMPARE_COMPARE_H
#define TOOL_COMPARE_COMPARE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

#define COMPARE_EXAMPLES 3 /* of each kind */

struct map;

/* One difference, of a log line or of a message at hand. */
struct compare_difference {
	struct slice kind, about; /* "key", "example.jp/s1"; "-" where it is not known */
	const char *text;
};

struct compare_differences VEC_OF(struct compare_difference);

struct compare_example {
	const char *kind, *domain, *text, *id;
};

struct compare {
	struct pool *pool;
	const char *program;         /* the daemon's name in a log */
	size_t messages;             /* that were compared */
	size_t differing;            /* of them: not only in words */
	size_t undated;              /* of them: judged as of now */
	size_t cut;                  /* of them: their line is not whole */
	struct map *kinds, *domains; /* name to size_t */
	struct map *skipped;         /* why it was not compared to size_t */
	struct map *unpublished;     /* "example.jp/s1" to size_t */
	VEC(struct compare_example) examples;
};

void compare_init(struct compare *, struct pool *, const char *program);

/* Counts one message with its differences. id: what it is found by. */
void compare_message(
	struct compare *, const struct compare_differences *, struct slice id);

/* Counts one that was not compared. */
void compare_skip(struct compare *, const char *why);

/* Counts a key that is not published any more: "example.jp/s1". */
void compare_unpublished(struct compare *, struct slice key);

/* A line of a log, with or without what syslog puts before a message, or an object of
 * journalctl's JSON. Counts it when it is of a message in Mode shadow. */
void compare_line(struct compare *, struct slice line);

#endif
