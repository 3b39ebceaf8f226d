/*
 * lex - the small parts that structured fields are made of
 *
 * Comments and folds, quoted strings, atoms, tokens. Comments are passed over by
 * counting, not by recursion, so their depth costs nothing. Control characters are taken
 * inside quoted strings and comments alone, NUL and bare CR and LF nowhere: code
 * that writes down what was quoted must expect the others.
 *
 * Standards: RFC 5322 3.2, 4.1, RFC 2045 5.1, RFC 6532 3.2
 * Failure:   nothing; on false the cursor has not moved.
 */
#ifndef MAIL_LEX_H
#define MAIL_LEX_H

#include "base/base.h"
#include "base/scan.h"
#include "base/str.h"

/* Passes over comments and folding white space, if any. False: a comment does not end, or
 * has a NUL, CR or LF. */
bool lex_cfws(struct scan *);

/* Passes over folding white space, if any. */
void lex_fws(struct scan *);

/* Takes a quoted string; `plain` gets what it says, without quotes, quoted-pairs and
 * folds. */
bool lex_quoted(struct scan *, struct str *plain);

/* May this byte stand in an atom, or in a MIME token? Bytes from 0x80 on may. */
bool lex_is_atext(char);
bool lex_is_token(char);

/* Is this the name of a header field (RFC 5322 2.2): printable ASCII, no colon? */
bool lex_is_field_name(struct slice);

#endif
