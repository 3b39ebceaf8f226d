/*
 * pidfile - one daemon, and where to find it
 *
 * The file is locked as long as the daemon runs: its text may be stale, its lock cannot
 * be. Nothing that the daemon keeps can change the text.
 *
 * Failure: a complaint.
 */
#ifndef MILTER_PIDFILE_H
#define MILTER_PIDFILE_H

#include "base/base.h"
#include "base/pool.h"

/* Takes the lock and writes our process id. *fd, which can only read, keeps the lock as
 * long as a process has it open. */
const char *pidfile_take(struct pool *, const char *path, int *fd);

/* Removes the file, where the directory is still ours to change. */
void pidfile_drop(const char *path, int fd);

#endif
