/*
 * One row for each tag, one small function for each row. All rows are walked even after a
 * complaint, so that a report of a broken field can still say whose it was; of several
 * complaints the gravest is told.
 */
#include "base/base.h"
#include "auth/dkim/signature.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/key.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "base/names.h"
#include "base/scan.h"
#include "base/str.h"
#include "base/vec.h"
#include "dns/dns.h"
#include "mail/domain.h"
#include "mail/lex.h"
#include "mail/taglist.h"

/* U-labels are longer than A-labels, but not by this much. */
#define DOMAIN_TEXT_MAX 1024
#define LENGTH_DIGITS 76
#define TIME_DIGITS 12
#define WORD_MAX 32

static const struct name_code algorithms[] = {
	{ "rsa-sha256", KEY_RSA },
	{ "ed25519-sha256", KEY_ED25519 },
};

const char *
dkim_algorithm_name(enum key_type type)
{
	return code_name(algorithms, ARRAY_LEN(algorithms), (int)type);
}

#define GOOD auth_outcome(AUTH_NONE, NULL)

static struct outcome
permerror(const struct reason *reason)
{
	return auth_outcome(AUTH_PERMERROR, reason);
}

/* Decimal digits and nothing else, at most `digits` of them. */
static bool
take_number(struct slice text, size_t digits, uint64_t *number)
{
	struct scan s = scan_of(text);

	return text.n <= digits && scan_number(&s, number) && scan_is_end(&s);
}

/* A domain as the tag must spell it:
 * without the final dot that names elsewhere may have. */
static const char *
take_domain(struct pool *pool, struct slice text)
{
	const char *domain;

	if (text.n > DOMAIN_TEXT_MAX || slice_ends(text, ".") ||
		domain_parse(pool, text, &domain) != NULL)
		return NULL;
	return domain;
}

static struct outcome
read_version(struct pool *pool UNUSED, const struct tag *tag, struct dkim_sig *sig UNUSED)
{
	return slice_is(tag->value, "1") ? GOOD : permerror(REASON("unknown version"));
}

static struct outcome
read_domain(struct pool *pool, const struct tag *tag, struct dkim_sig *sig)
{
	const char *domain = take_domain(pool, tag->value);

	if (domain == NULL || domain_labels(domain) < 2)
		return permerror(REASON("d= is not a domain"));
	sig->domain = domain;
	return GOOD;
}

static struct outcome
read_selector(struct pool *pool, const struct tag *tag, struct dkim_sig *sig)
{
	sig->selector = take_domain(pool, tag->value);
	return sig->selector != NULL ? GOOD : permerror(REASON("s= is not a selector"));
}

/* Takes one byte of dkim-quoted-printable; white space may stand anywhere in it. */
static bool
take_quoted(struct scan *s, char *c)
{
	int high, low;

	*c = *s->p++;
	if (*c != '=')
		return true;
	if (s->end - s->p < 2 || ascii_is_lower(s->p[0]) || ascii_is_lower(s->p[1]))
		return false;
	high = ascii_hex(s->p[0]);
	low = ascii_hex(s->p[1]);
	s->p += 2;
	*c = (char)(high * 16 + low);
	return high >= 0 && low >= 0;
}

static const char *
decode_quoted(struct pool *pool, struct slice text, struct slice *bytes)
{
	struct str out = STR_POOL(pool);
	struct scan s = scan_of(text);

	while (scan_skip(&s, ascii_is_space), !scan_is_end(&s)) {
		char c;

		if (!take_quoted(&s, &c))
			return N_("i= is not quoted-printable");
		/* No local part has them, and no line that we write shall. */
		if (ascii_is_ctl(c))
			return N_("i= has a control character");
		str_addc(&out, c);
	}
	*bytes = str_slice(&out);
	return NULL;
}

/* RFC 6376 6.1.1: the identity belongs to the domain, or lies below it. Its row comes
 * after that of d=. */
static struct outcome
read_identity(struct pool *pool, const struct tag *tag, struct dkim_sig *sig)
{
	struct slice bytes;
	const char *bad = decode_quoted(pool, tag->value, &bytes), *domain;
	ptrdiff_t at;

	sig->identity = SLICE_EMPTY;
	if (bad != NULL)
		return permerror(reason_of(pool, bad));
	if ((at = slice_rfind(bytes, '@')) < 0)
		return permerror(REASON("i= has no domain"));
	domain = take_domain(pool, slice_from(bytes, (size_t)at + 1));
	if (domain == NULL)
		return permerror(REASON("i= has no valid domain"));
	if (sig->domain == NULL || !domain_is_within(domain, sig->domain))
		return permerror(REASON("i= is not within d="));
	sig->is_own_domain = strcmp(domain, sig->domain) == 0;
	sig->identity = slice_of(pool_printf(
		pool, "%.*s@%s", SLICE_ARG(slice_sub(bytes, 0, (size_t)at)), domain));
	return GOOD;
}

static bool
is_word_char(char c)
{
	return ascii_is_alnum(c) || c == '-';
}

static struct outcome
read_algorithm(struct pool *pool, const struct tag *tag, struct dkim_sig *sig)
{
	struct scan s = scan_of(tag->value);
	struct slice word;
	int type;

	if (!scan_span(&s, is_word_char, &word) || !scan_is_end(&s) || word.n > WORD_MAX)
		return permerror(REASON("a= is not an algorithm"));
	sig->algorithm = pool_lower(pool, word).p;
	if (name_code(algorithms, ARRAY_LEN(algorithms), word, &type)) {
		sig->type = (enum key_type)type;
		return GOOD;
	}
	/* RFC 8301 3.1: whatever it signs, it proves nothing any more. */
	if (strcmp(sig->algorithm, "rsa-sha1") == 0)
		return auth_outcome(AUTH_POLICY, REASON("rsa-sha1 is no longer safe"));
	return auth_outcome(AUTH_NEUTRAL, REASON("unsupported algorithm"));
}

/* RFC 6376 3.5, c=: without a second word the body is simple, whatever the header is. */
static struct outcome
read_canon(struct pool *pool UNUSED, const struct tag *tag, struct dkim_sig *sig)
{
	struct slice header, body;
	bool both = slice_cut(tag->value, '/', &header, &body);

	if (header.n == 0 || (both && body.n == 0))
		return permerror(REASON("c= is not a canonicalization"));
	if (!canon_parse(header, &sig->canon_header) ||
		(both && !canon_parse(body, &sig->canon_body)))
		return auth_outcome(AUTH_NEUTRAL, REASON("unsupported canonicalization"));
	return GOOD;
}

static struct outcome
read_names(struct pool *pool, const struct tag *tag, struct dkim_sig *sig)
{
	VEC(struct slice) names = VEC_INIT;
	struct slice rest = pool_lower(pool, tag->value), name;
	bool has_from = false, more = true;

	while (more) {
		more = slice_cut(rest, ':', &name, &rest);
		name = slice_trim(name);
		if (names.n == DKIM_SIG_NAMES)
			return auth_outcome(
				AUTH_POLICY, REASON("h= names too many fields"));
		if (!lex_is_field_name(name))
			return permerror(REASON("h= is not a list of field names"));
		*vec_add(pool, &names) = name;
		has_from = has_from || slice_is(name, "from");
	}
	sig->names = names.v;
	sig->nnames = names.n;
	return has_from ? GOOD : permerror(REASON("From field not signed"));
}

static struct outcome
read_length(struct pool *pool UNUSED, const struct tag *tag, struct dkim_sig *sig)
{
	if (!take_number(tag->value, LENGTH_DIGITS, &sig->limit))
		return permerror(REASON("l= is not a number"));
	sig->limit = MIN(sig->limit, BODYHASH_ALL - 1);
	return GOOD;
}

static struct outcome
read_query(struct pool *pool UNUSED, const struct tag *tag, struct dkim_sig *sig UNUSED)
{
	struct slice rest = tag->value, method;
	bool more = true, is_dns = false;

	while (more) {
		more = slice_cut(rest, ':', &method, &rest);
		method = slice_trim(method);
		is_dns = is_dns || slice_caseis(method, "dns/txt") ||
		         slice_caseis(method, "dns");
	}
	return is_dns ? GOOD
	              : permerror(REASON("q= has no way to the key that is known"));
}

static struct outcome
read_time(struct pool *pool UNUSED, const struct tag *tag, struct dkim_sig *sig)
{
	uint64_t seconds;
	bool is_expiry = slice_is(tag->name, "x");

	if (!take_number(tag->value, TIME_DIGITS, &seconds))
		return permerror(is_expiry ? REASON("x= is not a time")
					   : REASON("t= is not a time"));
	*(is_expiry ? &sig->expires : &sig->signed_at) = (int64_t)seconds;
	if (sig->expires >= 0 && sig->signed_at >= sig->expires)
		return permerror(REASON("x= is not after t="));
	return GOOD;
}

static struct outcome
read_bodyhash(struct pool *pool, const struct tag *tag, struct dkim_sig *sig)
{
	if (base64_parse(pool, tag->value, &sig->bodyhash) != NULL ||
		sig->bodyhash.n == 0)
		return permerror(REASON("bh= is not base64"));
	return GOOD;
}

static struct outcome
read_signature(struct pool *pool, const struct tag *tag, struct dkim_sig *sig)
{
	struct str text = STR_POOL(pool);

	for (size_t i = 0; i < tag->value.n; i++)
		if (!ascii_is_space(tag->value.p[i]))
			str_addc(&text, tag->value.p[i]);
	sig->b_place = tag->raw;
	if (base64_parse(pool, str_slice(&text), &sig->signature) != NULL ||
		sig->signature.n == 0)
		return permerror(REASON("b= is not base64"));
	sig->b_text = str_slice(&text);
	return GOOD;
}

static const struct row {
	const char *tag, *missing; /* missing: the complaint; NULL: may be absent */
	struct outcome (*read)(struct pool *, const struct tag *, struct dkim_sig *);
} rows[] = {
	{ "v", N_("v= is missing"), read_version },
	{ "d", N_("d= is missing"), read_domain },
	{ "s", N_("s= is missing"), read_selector },
	{ "a", N_("a= is missing"), read_algorithm },
	{ "b", N_("b= is missing"), read_signature },
	{ "bh", N_("bh= is missing"), read_bodyhash },
	{ "h", N_("h= is missing"), read_names },
	{ "i", NULL, read_identity },
	{ "c", NULL, read_canon },
	{ "l", NULL, read_length },
	{ "q", NULL, read_query },
	{ "t", NULL, read_time },
	{ "x", NULL, read_time },
};

/* How grave an outcome of reading is. */
static int
gravity(struct outcome outcome)
{
	return outcome.code == AUTH_PERMERROR ? 3
	       : outcome.code == AUTH_NEUTRAL ? 2
	       : outcome.code == AUTH_POLICY  ? 1
	                                      : 0;
}

/* Reads one DKIM-Signature field. */
struct outcome
dkim_sig_parse(struct pool *pool, const struct header *field, struct dkim_sig *sig)
{
	struct taglist tags;
	struct outcome worst = GOOD, got;
	const char *bad;
	bool is_incomplete = false;

	*sig = (struct dkim_sig){ .field = field,
		.limit = BODYHASH_ALL,
		.is_own_domain = true,
		.signed_at = -1,
		.expires = -1 };
	if ((bad = taglist_parse(pool, field->value, &tags)) != NULL)
		return auth_because(
			AUTH_PERMERROR, CAUSE_INCOMPLETE, reason_of(pool, bad));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct tag *tag = taglist_find(&tags, rows[i].tag);

		if (tag != NULL)
			got = rows[i].read(pool, tag, sig);
		else
			got = rows[i].missing
			              ? permerror(reason_of(pool, rows[i].missing))
			              : GOOD;
		is_incomplete |= tag == NULL && rows[i].missing != NULL;
		if (gravity(got) > gravity(worst))
			worst = got;
	}
	if (taglist_find(&tags, "i") == NULL && sig->domain != NULL)
		sig->identity = slice_of(pool_printf(pool, "@%s", sig->domain));
	if (is_incomplete)
		worst.cause = CAUSE_INCOMPLETE;
	return worst;
}

/* Finds d= without reading the rest. */
const char *
dkim_sig_domain(struct pool *pool, const struct header *field)
{
	struct slice rest = field->value, element, name, value;

	while (slice_next(&rest, ';', &element))
		if (slice_cut(element, '=', &name, &value) &&
			slice_is(slice_trim(name), "d"))
			return take_domain(pool, slice_trim(value));
	return NULL;
}

/* Where its key is. */
const char *
dkim_sig_key_name(struct pool *pool, const struct dkim_sig *sig)
{
	const char *name;

	if (sig->domain == NULL || sig->selector == NULL)
		return NULL;
	name = dkim_key_name(pool, sig->selector, sig->domain);
	return dns_name_is_askable(slice_of(name)) ? name : NULL;
}
