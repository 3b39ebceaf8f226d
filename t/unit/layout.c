/* Columns of text, narrow and wide. */
#include "base/base.h"

#include "tool/layout.h"

#include "tap.h"

static const struct {
	const char *name, *text;
	int width;
} widths[] = {
	{ "ASCII", "abc", 3 },
	{ "nothing", "", 0 },
	{ "Japanese", "\xe9\x96\xa2\xe5\xae\x88", 4 },
	{ "a byte that is no character", "a\xff", 2 },
	{ "an accent of its own", "e\xcc\x81", 1 },
	{ "half-width kana", "\xef\xbd\xb1", 1 },
	{ "a full-width letter", "\xef\xbc\xa1", 2 },
	{ "beyond the first plane", "\xf0\xa0\xae\xb7", 2 },
	{ "a letter of Europe", "\xc3\xa4", 1 },
};

#define X20 "xxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *name, *text;
	int indent;
	const char *want;
} wraps[] = {
	{ "short", "a b", 4, "a b\n" },
	{ "S8 nothing that a terminal acts on", "a\x1b[31m\x7f\tb\r \x9b\xc2\x9b\xc2\xa9",
		0, "a?[31m??b? ??\xc2\xa9\n" },
	{ "exactly full", X20 X20 " " X20 "xxxxxxxxxxxxxxxxxxx", 0,
		X20 X20 " " X20 "xxxxxxxxxxxxxxxxxxx\n" },
	{ "one too many", X20 X20 " " X20 X20, 0, X20 X20 "\n" X20 X20 "\n" },
	{ "behind an indent", X20 X20 " " X20 X20, 4, X20 X20 "\n    " X20 X20 "\n" },
	{ "a word longer than a line", "a " X20 X20 X20 X20 X20 " b", 2,
		"a\n  " X20 X20 X20 X20 X20 "\n  b\n" },
	{ "wide characters break anywhere",
		X20 X20 X20 "xxxxxxxxxxxxxxxxx\xe9\x96\xa2\xe5\xae\x88", 0,
		X20 X20 X20 "xxxxxxxxxxxxxxxxx\xe9\x96\xa2\n\xe5\xae\x88\n" },
	{ "no line begins with a full stop",
		X20 X20 X20 "xxxxxxxxxxxxxxxx\xe9\x96\xa2\xe5\xae\x88\xe3\x80\x82", 0,
		X20 X20 X20 "xxxxxxxxxxxxxxxx\xe9\x96\xa2\n\xe5\xae\x88\xe3\x80\x82\n" },
	{ "nor with two that close",
		X20 X20 X20 "xxxxxxxxxxxxxxxx\xe5\xae\x88\xef\xbc\x89\xe3\x80\x82", 0,
		X20 X20 X20 "xxxxxxxxxxxxxxxx\n\xe5\xae\x88\xef\xbc\x89\xe3\x80\x82\n" },
	{ "nor with a small kana", X20 X20 X20 "xxxxxxxxxxxxxxxxxx\xe3\x83\xa3", 0,
		X20 X20 X20 "xxxxxxxxxxxxxxxxxx\xe3\x83\xa3\n" },
	{ "no line ends with what opens",
		X20 X20 X20 "xxxxxxxxxxxxxxxx \xef\xbc\x88\xe9\x96\xa2", 0,
		X20 X20 X20 "xxxxxxxxxxxxxxxx\n\xef\xbc\x88\xe9\x96\xa2\n" },
	{ "a narrow bracket opens too", X20 X20 X20 "xxxxxxxxxxxxxxxxx (\xe9\x96\xa2", 0,
		X20 X20 X20 "xxxxxxxxxxxxxxxxx\n(\xe9\x96\xa2\n" },
	{ "a word behind a wide character moves as one",
		X20 X20 X20 "xxxxxxxxxxxx\xe9\x96\xa2"
			    "example.jp",
		0, X20 X20 X20 "xxxxxxxxxxxx\xe9\x96\xa2\nexample.jp\n" },
	{ "a command stays on one line", X20 X20 X20 " (`sekimori check example.jp`).", 2,
		X20 X20 X20 "\n  (`sekimori check example.jp`).\n" },
	{ "but not one that is longer than that", "x `" X20 X20 " " X20 X20 "`", 0,
		"x `" X20 X20 "\n" X20 X20 "`\n" },
	{ "nor behind one backquote", X20 X20 X20 " it`s " X20, 0,
		X20 X20 X20 " it`s\n" X20 "\n" },
	{ "a line end stays", "a\nb", 2, "a\n  b\n" },
	{ "nothing", "", 3, "\n" },
};

static void
check_rows(void)
{
	static const struct layout_row rows[] = {
		{ "\xe9\x96\xa2\xe5\xae\x88", "1" },
		{ "not there, however long its label", NULL },
		{ "abcde", "2" },
	};
	struct str out = STR_INIT;

	layout_rows(&out, rows, ARRAY_LEN(rows), 2);
	tap_is(out.p, "  \xe9\x96\xa2\xe5\xae\x88:   1\n  abcde:  2\n",
		"rows: the values stand in one column");
	str_release(&out);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(widths); i++)
		tap_is_int(layout_width(widths[i].text), widths[i].width, "width: %s",
			widths[i].name);
	for (size_t i = 0; i < ARRAY_LEN(wraps); i++) {
		struct str out = STR_INIT;

		layout_wrap(&out, wraps[i].text, wraps[i].indent);
		tap_is(out.p, wraps[i].want, "wrap: %s", wraps[i].name);
		str_release(&out);
	}
	check_rows();
	return tap_done();
}
