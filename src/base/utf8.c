#include "base/base.h"
#include "base/utf8.h"

#include "base/ascii.h"

/* The forms of RFC 3629 4: first byte, then the range of the second; later ones are
 * 80..BF. */
static const struct form {
	unsigned char first_low, first_high, second_low, second_high;
	int more; /* bytes after the first */
} forms[] = {
	{ 0xC2, 0xDF, 0x80, 0xBF, 1 },
	{ 0xE0, 0xE0, 0xA0, 0xBF, 2 },
	{ 0xE1, 0xEC, 0x80, 0xBF, 2 },
	{ 0xED, 0xED, 0x80, 0x9F, 2 },
	{ 0xEE, 0xEF, 0x80, 0xBF, 2 },
	{ 0xF0, 0xF0, 0x90, 0xBF, 3 },
	{ 0xF1, 0xF3, 0x80, 0xBF, 3 },
	{ 0xF4, 0xF4, 0x80, 0x8F, 3 },
};

static bool
fits(const struct form *form, const unsigned char *p, ptrdiff_t n)
{
	if (n <= form->more || p[0] < form->first_low || p[0] > form->first_high ||
		p[1] < form->second_low || p[1] > form->second_high)
		return false;
	for (int i = 2; i <= form->more; i++)
		if (p[i] < 0x80 || p[i] > 0xBF)
			return false;
	return true;
}

bool
utf8_take(struct scan *s)
{
	if (scan_is_end(s))
		return false;
	if (!ascii_is_8bit(*s->p)) {
		s->p++;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (fits(&forms[i], (const unsigned char *)s->p, s->end - s->p)) {
			s->p += forms[i].more + 1;
			return true;
		}
	}
	return false;
}

bool
utf8_is_valid(struct slice text)
{
	struct scan s = scan_of(text);

	while (utf8_take(&s))
		continue;
	return scan_is_end(&s);
}
