/*
 * A text is cut into units, a run of narrow characters or one wide one, and units that
 * must not be parted are put together again: so one loop lays out both kinds of script.
 */
#include "base/base.h"
#include "tool/layout.h"

#include "base/ascii.h"
#include "base/plain.h"

#include <limits.h>
#include <wchar.h>

/* The next character, the bytes it has, and its columns. */
static wchar_t
next_character(const char *text, size_t *n, int *columns)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t got = mbrtowc(&c, text, strnlen(text, MB_LEN_MAX), &state);

	*n = 1;
	*columns = 1;
	if (got == (size_t)-1 || got == (size_t)-2 || got == 0)
		return L'?';
	*n = got;
	*columns = MAX(wcwidth(c), 0);
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
