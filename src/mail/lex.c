/*
 * Each function takes the whole of its part or nothing, on a copy of the cursor.
 * Comments are counted by depth: a message may open a million of them.
 */
#include "base/base.h"
#include "mail/lex.h"

#include "base/ascii.h"

bool
lex_is_atext(char c)
{
	return ascii_is_alnum(c) || ascii_is_8bit(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

bool
lex_is_token(char c)
{
	return !ascii_is_ctl(c) && c != ' ' && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

bool
lex_is_field_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
			return false;
	return name.n > 0;
}

/* Takes a CRLF with a blank after it: the CRLF of a fold. */
static bool
take_fold(struct scan *s)
{
	if (s->end - s->p < 3 || s->p[0] != '\r' || s->p[1] != '\n' ||
		!ascii_is_wsp(s->p[2]))
		return false;
	s->p += 2;
	return true;
}

/* May it stand in a quoted string or a comment? RFC 5322 4.1 wants control characters
 * read, but for these three: old programs write raw ISO-2022-JP there. */
static bool
is_text(char c)
{
	return c != '\0' && c != '\r' && c != '\n';
}

/* Takes a backslash and the byte that it quotes. */
static bool
take_pair(struct scan *s)
{
	if (s->end - s->p < 2 || s->p[0] != '\\' || !is_text(s->p[1]))
		return false;
	s->p += 2;
	return true;
}

/* Takes a byte that stands for itself. */
static bool
take_text(struct scan *s)
{
	if (scan_is_end(s) || *s->p == '\\' || !is_text(*s->p))
		return false;
	s->p++;
	return true;
}

/* Takes a comment with all those inside it. */
static bool
take_comment(struct scan *s)
{
	struct scan ahead = *s;
	size_t depth = 0;

	do {
		if (scan_char(&ahead, '('))
			depth++;
		else if (scan_char(&ahead, ')'))
			depth--;
		else if (!take_fold(&ahead) && !take_pair(&ahead) && !take_text(&ahead))
			return false;
	} while (depth > 0);
	*s = ahead;
	return true;
}

void
lex_fws(struct scan *s)
{
	do
		scan_skip(s, ascii_is_wsp);
	while (take_fold(s));
}

bool
lex_cfws(struct scan *s)
{
	struct scan ahead = *s;

	for (;;) {
		lex_fws(&ahead);
		if (scan_peek(&ahead) != '(')
			break;
		if (!take_comment(&ahead))
			return false;
	}
	*s = ahead;
	return true;
}

bool
lex_quoted(struct scan *s, struct str *plain)
{
	struct scan ahead = *s;
	size_t had = plain->n;

	if (!scan_char(&ahead, '"'))
		return false;
	while (!scan_char(&ahead, '"')) {
		if (take_fold(&ahead))
			continue;
		if (!take_pair(&ahead) && !take_text(&ahead)) {
			str_cut(plain, had);
			return false;
		}
		str_addc(plain, ahead.p[-1]);
	}
	*s = ahead;
	return true;
}
