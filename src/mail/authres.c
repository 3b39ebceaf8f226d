/*
 * Everything from the wire goes through add_value() or add_text(), the only places that
 * decide between bare and quoted; nothing else of this file writes a byte that it has not
 * made itself. No comments are written: they are where old parsers were talked into
 * seeing results that nobody gave (CVE-2020-12272).
 */
#include "base/base.h"
#include "mail/authres.h"

#include "base/ascii.h"
#include "base/msg.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "mail/fold.h"

/* Characters that no reader of any age takes for syntax (RFC 8601 2.2). */
static bool
is_plain(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+';
}

static bool
all_plain(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!is_plain(text.p[i]))
			return false;
	return text.n > 0;
}

/* Is it a dot-atom: no dot at an end, no two in a row? */
static bool
is_dot_atom(struct slice text)
{
	if (!all_plain(text) || slice_starts(text, ".") || slice_ends(text, "."))
		return false;
	for (size_t i = 1; i < text.n; i++)
		if (text.p[i] == '.' && text.p[i - 1] == '.')
			return false;
	return true;
}

/* May it stand without quotes: a token, local@domain, or @domain? */
static bool
may_be_bare(struct slice value)
{
	struct slice local, domain;

	if (!slice_cut(value, '@', &local, &domain))
		return all_plain(value);
	return (local.n == 0 || is_dot_atom(local)) && is_dot_atom(domain) &&
	       slice_find(domain, '+') < 0;
}

/* Adds a quoted string. */
static void
add_quoted(struct str *out, struct slice value)
{
	struct scan s = scan_of(value);

	str_addc(out, '"');
	while (!scan_is_end(&s)) {
		const char *from = s.p;
		char c = *from;

		if (!utf8_take(&s)) {
			str_addc(out, '?');
			s.p++;
			continue;
		}
		if (c == '"' || c == '\\')
			str_addc(out, '\\');
		if (ascii_is_ctl(c))
			str_addc(out, ' ');
		else
			str_add_slice(out, scan_since(&s, from));
	}
	str_addc(out, '"');
}

/* Adds a property's value from the wire. */
static void
add_value(struct str *out, struct slice value)
{
	if (may_be_bare(value))
		str_add_slice(out, value);
	else
		add_quoted(out, value);
}

/* Adds a text that may not be an address: the id, or a reason. */
static void
add_text(struct str *out, struct slice text)
{
	if (all_plain(text))
		str_add_slice(out, text);
	else
		add_quoted(out, text);
}

/* Adds a word of ours: a keyword, or our mistake. */
static void
add_word(struct str *out, const char *word)
{
	const char *p = word;

	while (ascii_is_alnum(*p) || (*p == '-' && p[1] != '\0'))
		p++;
	if (*word == '\0' || *p != '\0')
		panic("'%s' is not a keyword", word);
	str_add(out, word);
}

/* At most AUTHRES_VALUE_MAX bytes of it, not ending inside a character. */
static struct slice
cut(struct slice text)
{
	size_t n = MIN(text.n, (size_t)AUTHRES_VALUE_MAX);

	while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	return slice_sub(text, 0, n);
}

/* Writes "method/version=result reason=value type.name=value ...". */
static void
print_result(const struct authres_result *result, struct fold *fold, struct str *piece)
{
	str_cut(piece, 0);
	add_word(piece, result->method);
	if (result->version != 0)
		str_addf(piece, "/%u", result->version);
	str_addc(piece, '=');
	add_word(piece, result->result);
	fold_piece(fold, str_slice(piece));
	if (result->reason.p != NULL) {
		str_cut(piece, 0);
		str_add(piece, "reason=");
		add_text(piece, cut(result->reason));
		fold_blank(fold);
		fold_piece(fold, str_slice(piece));
	}
	for (size_t i = 0; i < result->properties.n; i++) {
		const struct authres_property *property = &result->properties.v[i];

		if (property->value.n > AUTHRES_VALUE_MAX)
			continue;
		str_cut(piece, 0);
		add_word(piece, property->type);
		str_addc(piece, '.');
		add_word(piece, property->name);
		str_addc(piece, '=');
		add_value(piece, property->value);
		fold_blank(fold);
		fold_piece(fold, str_slice(piece));
	}
}

void
authres_print(const struct authres *authres, struct str *out)
{
	struct fold fold = fold_begin(out, strlen("Authentication-Results: "));
	struct str piece = STR_INIT;

	if (authres->instance != 0) {
		str_addf(&piece, "i=%u;", authres->instance);
		fold_piece(&fold, str_slice(&piece));
		fold_blank(&fold);
		str_cut(&piece, 0);
	}
	add_text(&piece, cut(authres->authserv_id));
	if (authres->version != 0)
		str_addf(&piece, " %u", authres->version);
	str_addc(&piece, ';');
	fold_piece(&fold, str_slice(&piece));
	/* RFC 8601 2.2: "none" says that nothing was checked. */
	if (authres->results.n == 0) {
		fold_blank(&fold);
		fold_text(&fold, "none");
	}
	for (size_t i = 0; i < authres->results.n; i++) {
		if (i > 0)
			fold_text(&fold, ";");
		fold_line(&fold);
		print_result(&authres->results.v[i], &fold, &piece);
	}
	str_release(&piece);
}

struct authres_result *
authres_add(struct pool *pool, struct authres *authres, const char *method,
	const char *result)
{
	struct authres_result *added = vec_add(pool, &authres->results);

	added->method = method;
	added->result = result;
	return added;
}

void
authres_property(struct pool *pool, struct authres_result *result, const char *type,
	const char *name, struct slice value)
{
	*vec_add(pool, &result->properties) =
		(struct authres_property){ type, name, value };
}
