#include "base/base.h"
#include "tool/layout.h"

#include <wchar.h>

/* The next character: its bytes, and its columns. */
static size_t
next_character(const char *text, int *columns, bool *is_wide)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, text, strlen(text), &state);

	*is_wide = false;
	*columns = 1;
	if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
		return 1;
	*columns = MAX(wcwidth(c), 0);
	*is_wide = *columns == 2;
	return n;
}

int
layout_width(const char *text)
{
	int width = 0, columns;
	bool is_wide;

	for (const char *p = text; *p != '\0'; width += columns)
		p += next_character(p, &columns, &is_wide);
	return width;
}

void
layout_pad(struct str *out, const char *text, int columns)
{
	int width = layout_width(text);

	str_add(out, text);
	for (; width < columns; width++)
		str_addc(out, ' ');
}

/* What must stay together at the beginning of the text: a word, or one wide character. */
static size_t
next_piece(const char *text, int *columns)
{
	const char *p = text;

	*columns = 0;
	while (*p != '\0' && *p != ' ' && *p != '\n') {
		int width;
		bool is_wide;
		size_t n = next_character(p, &width, &is_wide);

		if (is_wide && p > text)
			break;
		p += n;
		*columns += width;
		if (is_wide)
			break;
	}
	return (size_t)(p - text);
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
		str_addn(out, p, n);
		column += width;
		p += n;
	}
	str_addc(out, '\n');
}
