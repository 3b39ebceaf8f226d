/*
 * hidden - a field inside another, for readers that see a line end where we see none
 *
 * A mail server may hand on a carriage return without a line feed; some readers end a
 * line there, or at a vertical tab, a form feed or one of Unicode's separators. What
 * follows is a field of its own for them, and could be results in our name.
 *
 * Standards: RFC 5322 2.3, RFC 8601 5 (SMTP smuggling: CVE-2023-51764)
 * Failure:   nothing.
 */
#ifndef ENGINE_HIDDEN_H
#define ENGINE_HIDDEN_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "mail/authres_id.h"

/* Does the value of a field hide one that must not stand there: results that could pass
 * for ours, a mark of ours, another From? receiver: what our Received-SPF calls itself;
 * NULL: we write none. */
bool hidden_is_in(
	struct slice value, const struct authres_ids *ids, const char *receiver);

/* The value with blanks in the place of what ends a line for some. */
struct slice hidden_closed(struct pool *, struct slice value);

#endif
