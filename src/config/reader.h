/*
 * reader - the grammar of sekimori.conf
 *
 * One `Name value` a line; `#` cuts the line wherever it stands, a carriage return too;
 * names in any case of letters. `Include FILE` reads another file in its place. Grammar
 * and names are OpenDKIM's, so its file can be read as it is.
 *
 * Failure: problems.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "config/options.h"
#include "config/problems.h"

/* Files inside files inside files: so deep, no deeper. */
#define READER_DEPTH 8

/* The options of a file, the others at their defaults; no table and no key is read. */
void options_read(struct pool *, const char *file, struct options *, struct problems *);

/* Sets what the file says over what *options holds. */
void reader_file(struct pool *, const char *file, struct options *, struct problems *);

/* The same for a text. name: what its complaints call it. */
void reader_text(struct pool *, struct slice text, const char *name, struct options *,
	struct problems *);

#endif
