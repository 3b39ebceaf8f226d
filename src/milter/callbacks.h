/*
 * callbacks - what libmilter calls, turned into calls of the engine
 *
 * The wire's quirks end here: the space after the colon, LF in folds, macros that come
 * late or not at all, clients without an address, several messages per connection, an
 * abort anywhere.
 *
 * Failure: a reply to the MTA.
 */
#ifndef MILTER_CALLBACKS_H
#define MILTER_CALLBACKS_H

#include "base/base.h"

/* Makes them known to libmilter. idle: seconds that a mail server may be silent. */
const char *callbacks_register(int64_t idle);

#endif
