/*
 * keytable_inside - what a key table is made of
 *
 * For the two files that make one (keytable.c) and look things up (keytable_find.c).
 *
 * Failure:   nothing.
 */
#ifndef CONFIG_KEYTABLE_INSIDE_H
#define CONFIG_KEYTABLE_INSIDE_H

#include "base/base.h"
#include "base/map.h"
#include "base/pool.h"
#include "config/keytable.h"
#include "config/patterns.h"
#include "mail/address.h"

struct keytable {
	struct pool *pool;
	struct key_rows rows;
	struct map *names;         /* NAME -> struct key_row */
	struct patterns *patterns; /* of a refile:, NULL else */
	struct map *domains;       /* -> struct key_domain */
	struct domains guarded;
	struct live_table *live; /* which is asked instead, with nothing of the above; or
	                            NULL */
	struct keytable_params params; /* of its rows */
};

#endif
