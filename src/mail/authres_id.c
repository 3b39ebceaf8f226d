/*
 * Whose field it is takes three steps. Ours is mx.example.jp:
 *
 *   id_strict()                  the authserv-id as the grammar has it (RFC 8601 2.2)
 *       (c) "MX.Example.jp." 1; spf=pass    -> mx.example.jp: ours
 *   id_as_lax_readers_join_it()  as readers that drop comments and blanks compare it
 *       mx (c) .example.jp; spf=pass        -> mx, then mx.example.jp: ours
 *   owner_of()                   joins until it is ours, the words end, or one is unclear
 *       mail (c) .example.org; spf=pass     -> mail, mail.example.org: another's
 *       mx\.example.jp; spf=pass            -> unclear: OpenDMARC drops the backslash
 *
 * A version is not a part of the id, unless a dot joins it: "mx 1" is not "mx1". Joined
 * words are compared as ASCII, by length first, so a field of many words costs no more
 * than its bytes.
 *
 * A field without an id ("spf=pass ...", as one large provider writes) has none that
 * could be compared. It is removed: a reader that trusts it would trust anybody's.
 */
#include "base/base.h"
#include "mail/authres_id.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"
#include "mail/domain.h"
#include "mail/lex.h"

enum { ID_MAX = 1024 }; /* nothing longer is joined, or compared */

/* A field that is being read: where, the word at hand, and the words so far as one id. */
struct reading {
	struct scan s;
	struct str word, id;
	bool is_ascii; /* the id is */
};

/* Adds a word as it is compared: without blanks and job id (mx.example.jp/4cXy1Z), in
 * lower case. False when the id grows too long. */
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

/* An id in the form in which ids are compared: a domain in its one spelling, or any other
 * ASCII text without its final dot. NULL: the text is not an id. */
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
			return N_("an authserv-id has a control character");
	if (text.n > 253)
		return N_("an authserv-id is longer than 253 bytes");
	id = normalise(pool, text);
	if (id == NULL)
		return N_("an authserv-id is empty or not a name");
	*vec_add(pool, ids) = id;
	return NULL;
}

/* Is this id, in the form in which ids are compared, one of ours? */
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

/* Has the text between quotes a character that ends an id, or is not a part of it, for a
 * reader that does not know quotes?  "mx.example.jp;x" -> yes. No id needs that. */
static bool
has_syntax(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr(";()\"\\", text.p[i]) != NULL)
			return true;
	return has_ctl(text);
}

/* Takes one word: a token without its job id, or the text of a quoted authserv-id, in
 * which \x is x.  "m\x.example.jp" -> mx.example.jp. False: there is none, or it does
 * not end. */
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

/* The id as the grammar has it is the first word.  (c) mx.example.jp 1; -> mx.example.jp
 * False: there is none, or it does not end. */
static bool
id_strict(struct reading *r)
{
	return skip(&r->s) && take_word(&r->s, &r->word);
}

enum join { JOINED, ENDED, UNREADABLE };

/* One more word before the ';' is added to the id, as by a reader that drops comments and
 * blanks.  mx (c) .example.jp; -> mx.example.jp */
static enum join
id_as_lax_readers_join_it(struct reading *r)
{
	struct slice word;

	if (!skip(&r->s) || !take_word(&r->s, &r->word))
		return is_end_of_words(&r->s) ? ENDED : UNREADABLE;
	word = str_slice(&r->word);
	if (is_number(word) && !slice_ends(str_slice(&r->id), "."))
		return ENDED; /* a version */
	if (!r->is_ascii || !slice_is_ascii(word) || !add_word(&r->id, word))
		return UNREADABLE;
	return JOINED;
}

/* Whose field is it, if its first word alone is not ours? */
static enum authres_owner
owner_of(const struct authres_ids *ours, struct reading *r)
{
	enum join join;

	while ((join = id_as_lax_readers_join_it(r)) == JOINED) {
		struct slice id = str_slice(&r->id);

		if (is_ours(ours, slice_sub(id, 0, id.n - slice_ends(id, "."))))
			return AUTHRES_OURS;
	}
	return join == ENDED ? AUTHRES_FOREIGN : AUTHRES_UNCLEAR;
}

enum authres_owner
authres_owner(struct pool *pool, const struct authres_ids *ours, struct slice value)
{
	struct reading r = { scan_of(value), STR_POOL(pool), STR_POOL(pool), false };
	const char *id;

	if (!id_strict(&r))
		return AUTHRES_UNCLEAR;
	id = normalise(pool, str_slice(&r.word));
	if (id == NULL)
		return AUTHRES_UNCLEAR;
	if (is_ours(ours, slice_of(id)))
		return AUTHRES_OURS;
	if (!is_clean_end(&r.s) || !skip(&r.s) || !add_word(&r.id, str_slice(&r.word)))
		return AUTHRES_UNCLEAR;
	r.is_ascii = slice_is_ascii(str_slice(&r.id));
	return owner_of(ours, &r);
}
