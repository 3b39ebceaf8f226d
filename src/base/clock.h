/*
 * clock - the two clocks
 *
 * Only the edges of the program read them: the daemon, the tool and the live DNS. All
 * else is given the time.
 *
 * Failure: nothing.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/base.h"

/* Seconds since 1970, UTC. */
int64_t clock_unix(void);

/* Milliseconds of a clock that never goes back; for deadlines. */
int64_t clock_monotonic_ms(void);

#endif
