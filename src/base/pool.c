/*
 * A chain of chunks, the newest first, each larger than the one before up to a limit.
 * What does not fit in the rest of the newest chunk starts a new one. Under
 * AddressSanitizer every allocation is a chunk of its own, so that a read beyond it is
 * seen.
 */
#include "base/base.h"
#include "base/pool.h"

#include "base/ascii.h"
#include "base/msg.h"

#include <stdalign.h>

#define CHUNK_FIRST 4096
#define CHUNK_LIMIT (256 * 1024)

#if defined(__SANITIZE_ADDRESS__)
#define CHUNK_EXACT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHUNK_EXACT 1
#endif
#endif
#ifndef CHUNK_EXACT
#define CHUNK_EXACT 0
#endif

struct chunk {
	struct chunk *next;
	size_t n;    /* bytes of data */
	size_t used; /* of these */
	alignas(max_align_t) char data[];
};

struct release {
	struct release *next;
	void (*call)(void *);
	void *thing;
};

struct pool {
	struct chunk *newest;
	struct release *releases;
	size_t size;
};

struct pool *
pool_new(void)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		panic("out of memory");
	return pool;
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	for (struct release *r = pool->releases; r != NULL; r = r->next)
		r->call(r->thing);
	for (struct chunk *c = pool->newest, *next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(pool);
}

/* A chunk with room for n bytes becomes the newest. */
static void
pool_add_chunk(struct pool *pool, size_t n)
{
	size_t want = pool->newest != NULL ? MIN(pool->newest->n * 2, CHUNK_LIMIT)
	                                   : CHUNK_FIRST;
	struct chunk *c;

	if (n > SIZE_MAX / 2)
		panic("a pool was asked for %zu bytes", n);
	if (CHUNK_EXACT || want < n)
		want = n;
	c = malloc(sizeof(*c) + want);
	if (c == NULL)
		panic("out of memory");
	*c = (struct chunk){ .next = pool->newest, .n = want };
	pool->newest = c;
	pool->size += sizeof(*c) + want;
}

void *
pool_alloc(struct pool *pool, size_t n)
{
	size_t align = alignof(max_align_t);
	struct chunk *c = pool->newest;
	size_t from = c != NULL ? (c->used + align - 1) / align * align : 0;

	if (CHUNK_EXACT || c == NULL || from > c->n || c->n - from < n) {
		pool_add_chunk(pool, n);
		c = pool->newest;
		from = 0;
	}
	c->used = from + n;
	return memset(c->data + from, 0, n);
}

void *
pool_array(struct pool *pool, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		panic("a pool was asked for %zu times %zu bytes", n, size);
	return pool_alloc(pool, n * size);
}

void *
pool_grow(struct pool *pool, void *old, size_t old_n, size_t n)
{
	struct chunk *c = pool->newest;
	void *new;

	if (!CHUNK_EXACT && old != NULL && n >= old_n && c != NULL &&
		(char *)old + old_n == c->data + c->used && c->n - c->used >= n - old_n) {
		memset(c->data + c->used, 0, n - old_n);
		c->used += n - old_n;
		return old;
	}
	new = pool_alloc(pool, n);
	if (old != NULL)
		memcpy(new, old, MIN(old_n, n));
	return new;
}

char *
pool_copy(struct pool *pool, struct slice s)
{
	char *p = pool_alloc(pool, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

char *
pool_strdup(struct pool *pool, const char *text)
{
	return pool_copy(pool, slice_of(text));
}

struct slice
pool_slice(struct pool *pool, struct slice s)
{
	return slice_make(pool_copy(pool, s), s.n);
}

struct slice
pool_lower(struct pool *pool, struct slice text)
{
	char *copy = pool_copy(pool, text);

	for (size_t i = 0; i < text.n; i++)
		copy[i] = ascii_lower(copy[i]);
	return slice_make(copy, text.n);
}

char *
pool_vprintf(struct pool *pool, const char *format, va_list args)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		panic("a text could not be formatted");
	p = pool_alloc(pool, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, format, args);
	return p;
}

char *
pool_show(struct pool *pool, struct slice text, size_t limit)
{
	size_t n = MIN(text.n, limit);
	char *shown = pool_copy(pool, slice_sub(text, 0, n));

	for (size_t i = 0; i < n; i++)
		if (ascii_is_ctl(shown[i]) || ascii_is_8bit(shown[i]))
			shown[i] = '?';
	return n == text.n ? shown : pool_printf(pool, "%s...", shown);
}

char *
pool_printf(struct pool *pool, const char *format, ...)
{
	va_list args;
	char *p;

	va_start(args, format);
	p = pool_vprintf(pool, format, args);
	va_end(args);
	return p;
}

void
pool_on_free(struct pool *pool, void (*call)(void *), void *thing)
{
	struct release *r = pool_alloc(pool, sizeof(*r));

	*r = (struct release){ pool->releases, call, thing };
	pool->releases = r;
}

size_t
pool_size(const struct pool *pool)
{
	return pool->size;
}
