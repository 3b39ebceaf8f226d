/*
 * layout - text for people in the columns of a terminal
 *
 * Counts columns, not bytes: a Japanese character takes two. Lines break at blanks, and
 * before and behind wide characters, but no line begins with what closes (a full stop, a
 * closing bracket, a small kana) or ends with what opens; a word that is longer than a
 * line stands alone and stays whole, so that it can be copied.
 *
 * What is quoted may have been written by anybody: it is made plain (base/plain.h).
 *
 * Failure: nothing. Bytes that are no character of the locale count as one column.
 */
#ifndef TOOL_LAYOUT_H
#define TOOL_LAYOUT_H

#include "base/base.h"
#include "base/str.h"

#define LAYOUT_COLUMNS 80

/* How many columns the text takes. */
int layout_width(const char *text);

/* The text, made plain. */
void layout_show(struct str *, const char *text);

/* The text and blanks up to this many columns. */
void layout_pad(struct str *, const char *text, int columns);

/* The text in lines of LAYOUT_COLUMNS, the first of which begins at column `indent`
 * (already written), the others behind as many blanks. Ends with a line end. */
void layout_wrap(struct str *, const char *text, int indent);

/* A row "label:  value"; value NULL: no row. */
struct layout_row {
	const char *label, *value;
};

/* The rows behind `indent` blanks, with all values in one column. They are not wrapped:
 * values are there to be copied. */
void layout_rows(struct str *, const struct layout_row *, size_t n, int indent);

#endif
