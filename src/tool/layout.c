/*
 * A text is cut into units, a run of narrow characters or one wide one, and units that
 * must not be parted are put together again: so one loop lays out both kinds of script.
 */
#include "base/base.h"
#include "tool/layout.h"

#include "base/plain.h"
#include "base/scan.h"
#include "base/utf8.h"

#include <wchar.h>

/* Characters that do not take one column, in order (Unicode, UAX #11): marks that stand
 * over the one before them and controls, and what East Asian scripts write wide. Not the
 * C library's table, which is there with a locale only. */
static const struct width {
	wchar_t first, last;
	int columns;
} widths[] = {
	{ 0x0, 0x1f, 0 },
	{ 0x7f, 0x9f, 0 },
	{ 0x300, 0x36f, 0 },
	{ 0x1100, 0x115f, 2 },
	{ 0x200b, 0x200f, 0 },
	{ 0x2028, 0x202e, 0 },
	{ 0x2060, 0x206f, 0 },
	{ 0x20d0, 0x20ff, 0 },
	{ 0x2e80, 0x3029, 2 },
	{ 0x302a, 0x302d, 0 },
	{ 0x302e, 0x303e, 2 },
	{ 0x3041, 0x3098, 2 },
	{ 0x3099, 0x309a, 0 },
	{ 0x309b, 0xa4cf, 2 },
	{ 0xa960, 0xa97c, 2 },
	{ 0xac00, 0xd7a3, 2 },
	{ 0xf900, 0xfaff, 2 },
	{ 0xfe00, 0xfe0f, 0 },
	{ 0xfe10, 0xfe19, 2 },
	{ 0xfe20, 0xfe2f, 0 },
	{ 0xfe30, 0xfe6b, 2 },
	{ 0xfeff, 0xfeff, 0 },
	{ 0xff01, 0xff60, 2 },
	{ 0xffe0, 0xffe6, 2 },
	{ 0x1f300, 0x1f64f, 2 },
	{ 0x1f900, 0x1f9ff, 2 },
	{ 0x20000, 0x3fffd, 2 },
};

static int
character_width(wchar_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(widths) && widths[i].first <= c; i++)
		if (c <= widths[i].last)
			return widths[i].columns;
	return 1;
}

/* The next character, the bytes it has, and its columns. */
static wchar_t
next_character(const char *text, size_t *n, int *columns)
{
	struct scan s = scan_of(slice_make(text, strnlen(text, 4)));
	wchar_t c = (unsigned char)*text;

	*n = 1;
	*columns = 1;
	if (!utf8_take(&s))
		return L'?';
	*n = scan_since(&s, text).n;
	if (*n > 1)
		c &= 0x7f >> *n;
	for (size_t i = 1; i < *n; i++)
		c = c << 6 | (text[i] & 0x3f);
	*columns = character_width(c);
	return c;
}

int
layout_width(const char *text)
{
	int width = 0, columns;
	size_t n;

	for (const char *p = text; *p != '\0'; p += n) {
		next_character(p, &n, &columns);
		width += columns;
	}
	return width;
}

void
layout_show(struct str *out, const char *text)
{
	plain_add(out, slice_of(text));
}

void
layout_pad(struct str *out, const char *text, int columns)
{
	int width = layout_width(text);

	layout_show(out, text);
	for (; width < columns; width++)
		str_addc(out, ' ');
}

void
layout_rows(struct str *out, const struct layout_row *rows, size_t n, int indent)
{
	int column = 0;

	for (size_t i = 0; i < n; i++)
		if (rows[i].value != NULL)
			column = MAX(column, indent + layout_width(rows[i].label) + 3);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].value == NULL)
			continue;
		str_addf(out, "%*s%s:%*s", indent, "", rows[i].label,
			column - indent - layout_width(rows[i].label) - 1, "");
		layout_show(out, rows[i].value);
		str_addc(out, '\n');
	}
}

/* JIS X 4051: what no line begins with, and what no line ends with. */
static const wchar_t closers[] =
	L")]},.:;!?%"
	L"、。，．・：；？！）」』】〕］｝〉》〟ー〜～…‥々ゝゞヽヾ％゛゜"
	L"ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ";
static const wchar_t openers[] = L"([{（「『【〔［｛〈《〝";

/* A longer command is broken as any text. */
#define COMMAND_COLUMNS 66

/* A character, or a run of narrow ones up to a blank: its first and its last. */
struct unit {
	size_t n;
	int columns;
	wchar_t first, last;
};

/* A command between backquotes is to be copied: it stays on one line where it fits on
 * one. Its bytes and columns; 0: there is none here. */
static size_t
command_here(const char *text, int *columns)
{
	size_t n = text[0] == '`' ? strcspn(text + 1, "`\n") : 0;

	*columns = 0;
	if (n == 0 || text[n + 1] != '`')
		return 0;
	n += 2;
	for (size_t i = 0, bytes; i < n; i += bytes) {
		int width;

		next_character(text + i, &bytes, &width);
		*columns += width;
	}
	return *columns <= COMMAND_COLUMNS ? n : 0;
}

/* The next unit; n is 0 at a blank or the end. */
static struct unit
next_unit(const char *text)
{
	struct unit unit = { 0 };

	while (text[unit.n] != '\0' && text[unit.n] != ' ' && text[unit.n] != '\n') {
		const char *here = text + unit.n;
		int columns, width;
		size_t n, command = command_here(here, &width);
		wchar_t c = next_character(here, &n, &columns);

		if (command > 0) {
			n = command;
			columns = width;
		} else if (columns == 2 && unit.n > 0) {
			break;
		}
		if (unit.n == 0)
			unit.first = c;
		unit.last = c;
		unit.n += n;
		unit.columns += columns;
		if (command == 0 && columns == 2)
			break;
	}
	return unit;
}

/* What must stay together at the beginning of the text. */
static size_t
next_piece(const char *text, int *columns)
{
	struct unit unit = next_unit(text), next;
	size_t n = unit.n;

	*columns = unit.columns;
	for (; unit.n > 0; unit = next) {
		next = next_unit(text + n);
		if (next.n == 0 || (wcschr(closers, next.first) == NULL &&
					   wcschr(openers, unit.last) == NULL))
			break;
		n += next.n;
		*columns += next.columns;
	}
	return n;
}

static void
new_line(struct str *out, int indent)
{
	str_addf(out, "\n%*s", indent, "");
}

void
layout_wrap(struct str *out, const char *text, int indent)
{
	int column = indent;

	for (const char *p = text; *p != '\0';) {
		bool blank = false;
		int width;
		size_t n;

		for (; *p == ' ' || *p == '\n'; p++) {
			blank = true;
			if (*p == '\n') {
				new_line(out, indent);
				column = indent;
			}
		}
		n = next_piece(p, &width);
		if (n == 0)
			break;
		if (column > indent && column + blank + width > LAYOUT_COLUMNS) {
			new_line(out, indent);
			column = indent;
		} else if (blank && column > indent) {
			str_addc(out, ' ');
			column++;
		}
		plain_add(out, slice_make(p, n));
		column += width;
		p += n;
	}
	str_addc(out, '\n');
}
