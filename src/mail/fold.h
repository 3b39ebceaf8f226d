/*
 * fold - a generated field value, folded
 *
 * Text is added in pieces that stay whole. Between two pieces is a place where the line
 * may be broken: with a blank (the blank becomes the fold) or without (white space
 * appears only where the line is broken, for lists). Breaks are CRLF TAB and
 * are made where a line would pass 78 columns; no piece may be longer than 900 bytes, so
 * no line reaches 998 (RFC 5322 2.1.1).
 *
 *     struct fold f = fold_begin(&value, strlen("DKIM-Signature: "));
 *     fold_piece(&f, "v=1;");  fold_blank(&f);  fold_piece(&f, "h=from:"); fold_here(&f);
 * ...
 *
 * Failure: panic for a piece longer than FOLD_PIECE_MAX or with CR or LF in it.
 */
#ifndef MAIL_FOLD_H
#define MAIL_FOLD_H

#include "base/base.h"
#include "base/slice.h"
#include "base/str.h"

enum { FOLD_COLUMNS = 78, FOLD_PIECE_MAX = 900 };

struct fold {
	struct str *out;
	size_t column; /* where the next byte would stand */
	enum fold_place {
		FOLD_NONE,  /* the next piece belongs to the last one */
		FOLD_BLANK, /* a blank, or a break */
		FOLD_EMPTY, /* nothing, or a break */
		FOLD_LINE   /* a break */
	} place;
};

/* column: how much of the line is taken already (field name, colon and blank). */
struct fold fold_begin(struct str *out, size_t column);

/* Adds text that stays in one piece, at the place named last. */
void fold_piece(struct fold *, struct slice piece);
void fold_text(struct fold *, const char *piece);

/* What stands before the next piece: a blank or a break; nothing or a break; a break. */
void fold_blank(struct fold *);
void fold_here(struct fold *);
void fold_line(struct fold *);

#endif
