/*
 * str - text being built
 *
 * Its memory comes from a pool (STR_POOL) and goes with it, or from the heap (STR_INIT)
 * and is given back by str_release. There is always a NUL after the last byte; n does
 * not count it.
 *
 * Failure: panic when memory runs out.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct str {
	char *p;
	size_t n, cap;
	struct pool *pool;
};

extern char str_nothing[1];

#define STR_INIT                        \
	{                               \
		str_nothing, 0, 0, NULL \
	}
#define STR_POOL(pool)                    \
	{                                 \
		str_nothing, 0, 0, (pool) \
	}

void str_release(struct str *);

void str_add(struct str *, const char *text);
void str_addc(struct str *, char c);
void str_addn(struct str *, const char *p, size_t n);
void str_add_slice(struct str *, struct slice);
void str_addf(struct str *, const char *format, ...) PRINTF_LIKE(2, 3);

/* Cuts the text to its first n bytes. */
void str_cut(struct str *, size_t n);

/* What was built so far; valid until the next change. */
struct slice str_slice(const struct str *);

#endif
