/*
 * logline - the words of a log line, written and read back
 *
 * A line is `key=value` throughout, separated by one blank. A value stands bare when it
 * is made of [A-Za-z0-9._@+=/:-] and is not empty; else it is quoted, with \xHH for
 * control characters, `"`, `\` and bytes from 0x80 on. So nothing that comes from the
 * wire can begin a line, a key or a terminal's escape sequence. A longer value than
 * LOGLINE_VALUE_MAX bytes is cut there and ends in "...".
 *
 * Failure: a complaint for text that is not a log line.
 */
#ifndef ENGINE_LOGLINE_H
#define ENGINE_LOGLINE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/str.h"
#include "base/vec.h"

#define LOGLINE_VALUE_MAX 200

struct logline_word {
	const char *key;
	struct slice value; /* as it was before quoting (and after cutting) */
};

struct logline VEC_OF(struct logline_word);

/* Adds a word; the key is ours. */
void logline_add(struct str *, const char *key, struct slice value);
void logline_adds(struct str *, const char *key, const char *value);
void logline_addf(struct str *, const char *key, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Reads a line. */
const char *logline_parse(struct pool *, struct slice text, struct logline *);

/* The value of the first word with this key; false when there is none. */
bool logline_find(const struct logline *, const char *key, struct slice *value);

#endif
