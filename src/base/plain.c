/*
 * One rule and two ways to it: a text at a time, and a stream, where a character may come
 * in two pieces. The streams of stdio are replaced, and not each call of printf: so no
 * command can forget it, and neither can getopt.
 */
#include "base/base.h"
#include "base/plain.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/utf8.h"

#define CHAR_MAX_BYTES 4

/* Characters that are not simply shown, beside ASCII's controls. */
static const struct {
	uint32_t first, last;
} acting[] = {
	{ 0x80, 0x9f },
	{ 0x61c, 0x61c },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2066, 0x2069 },
	{ 0xfdd0, 0xfdef },
	{ 0xfff9, 0xfffb },
	{ 0xe0000, 0xe007f },
};

static bool
is_shown(struct slice c)
{
	uint32_t code;

	if (c.n == 1)
		return !ascii_is_ctl(*c.p);
	code = (unsigned char)*c.p & 0x7fU >> c.n;
	for (size_t i = 1; i < c.n; i++)
		code = code << 6 | ((unsigned char)c.p[i] & 0x3f);
	for (size_t i = 0; i < ARRAY_LEN(acting); i++)
		if (code >= acting[i].first && code <= acting[i].last)
			return false;
	return true;
}

/* Takes one character, or one byte that is none. */
static struct slice
take(struct scan *s)
{
	const char *from = s->p;

	if (!utf8_take(s)) {
		s->p++;
		return SLICE_LIT("\x7f");
	}
	return scan_since(s, from);
}

void
plain_add(struct str *out, struct slice text)
{
	struct scan s = scan_of(text);

	while (!scan_is_end(&s)) {
		struct slice c = take(&s);

		if (is_shown(c))
			str_add_slice(out, c);
		else
			str_addc(out, '?');
	}
}

const char *
plain_line(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);

	plain_add(&out, text);
	return out.p;
}

void
plain_make(char *text)
{
	struct scan s = scan_of(slice_of(text));
	char *to = text;

	while (!scan_is_end(&s)) {
		struct slice c = take(&s);

		if (is_shown(c)) {
			memmove(to, c.p, c.n);
			to += c.n;
		} else {
			*to++ = '?';
		}
	}
	*to = '\0';
}

/* A stream of ours: where its text goes, and a character that has begun. */
struct outlet {
	int fd;
	size_t n;
	char part[CHAR_MAX_BYTES];
};

static bool
write_all(int fd, struct slice text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno != EINTR)
			return false;
		text = slice_from(text, n > 0 ? (size_t)n : 0);
	}
	return true;
}

/* Is this the beginning of a character that more bytes may end? */
static bool
is_begun(struct slice rest)
{
	unsigned char c = (unsigned char)*rest.p;
	size_t wanted = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;

	return c < 0xf5 && rest.n < wanted;
}

/* Passes on what is whole; `all`: nothing follows. */
static bool
pass(struct outlet *o, struct slice text, bool all)
{
	struct str in = STR_INIT, out = STR_INIT;
	struct scan s;
	bool good;

	str_addn(&in, o->part, o->n);
	str_add_slice(&in, text);
	s = scan_of(str_slice(&in));
	while (!scan_is_end(&s) && (all || !is_begun(scan_rest(&s)))) {
		struct slice c = take(&s);

		if (is_shown(c) || *c.p == '\n' || *c.p == '\t')
			str_add_slice(&out, c);
		else
			str_addc(&out, '?');
	}
	o->n = scan_rest(&s).n;
	memcpy(o->part, s.p, o->n);
	good = write_all(o->fd, str_slice(&out));
	str_release(&in);
	str_release(&out);
	return good;
}

static ssize_t
on_write(void *cookie, const char *p, size_t n)
{
	return pass(cookie, slice_make(p, n), false) ? (ssize_t)n : 0;
}

static int
on_close(void *cookie)
{
	return pass(cookie, SLICE_EMPTY, true) ? 0 : -1;
}

/* NULL: there is no memory, and nothing can be said any more. */
static FILE *
stream_new(struct outlet *o, int fd, int buffering)
{
	cookie_io_functions_t calls = { .write = on_write, .close = on_close };
	FILE *file;

	o->fd = fd;
	file = fopencookie(o, "w", calls);
	if (file == NULL)
		abort();
	setvbuf(file, NULL, buffering, BUFSIZ);
	return file;
}

void
plain_streams(void)
{
	/* As long-lived as the streams themselves. */
	static struct outlet outlets[2];

	fflush(NULL);
	stdout = stream_new(
		&outlets[0], STDOUT_FILENO, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
	stderr = stream_new(&outlets[1], STDERR_FILENO, _IONBF);
}

void
plain_bypass(const char *p, size_t n)
{
	fflush(stdout);
	(void)!write_all(STDOUT_FILENO, slice_make(p, n));
}
