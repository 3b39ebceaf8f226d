/*
 * writers - who else could change a file of the configuration
 *
 * Whoever can write to the configuration or a table decides what is signed and what is
 * refused. That is for root and the service user alone.
 *
 * Failure: a complaint, which names the file, its owner and mode, and the command that
 *          mends it.
 */
#ifndef CONFIG_WRITERS_H
#define CONFIG_WRITERS_H

#include "base/base.h"
#include "base/pool.h"
#include "config/keyfile.h"

/* user_id: UserID, or NULL. NULL: nobody else, or the file cannot be looked at. */
const struct reason *writers_review(
	struct pool *, const char *path, const struct key_user *, const char *user_id);

#endif
