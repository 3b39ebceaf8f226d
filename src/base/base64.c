/*
 * A decoder that passes over what it does not know would read two keys out of one
 * text: a byte outside the alphabet, wrong padding and bits that are left over are
 * complaints. White space alone is passed over, which keys of DNS records and
 * signatures have anywhere (RFC 6376 3.2).
 */
#include "base/base.h"
#include "base/base64.h"

#include "base/ascii.h"

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_print(struct str *s, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = MIN(n - i, 3);
		unsigned v = (unsigned)p[i] << 16;
		char group[4];

		if (left > 1)
			v |= (unsigned)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		for (size_t k = 0; k < 4; k++)
			group[k] =
				k <= left ? base64_digits[v >> (18 - 6 * k) & 63] : '=';
		str_addn(s, group, 4);
	}
}

/* The value of one digit, or -1. */
static int
base64_value(char c)
{
	if (ascii_is_upper(c))
		return c - 'A';
	if (ascii_is_lower(c))
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

const char *
base64_parse(struct pool *pool, struct slice text, struct slice *bytes)
{
	unsigned char *out = pool_alloc(pool, text.n / 4 * 3 + 3);
	size_t n = 0, digits = 0, padding = 0;
	uint32_t v = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		int value;

		if (ascii_is_space(c))
			continue;
		if (c == '=') {
			padding++;
			continue;
		}
		value = base64_value(c);
		if (value < 0)
			return "not a base64 digit";
		if (padding > 0)
			return "base64 goes on after its padding";
		v = v << 6 | (uint32_t)value;
		if (++digits % 4 == 0) {
			out[n++] = v >> 16 & 0xff;
			out[n++] = v >> 8 & 0xff;
			out[n++] = v & 0xff;
		}
	}
	if (digits % 4 == 1 || padding != (4 - digits % 4) % 4)
		return "base64 of a wrong length";
	if ((digits % 4 == 2 && (v & 0xf) != 0) || (digits % 4 == 3 && (v & 3) != 0))
		return "base64 with stray bits at its end";
	if (digits % 4 == 2) {
		out[n++] = v >> 4 & 0xff;
	} else if (digits % 4 == 3) {
		out[n++] = v >> 10 & 0xff;
		out[n++] = v >> 2 & 0xff;
	}
	*bytes = slice_make((const char *)out, n);
	return NULL;
}
