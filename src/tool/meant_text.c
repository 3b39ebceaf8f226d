/*
 * A table of the characters that are seen in the place of others; wide letters and signs
 * stand in one row of Unicode, in the order of ASCII.
 */
#include "base/base.h"
#include "tool/meant_text.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"

/* In the place of what stands there. */
static const struct {
	const char *from, *to;
} characters[] = {
	{ "\"", "" },
	{ "\\", "" },
	{ "\xC2\xA0", " " },     /* a blank that does not break */
	{ "\xE3\x80\x80", " " }, /* a wide blank */
	{ "\xE2\x80\x8B", "" },  /* a blank without width */
	{ "\xEF\xBB\xBF", "" },  /* a byte order mark */
	{ "\xE3\x80\x81", "," }, /* an ideographic comma */
	{ "\xE3\x80\x9C", "~" }, /* a wave */
	{ "\xE2\x88\x92", "-" }, /* a minus */
	{ "\xE2\x80\x90", "-" }, /* hyphens and dashes */
	{ "\xE2\x80\x91", "-" },
	{ "\xE2\x80\x92", "-" },
	{ "\xE2\x80\x93", "-" },
	{ "\xE2\x80\x94", "-" },
	{ "\xE2\x80\x95", "-" },
	{ "\xE2\x80\x9C", "" }, /* quotation marks */
	{ "\xE2\x80\x9D", "" },
};

/* A wide letter, digit or sign (U+FF01 to U+FF5E) as the ASCII one; 0: it is none. */
static char
narrow(struct slice text)
{
	unsigned code;

	if (text.n < 3 || (unsigned char)text.p[0] != 0xEF)
		return 0;
	code = ((unsigned)text.p[1] & 0x3F) << 6 | ((unsigned)text.p[2] & 0x3F);
	/* The low twelve bits of U+FF01 and of U+FF5E. */
	return code >= 0xF01 && code <= 0xF5E ? (char)(code - 0xF01 + '!') : 0;
}

static void
add_character(struct str *out, struct scan *s)
{
	char c = narrow(scan_rest(s));

	for (size_t i = 0; i < ARRAY_LEN(characters); i++)
		if (scan_text(s, characters[i].from)) {
			str_add(out, characters[i].to);
			return;
		}
	if (c == 0)
		c = ascii_is_ctl(*s->p) ? ' ' : *s->p;
	str_addc(out, c);
	s->p += narrow(scan_rest(s)) != 0 ? 3 : 1;
}

struct slice
meant_text(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);
	struct scan s = scan_of(text);

	while (!scan_is_end(&s))
		add_character(&out, &s);
	return str_slice(&out);
}
