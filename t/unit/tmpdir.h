/*
 * tmpdir - a directory for one test, with files in it
 *
 * Failure: panic when the system does not let us.
 */
#ifndef UNIT_TMPDIR_H
#define UNIT_TMPDIR_H

#include "base/base.h"
#include "base/pool.h"

/* A new directory below $TMPDIR or /tmp, removed with all that is in it when the pool is
 * freed. */
const char *tmpdir_new(struct pool *);

/* Writes a file there (folders on the way are made) and gives its whole path. Every @DIR@
 * in the text becomes the directory. */
const char *tmpdir_write(struct pool *, const char *dir, const char *name, unsigned mode,
	const char *text);

/* Writes a new private key there, mode 0600: "rsa", "ed25519". */
const char *tmpdir_key(
	struct pool *, const char *dir, const char *name, const char *type, int bits);

#endif
