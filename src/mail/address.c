/*
 * The header parser reads words until something says what they were: '@' makes the one
 * word a local part, '<' and ':' make them a display name. It takes the grammar of RFC
 * 5322 without its obsolete half (source routes, empty list elements, blanks around the
 * dots), because that half is where two programs read two different authors.
 *
 * A path of the envelope is cut, not parsed: the MTA has accepted it already, and what
 * counts is the domain after the last '@'.
 */
#include "base/base.h"
#include "mail/address.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/scan.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/domain.h"
#include "mail/jis.h"
#include "mail/lex.h"

/* One run over a field. */
struct reader {
	struct pool *pool;
	struct scan s;
	size_t limit;
	struct addresses *list;
	struct str other; /* words that are not kept */
};

/* What stands before '@', '<' or ':'. */
struct words {
	size_t n;           /* how many */
	struct slice first; /* the first one, plain */
};

static bool
is_atom_char(char c)
{
	return lex_is_atext(c) || c == '.';
}

/* What may stand in a domain literal. */
static bool
is_literal_char(char c)
{
	return !ascii_is_ctl(c) && !ascii_is_8bit(c) && c != ' ' && c != '[' &&
	       c != ']' && c != '\\';
}

/* Takes a quoted string (its text goes to `plain`) or a run of atoms and dots. */
static bool
take_word(struct reader *r, struct str *plain, struct slice *word)
{
	if (scan_span(&r->s, is_atom_char, word))
		return true;
	str_cut(plain, 0);
	if (!lex_quoted(&r->s, plain))
		return false;
	*word = str_slice(plain);
	return true;
}

/* Takes words with comments and folds around them; there may be none. */
static const char *
take_words(struct reader *r, struct words *words)
{
	struct str first = STR_POOL(r->pool);
	struct slice word;

	*words = (struct words){ 0 };
	for (;;) {
		if (!lex_cfws(&r->s))
			return N_("a comment does not end");
		if (!take_word(r, words->n == 0 ? &first : &r->other, &word))
			break;
		if (words->n++ == 0)
			words->first = word;
	}
	if (scan_peek(&r->s) == '"')
		return N_("a quoted string does not end");
	return NULL;
}

/* Takes the domain of an address, with what may stand around it. */
static const char *
take_domain(struct reader *r, const char **domain)
{
	struct slice text;

	*domain = NULL;
	if (!lex_cfws(&r->s))
		return N_("a comment does not end");
	if (scan_char(&r->s, '[')) {
		scan_skip(&r->s, is_literal_char);
		if (!scan_char(&r->s, ']'))
			return N_("a domain literal does not end");
	} else {
		const char *bad;

		if (!scan_span(&r->s, is_atom_char, &text))
			return N_("an address has no domain");
		if ((bad = domain_parse(r->pool, text, domain)) != NULL)
			return bad;
	}
	return lex_cfws(&r->s) ? NULL : N_("a comment does not end");
}

/* Is there an encoded word in it? RFC 2047 5 allows none in an address, and some readers
 * decode it all the same: what they show has another '@'. */
static bool
has_encoded_word(struct slice local)
{
	ptrdiff_t at = slice_search(local, "=?");

	return at >= 0 && slice_search(slice_from(local, (size_t)at + 2), "?=") >= 0;
}

/* Takes "@domain" after a local part and puts the address on the list. */
static const char *
take_address(struct reader *r, const struct words *words)
{
	struct address address = { .local = words->first };
	const char *bad;

	if (words->n == 0)
		return N_("an address has no local part");
	if (words->n > 1)
		return N_("an address has more than one local part");
	if (!utf8_is_valid(address.local))
		return N_("a local part is not UTF-8");
	if (has_encoded_word(address.local))
		return N_("a local part has an encoded word");
	if (!scan_char(&r->s, '@'))
		return N_("an address has no '@'");
	if ((bad = take_domain(r, &address.domain)) != NULL)
		return bad;
	if (r->list->n >= r->limit)
		return N_("too many addresses");
	*vec_add(r->pool, r->list) = address;
	return NULL;
}

/* Takes what stands between '<' and '>'. */
static const char *
take_angle(struct reader *r)
{
	struct words words;
	const char *bad = take_words(r, &words);

	if (bad == NULL)
		bad = take_address(r, &words);
	if (bad != NULL)
		return bad;
	if (!scan_char(&r->s, '>'))
		return N_("a '<' without '>'");
	return lex_cfws(&r->s) ? NULL : N_("a comment does not end");
}

/* Takes the angle after a bare address in the place of a name: a@b <a@b>. */
static const char *
take_named_by_address(struct reader *r)
{
	const char *named = r->list->v[--r->list->n].domain;
	const char *bad = take_angle(r), *meant;

	if (bad != NULL)
		return bad;
	meant = r->list->v[r->list->n - 1].domain;
	if (named == NULL || meant == NULL || strcmp(named, meant) != 0)
		return N_("an address of another domain stands for a name");
	return NULL;
}

/* Takes the rest of a mailbox, after its first words. */
static const char *
take_mailbox(struct reader *r, const struct words *words)
{
	const char *bad;

	if (scan_char(&r->s, '<'))
		return take_angle(r);
	bad = take_address(r, words);
	if (bad != NULL || !scan_char(&r->s, '<'))
		return bad;
	return take_named_by_address(r);
}

/* Takes the mailboxes of a group, after its ':'. */
static const char *
take_group(struct reader *r)
{
	struct words words;
	const char *bad = take_words(r, &words);

	if (bad != NULL)
		return bad;
	if (words.n == 0 && scan_char(&r->s, ';'))
		return lex_cfws(&r->s) ? NULL : N_("a comment does not end");
	for (;;) {
		if ((bad = take_mailbox(r, &words)) != NULL)
			return bad;
		if (!scan_char(&r->s, ','))
			break;
		if ((bad = take_words(r, &words)) != NULL)
			return bad;
	}
	if (!scan_char(&r->s, ';'))
		return N_("a group does not end with ';'");
	return lex_cfws(&r->s) ? NULL : N_("a comment does not end");
}

/* The list as the grammar has it. */
static const char *
parse_list(struct pool *pool, struct slice value, size_t limit, struct addresses *list)
{
	struct reader r = { pool, scan_of(value), limit, list, STR_POOL(pool) };
	struct words words;
	const char *bad;

	*list = (struct addresses)VEC_INIT;
	do {
		if ((bad = take_words(&r, &words)) != NULL)
			return bad;
		if (words.n > 0 && scan_char(&r.s, ':'))
			bad = take_group(&r);
		else
			bad = take_mailbox(&r, &words);
		if (bad != NULL)
			return bad;
	} while (scan_char(&r.s, ','));
	return scan_is_end(&r.s) ? NULL : N_("something stands behind an address");
}

const char *
address_list_parse(
	struct pool *pool, struct slice value, size_t limit, struct addresses *list)
{
	const char *bad = parse_list(pool, value, limit, list);
	struct slice plain;

	if (bad == NULL || !jis_plain(pool, value, &plain) ||
		parse_list(pool, plain, limit, list) != NULL)
		return bad;
	/* What was left out of a local part is not a name. */
	for (size_t i = 0; i < list->n; i++)
		if (slice_find(list->v[i].local, '\033') >= 0)
			return bad;
	return NULL;
}

void
address_domains(struct pool *pool, const struct addresses *list, struct domains *domains)
{
	struct map *seen = map_new(pool);

	*domains = (struct domains)VEC_INIT;
	for (size_t i = 0; i < list->n; i++) {
		const char *domain = list->v[i].domain;

		if (domain == NULL || map_get(seen, slice_of(domain)) != NULL)
			continue;
		map_put(seen, slice_of(domain), &list->v[i]);
		*vec_add(pool, domains) = domain;
	}
}

/* The last place of an '@' (or the first of a ':') outside quotes; -1 for none, -2 where
 * a quote does not end. */
static ptrdiff_t
find_unquoted(struct slice text, char c, bool last)
{
	ptrdiff_t at = -1;
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		if (quoted && text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && text.p[i] == c && (last || at < 0))
			at = (ptrdiff_t)i;
	}
	return quoted ? -2 : at;
}

/* A local part without its quotes; as it is where it is not one quoted string. */
static struct slice
plain_local(struct pool *pool, struct slice text)
{
	struct str plain = STR_POOL(pool);
	struct scan s = scan_of(text);

	if (!lex_quoted(&s, &plain) || !scan_is_end(&s))
		return text;
	return str_slice(&plain);
}

const char *
address_path_parse(struct pool *pool, struct slice path, struct address *address)
{
	struct slice text = slice_trim(path), domain;
	const char *bad;
	ptrdiff_t at;

	*address = (struct address){ .local = path };
	if (slice_starts(text, "<") != slice_ends(text, ">"))
		return N_("a path has one angle bracket");
	if (slice_starts(text, "<"))
		text = text.n > 1 ? slice_sub(text, 1, text.n - 2) : text;
	/* RFC 5321 4.1.1.3: a source route is accepted and ignored. */
	if (slice_starts(text, "@") && (at = find_unquoted(text, ':', false)) >= 0)
		text = slice_from(text, (size_t)at + 1);
	at = find_unquoted(text, '@', true);
	if (at == -2)
		return N_("a quoted local part does not end");
	if (at < 0) {
		address->local = plain_local(pool, text);
		return NULL;
	}
	domain = slice_from(text, (size_t)at + 1);
	if (!slice_starts(domain, "[") || !slice_ends(domain, "]")) {
		bad = domain_parse(pool, domain, &address->domain);
		if (bad != NULL)
			return bad;
	}
	address->local = plain_local(pool, slice_sub(text, 0, (size_t)at));
	return NULL;
}
