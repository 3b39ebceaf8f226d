/*
 * base64 - bytes as text and back
 *
 * Standards: RFC 4648 4; for DKIM, folding white space is skipped first (RFC 6376 2.10)
 * Failure:   a complaint for text that is not base64.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/str.h"

void base64_print(struct str *, const void *bytes, size_t n);

/* White space is skipped; padding is required, nothing may follow it, unused bits must be
 * 0. */
const char *base64_parse(struct pool *, struct slice text, struct slice *bytes);

#endif
