/*
 * A copy of the cursor is a place to come back to: a parser that may fail works on a
 * copy and assigns it when all was taken, and nothing has to be undone.
 */
#include "base/base.h"
#include "base/scan.h"

#include "base/ascii.h"

struct scan
scan_of(struct slice s)
{
	const char *p = s.p != NULL ? s.p : "";

	return (struct scan){ p, p + s.n };
}

bool
scan_is_end(const struct scan *s)
{
	return s->p == s->end;
}

int
scan_peek(const struct scan *s)
{
	return scan_is_end(s) ? -1 : (unsigned char)*s->p;
}

struct slice
scan_rest(const struct scan *s)
{
	return slice_make(s->p, (size_t)(s->end - s->p));
}

struct slice
scan_since(const struct scan *s, const char *from)
{
	return slice_make(from, (size_t)(s->p - from));
}

bool
scan_char(struct scan *s, char c)
{
	if (scan_is_end(s) || *s->p != c)
		return false;
	s->p++;
	return true;
}

bool
scan_text(struct scan *s, const char *text)
{
	if (!slice_starts(scan_rest(s), text))
		return false;
	s->p += strlen(text);
	return true;
}

bool
scan_casetext(struct scan *s, const char *text)
{
	size_t n = strlen(text);
	struct slice rest = scan_rest(s);

	if (rest.n < n || !slice_caseis(slice_sub(rest, 0, n), text))
		return false;
	s->p += n;
	return true;
}

bool
scan_span(struct scan *s, bool (*is_one)(char), struct slice *run)
{
	const char *from = s->p;

	scan_skip(s, is_one);
	*run = scan_since(s, from);
	return run->n > 0;
}

void
scan_skip(struct scan *s, bool (*is_one)(char))
{
	while (!scan_is_end(s) && is_one(*s->p))
		s->p++;
}

struct slice
scan_until(struct scan *s, char c)
{
	struct slice rest = scan_rest(s);
	ptrdiff_t at = slice_find(rest, c);

	s->p = at < 0 ? s->end : s->p + at;
	return scan_since(s, rest.p);
}

bool
scan_number(struct scan *s, uint64_t *number)
{
	uint64_t n = 0;
	struct slice digits;

	if (!scan_span(s, ascii_is_digit, &digits))
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		uint64_t digit = (uint64_t)(digits.p[i] - '0');

		n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
	}
	*number = n;
	return true;
}
