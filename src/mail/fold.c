/*
 * Where a line may break is the writer's knowledge, and whether it must is known only
 * when the next piece is there. So a place is kept until then: it becomes a blank, a
 * new line or nothing.
 */
#include "base/base.h"
#include "mail/fold.h"

#include "base/msg.h"

enum { LINE_MAX_BYTES = 998 }; /* RFC 5322 2.1.1, without CRLF */

struct fold
fold_begin(struct str *out, size_t column)
{
	return (struct fold){ out, column, FOLD_NONE };
}

/* Ends the line and begins the next one. */
static void
break_line(struct fold *fold)
{
	str_add(fold->out, "\r\n\t");
	fold->column = 1;
}

/* Writes the place before a piece of n bytes. One column is kept free, for a separator
 * that may be put right after the piece. */
static void
write_place(struct fold *fold, size_t n)
{
	bool fits = fold->column + n + (fold->place == FOLD_BLANK) < FOLD_COLUMNS;

	switch (fold->place) {
	case FOLD_NONE:
		break;
	case FOLD_LINE:
		break_line(fold);
		break;
	case FOLD_EMPTY:
		if (!fits)
			break_line(fold);
		break;
	case FOLD_BLANK:
		if (!fits) {
			break_line(fold);
			break;
		}
		str_addc(fold->out, ' ');
		fold->column++;
		break;
	}
	fold->place = FOLD_NONE;
}

void
fold_piece(struct fold *fold, struct slice piece)
{
	if (piece.n == 0)
		return;
	if (piece.n > FOLD_PIECE_MAX)
		panic("a piece of %zu bytes cannot be folded", piece.n);
	if (slice_find(piece, '\r') >= 0 || slice_find(piece, '\n') >= 0)
		panic("a piece has a line end in it");
	write_place(fold, piece.n);
	str_add_slice(fold->out, piece);
	fold->column += piece.n;
	if (fold->column > LINE_MAX_BYTES)
		panic("pieces were put together to a line of %zu bytes", fold->column);
}

void
fold_text(struct fold *fold, const char *piece)
{
	fold_piece(fold, slice_of(piece));
}

void
fold_blank(struct fold *fold)
{
	fold->place = FOLD_BLANK;
}

void
fold_here(struct fold *fold)
{
	fold->place = FOLD_EMPTY;
}

void
fold_line(struct fold *fold)
{
	fold->place = FOLD_LINE;
}
