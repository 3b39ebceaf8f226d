/*
 * pidfile - one daemon, and where to find it
 *
 * The file is locked as long as the daemon runs: its text may be stale, its lock cannot
 * be.
 *
 * Failure: a complaint.
 */
#ifndef MILTER_PIDFILE_H
#define MILTER_PIDFILE_H

#include "base/base.h"
#include "base/pool.h"

/* Takes the lock and writes our process id. *fd keeps the lock while it is open. */
const char *pidfile_take(struct pool *, const char *path, int *fd);

/* Removes the file, or empties it where the directory is not ours any more. */
void pidfile_drop(const char *path, int fd);

#endif
