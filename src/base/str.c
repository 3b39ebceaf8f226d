/*
 * An empty str points to one byte that is never written, so that p is a C string from
 * the beginning and the many texts that stay empty cost no memory. The capacity
 * doubles; in a pool the text grows where it lies as long as nothing was taken after
 * it.
 */
#include "base/base.h"
#include "base/str.h"

#include "base/msg.h"

/* What an empty str points to. It is never written, since its capacity is 0. */
char str_nothing[1];

void
str_release(struct str *s)
{
	if (s->pool == NULL && s->cap > 0)
		free(s->p);
	*s = (struct str){ str_nothing, 0, 0, s->pool };
}

/* Room for n more bytes and the NUL. */
static void
str_room(struct str *s, size_t n)
{
	size_t cap = s->cap == 0 ? 64 : s->cap;
	char *old = s->cap == 0 ? NULL : s->p;

	if (n >= SIZE_MAX / 4 - s->n)
		panic("a text grew to %zu bytes", s->n);
	if (s->n + n < s->cap)
		return;
	while (cap <= s->n + n)
		cap *= 2;
	if (s->pool != NULL)
		s->p = pool_grow(s->pool, old, s->cap, cap);
	else if ((s->p = realloc(old, cap)) == NULL)
		panic("out of memory");
	s->cap = cap;
}

void
str_addn(struct str *s, const char *p, size_t n)
{
	str_room(s, n);
	if (n > 0)
		memcpy(s->p + s->n, p, n);
	s->n += n;
	s->p[s->n] = '\0';
}

void
str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void
str_addc(struct str *s, char c)
{
	str_addn(s, &c, 1);
}

void
str_add_slice(struct str *s, struct slice part)
{
	str_addn(s, part.p, part.n);
}

void
str_addf(struct str *s, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		panic("a text could not be formatted");
	str_room(s, (size_t)n);
	va_start(args, format);
	vsnprintf(s->p + s->n, (size_t)n + 1, format, args);
	va_end(args);
	s->n += (size_t)n;
}

void
str_cut(struct str *s, size_t n)
{
	if (n >= s->n)
		return;
	s->n = n;
	s->p[n] = '\0';
}

struct slice
str_slice(const struct str *s)
{
	return slice_make(s->p, s->n);
}
