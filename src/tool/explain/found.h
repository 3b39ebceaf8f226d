/*
 * explain/found - what a receiver found, read for people
 *
 * Some receivers write Authentication-Results that are none by the standard: Microsoft's
 * have no identifier, and "action=" and "compauth=" in places where nothing may stand.
 * Nobody may trust such a field, but whoever asks why a message went astray wants to be
 * told what it says.
 *
 * Standards: RFC 8601 2.2, which these fields do not keep to
 * Failure:   nothing: what does not look like a result is passed over.
 */
#ifndef TOOL_EXPLAIN_FOUND_H
#define TOOL_EXPLAIN_FOUND_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct forward;

/* Adds the results of SPF, DKIM and DMARC that such a field names. */
void found_read(struct pool *, struct slice value, struct forward *);

#endif
