/*
 * utf8 - characters of internationalised mail
 *
 * Standards: RFC 3629 (no surrogates, nothing overlong), RFC 6532
 * Failure:   nothing.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/base.h"
#include "base/scan.h"
#include "base/slice.h"

/* Takes one character, ASCII included; false where the bytes are none. */
bool utf8_take(struct scan *);

/* Is all of it UTF-8? */
bool utf8_is_valid(struct slice);

#endif
