/*
 * Searching goes by memchr and memmem, which the C library does faster than a loop of
 * ours; folding case by hand knows ASCII alone, since strncasecmp asks the locale and
 * ends at a NUL. A result that is a part of the argument keeps its pointer, so that a
 * caller can tell where it stands.
 */
#include "base/base.h"
#include "base/slice.h"

#include "base/ascii.h"

struct slice
slice_of(const char *text)
{
	return (struct slice){ text, text != NULL ? strlen(text) : 0 };
}

struct slice
slice_make(const char *p, size_t n)
{
	return (struct slice){ p, n };
}

bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
slice_is(struct slice a, const char *text)
{
	return slice_eq(a, slice_of(text));
}

bool
slice_caseeq(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool
slice_caseis(struct slice a, const char *text)
{
	return slice_caseeq(a, slice_of(text));
}

bool
slice_is_ascii(struct slice a)
{
	for (size_t i = 0; i < a.n; i++)
		if (ascii_is_8bit(a.p[i]))
			return false;
	return true;
}

bool
slice_starts(struct slice a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && slice_eq(slice_make(a.p, n), slice_make(prefix, n));
}

bool
slice_ends(struct slice a, const char *suffix)
{
	size_t n = strlen(suffix);

	return a.n >= n && slice_eq(slice_from(a, a.n - n), slice_make(suffix, n));
}

struct slice
slice_sub(struct slice a, size_t from, size_t n)
{
	if (from >= a.n)
		return SLICE_EMPTY;
	return slice_make(a.p + from, MIN(n, a.n - from));
}

struct slice
slice_from(struct slice a, size_t from)
{
	return slice_sub(a, from, SIZE_MAX);
}

struct slice
slice_trim(struct slice a)
{
	while (a.n > 0 && ascii_is_space(a.p[0]))
		a = slice_make(a.p + 1, a.n - 1);
	while (a.n > 0 && ascii_is_space(a.p[a.n - 1]))
		a.n--;
	return a;
}

ptrdiff_t
slice_find(struct slice a, char c)
{
	const char *at = a.n > 0 ? memchr(a.p, c, a.n) : NULL;

	return at != NULL ? at - a.p : -1;
}

ptrdiff_t
slice_rfind(struct slice a, char c)
{
	for (size_t i = a.n; i > 0; i--)
		if (a.p[i - 1] == c)
			return (ptrdiff_t)(i - 1);
	return -1;
}

ptrdiff_t
slice_search(struct slice a, const char *text)
{
	size_t n = strlen(text);
	const char *at;

	if (n == 0 || a.n < n)
		return n == 0 ? 0 : -1;
	at = memmem(a.p, a.n, text, n);
	return at != NULL ? at - a.p : -1;
}

bool
slice_cut(struct slice a, char c, struct slice *head, struct slice *tail)
{
	ptrdiff_t at = slice_find(a, c);

	*head = at < 0 ? a : slice_make(a.p, (size_t)at);
	*tail = at < 0 ? SLICE_EMPTY : slice_from(a, (size_t)at + 1);
	return at >= 0;
}

bool
slice_next(struct slice *rest, char c, struct slice *part)
{
	if (rest->n == 0)
		return false;
	slice_cut(*rest, c, part, rest);
	return true;
}

int
slice_compare(struct slice a, struct slice b)
{
	size_t n = MIN(a.n, b.n);
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}
