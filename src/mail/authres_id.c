/*
 * The id ends where the grammar ends it, but a forger's id need not: some readers drop
 * comments and blanks before they look. So the words up to the ';' are put behind it, one
 * by one, and the field is ours as soon as they are an id of ours together. Only a
 * version is left out, unless a dot joins it: "mx 1" is not "mx1". Joined words are
 * compared as ASCII, by length first, so a field of many words costs no more than its
 * bytes; where one of them is not ASCII, or what follows them is not grammar, the field
 * is unclear: OpenDMARC passes over backslashes, stray ')' and vertical tabs.
 *
 * A field without an id ("spf=pass ...", as one large provider writes) has none that
 * could be compared. It goes: a reader that trusts it would trust anybody's.
 */
#include "base/base.h"
#include "mail/authres_id.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"
#include "mail/domain.h"
#include "mail/lex.h"

enum { ID_MAX = 1024 }; /* nothing longer is put together, or compared */

/* Adds a word as it is compared: without blanks and job id, in lower case. False when it
 * grows too long. */
static bool
add_word(struct str *id, struct slice word)
{
	for (size_t i = 0; i < word.n && word.p[i] != '/'; i++) {
		if (ascii_is_space(word.p[i]))
			continue;
		if (id->n == ID_MAX)
			return false;
		str_addc(id, ascii_lower(word.p[i]));
	}
	return true;
}

/* An id in the form in which ids are compared, or NULL where a text is no id: a domain in
 * its one spelling, or any other ASCII text without final dot. */
static const char *
normalise(struct pool *pool, struct slice text)
{
	struct str id = STR_POOL(pool);
	const char *domain;

	if (!add_word(&id, text))
		return NULL;
	if (domain_parse(pool, str_slice(&id), &domain) == NULL)
		return domain;
	if (slice_ends(str_slice(&id), "."))
		str_cut(&id, id.n - 1);
	return id.n > 0 && slice_is_ascii(str_slice(&id)) ? id.p : NULL;
}

const char *
authres_ids_add(struct pool *pool, struct authres_ids *ids, struct slice text)
{
	const char *id;

	for (size_t i = 0; i < text.n; i++)
		if (ascii_is_ctl(text.p[i]))
			return "an authserv-id has a control character";
	if (text.n > 253)
		return "an authserv-id is longer than 253 bytes";
	id = normalise(pool, text);
	if (id == NULL)
		return "an authserv-id is empty or not a name";
	*vec_add(pool, ids) = id;
	return NULL;
}

/* Is it an id of ours? It is in the form in which ids are compared. */
static bool
is_ours(const struct authres_ids *ours, struct slice id)
{
	for (size_t i = 0; i < ours->n; i++)
		if (slice_is(id, ours->v[i]))
			return true;
	return false;
}

static bool
is_job_char(char c)
{
	return lex_is_token(c) || c == '/';
}

static bool
has_ctl(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (ascii_is_ctl(text.p[i]) && !ascii_is_space(text.p[i]))
			return true;
	return false;
}

/* Passes over comments and folds. False where one does not end, or has a control
 * character that RFC 5322 4.1 allows and a reader may stumble over. */
static bool
skip(struct scan *s)
{
	const char *begin = s->p;

	return lex_cfws(s) && !has_ctl((struct slice){ begin, (size_t)(s->p - begin) });
}

/* Does a quoted id hold what ends one, or what is no part of it, for a reader that knows
 * no quotes? No id needs that. */
static bool
has_syntax(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr(";()\"\\", text.p[i]) != NULL)
			return true;
	return has_ctl(text);
}

/* Takes one word; false where there is none or it does not end. */
static bool
take_word(struct scan *s, struct str *word)
{
	struct slice token;

	str_cut(word, 0);
	if (lex_quoted(s, word))
		return !has_syntax(str_slice(word));
	if (!scan_span(s, lex_is_token, &token))
		return false;
	str_add_slice(word, token);
	if (scan_peek(s) == '/')
		scan_skip(s, is_job_char);
	return true;
}

/* Does the word end here: before a comment, a blank, a ';' or the end? */
static bool
is_clean_end(const struct scan *s)
{
	int c = scan_peek(s);

	return c == -1 || c == ';' || c == '(' || ascii_is_wsp((char)c) || c == '\r';
}

static bool
is_number(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_digit(text.p[i]))
			return false;
	return text.n > 0;
}

/* May the words of the id end here? At anything else a reader may go on, and join what it
 * passes over: a backslash, a stray ')', a control character. */
static bool
is_end_of_words(const struct scan *s)
{
	int c = scan_peek(s);

	return c == -1 || c == ';' || c == '=';
}

/* Whose field is it when the words that follow are put behind the id? */
static enum authres_owner
owner_joined(
	struct pool *pool, const struct authres_ids *ours, struct scan s, struct str *id)
{
	struct str word = STR_POOL(pool);
	bool eight = !slice_is_ascii(str_slice(id));

	while (skip(&s) && take_word(&s, &word)) {
		struct slice next = str_slice(&word);

		if (is_number(next) && !slice_ends(str_slice(id), "."))
			return AUTHRES_FOREIGN;
		if (eight || !slice_is_ascii(next) || !add_word(id, next))
			return AUTHRES_UNCLEAR;
		next = str_slice(id);
		if (is_ours(ours, slice_sub(next, 0, next.n - slice_ends(next, "."))))
			return AUTHRES_OURS;
	}
	return is_end_of_words(&s) ? AUTHRES_FOREIGN : AUTHRES_UNCLEAR;
}

enum authres_owner
authres_owner(struct pool *pool, const struct authres_ids *ours, struct slice value)
{
	struct scan s = scan_of(value);
	struct str word = STR_POOL(pool), joined = STR_POOL(pool);
	const char *id;

	if (!skip(&s) || !take_word(&s, &word))
		return AUTHRES_UNCLEAR;
	id = normalise(pool, str_slice(&word));
	if (id == NULL)
		return AUTHRES_UNCLEAR;
	if (is_ours(ours, slice_of(id)))
		return AUTHRES_OURS;
	if (!is_clean_end(&s) || !skip(&s))
		return AUTHRES_UNCLEAR;
	if (!add_word(&joined, str_slice(&word)))
		return AUTHRES_UNCLEAR;
	return owner_joined(pool, ours, s, &joined);
}
