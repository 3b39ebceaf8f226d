/*
 * Four passes: characters become those that the grammar knows, the text falls into words,
 * words that belong together are joined and those that do not are parted, and each is
 * set right until the parser takes it. A colon cannot stand in a domain, so a second one
 * in a word is where another mechanism begins.
 */
#include "base/base.h"
#include "tool/check/spf_words.h"

#include "auth/spf/record.h"
#include "base/ascii.h"
#include "base/ip.h"
#include "base/scan.h"
#include "base/str.h"
#include "base/words.h"
#include "mail/domain.h"
#include "tool/meant_text.h"

/* What follows the version, whatever a zone file or a form has put before it. */
static struct slice
behind_version(struct pool *pool, struct slice text)
{
	static const char *const versions[] = { "v=spf1", "v=spf", "spf1" };
	struct slice low = pool_lower(pool, text);

	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		ptrdiff_t at = slice_search(low, versions[i]);

		if (at >= 0)
			return slice_from(text, (size_t)at + strlen(versions[i]));
	}
	return text;
}

/* The mechanisms and modifiers that take a value, the longest first. */
static const char *const valued[] = {
	"redirect=", "include:", "exists:", "ip4:", "ip6:", "ptr:", "exp=", "mx:", "a:"
};

static bool
starts_with(struct slice text, const char *name)
{
	return slice_caseeq(slice_sub(text, 0, strlen(name)), slice_of(name));
}

static bool
is_qualifier(char c)
{
	return c == '+' || c == '-' || c == '~' || c == '?';
}

static struct slice
without_qualifier(struct slice word)
{
	return word.n > 0 && is_qualifier(word.p[0]) ? slice_from(word, 1) : word;
}

/* An address, or a network. */
static bool
is_address(struct slice text)
{
	struct slice head, tail;
	struct ip ip;

	slice_cut(text, '/', &head, &tail);
	return ip_parse(head, &ip) == NULL;
}

/* The name before the value, "include:"; empty: there is none. */
static struct slice
name_of(struct slice word)
{
	word = without_qualifier(word);
	if (is_address(word))
		return SLICE_EMPTY;
	for (size_t i = 0; i < word.n && i < 12; i++)
		if (word.p[i] == ':' || word.p[i] == '=')
			return slice_sub(word, 0, i + 1);
	return SLICE_EMPTY;
}

/* Where in the word another one begins; its length: nowhere. */
static size_t
next_begin(struct slice word)
{
	struct slice name = name_of(word), bare = without_qualifier(word);
	bool is_net = is_address(slice_from(bare, name.n)), in_macro = false;

	for (size_t i = 1; i < word.n; i++) {
		struct slice rest = slice_from(word, i);

		in_macro = (in_macro || word.p[i] == '{') && word.p[i] != '}';
		if (in_macro || (i == 1 && is_qualifier(word.p[0])))
			continue;
		if (rest.p[0] == '~' || rest.p[0] == '?' || rest.p[0] == '+' ||
			slice_caseis(rest, "-all"))
			return i;
		for (size_t k = 0; k < ARRAY_LEN(valued); k++)
			/* "2001:db8::a:1" is one address. */
			if (starts_with(rest, valued[k]) && !is_net)
				return i;
	}
	return word.n;
}

static void
add_parts(struct pool *pool, struct slice word, struct words *out)
{
	while (word.n > 0) {
		size_t n = next_begin(word);

		*vec_add(pool, out) = pool_copy(pool, slice_sub(word, 0, n));
		word = slice_from(word, n);
	}
}

/* Is the word one term or modifier that receivers know? */
static bool
is_sound(struct pool *pool, const char *word)
{
	const char *alone = pool_printf(pool, "v=spf1 %s", word);
	struct spf_record record;

	return spf_record_parse(pool, slice_of(alone), &record) == NULL &&
	       (record.terms.n == 1 || record.redirect.text.n > 0 || record.exp.n > 0);
}

/* Does the word end where a value has to follow? */
static bool
wants_more(struct pool *pool, struct slice word)
{
	static const char *const names[] = { "include", "exists", "redirect", "ip4",
		"ip6", "ipv4", "ipv6" };
	struct slice name = without_qualifier(word);

	/* "ip6:2001:db8::" is whole. */
	if (is_sound(pool, pool_copy(pool, word)))
		return false;
	if (name.n == 0 || strchr(":=/", name.p[name.n - 1]) != NULL)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_caseis(name, names[i]))
			return true;
	return false;
}

/* "include" and "x.example": the sign between them lacks. */
static const char *
sign_between(struct slice word, struct slice next)
{
	if (strchr(":=/+-~?", word.p[word.n - 1]) != NULL ||
		strchr(":=/", next.p[0]) != NULL)
		return "";
	return slice_caseis(without_qualifier(word), "redirect") ? "=" : ":";
}

/* The text between separators, a blank, a comma or a semicolon; commas of macros are
 * none. What follows a comma takes the name of what stands before it. */
static bool
next_piece(struct slice *text, struct slice *piece, bool *behind_comma)
{
	bool in_macro = false;
	size_t from = 0, to;

	*behind_comma = false;
	while (from < text->n && strchr(" ,;", text->p[from]) != NULL)
		*behind_comma = text->p[from++] == ',' || *behind_comma;
	for (to = from; to < text->n; to++) {
		char c = text->p[to];

		in_macro = (in_macro || c == '{') && c != '}';
		if (!in_macro && (c == ' ' || c == ',' || c == ';'))
			break;
	}
	*piece = slice_sub(*text, from, to - from);
	*text = slice_from(*text, to);
	return piece->n > 0;
}

/* A value alone: an address, or a domain behind another one. */
static bool
is_bare(struct slice word)
{
	return is_address(word) || (name_of(word).n == 0 && slice_find(word, '.') > 0);
}

static void
split(struct pool *pool, struct slice text, struct words *out)
{
	struct str word = STR_POOL(pool);
	bool behind_comma;
	struct slice piece;

	while (next_piece(&text, &piece, &behind_comma)) {
		struct slice name = name_of(str_slice(&word));
		bool is_more = word.n > 0 && (wants_more(pool, str_slice(&word)) ||
						     strchr(":=/", piece.p[0]) != NULL);

		if (is_more) {
			str_add(&word, sign_between(str_slice(&word), piece));
			str_add_slice(&word, piece);
			continue;
		}
		name = pool_slice(pool, name);
		add_parts(pool, str_slice(&word), out);
		str_cut(&word, 0);
		if (behind_comma && is_bare(piece))
			str_add_slice(&word, name);
		str_add_slice(&word, piece);
	}
	add_parts(pool, str_slice(&word), out);
}

/* Would receivers read on behind the word? */
static bool
is_readable(struct pool *pool, const char *word)
{
	struct spf_record record;

	return spf_record_parse(pool, slice_of(pool_printf(pool, "v=spf1 %s", word)),
		       &record) == NULL;
}

/* Names that nearly are one. */
static const char *const nearly[][2] = {
	{ "ipv4:", "ip4:" },
	{ "ipv6:", "ip6:" },
	{ "ip:", "ip4:" },
	{ "ip4=", "ip4:" },
	{ "ip6=", "ip6:" },
	{ "a=", "a:" },
	{ "mx=", "mx:" },
	{ "ptr=", "ptr:" },
	{ "exists=", "exists:" },
	{ "include=", "include:" },
	{ "includes:", "include:" },
	{ "inclue:", "include:" },
	{ "inculde:", "include:" },
	{ "incldue:", "include:" },
	{ "redirect:", "redirect=" },
};

/* The prefix of "255.255.255.0"; -1: it is no mask. */
static int
prefix_of_mask(struct slice text)
{
	uint32_t bits = 0, n = 0;
	struct ip mask;

	if (ip_parse(text, &mask) != NULL || mask.bits != 32)
		return -1;
	for (int i = 0; i < 4; i++)
		bits = bits << 8 | mask.addr[i];
	while (n < 32 && (bits & (UINT32_C(1) << (31 - n))) != 0)
		n++;
	return n == 0 || (n < 32 && bits << n != 0) ? -1 : (int)n;
}

/* An address, perhaps in brackets or with a network, as a term; NULL: it is none. */
static const char *
address_term(struct pool *pool, struct slice value)
{
	struct slice head, tail = SLICE_EMPTY;
	char text[IP_TEXT_SIZE];
	struct ip ip;

	slice_cut(value, '/', &head, &tail);
	if (head.n > 2 && head.p[0] == '[' && head.p[head.n - 1] == ']')
		head = slice_sub(head, 1, head.n - 2);
	if (ip_parse(head, &ip) != NULL)
		return NULL;
	if (tail.n > 0 && prefix_of_mask(tail) > 0)
		tail = slice_of(pool_printf(pool, "%d", prefix_of_mask(tail)));
	return pool_printf(pool, "%s:%s%s%.*s", ip.bits == 32 ? "ip4" : "ip6",
		ip_print(&ip, text), tail.n > 0 ? "/" : "", SLICE_ARG(tail));
}

/* The name and the value, each set right; NULL: they mean nothing. */
static const char *
with_value(struct pool *pool, struct slice name, struct slice value)
{
	const char *term = address_term(pool, value), *domain;

	for (size_t i = 0; i < ARRAY_LEN(nearly); i++)
		if (slice_caseis(name, nearly[i][0]))
			name = slice_of(nearly[i][1]);
	if (term != NULL)
		return name.n == 0 || starts_with(name, "ip") ||
		                       slice_caseis(name, "a:") ||
		                       slice_caseis(name, "mx:") ||
		                       slice_caseis(name, "include:")
		               ? term
		               : NULL;
	if (name.n == 0)
		return NULL;
	if (slice_find(value, '%') < 0 && domain_parse(pool, value, &domain) == NULL &&
		domain_labels(domain) > 1) {
		value = slice_of(domain);
		/* Whose address is meant. "1.2.3" is nobody's. */
		if (starts_with(name, "ip") && !ascii_is_digit(value.p[value.n - 1]))
			name = SLICE_LIT("a:");
	}
	return pool_printf(pool, "%.*s%.*s", SLICE_ARG(name), SLICE_ARG(value));
}

/* The word as a term; NULL: it cannot be made one. */
static const char *
mended(struct pool *pool, struct slice word)
{
	struct slice bare = without_qualifier(word);
	struct slice name = name_of(word), mark = slice_sub(word, 0, word.n - bare.n);
	const char *text;

	while (bare.n > 0 && strchr(".:)", bare.p[bare.n - 1]) != NULL)
		bare.n--;
	text = pool_printf(pool, "%.*s%.*s", SLICE_ARG(mark), SLICE_ARG(bare));
	if (is_sound(pool, text))
		return text;
	if (name.n >= bare.n)
		return NULL;
	text = with_value(pool, name, slice_from(bare, name.n));
	if (text == NULL)
		return NULL;
	text = pool_printf(pool, "%.*s%s", SLICE_ARG(mark), text);
	return is_sound(pool, text) ? text : NULL;
}

void
spf_words_read(struct pool *pool, struct slice text, struct spf_words *out)
{
	struct words words = VEC_INIT;

	split(pool, behind_version(pool, meant_text(pool, text)), &words);
	for (size_t i = 0; i < words.n; i++) {
		const char *was = words.v[i];
		struct spf_word *word;

		/* The version again, where two records were put into one. */
		if (strcasecmp(was, "v=spf1") == 0 || strcasecmp(was, "spf1") == 0)
			continue;
		word = vec_add(pool, out);
		word->was = was;
		word->text = is_sound(pool, was) ? was : mended(pool, slice_of(was));
		/* A modifier that nobody knows yet is one all the same. */
		if (word->text == NULL && is_readable(pool, was))
			word->text = was;
	}
}

bool
spf_word_is_mended(const struct spf_word *word)
{
	return word->text != NULL && strcmp(word->text, word->was) != 0;
}
