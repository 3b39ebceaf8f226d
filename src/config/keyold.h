/*
 * keyold - what a row of the key table meant before
 *
 * Of the table that was in force until now: by NAME for the same domain, else by domain
 * and selector. What is given lies in the pool of the new one and shares the key.
 *
 * Failure: nothing; NULL where there was no such row, or it was out of service already.
 */
#ifndef CONFIG_KEYOLD_H
#define CONFIG_KEYOLD_H

#include "base/base.h"
#include "base/pool.h"
#include "config/keytable.h"

/* row: the one that cannot be used now. by_name: its NAME is its own. */
struct key_row *keyold_row(struct pool *, const struct keytable_params *,
	const struct key_row *row, bool by_name);

#endif
