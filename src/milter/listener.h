/*
 * listener - the socket that the MTA connects to
 *
 * Its place is taken once, by the supervisor, and it outlives the workers: while one of
 * them is replaced, connections wait in its queue. The first worker that has read its
 * configuration begins to listen. A live socket of another process is never taken over;
 * what a dead process left behind is replaced.
 *
 * Failure: a complaint.
 */
#ifndef MILTER_LISTENER_H
#define MILTER_LISTENER_H

#include "base/base.h"
#include "base/pool.h"
#include "config/endpoint.h"

#include <sys/types.h>

#define LISTENER_BACKLOG 1024

/* Who shall own a local socket and who may use it. */
struct listener_access {
	mode_t umask;
	uid_t uid; /* (uid_t)-1: as it comes */
	gid_t gid; /* (gid_t)-1: as it comes */
};

/* Takes the place; connections are refused until a process listens. *fd is set
 * where there is no complaint. */
const char *listener_bind(
	struct pool *, const struct endpoint *, const struct listener_access *, int *fd);

/* Lets connections come and wait in line. */
const char *listener_listen(struct pool *, int fd);

/* Both. */
const char *listener_open(
	struct pool *, const struct endpoint *, const struct listener_access *, int *fd);

/* The address that the socket really has, for the log. */
const char *listener_name(struct pool *, int fd);

/* Gives the socket to libmilter, which must not have one yet. */
const char *listener_hand_over(struct pool *, int fd);

/* The same where libmilter does not know "fd:N" (the release of
 * sendmail.org does not). */
const char *listener_hand_over_by_place(struct pool *, int fd);

/* Connects to it, so that a thread that waits there looks up; the connection, or -1. */
int listener_call(int fd);

/* Removes a local socket's file, if it can be removed. */
void listener_remove(const struct endpoint *);

#endif
