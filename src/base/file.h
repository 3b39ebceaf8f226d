/*
 * file - the whole of a small file
 *
 * Failure: a reason that names the file.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"

/* Its bytes, which lie in the pool. Never waits, as for a pipe: what is no regular file
 * cannot be read. */
const struct reason *file_read(struct pool *, const char *file, struct slice *text);

#endif
