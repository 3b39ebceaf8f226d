/*
 * A text is decoded twice, since readers do: once more where the first time left an
 * encoded word. Each of the three texts is read by every charset that could make other
 * letters of it: of its own bytes, and of those of its encoded words. Labels lie, and
 * readers guess; but not where one says UTF-8, and at EBCDIC only where it says so.
 */
#include "base/base.h"
#include "mail/encoded.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"
#include "base/utf8.h"

#define ROUNDS 2
#define UNKNOWN '?' /* a character that no domain has */

/* Characters that show nothing, or only change how others are shown. */
static const struct {
	uint32_t first, last;
} invisible[] = {
	{ 0x80, 0x84 },
	{ 0x86, 0x9f },
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x202a, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffd },
	{ 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff },
};

/* Characters that count as one of ASCII's; those of U+FF01 to U+FF5E are computed. */
static const struct {
	uint32_t first, last;
	char c;
} alike[] = {
	{ 0x85, 0x85, ' ' },
	{ 0xa0, 0xa0, ' ' },
	{ 0x1680, 0x1680, ' ' },
	{ 0x2000, 0x200a, ' ' },
	{ 0x2024, 0x2024, '.' },
	{ 0x2028, 0x2029, ' ' },
	{ 0x202f, 0x202f, ' ' },
	{ 0x205f, 0x205f, ' ' },
	{ 0x3000, 0x3000, ' ' },
	{ 0x3002, 0x3002, '.' },
	{ 0xfe50, 0xfe50, ',' },
	{ 0xfe52, 0xfe52, '.' },
	{ 0xfe59, 0xfe59, '(' },
	{ 0xfe5a, 0xfe5a, ')' },
	{ 0xfe63, 0xfe63, '-' },
	{ 0xfe64, 0xfe64, '<' },
	{ 0xfe65, 0xfe65, '>' },
	{ 0xfe6a, 0xfe6a, '%' },
	{ 0xfe6b, 0xfe6b, '@' },
	{ 0xff61, 0xff61, '.' },
};

static void
add_utf8(struct str *out, uint32_t c)
{
	if (c >= 0x10000) {
		str_addc(out, (char)(0xf0 | c >> 18));
		str_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
	} else if (c >= 0x800)
		str_addc(out, (char)(0xe0 | c >> 12));
	if (c >= 0x800)
		str_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
	else
		str_addc(out, (char)(0xc0 | c >> 6));
	str_addc(out, (char)(0x80 | (c & 0x3f)));
}

/* Adds a character as it is to be looked at. */
static void
add_char(struct str *out, uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xff01 - '!';
	if (c < 0x80) {
		if (!ascii_is_ctl((char)c))
			str_addc(out, (char)c);
		else if (c >= '\t' && c <= '\r')
			str_addc(out, ' ');
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(invisible); i++)
		if (c >= invisible[i].first && c <= invisible[i].last)
			return;
	for (size_t i = 0; i < ARRAY_LEN(alike); i++) {
		if (c >= alike[i].first && c <= alike[i].last) {
			str_addc(out, alike[i].c);
			return;
		}
	}
	if (c >= 0xd800 && (c <= 0xdfff || c > 0x10ffff))
		return;
	add_utf8(out, c);
}

/* The character that begins at p; *n: its bytes. Bytes that are none count one, and show
 * nothing. */
static uint32_t
char_at(const unsigned char *p, size_t left, size_t *n)
{
	struct scan s = scan_of(slice_make((const char *)p, left));
	uint32_t c = p[0];

	if (!utf8_take(&s)) {
		*n = 1;
		return 0;
	}
	*n = (size_t)(s.p - (const char *)p);
	if (*n > 1)
		c &= 0x7fU >> *n;
	for (size_t i = 1; i < *n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/* Reads the bytes at p, adds what they show; gives how many they were. */
typedef size_t (*reader_fn)(const unsigned char *p, size_t left, struct str *out);

static size_t
read_utf8(const unsigned char *p, size_t left, struct str *out)
{
	size_t n;

	add_char(out, char_at(p, left, &n));
	return n;
}

/* A place in the 94 by 94 characters that the sets of Japan, China and Korea share as far
 * as it matters: row 3 has ASCII's letters, rows 1 and 3 the marks. */
static void
add_wide(struct str *out, unsigned row, unsigned cell)
{
	if (row == 0x23)
		add_char(out, cell);
	else if (row == 0x21)
		add_char(out, cell == 0x25   ? '.'
			      : cell == 0x77 ? '@'
			      : cell == 0x21 ? ' '
					     : UNKNOWN);
	else
		add_char(out, UNKNOWN);
}

/* EUC-JP, EUC-KR, GB 2312 and its followers. */
static size_t
read_euc(const unsigned char *p, size_t left, struct str *out)
{
	if (left < 2 || p[0] < 0xa1 || p[1] < 0xa1) {
		add_char(out, p[0] < 0x80 ? p[0] : 0);
		return 1;
	}
	add_wide(out, p[0] & 0x7fU, p[1] & 0x7fU);
	return 2;
}

/* RFC 1468, RFC 1557, RFC 1922: escapes (or SO and SI) say which set follows. */
static size_t
read_iso2022(const unsigned char *p, size_t left, struct str *out)
{
	size_t n = 1;

	if (p[0] != 0x1b && p[0] != 0x0e) {
		add_char(out, p[0] < 0x80 ? p[0] : 0);
		return 1;
	}
	if (p[0] == 0x1b && (left < 2 || p[1] != '$'))
		return MIN(left, 3);
	if (p[0] == 0x1b) {
		/* "$B" and "$(D"; what "$)C" names comes where SO stands. */
		if (left > 2 && p[2] != '\0' && strchr(")*+", p[2]) != NULL)
			return MIN(left, 4);
		n = left > 2 && p[2] == '(' ? 4 : 3;
	}
	while (n + 1 < left && p[n] != 0x1b && p[n] != 0x0f) {
		add_wide(out, p[n] & 0x7fU, p[n + 1] & 0x7fU);
		n += 2;
	}
	return MIN(left, n);
}

/* Where the wide letters stand in a set that is not built of 94 by 94. */
struct wide_run {
	unsigned char lead, first, last;
	char c; /* what `first` is */
};

static const struct wide_run shift_jis[] = {
	{ 0x81, 0x40, 0x40, ' ' },
	{ 0x81, 0x44, 0x44, '.' },
	{ 0x81, 0x97, 0x97, '@' },
	{ 0x82, 0x4f, 0x58, '0' },
	{ 0x82, 0x60, 0x79, 'A' },
	{ 0x82, 0x81, 0x9a, 'a' },
};
static const struct wide_run big5[] = {
	{ 0xa1, 0x40, 0x40, ' ' },
	{ 0xa1, 0x44, 0x44, '.' },
	{ 0xa2, 0x49, 0x49, '@' },
	{ 0xa2, 0xaf, 0xb8, '0' },
	{ 0xa2, 0xcf, 0xe8, 'A' },
	{ 0xa2, 0xe9, 0xfe, 'a' },
	{ 0xa3, 0x40, 0x43, 'w' },
};

static size_t
read_runs(const unsigned char *p, size_t left, const struct wide_run *runs, size_t n,
	struct str *out)
{
	for (size_t i = 0; left > 1 && i < n; i++) {
		if (p[0] == runs[i].lead && p[1] >= runs[i].first &&
			p[1] <= runs[i].last) {
			add_char(out, (unsigned)runs[i].c + p[1] - runs[i].first);
			return 2;
		}
	}
	/* One byte of Shift_JIS is a narrow kana. */
	if (p[0] < 0x80 || left < 2 || p[1] < 0x40) {
		add_char(out, p[0] < 0x80 ? p[0] : 0);
		return 1;
	}
	add_char(out, UNKNOWN);
	return 2;
}

static size_t
read_shift_jis(const unsigned char *p, size_t left, struct str *out)
{
	return read_runs(p, left, shift_jis, ARRAY_LEN(shift_jis), out);
}

static size_t
read_big5(const unsigned char *p, size_t left, struct str *out)
{
	return read_runs(p, left, big5, ARRAY_LEN(big5), out);
}

static size_t
read_utf16be(const unsigned char *p, size_t left, struct str *out)
{
	if (left > 1)
		add_char(out, (uint32_t)p[0] << 8 | p[1]);
	return MIN(left, 2);
}

static size_t
read_utf16le(const unsigned char *p, size_t left, struct str *out)
{
	if (left > 1)
		add_char(out, (uint32_t)p[1] << 8 | p[0]);
	return MIN(left, 2);
}

/* The value of a base64 digit, or -1. */
static int
digit_of(unsigned char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* RFC 2152: '+', base64 of UTF-16, and a '-' that goes with it. */
static size_t
read_utf7(const unsigned char *p, size_t left, struct str *out)
{
	uint32_t bits = 0;
	size_t n = 1;
	int have = 0, digit;

	if (p[0] != '+') {
		add_char(out, p[0] < 0x80 ? p[0] : 0);
		return 1;
	}
	for (; n < left && (digit = digit_of(p[n])) >= 0; n++) {
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 16) {
			have -= 16;
			add_char(out, bits >> have & 0xffff);
		}
	}
	return n < left && p[n] == '-' ? n + 1 : n;
}

/* Where EBCDIC has what a domain is made of, in nearly all of its code pages. */
static const struct {
	unsigned char first, last;
	char c;
} ebcdic[] = {
	{ 0x40, 0x40, ' ' },
	{ 0x4b, 0x4b, '.' },
	{ 0x4c, 0x4c, '<' },
	{ 0x4d, 0x4d, '(' },
	{ 0x5d, 0x5d, ')' },
	{ 0x60, 0x60, '-' },
	{ 0x6b, 0x6b, ',' },
	{ 0x6e, 0x6e, '>' },
	{ 0x7c, 0x7c, '@' },
	{ 0xb5, 0xb5, '@' },
	{ 0x81, 0x89, 'a' },
	{ 0x91, 0x99, 'j' },
	{ 0xa2, 0xa9, 's' },
	{ 0xc1, 0xc9, 'A' },
	{ 0xd1, 0xd9, 'J' },
	{ 0xe2, 0xe9, 'S' },
	{ 0xf0, 0xf9, '0' },
};

static size_t
read_ebcdic(const unsigned char *p, size_t left UNUSED, struct str *out)
{
	for (size_t i = 0; i < ARRAY_LEN(ebcdic); i++) {
		if (p[0] >= ebcdic[i].first && p[0] <= ebcdic[i].last) {
			add_char(out, (unsigned)ebcdic[i].c + p[0] - ebcdic[i].first);
			return 1;
		}
	}
	add_char(out, UNKNOWN);
	return 1;
}

/* The charsets, and the bytes without which one says what UTF-8 does. */
static const struct {
	reader_fn read;
	const char *bytes; /* one of these, or any above 0x7f where `wide` is set */
	bool wide, words_only;
} charsets[] = {
	{ read_iso2022, "\x1b\x0e", false, false },
	{ read_euc, "", true, false },
	{ read_shift_jis, "", true, false },
	{ read_big5, "", true, false },
	{ read_utf16be, "", true, true },
	{ read_utf16le, "", true, true },
	{ read_utf7, "+", false, true },
	{ read_ebcdic, "", true, true },
};

static bool
may_differ(size_t charset, struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((charsets[charset].wide && ascii_is_8bit(text.p[i])) ||
			(text.p[i] != '\0' &&
				strchr(charsets[charset].bytes, text.p[i]) != NULL))
			return true;
	return false;
}

/* Adds what bytes show in a charset. */
static void
read_all(struct slice bytes, reader_fn read, struct str *out)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	for (size_t i = 0; i < bytes.n;)
		i += read(p + i, bytes.n - i, out);
}

static void
add_reading(struct pool *pool, struct slice text, reader_fn read, struct readings *all)
{
	struct str out = STR_POOL(pool);

	read_all(text, read, &out);
	for (size_t i = 0; i < all->n; i++)
		if (slice_eq(all->v[i], str_slice(&out)))
			return;
	*vec_add(pool, all) = str_slice(&out);
}

/* Base64 as the most patient reader takes it: what is none is passed over. */
static void
add_b(struct slice text, struct str *out)
{
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < text.n; i++) {
		int digit = digit_of((unsigned char)text.p[i]);

		if (digit < 0)
			continue;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			str_addc(out, (char)(bits >> have & 0xff));
		}
	}
}

/* RFC 2047 4.2 */
static void
add_q(struct slice text, struct str *out)
{
	for (size_t i = 0; i < text.n; i++) {
		bool has_two = text.n - i > 2;
		int high = has_two ? ascii_hex(text.p[i + 1]) : -1;
		int low = has_two ? ascii_hex(text.p[i + 2]) : -1;

		if (text.p[i] == '=' && high >= 0 && low >= 0) {
			str_addc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			str_addc(out, text.p[i] == '_' ? ' ' : text.p[i]);
		}
	}
}

/* What the labels of neighbouring words say of their bytes. */
struct labels {
	bool settled; /* no reader takes them for anything but UTF-8, or narrow letters */
	bool ebcdic;  /* some are */
};

static bool
starts_alike(struct slice text, const char *start)
{
	return slice_caseis(slice_sub(text, 0, strlen(start)), start);
}

/* "ebcdic-cp-us", "IBM037", "cp1140", "500" */
static bool
is_ebcdic(struct slice label)
{
	static const char *const pages[] = { "37", "273", "277", "278", "280", "284", "285",
		"297", "424", "500", "870", "871", "875", "1026", "1047" };
	size_t n = label.n;
	struct slice digits;

	while (n > 0 && ascii_is_digit(label.p[n - 1]))
		n--;
	digits = slice_from(label, n);
	while (slice_starts(digits, "0"))
		digits = slice_from(digits, 1);
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (slice_is(digits, pages[i]))
			return true;
	return (digits.n == 4 && slice_starts(digits, "114")) ||
	       starts_alike(label, "ebcdic");
}

static void
add_label(struct labels *labels, struct slice label)
{
	static const char *const settled[] = { "utf-8", "utf8", "iso-8859-",
		"windows-125", "koi8-" };
	struct slice language;
	bool is_settled = false;

	slice_cut(label, '*', &label, &language);
	for (size_t i = 0; i < ARRAY_LEN(settled); i++)
		is_settled |= starts_alike(label, settled[i]);
	labels->settled &= is_settled;
	labels->ebcdic |= is_ebcdic(label);
}

/* Takes an encoded word; one that is not closed goes to the end. */
static bool
take_word(struct scan *s, struct str *out, struct labels *labels)
{
	struct scan ahead = *s;
	struct slice text, label;
	ptrdiff_t close;
	int encoding;

	if (!scan_text(&ahead, "=?"))
		return false;
	label = scan_until(&ahead, '?');
	if (!scan_char(&ahead, '?') || scan_is_end(&ahead))
		return false;
	encoding = ascii_lower(*ahead.p++);
	if ((encoding != 'b' && encoding != 'q') || !scan_char(&ahead, '?'))
		return false;
	text = scan_rest(&ahead);
	close = slice_search(text, "?=");
	if (close >= 0)
		text.n = (size_t)close;
	ahead.p = close >= 0 ? text.p + close + 2 : ahead.end;
	if (encoding == 'b')
		add_b(text, out);
	else
		add_q(text, out);
	add_label(labels, label);
	*s = ahead;
	return true;
}

/* Takes encoded words with blanks between them, which go (RFC 2047 6.2). */
static bool
take_words(struct scan *s, struct str *out, struct labels *labels)
{
	bool any = false;

	*labels = (struct labels){ .settled = true };
	while (take_word(s, out, labels)) {
		struct scan ahead = *s;

		any = true;
		scan_skip(&ahead, ascii_is_space);
		if (scan_text(&ahead, "=?"))
			scan_skip(s, ascii_is_space);
	}
	return any;
}

/* How words with these labels are read, when it is a charset's turn. */
static reader_fn
reader_for(const struct labels *labels, reader_fn read)
{
	if (labels->settled || (read == read_ebcdic && !labels->ebcdic))
		return read_utf8;
	return read;
}

/* The text with all its encoded words decoded. read: the charset of those whose labels
 * leave it open; NULL: their bytes as they are. *settled: what comes out is UTF-8. */
static bool
decode(struct pool *pool, struct slice text, reader_fn read, struct str *out,
	bool *settled)
{
	struct scan s = scan_of(text);
	struct str words = STR_POOL(pool);
	struct labels labels;
	bool any = false;

	*settled = slice_is_ascii(text);
	while (!scan_is_end(&s)) {
		str_cut(&words, 0);
		if (!take_words(&s, &words, &labels)) {
			str_addc(out, *s.p++);
			continue;
		}
		any = true;
		*settled &= labels.settled;
		if (read != NULL)
			read_all(str_slice(&words), reader_for(&labels, read), out);
		else
			str_add_slice(out, str_slice(&words));
	}
	return any;
}

/* What a text says as it stands, unless that is settled in each charset, and with each
 * for its encoded words. */
static void
add_readings(struct pool *pool, struct slice text, bool settled, struct readings *all)
{
	bool ignored;

	add_reading(pool, text, read_utf8, all);
	for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
		struct str out = STR_POOL(pool);

		if (!settled && !charsets[i].words_only && may_differ(i, text))
			add_reading(pool, text, charsets[i].read, all);
		if (decode(pool, text, charsets[i].read, &out, &ignored))
			add_reading(pool, str_slice(&out), read_utf8, all);
	}
}

void
encoded_readings(struct pool *pool, struct slice text, struct readings *all)
{
	bool settled = false;

	*all = (struct readings)VEC_INIT;
	for (int round = 0; round <= ROUNDS; round++) {
		struct str decoded = STR_POOL(pool);

		add_readings(pool, text, settled, all);
		if (!decode(pool, text, NULL, &decoded, &settled))
			return;
		text = str_slice(&decoded);
	}
}
