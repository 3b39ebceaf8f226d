/*
 * keyattr - the attributes of a row of the key table
 *
 * One table row each: its name, its values, where it goes. Adding one is adding a row.
 *
 * Failure: a reason.
 */
#ifndef CONFIG_KEYATTR_H
#define CONFIG_KEYATTR_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "config/keytable.h"

/* Is this the name of an attribute? */
bool keyattr_is_known(struct slice name);

/* Does it have the form NAME=VALUE, whatever the name? */
bool keyattr_looks_like(struct slice token);

/* Sets one from "NAME=VALUE", whose name is known. After a complaint the row is marked
 * with what it may say and cannot be read. */
const struct reason *keyattr_parse(struct pool *, struct slice token, struct key_row *);

/* The names of all, for complaints. */
const char *keyattr_names(struct pool *);

#endif
