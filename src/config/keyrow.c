/*
 * A row is read from both ends, because OpenDKIM takes all that follows the second colon
 * as the key, blanks and colons included: two fields off the front, attributes off the
 * back as long as they are known ones, an algorithm off what is left.
 */
#include "base/base.h"
#include "config/keytable.h"

#include "base/ascii.h"
#include "base/names.h"
#include "config/keyattr.h"
#include "config/keyfile.h"
#include "config/paths.h"
#include "crypto/keyref.h"
#include "mail/domain.h"

static const struct name_code algorithms[] = {
	{ "rsa-sha256", KEY_RSA },
	{ "ed25519-sha256", KEY_ED25519 },
};

#define NO_ALGORITHM (-1)

/* While a row is being read. */
struct row_reader {
	struct pool *pool;
	const struct keytable_params *params;
	struct key_row *row;
};

/* The first complaint about the row counts. */
static PRINTF_LIKE(2, 3) void
row_bad(struct row_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (r->row->bad == NULL)
		r->row->bad = reason_vmake(r->pool, format, args);
	va_end(args);
}

/* Splits the last word off. False: there is only one. */
static bool
cut_last_word(struct slice text, struct slice *head, struct slice *word)
{
	size_t n = text.n;

	while (n > 0 && !ascii_is_wsp(text.p[n - 1]))
		n--;
	*head = slice_trim(slice_sub(text, 0, n));
	*word = slice_from(text, n);
	return head->n > 0;
}

/* Takes the attributes off the end of *key. One that cannot be read may have been any; it
 * may have said who may write as the domain only if it is spelt like that. */
static void
row_attributes(struct row_reader *r, struct slice *key)
{
	struct slice head, word, name, value;
	const struct reason *bad;

	while (cut_last_word(*key, &head, &word)) {
		if (!slice_cut(word, '=', &name, &value) || !keyattr_is_known(name))
			break;
		if ((bad = keyattr_parse(r->pool, word, r->row)) != NULL)
			row_bad(r, "attribute '%.*s': %p", SLICE_ARG(word), bad);
		*key = head;
	}
	if (!cut_last_word(*key, &head, &word) || !keyattr_looks_like(word) ||
		access(pool_copy(r->pool, *key), F_OK) == 0)
		return;
	slice_cut(word, '=', &name, &value);
	row_bad(r, "unknown attribute '%.*s': the attributes are %s", SLICE_ARG(name),
		keyattr_names(r->pool));
	*key = head;
	r->row->unread |= KEY_SUBDOMAINS | KEY_RULES;
	if (slice_caseeq(slice_sub(name, 0, 3), SLICE_LIT("log")))
		r->row->unread |= KEY_LOGIN;
}

/* Takes ":rsa-sha256" off the end of *key. */
static int
row_algorithm(struct slice *key)
{
	ptrdiff_t colon = slice_rfind(*key, ':');
	int algorithm;

	if (colon < 0 || !name_code(algorithms, ARRAY_LEN(algorithms),
				 slice_from(*key, (size_t)colon + 1), &algorithm))
		return NO_ALGORITHM;
	key->n = (size_t)colon;
	return algorithm;
}

static void
row_domain(struct row_reader *r, struct slice text)
{
	const char *bad;

	if (slice_is(text, "*") || slice_is(text, "%")) {
		r->row->domain = pool_copy(r->pool, text);
		return;
	}
	bad = domain_parse(r->pool, text, &r->row->domain);
	if (bad == NULL)
		return;
	r->row->domain = NULL;
	row_bad(r, "DOMAIN '%.*s' is no domain name: %p", SLICE_ARG(text),
		reason_of(r->pool, bad));
}

/* The selector is a domain name of its own (RFC 6376 3.1). */
static void
row_selector(struct row_reader *r, struct slice text)
{
	const char *bad;

	if (slice_is(text, "-"))
		return;
	bad = domain_parse(r->pool, text, &r->row->selector);
	if (bad == NULL)
		return;
	r->row->selector = "";
	row_bad(r, "SELECTOR '%.*s' is not usable: %p", SLICE_ARG(text),
		reason_of(r->pool, bad));
}

static bool
is_path(struct slice key)
{
	return slice_starts(key, "/") || slice_starts(key, "./") ||
	       slice_starts(key, "../");
}

static void
row_check_algorithm(struct row_reader *r, int algorithm)
{
	const struct keyref *key = r->row->key;

	if (algorithm == NO_ALGORITHM || key == NULL || (int)key->type == algorithm)
		return;
	row_bad(r, "the row says %s, but its key is of the type %s: correct one of them",
		code_name(algorithms, ARRAY_LEN(algorithms), algorithm),
		key_type_name(key->type));
}

/* SignatureAlgorithm, for rows that do not name one. */
static int
preset_algorithm(const struct options *o)
{
	int algorithm;

	if (o->algorithm == NULL || !name_code(algorithms, ARRAY_LEN(algorithms),
					    slice_of(o->algorithm), &algorithm))
		return NO_ALGORITHM;
	/* OpenDKIM's default is rsa-sha256, and written out in many files beside keys of
	 * both types: only Ed25519 says more than the key itself. */
	return algorithm == KEY_RSA ? NO_ALGORITHM : algorithm;
}

/* Reads the key itself, from its file or from the row. */
static void
row_read_key(struct row_reader *r, struct slice key)
{
	struct key_row *row = r->row;
	struct keystore *store = r->params->store;
	const struct reason *bad = NULL;

	if (is_path(key)) {
		row->key_path = path_within(
			r->pool, r->params->options->base_directory, key);
		if (store != NULL && slice_find(key, '%') < 0)
			bad = keystore_file(store, row->key_path, row->at, &row->key);
	} else if (store != NULL) {
		bad = keystore_text(store, key, row->at, &row->key);
	}
	if (bad != NULL)
		row_bad(r, "%p", bad);
}

static void
row_key(struct row_reader *r, struct slice key)
{
	struct key_row *row = r->row;
	int algorithm = row_algorithm(&key);

	if (slice_is(key, "-")) {
		row->selector = NULL;
		return;
	}
	if (key.n == 0 || row->selector == NULL ||
		(row->domain != NULL && strcmp(row->domain, "*") == 0)) {
		row_bad(r, "%p",
			key.n == 0
				? REASON("KEY is empty: write a path, or '-' for a row "
					 "without a key")
			: row->selector == NULL
				? REASON("a key needs a selector: write "
					 "DOMAIN:SELECTOR:KEY, or '-' for both")
				: REASON("DOMAIN '*' is for policy alone: write *:-:-, "
					 "or the domain that the key is for"));
		if (row->selector == NULL)
			row->selector = "";
		return;
	}
	if (algorithm == NO_ALGORITHM)
		algorithm = preset_algorithm(r->params->options);
	row_read_key(r, key);
	row_check_algorithm(r, algorithm);
}

struct key_row *
key_row_parse(struct pool *pool, const struct table_row *line,
	const struct keytable_params *params, struct problems *problems)
{
	struct key_row *row = pool_alloc(pool, sizeof(*row));
	struct row_reader r = { pool, params, row };
	struct slice domain, selector, key, rest;

	*row = (struct key_row){ .name = pool_copy(pool, line->key),
		.sign = true,
		.canon = params->options->canon,
		.expire = params->options->signature_ttl,
		.at = line->at,
		.where = place_short(pool, line->at) };
	if (!slice_cut(line->value, ':', &domain, &rest) ||
		!slice_cut(rest, ':', &selector, &key)) {
		row_bad(&r,
			"row '%s' has %p behind its name: write NAME DOMAIN:SELECTOR:KEY",
			row->name,
			line->value.n == 0 ? REASON("nothing")
					   : REASON("too few fields"));
		row->selector = "";
		return row;
	}
	key = slice_trim(key);
	row_domain(&r, slice_trim(domain));
	row_selector(&r, slice_trim(selector));
	row_attributes(&r, &key);
	row_key(&r, key);
	if (row->domain != NULL && strcmp(row->domain, "%") == 0 &&
		!params->has_signing_table) {
		problems_error(problems, line->at,
			"DOMAIN '%%' (the author's) needs a SigningTable to say whose: "
			"set SigningTable, or write the domain");
		return NULL;
	}
	return row;
}
