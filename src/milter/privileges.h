/*
 * privileges - from root to the service user, with no way back
 *
 * Failure: a complaint.
 */
#ifndef MILTER_PRIVILEGES_H
#define MILTER_PRIVILEGES_H

#include "base/base.h"
#include "base/pool.h"

#include <sys/types.h>

struct identity {
	const char *name;
	uid_t uid;
	gid_t gid;
};

/* USER or USER:GROUP, each a name or a number. */
const char *identity_find(struct pool *, const char *text, struct identity *);

/* Becomes this user, with the user's groups. Where the process is not root it must be
 * this user already. */
const char *privileges_drop(struct pool *, const struct identity *);

#endif
