/*
 * scan - a cursor over bytes, for parsers
 *
 * Each function moves the cursor past what it took and says whether it took it; on false
 * the cursor has not moved. Nothing is allocated, nothing is read past the end.
 *
 * Failure: nothing.
 */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include "base/base.h"
#include "base/slice.h"

struct scan {
	const char *p, *end;
};

struct scan scan_of(struct slice);

bool scan_is_end(const struct scan *);

/* The next byte as 0..255, or -1 at the end. Does not move. */
int scan_peek(const struct scan *);

/* What has not been taken yet. */
struct slice scan_rest(const struct scan *);

/* What lies between an earlier position and the cursor. */
struct slice scan_since(const struct scan *, const char *from);

/* Takes this byte, these bytes, these bytes in any ASCII case. */
bool scan_char(struct scan *, char c);
bool scan_text(struct scan *, const char *text);
bool scan_casetext(struct scan *, const char *text);

/* Takes the longest run of bytes for which is_one() holds; false when there is none. */
bool scan_span(struct scan *, bool (*is_one)(char), struct slice *run);

/* Skips such a run, which may be empty. */
void scan_skip(struct scan *, bool (*is_one)(char));

/* Takes everything up to (not including) the byte c, or up to the end; may be empty, but
 * still says where it is. */
struct slice scan_until(struct scan *, char c);

/* Takes decimal digits as a number. False, unmoved, without a digit; a number that does
 * not fit gives UINT64_MAX. */
bool scan_number(struct scan *, uint64_t *number);

#endif
