/*
 * What is off the grammar cannot be parsed, so fields are excluded step by step: those
 * with bytes that some reader takes for more, then those in which decoding brings up an
 * '@'. Only what is left is taken apart, and the address itself strictly.
 */
#include "base/base.h"
#include "mail/sole.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/encoded.h"
#include "mail/lex.h"

/* What may become an '@' or a line end for a reader: encoded words, wide forms, NEL and
 * the separators of Unicode. */
static const struct slice doubtful[] = {
	SLICE_LIT("=?"),
	SLICE_LIT("\\"),
	SLICE_LIT("\xef\xbc\xa0"),
	SLICE_LIT("\xef\xb9\xab"),
	SLICE_LIT("\xc2\x85"),
	SLICE_LIT("\xe2\x80\xa8"),
	SLICE_LIT("\xe2\x80\xa9"),
};

static size_t
count(struct slice text, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == c;
	return n;
}

/* A '%' or '!' inside a word is a route for some mail servers: a%b.example is an address
 * of theirs. */
static bool
is_route(struct slice text, size_t i)
{
	return (text.p[i] == '%' || text.p[i] == '!') && i > 0 && i + 1 < text.n &&
	       !ascii_is_space(text.p[i - 1]) && !ascii_is_space(text.p[i + 1]);
}

/* Do all readers see the same characters, on one line? words:
 * encoded words do not count. */
static bool
is_plain(struct slice text, bool words)
{
	if (!utf8_is_valid(text))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		struct slice rest = slice_from(text, i);

		/* A fold is a CRLF with a blank after it. */
		if (slice_starts(rest, "\r\n ") || slice_starts(rest, "\r\n\t")) {
			i++;
			continue;
		}
		if ((ascii_is_ctl(text.p[i]) && text.p[i] != '\t') || is_route(text, i))
			return false;
	}
	for (size_t k = words ? 1 : 0; k < ARRAY_LEN(doubtful); k++)
		if (text.n > 0 &&
			memmem(text.p, text.n, doubtful[k].p, doubtful[k].n) != NULL)
			return false;
	return true;
}

/* Passes over names, quoted strings and comments to the next '<', or to the end. False:
 * one does not end. */
static bool
skip_name(struct scan *s)
{
	struct str other = STR_INIT;
	bool ends = true;

	while (ends && !scan_is_end(s) && scan_peek(s) != '<') {
		if (scan_peek(s) == '"')
			ends = lex_quoted(s, &other);
		else if (scan_peek(s) == '(')
			ends = lex_cfws(s);
		else
			s->p++;
	}
	str_release(&other);
	return ends;
}

/* Does any reader find an '@', once words are decoded? */
static bool
shows_at(struct slice value)
{
	struct pool *scratch = pool_new();
	struct readings all = VEC_INIT;
	bool found = false;

	encoded_readings(scratch, value, &all);
	for (size_t i = 0; i < all.n; i++)
		found |= slice_find(all.v[i], '@') >= 0;
	pool_free(scratch);
	return found;
}

/* Nothing but names beside the brackets, which hold an address? */
static bool
stands_alone(struct slice value, ptrdiff_t open, ptrdiff_t close)
{
	struct slice before = slice_sub(value, 0, (size_t)open);
	struct slice behind = slice_from(value, (size_t)close + 1);
	struct scan s = scan_of(value);

	if (!skip_name(&s) || s.p != value.p + open)
		return false;
	s = scan_of(behind);
	if (!skip_name(&s))
		return false;
	return memmem(value.p, value.n, "=?", 2) == NULL ||
	       (!shows_at(before) && !shows_at(behind));
}

/* Separators around an address without brackets: "a@b.example,". */
static struct slice
without_separators(struct slice value)
{
	value = slice_trim(value);
	while (value.n > 0 && strchr(",;", value.p[value.n - 1]) != NULL)
		value = slice_trim(slice_sub(value, 0, value.n - 1));
	while (value.n > 0 && strchr(",;", value.p[0]) != NULL)
		value = slice_trim(slice_from(value, 1));
	return value;
}

bool
sole_author(struct pool *pool, struct slice value, struct address *author)
{
	struct addresses list = VEC_INIT;
	ptrdiff_t open = slice_find(value, '<'), close = slice_find(value, '>');

	if (count(value, '@') != 1 || !is_plain(value, true))
		return false;
	if (open < 0 && close < 0) {
		struct slice bare = without_separators(value);

		if (bare.n == slice_trim(value).n)
			return false;
		value = bare;
	} else if (count(value, '<') != 1 || count(value, '>') != 1 || open > close ||
		   !stands_alone(value, open, close)) {
		return false;
	} else {
		value = slice_sub(value, (size_t)open, (size_t)(close + 1 - open));
	}
	if (address_list_parse(pool, value, 1, &list) != NULL || list.n != 1 ||
		list.v[0].domain == NULL)
		return false;
	*author = list.v[0];
	return true;
}

const char *
sole_domain(struct pool *pool, struct slice value)
{
	struct address author = { 0 };

	return sole_author(pool, value, &author) ? author.domain : NULL;
}

static bool
is_word_char(char c)
{
	return lex_is_atext(c) || c == '.';
}

/* A local part as mail servers have them, which every reader reads alike. */
static bool
is_local_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '+';
}

/* Takes names, and what stands around them. *only: the one word, where there is no more. */
static bool
take_names(struct scan *s, struct slice *only)
{
	struct str other = STR_INIT;
	bool ends = lex_cfws(s);
	size_t words = 0;

	while (ends) {
		struct slice word = SLICE_LIT("");

		if (!lex_quoted(s, &other) && !scan_span(s, is_word_char, &word))
			break;
		*only = words++ == 0 ? word : SLICE_LIT("");
		ends = lex_cfws(s);
	}
	str_release(&other);
	return ends;
}

/* Takes what stands after the names: an address without a domain, an empty group, or
 * nothing. */
static bool
take_end(struct scan *s, struct slice *local, bool *is_named)
{
	if (scan_is_end(s))
		return true;
	*is_named = false;
	*local = SLICE_LIT("");
	if (scan_char(s, ':'))
		return lex_cfws(s) && scan_char(s, ';') && lex_cfws(s) && scan_is_end(s);
	if (!scan_char(s, '<') || !lex_cfws(s))
		return false;
	*is_named = scan_span(s, is_local_char, local);
	return lex_cfws(s) && scan_char(s, '>') && lex_cfws(s) && scan_is_end(s);
}

/* Takes a field without a domain. *local: what mail servers take for the local part,
 * empty for several words; *is_named: there is something to take. */
static bool
take_nobody(struct slice value, struct slice *local, bool *is_named)
{
	struct scan s = scan_of(value);

	*local = SLICE_LIT("");
	for (size_t i = 0; i < value.n; i++)
		if (strchr("@%!", value.p[i]) != NULL)
			return false;
	if (!is_plain(value, true) || shows_at(value) || !take_names(&s, local))
		return false;
	*is_named = slice_trim(value).n > 0;
	return take_end(&s, local, is_named);
}

bool
sole_is_nobody(struct slice value)
{
	struct slice local;
	bool is_named;

	return take_nobody(value, &local, &is_named);
}

bool
sole_is_report(struct slice value)
{
	struct slice local;
	bool is_named;

	return take_nobody(value, &local, &is_named) &&
	       (!is_named || slice_caseis(local, "MAILER-DAEMON") ||
		       slice_caseis(local, "postmaster"));
}
