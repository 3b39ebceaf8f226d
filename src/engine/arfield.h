/*
 * arfield - the results as one Authentication-Results field
 *
 * The order is that of the checks' own standing: login, SPF, DKIM (one result a
 * signature), DMARC, iprev. A reason goes with what did not pass, in our own words. When
 * all of it would be too long for OpenDMARC, which reads a kilobyte or nothing, the field
 * says less, step by step: no reasons, and of a signature domain and selector; only the
 * signatures that passed; only what DMARC rests on. A field that it cannot read even then
 * gives it no pass.
 *
 * Standards: RFC 8601 2.2, 2.7; AR-6, AR-7, DKV-36, DM-32, SPF-38, S7, S36
 * Failure:   nothing.
 */
#ifndef ENGINE_ARFIELD_H
#define ENGINE_ARFIELD_H

#include "base/base.h"
#include "base/slice.h"

struct txn;

/* The value with the blank that follows the colon. Notes it in the results as well. */
struct slice arfield_print(struct txn *, const char *queue_id);

#endif
