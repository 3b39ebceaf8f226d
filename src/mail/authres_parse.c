/*
 * One function per rule of the grammar, in its order. Each takes its part and the
 * comments and folds after it, so that a rule begins where its first character is; that
 * leaves one question open, which two_words() answers: whether there was anything
 * between two parts that may not touch.
 */
#include "base/base.h"
#include "mail/authres_parse.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "mail/lex.h"

enum {
	RESULTS_MAX = 1000,     /* in one field */
	PROPERTIES_MAX = 10000, /* of all results */
	INSTANCE_MAX = 50       /* RFC 8617 4.2.1 */
};

/* One run over a field. */
struct reader {
	struct pool *pool;
	struct scan s;
	struct authres *authres;
	const char *word_end; /* where the last word or value ended */
	size_t properties;
};

static const char open_comment[] = N_("a comment does not end");

/* Passes over comments and folds and remembers where they began. */
static const char *
skip(struct reader *r)
{
	r->word_end = r->s.p;
	return lex_cfws(&r->s) ? NULL : open_comment;
}

/* Takes one character of syntax and what follows it. */
static const char *
take_char(struct reader *r, char c, const char *complaint)
{
	if (!scan_char(&r->s, c))
		return complaint;
	return skip(r);
}

static bool
is_keyword_char(char c)
{
	return ascii_is_alnum(c) || c == '-';
}

/* Takes a keyword, in lower case, and what follows it. */
static const char *
take_keyword(struct reader *r, const char **word, const char *complaint)
{
	struct slice text;

	if (!scan_span(&r->s, is_keyword_char, &text) || slice_ends(text, "-"))
		return complaint;
	*word = pool_lower(r->pool, text).p;
	return skip(r);
}

/* Takes a number and what follows it. */
static const char *
take_number(struct reader *r, uint64_t max, unsigned *number)
{
	uint64_t n;

	if (!scan_number(&r->s, &n) || n > max)
		return N_("a version or instance is not a number of its range");
	*number = (unsigned)n;
	return skip(r);
}

/* What a value without quotes may be made of: tokens, addresses, and what deployed mail
 * systems leave bare (see the header file). */
static bool
is_bare(char c)
{
	return !ascii_is_ctl(c) && c != ' ' && strchr(";()\"\\", c) == NULL;
}

/* A bare value, unless it is an address, may only end in '=', as base64 does: otherwise
 * "a= b.c=d" had two meanings. */
static bool
is_fine_bare(struct slice text)
{
	while (slice_ends(text, "="))
		text.n--;
	return slice_find(text, '=') < 0 || slice_find(text, '@') >= 0;
}

/* Adds `"local"@domain`, escaped again. */
static void
add_address(struct str *out, struct slice local, struct slice domain)
{
	str_addc(out, '"');
	for (size_t i = 0; i < local.n; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			str_addc(out, '\\');
		str_addc(out, local.p[i]);
	}
	str_add(out, "\"@");
	str_add_slice(out, domain);
}

/* Takes a quoted string, or an address whose local part is one (its quotes then stay). */
static const char *
take_quoted(struct reader *r, struct slice *value)
{
	struct str plain = STR_POOL(r->pool), address = STR_POOL(r->pool);
	struct slice domain;

	if (!lex_quoted(&r->s, &plain))
		return N_("a quoted string does not end");
	*value = str_slice(&plain);
	if (!scan_char(&r->s, '@'))
		return NULL;
	if (!scan_span(&r->s, is_bare, &domain))
		return N_("an address has no domain");
	add_address(&address, *value, domain);
	*value = str_slice(&address);
	return NULL;
}

/* The value with blanks for control characters, as we would write it. */
static struct slice
without_controls(struct pool *pool, struct slice value)
{
	char *copy = pool_copy(pool, value);

	for (size_t i = 0; i < value.n; i++)
		if (ascii_is_ctl(copy[i]) && copy[i] != '\t')
			copy[i] = ' ';
	return (struct slice){ copy, value.n };
}

/* Takes a property's or a reason's value and what follows it. */
static const char *
take_value(struct reader *r, struct slice *value)
{
	const char *bad = NULL;

	if (scan_peek(&r->s) == '"')
		bad = take_quoted(r, value);
	else if (!scan_span(&r->s, is_bare, value))
		bad = N_("a property or reason has no value");
	else if (!is_fine_bare(*value))
		bad = N_("a value has a '=' in the middle");
	if (bad == NULL && !utf8_is_valid(*value))
		bad = N_("a value is not UTF-8");
	else if (bad == NULL)
		*value = without_controls(r->pool, *value);
	return bad != NULL ? bad : skip(r);
}

/* Takes "type.name=value"; the type has been taken. */
static const char *
take_property(struct reader *r, struct authres_result *result, const char *type)
{
	struct authres_property property = { .type = type };
	const char *bad;

	if ((bad = take_char(r, '.', N_("a property has no '.'"))) != NULL ||
		(bad = take_keyword(r, &property.name, N_("a property has no name"))) !=
			NULL ||
		(bad = take_char(r, '=', N_("a property has no '='"))) != NULL ||
		(bad = take_value(r, &property.value)) != NULL)
		return bad;
	if (r->properties++ == PROPERTIES_MAX)
		return N_("too many properties");
	*vec_add(r->pool, &result->properties) = property;
	return NULL;
}

/* Takes "reason=value"; the word has been taken. */
static const char *
take_reason(struct reader *r, struct authres_result *result)
{
	const char *bad = take_char(r, '=', N_("a reason has no '='"));

	if (result->reason.p != NULL)
		return N_("a result has two reasons");
	return bad != NULL ? bad : take_value(r, &result->reason);
}

/* Was there a blank or a comment after the last word? */
static bool
two_words(const struct reader *r)
{
	return r->s.p > r->word_end;
}

/* Takes the reason and the properties of a result. */
static const char *
take_details(struct reader *r, struct authres_result *result)
{
	while (!scan_is_end(&r->s) && scan_peek(&r->s) != ';') {
		const char *word, *bad;

		if (!two_words(r))
			return N_("something touches a value");
		if ((bad = take_keyword(r, &word, N_("a property has no type"))) != NULL)
			return bad;
		if (strcmp(word, "reason") == 0 && scan_peek(&r->s) == '=')
			bad = take_reason(r, result);
		else
			bad = take_property(r, result, word);
		if (bad != NULL)
			return bad;
	}
	return NULL;
}

/* Takes "method/version=result ..."; the method has been taken. */
static const char *
take_result(struct reader *r, const char *method)
{
	struct authres_result *result;
	const char *bad;

	if (r->authres->results.n == RESULTS_MAX)
		return N_("too many results");
	result = vec_add(r->pool, &r->authres->results);
	result->method = method;
	if (scan_char(&r->s, '/') &&
		((bad = skip(r)) != NULL ||
			(bad = take_number(r, UINT_MAX, &result->version)) != NULL))
		return bad;
	if ((bad = take_char(r, '=', N_("a method has no '='"))) != NULL ||
		(bad = take_keyword(r, &result->result, N_("a method has no result"))) !=
			NULL)
		return bad;
	return take_details(r, result);
}

/* Takes all that stands after the id. */
static const char *
take_results(struct reader *r)
{
	while (!scan_is_end(&r->s)) {
		const char *method, *bad;

		if ((bad = take_char(r, ';', N_("something stands before a ';'"))) !=
			NULL)
			return bad;
		if (scan_is_end(&r->s))
			break;
		if ((bad = take_keyword(r, &method, N_("a result has no method"))) !=
			NULL)
			return bad;
		if (strcmp(method, "none") == 0 && r->authres->results.n == 0 &&
			scan_is_end(&r->s))
			break;
		if ((bad = take_result(r, method)) != NULL)
			return bad;
	}
	return NULL;
}

static bool
is_id_char(char c)
{
	return (lex_is_token(c) && !ascii_is_8bit(c)) || c == '/';
}

/* Takes the authserv-id and its version. */
static const char *
take_id(struct reader *r)
{
	struct slice *id = &r->authres->authserv_id;
	struct str plain = STR_POOL(r->pool);
	const char *bad;

	if (!scan_span(&r->s, is_id_char, id)) {
		if (!lex_quoted(&r->s, &plain) || plain.n == 0)
			return N_("there is no authserv-id");
		*id = str_slice(&plain);
	}
	if (!utf8_is_valid(*id))
		return N_("the authserv-id is not UTF-8");
	for (size_t i = 0; i < id->n; i++)
		if (ascii_is_ctl(id->p[i]) && id->p[i] != '\t')
			return N_("the authserv-id has a control character");
	if ((bad = skip(r)) != NULL)
		return bad;
	if (two_words(r) && scan_peek(&r->s) != ';' && !scan_is_end(&r->s))
		return take_number(r, UINT_MAX, &r->authres->version);
	return NULL;
}

/* Takes "i=N;" where the field begins with it. */
static const char *
take_instance(struct reader *r)
{
	struct reader ahead = *r;
	const char *bad;

	if (!scan_char(&ahead.s, 'i') || skip(&ahead) != NULL ||
		scan_peek(&ahead.s) != '=')
		return NULL;
	*r = ahead;
	if ((bad = take_char(r, '=', NULL)) != NULL ||
		(bad = take_number(r, INSTANCE_MAX, &r->authres->instance)) != NULL)
		return bad;
	if (r->authres->instance == 0)
		return N_("instances begin with 1");
	return take_char(r, ';', N_("an instance has no ';'"));
}

/* The value without the line end that a text may have after it. */
static struct slice
without_line_end(struct slice value)
{
	if (slice_ends(value, "\n"))
		value.n--;
	if (slice_ends(value, "\r"))
		value.n--;
	return value;
}

const char *
authres_parse(struct pool *pool, struct slice value, struct authres *authres)
{
	struct reader r = { pool, scan_of(without_line_end(value)), authres, NULL, 0 };
	const char *bad;

	*authres = (struct authres){ 0 };
	if ((bad = skip(&r)) != NULL || (bad = take_instance(&r)) != NULL ||
		(bad = take_id(&r)) != NULL)
		return bad;
	return take_results(&r);
}
