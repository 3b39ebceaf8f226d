/*
 * A reading of the text is cut into words and marks. A domain begins at a word after a
 * mark like '@' and goes on over what a tolerant reader may pass over: blanks, quotes,
 * brackets, whole comments. It may end at each word, so every beginning of such a run
 * counts. Comments are matched beforehand, and no run goes on after the next '@'; where
 * the work grows faster than the text all the same, it is given up.
 */
#include "base/base.h"
#include "mail/guise.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/scan.h"
#include "base/str.h"
#include "mail/domain.h"
#include "mail/encoded.h"
#include "mail/lex.h"

#define DOMAIN_TEXT_MAX 1016 /* no longer text can be a domain, as U-labels */
#define VALUE_MAX 65536
#define TRIES_MAX 4096
#define STEPS_MAX 1000000 /* comments within comments are walked over again and again */
#define NONE SIZE_MAX

enum token_kind {
	TOKEN_WORD,  /* bytes that a domain may have */
	TOKEN_AT,    /* what stands before a domain */
	TOKEN_BANG,  /* what stands after one */
	TOKEN_OPEN,  /* a comment begins */
	TOKEN_CLOSE, /* and ends */
	TOKEN_STOP,  /* no domain goes on after it */
};

struct token {
	enum token_kind kind;
	struct slice text;
	size_t other; /* of OPEN and CLOSE, its counterpart; NONE: it has none */
};

struct tokens VEC_OF(struct token);

struct search {
	struct pool *pool, *scratch;
	struct map *seen;
	struct domains *domains;
	size_t tries, steps;
};

static bool
is_domain_char(char c)
{
	return ascii_is_alnum(c) || ascii_is_8bit(c) || c == '-' || c == '_' || c == '.';
}

/* What a tolerant reader passes over between the parts of a domain. */
static bool
is_passed_over(char c)
{
	return ascii_is_space(c) || (c != '\0' && strchr("\"\\<>[]'", c) != NULL);
}

static enum token_kind
kind_of(char c)
{
	switch (c) {
	case '@':
	case '%':
		return TOKEN_AT;
	case '!':
		return TOKEN_BANG;
	case '(':
		return TOKEN_OPEN;
	case ')':
		return TOKEN_CLOSE;
	default:
		return TOKEN_STOP;
	}
}

/* Cuts the text into tokens and finds the two ends of each comment. pairs: a backslash
 * takes the meaning from a parenthesis after it. */
static void
tokenize(struct pool *pool, struct slice text, bool pairs, struct tokens *tokens)
{
	struct scan s = scan_of(text);
	VEC(size_t) open = VEC_INIT;

	*tokens = (struct tokens)VEC_INIT;
	for (;;) {
		struct slice word;
		struct token *token;
		const char *from;

		scan_skip(&s, is_passed_over);
		if (scan_is_end(&s))
			return;
		if (pairs && s.p > text.p && s.p[-1] == '\\' && strchr("()", *s.p) != NULL) {
			s.p++;
			continue;
		}
		token = vec_add(pool, tokens);
		token->other = NONE;
		if (scan_span(&s, is_domain_char, &word)) {
			token->text = word;
			continue;
		}
		from = s.p++;
		token->kind = kind_of(*from);
		token->text = slice_make(from, 1);
		if (token->kind == TOKEN_OPEN) {
			*vec_add(pool, &open) = tokens->n - 1;
		} else if (token->kind == TOKEN_CLOSE && open.n > 0) {
			token->other = open.v[--open.n];
			tokens->v[token->other].other = tokens->n - 1;
		}
	}
}

static bool
is_too_much(const struct search *search)
{
	return search->tries > TRIES_MAX || search->steps > STEPS_MAX;
}

/* Adds it as a domain, if it is one once superfluous dots are gone. */
static void
add_domain(struct search *search, const char *text, size_t n)
{
	char plain[DOMAIN_TEXT_MAX];
	struct slice name = { plain, 0 };
	const char *domain;

	if (search->tries++ >= TRIES_MAX)
		return;
	for (size_t i = 0; i < n; i++)
		if (text[i] != '.' || (name.n > 0 && plain[name.n - 1] != '.'))
			plain[name.n++] = text[i];
	if (name.n > 0 && plain[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || map_get(search->seen, name) != NULL)
		return;
	map_put(search->seen, name, search);
	if (domain_parse(search->scratch, name, &domain) == NULL)
		*vec_add(search->pool, search->domains) =
			pool_strdup(search->pool, domain);
}

/* The domains that begin after the token at `at`. */
static void
look_ahead(struct search *search, const struct tokens *tokens, size_t at)
{
	char text[DOMAIN_TEXT_MAX];
	size_t n = 0;

	for (size_t i = at + 1; i < tokens->n; i++) {
		const struct token *token = &tokens->v[i];

		search->steps++;
		if (token->kind == TOKEN_OPEN && token->other != NONE)
			i = token->other;
		if (token->kind == TOKEN_OPEN || token->kind == TOKEN_CLOSE)
			continue;
		if (token->kind != TOKEN_WORD || token->text.n > sizeof(text) - n)
			return;
		memcpy(text + n, token->text.p, token->text.n);
		n += token->text.n;
		add_domain(search, text, n);
	}
}

/* The domains that end before the token at `at`. */
static void
look_back(struct search *search, const struct tokens *tokens, size_t at)
{
	char text[DOMAIN_TEXT_MAX];
	size_t from = sizeof(text);

	for (size_t i = at; i-- > 0;) {
		const struct token *token = &tokens->v[i];

		search->steps++;
		if (token->kind == TOKEN_CLOSE && token->other != NONE)
			i = token->other;
		if (token->kind == TOKEN_OPEN || token->kind == TOKEN_CLOSE)
			continue;
		if (token->kind != TOKEN_WORD || token->text.n > from)
			return;
		from -= token->text.n;
		memcpy(text + from, token->text.p, token->text.n);
		add_domain(search, text + from, sizeof(text) - from);
	}
}

/* What one reading shows. */
static void
look(struct search *search, struct slice reading, bool pairs)
{
	struct tokens tokens;

	tokenize(search->scratch, reading, pairs, &tokens);
	for (size_t i = 0; i < tokens.n && !is_too_much(search); i++) {
		if (tokens.v[i].kind == TOKEN_AT)
			look_ahead(search, &tokens, i);
		else if (tokens.v[i].kind == TOKEN_BANG)
			look_back(search, &tokens, i);
	}
}

bool
guise_domains(struct pool *pool, struct slice value, struct domains *domains)
{
	struct pool *scratch;
	struct search search = { .pool = pool, .domains = domains };
	struct readings readings;

	*domains = (struct domains)VEC_INIT;
	if (value.n > VALUE_MAX)
		return false;
	scratch = pool_new();
	encoded_readings(scratch, value, &readings);
	search.seen = map_new(scratch);
	for (size_t i = 0; i < readings.n && !is_too_much(&search); i++) {
		search.scratch = pool_new();
		look(&search, readings.v[i], false);
		if (slice_find(readings.v[i], '\\') >= 0)
			look(&search, readings.v[i], true);
		pool_free(search.scratch);
	}
	pool_free(scratch);
	return !is_too_much(&search);
}

/* Passes over a quoted string or a comment; one that does not end goes to the end. */
static void
skip_hidden(struct scan *s, bool *ends)
{
	bool is_comment = scan_peek(s) == '(';
	int depth = 0;

	*ends = false;
	while (!scan_is_end(s) && !*ends) {
		char c = *s->p++;

		if (c == '\\' && !scan_is_end(s))
			s->p++;
		else if (is_comment && c == '(')
			depth++;
		else if (is_comment && c == ')')
			*ends = --depth == 0;
		else if (!is_comment && c == '"')
			*ends = depth++ > 0;
	}
}

static bool
is_hidden(const struct scan *s)
{
	return scan_peek(s) == '"' || scan_peek(s) == '(';
}

/* What is known of the address at hand. */
struct part {
	bool has_word, has_at, has_percent, has_bang, in_literal;
	bool lacks; /* one in brackets had words and no domain */
};

/* "a!ceo" and "a!b%c" are names of UUCP, and completed unless the host has a dot: only
 * forgers send that. */
static bool
is_incomplete(const struct part *part)
{
	return part->has_word && !part->has_at && (part->has_bang || !part->has_percent);
}

static void
add_byte(struct part *part, char c)
{
	switch (c) {
	case '<': /* what stood before was a name */
		*part = (struct part){ .lacks = part->lacks };
		break;
	case '>': /* what follows is none */
		part->lacks |= is_incomplete(part);
		part->has_at = true;
		break;
	case '@':
		part->has_at = true;
		break;
	case '%':
		part->has_percent = true;
		break;
	case '!':
		part->has_bang = true;
		break;
	case '[':
	case ']':
		part->in_literal = c == '[';
		break;
	case ':': /* a group's name, or a route to the address that follows */
		if (!part->in_literal)
			*part = (struct part){ .lacks = part->lacks };
		break;
	default:
		part->has_word |= !ascii_is_space(c) && !ascii_is_ctl(c);
	}
}

/* Reads to the end of one address: has it words and no domain? */
static bool
take_part(struct scan *s)
{
	struct part part = { 0 };
	bool ends;

	while (!scan_is_end(s) && !scan_char(s, ',') && !scan_char(s, ';')) {
		if (is_hidden(s)) {
			part.has_word |= scan_peek(s) == '"';
			skip_hidden(s, &ends);
		} else {
			add_byte(&part, *s->p++);
		}
	}
	return part.lacks || is_incomplete(&part);
}

bool
guise_lacks_domain(struct slice value)
{
	struct scan s = scan_of(value);

	while (!scan_is_end(&s))
		if (take_part(&s))
			return true;
	return false;
}

/* May it be in a name, for every reader? */
static bool
may_name(char c, bool completes)
{
	return c != '\0' && strchr("@%!\\>)", c) == NULL &&
	       (!completes || strchr(",;:", c) == NULL);
}

const char *
guise_only(struct pool *pool, struct slice value, bool completes)
{
	struct slice text = slice_trim(value), name, address;
	struct addresses list = VEC_INIT;
	struct scan s;
	bool ends = true;

	if (!slice_ends(text, ">") || !slice_cut(text, '<', &name, &address))
		return NULL;
	s = scan_of(name);
	while (!scan_is_end(&s) && ends)
		if (is_hidden(&s))
			skip_hidden(&s, &ends);
		else
			ends = may_name(*s.p++, completes);
	address = slice_from(text, name.n);
	if (!ends || address_list_parse(pool, address, 1, &list) != NULL || list.n != 1)
		return NULL;
	return list.v[0].domain;
}
