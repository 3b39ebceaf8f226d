/*
 * The body machine holds back what may turn out not to count: line ends (empty lines at
 * the end of a body are dropped), a CR (only with LF is it a line end), and in the
 * relaxed form white space (dropped before a line end). Any other byte releases them,
 * in this order: line ends, white space, CR. A CR in hand always follows the white
 * space.
 *
 * Relaxed text leaves in small pieces, a word and a blank, and one call of a digest for
 * each would cost more than hashing: they are gathered in a buffer.
 */
#include "base/base.h"
#include "auth/dkim/canon.h"

#include "base/ascii.h"
#include "base/names.h"
#include "mail/header.h"

static const struct name_code form_names[] = {
	{ "simple", CANON_SIMPLE },
	{ "relaxed", CANON_RELAXED },
};

/* The word of c=. */
const char *
canon_name(enum canon_form form)
{
	return code_name(form_names, ARRAY_LEN(form_names), (int)form);
}

/* The form that a word of c= means; false for one that we do not know. */
bool
canon_parse(struct slice word, enum canon_form *form)
{
	int code;

	if (!name_code(form_names, ARRAY_LEN(form_names), word, &code))
		return false;
	*form = (enum canon_form)code;
	return true;
}

static void
put(const struct canon_sink *sink, const char *p, size_t n)
{
	if (n != 0)
		sink->put(sink->arg, p, n);
}

/* The name of a field in small letters. */
static void
put_lower(const struct canon_sink *sink, struct slice name)
{
	char buf[64];
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		buf[n++] = ascii_lower(name.p[i]);
		if (n == sizeof(buf)) {
			put(sink, buf, n);
			n = 0;
		}
	}
	put(sink, buf, n);
}

/* How many bytes at p are folding white space: blanks, and CRLFs that a blank follows. */
static size_t
fold_length(const char *p, const char *end)
{
	const char *at = p;

	for (;;) {
		if (at < end && ascii_is_wsp(*at))
			at++;
		else if (end - at >= 3 && at[0] == '\r' && at[1] == '\n' &&
			 ascii_is_wsp(at[2]))
			at += 3;
		else
			return (size_t)(at - p);
	}
}

/* RFC 6376 3.4.2: folds are undone, runs of white space become one space, and those
 * around the colon and at the end vanish. */
static void
put_relaxed(const struct canon_sink *sink, struct slice value)
{
	const char *p = value.p, *end = p + value.n;

	/* Some callers pass the CRLF that ends the field: white space at the end. */
	if (value.n >= 2 && end[-2] == '\r' && end[-1] == '\n')
		end -= 2;
	p += fold_length(p, end);
	while (p < end) {
		const char *word = p;
		size_t blanks = 0;

		while (p < end && (blanks = fold_length(p, end)) == 0)
			p++;
		put(sink, word, (size_t)(p - word));
		p += blanks;
		if (p < end)
			put(sink, " ", 1);
	}
}

/* One field in its canonical form. */
void
canon_header(
	enum canon_form form, const struct header *field, const struct canon_sink *sink)
{
	switch (form) {
	case CANON_SIMPLE:
		put(sink, field->name.p, field->name.n);
		put(sink, ":", 1);
		put(sink, field->value.p, field->value.n);
		break;
	case CANON_RELAXED:
		put_lower(sink, header_name(field));
		put(sink, ":", 1);
		put_relaxed(sink, field->value);
		break;
	}
}

void
canon_body_init(struct canon_body *c, enum canon_form form, struct canon_sink sink)
{
	memset(c, 0, offsetof(struct canon_body, out));
	c->form = form;
	c->sink = sink;
}

static void
flush(struct canon_body *c)
{
	put(&c->sink, c->out, c->n);
	c->n = 0;
}

static void
gather(struct canon_body *c, char byte)
{
	if (c->n == sizeof(c->out))
		flush(c);
	c->out[c->n++] = byte;
}

/* Text follows: what was held back counts. */
static void
set_free(struct canon_body *c)
{
	for (; c->ends > 0; c->ends--) {
		gather(c, '\r');
		gather(c, '\n');
	}
	if (c->blank)
		gather(c, ' ');
	if (c->cr)
		gather(c, '\r');
	c->blank = c->cr = false;
	c->any = true;
}

/* A run of bytes that mean nothing to the machine; a long one is not copied. */
static void
pass_on(struct canon_body *c, const char *p, size_t n)
{
	if (n > sizeof(c->out) - c->n)
		flush(c);
	if (n > sizeof(c->out)) {
		put(&c->sink, p, n);
		return;
	}
	memcpy(c->out + c->n, p, n);
	c->n += n;
}

/* The end of the run of plain bytes that begins at p. */
static const char *
plain_end(const struct canon_body *c, const char *p, const char *end)
{
	const char *cr;

	if (c->form == CANON_SIMPLE) {
		cr = memchr(p, '\r', (size_t)(end - p));
		return cr == NULL ? end : cr;
	}
	while (p < end && *p != '\r' && *p != '\t') {
		/* One space between words stays as it is; most text is that. */
		if (*p == ' ' && (end - p < 2 || p[1] == '\r' || ascii_is_wsp(p[1])))
			break;
		p++;
	}
	return p;
}

/* A byte that a CR precedes. */
static bool
end_line(struct canon_body *c, char byte)
{
	if (byte != '\n')
		return false;
	c->cr = c->blank = false;
	c->ends++;
	return true;
}

/* Takes the next bytes of the body. */
void
canon_body_feed(struct canon_body *c, const char *p, size_t n)
{
	const char *end = p + n, *run;

	while (p < end) {
		if (c->cr && end_line(c, *p)) {
			p++;
		} else if (*p == '\r') {
			if (c->cr)
				set_free(c);
			c->cr = true;
			p++;
		} else if (c->form == CANON_RELAXED && ascii_is_wsp(*p)) {
			if (c->cr)
				set_free(c);
			c->blank = true;
			p++;
		} else {
			set_free(c);
			run = plain_end(c, p, end);
			pass_on(c, p, (size_t)(run - p));
			p = run;
		}
	}
}

/* RFC 6376 3.4.3, 3.4.4: an empty body is one line end in the simple form, and nothing in
 * the relaxed one. A body with text ends in CRLF in both forms: a CR as its last byte is
 * text, not half a line end. */
void
canon_body_end(struct canon_body *c)
{
	if (c->cr)
		set_free(c);
	if (c->any || c->form == CANON_SIMPLE) {
		gather(c, '\r');
		gather(c, '\n');
	}
	flush(c);
}
