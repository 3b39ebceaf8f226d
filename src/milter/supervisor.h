/*
 * supervisor - holds the socket, the pid file and the signals, and keeps a worker running
 *
 * HUP reads the configuration again; TERM and INT finish what was begun and stop, a
 * second one stops at once. A worker that ends is replaced at once; ever more slowly only
 * where it cannot get ready, and meanwhile connections are closed. One that does
 * not answer is killed, and so replaced.
 *
 * Failure: an exit status; what is wrong is logged.
 */
#ifndef MILTER_SUPERVISOR_H
#define MILTER_SUPERVISOR_H

#include "base/base.h"

struct setup;

/* Runs until it is told to stop; gives the exit status. ready_fd: gets one byte when the
 * first worker is ready; -1: no process waits. */
int supervisor_run(const struct setup *, int listen_fd, int ready_fd);

#endif
