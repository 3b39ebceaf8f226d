/*
 * patterns - texts with `*` in them, tried from the top
 *
 * `*` stands for any run of bytes, the rest for itself in any case of letters. What
 * stands before the first `*` or behind the last one finds a pattern by hashing; only
 * those that share it with many are tried one after the other, so that a table of 100,000
 * rows costs no scan.
 *
 * Failure: nothing.
 */
#ifndef CONFIG_PATTERNS_H
#define CONFIG_PATTERNS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct patterns;

/* Byte for byte; who wants case folded folds both first.
 * Never goes back over the text. */
bool pattern_match(struct slice pattern, struct slice text);

struct patterns *patterns_new(struct pool *);
void patterns_add(struct patterns *, struct slice pattern, const void *thing);
size_t patterns_count(const struct patterns *);

/* How many of them may be tried one after the other. */
size_t patterns_slow(const struct patterns *);

/* The things whose patterns match the text (in lower case), in the order of adding, one a
 * call: *from is 0 at first and moves on. NULL: no further one. */
const void *patterns_next(const struct patterns *, struct slice text, size_t *from);

#endif
