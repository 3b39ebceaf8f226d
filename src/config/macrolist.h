/*
 * macrolist - OpenDKIM's MacroList, as far as MTA says the same
 *
 * There a message is ours when a macro of the MTA has one of the values that are listed
 * (`daemon_name=SUBMIT|SMTPS`), or any value when none is. Here two macros count: the
 * daemon's name, as with MTA, and those of a login, which always make a message ours.
 *
 * Failure: problems, for a macro that has no meaning here.
 */
#ifndef CONFIG_MACROLIST_H
#define CONFIG_MACROLIST_H

#include "base/base.h"
#include "base/pool.h"
#include "base/words.h"
#include "config/problems.h"
#include "config/table.h"

/* Adds the names of daemons to `mta`. */
void macrolist_read(
	struct pool *, const struct table *, struct words *mta, struct problems *);

#endif
