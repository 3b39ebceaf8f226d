/*
 * header - one header field as it was sent
 *
 * The bytes are never changed: the value begins right after the colon (a leading space
 * is part of it), folds inside it are CRLF + WSP, the CRLF at its end is not part of it.
 *
 * Standards: RFC 5322 2.2, 4.5.8 (blanks before the colon)
 * Failure:   nothing.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "base/base.h"
#include "base/slice.h"
#include "base/vec.h"

struct header {
	struct slice name, value;
};

/* Fields in the message's order; the fields themselves do not move. */
struct headers VEC_OF(const struct header *);

/* The name without the blanks that an obsolete field may have around it. */
struct slice header_name(const struct header *);

/* Is this its name, in any ASCII case? */
bool header_is(const struct header *, const char *name);

/* The first field of this name, from the top; NULL: there is none. */
const struct header *headers_find(const struct headers *, const char *name);

/* How many fields have this name. */
size_t headers_count(const struct headers *, const char *name);

/* The i-th name of a field that may stand once (RFC 5322 3.6, RFC 2045, RFC 2369, RFC
 * 8058); NULL: there are no more. */
const char *header_singleton(size_t i);

#endif
