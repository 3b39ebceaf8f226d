/*
 * paths - relative paths of a configuration, from BaseDirectory on
 *
 * OpenDKIM goes to BaseDirectory before it opens anything, so that every path of its file
 * may be relative to it. We never change the directory: each such path is made whole.
 *
 * Failure: nothing.
 */
#ifndef CONFIG_PATHS_H
#define CONFIG_PATHS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "config/options.h"

/* A relative path, seen from a directory (NULL: from where we are); another as it is. */
const char *path_within(struct pool *, const char *directory, struct slice path);

/* Makes the paths of all options whole. KeyFile is a path however it begins: without
 * BaseDirectory "keys/x.pem" becomes "./keys/x.pem". */
void paths_resolve(struct pool *, struct options *);

#endif
