/*
 * encoded - what a text says once its encoded words are read
 *
 * For one purpose: to see an address where a reader would show one. Encoded words are
 * decoded wherever they stand, closed or not, and the bytes are looked at in each way
 * that a reader may take them, whatever charset was named: the Latin letters, digits and
 * marks of the wide rows of the East Asian sets come out as ASCII, what shows nothing
 * goes. What is not a letter of any domain may come out as anything. No library converts
 * here: a sender chooses the charset.
 *
 * Standards: RFC 2047, RFC 2231 5, RFC 2152 (UTF-7), RFC 1468 (ISO-2022-JP)
 * Failure:   nothing.
 */
#ifndef MAIL_ENCODED_H
#define MAIL_ENCODED_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

struct readings VEC_OF(struct slice);

/* Every way to read the text, each distinct one once; the first is the text itself as
 * UTF-8. */
void encoded_readings(struct pool *, struct slice text, struct readings *);

#endif
