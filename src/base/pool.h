/*
 * pool - memory that is released all at once
 *
 * What a message needs comes from the message's pool and goes with it; nothing in between
 * is freed. A function that allocates takes the pool as an argument, so a signature
 * tells. One pool belongs to one thread at a time.
 *
 * Failure: panic when memory runs out. No function returns NULL.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/base.h"
#include "base/slice.h"

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *);

/* n bytes, set to zero, aligned for any type. n == 0 gives a pointer that may not be
 * read. */
void *pool_alloc(struct pool *, size_t n);

/* n times size bytes; panics where the product overflows. */
void *pool_array(struct pool *, size_t n, size_t size);

/* A new block with the old one's first old_n bytes; in place where the old one was the
 * last. */
void *pool_grow(struct pool *, void *old, size_t old_n, size_t n);

/* A NUL-terminated copy. A NUL inside stays where it is. */
char *pool_copy(struct pool *, struct slice);
char *pool_strdup(struct pool *, const char *text);

/* A copy as a slice (NUL-terminated behind its end as well). */
struct slice pool_slice(struct pool *, struct slice);

/* The same in small letters (ASCII). NUL-terminated. */
struct slice pool_lower(struct pool *, struct slice);

/* A copy that a log and a terminal can take: every byte that is not printable ASCII is a
 * '?', and "..." follows where the text is longer than limit. */
char *pool_show(struct pool *, struct slice, size_t limit);

char *pool_printf(struct pool *, const char *format, ...) PRINTF_LIKE(2, 3);
char *pool_vprintf(struct pool *, const char *format, va_list) PRINTF_LIKE(2, 0);

/* Calls release(thing) when the pool is freed, the latest registered first. */
void pool_on_free(struct pool *, void (*release)(void *), void *thing);

/* How many bytes the pool has taken from the system. */
size_t pool_size(const struct pool *);

#endif
