/*
 * The field is written up to and with "b=", hashed like that, and then b= is filled in
 * after it: so the bytes that were hashed and those that are sent cannot differ. Lines
 * are folded while they are written, since what is folded later would break the simple
 * form.
 *
 * A field that a message has n times and that must not be added to later is named n + 1
 * times. Which names get this is the caller's: the defaults leave out what an MTA still
 * adds after us (Date, Message-ID) and what clean mailing lists add (Reply-To,
 * List-Unsubscribe), unless the message has it already.
 */
#include "base/base.h"
#include "auth/dkim/sign.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/headers.h"
#include "auth/dkim/signature.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "base/str.h"
#include "crypto/signer.h"
#include "mail/domain.h"
#include "mail/lex.h"

#define FIELD_NAME "DKIM-Signature"
#define LINE_MAX_COLUMNS 78
#define FOLD "\r\n\t"
#define FOLD_COLUMNS 8
#define IDENTITY_MAX 320 /* RFC 5321 4.5.3.1: 64 and 255 bytes, and the '@' */

static const char *const sign_names[] = {
	"From",
	"To",
	"Cc",
	"Subject",
	"Date",
	"Reply-To",
	"Message-ID",
	"In-Reply-To",
	"References",
	"Sender",
	"MIME-Version",
	"Content-Type",
	"Content-Transfer-Encoding",
	"List-Id",
	"List-Unsubscribe",
	"List-Unsubscribe-Post",
	"List-Help",
	"List-Post",
	"List-Subscribe",
	"List-Owner",
	"List-Archive",
	"Autocrypt",
};

static const char *const oversign_names[] = {
	"From",
	"Subject",
	"To",
	"Cc",
	"MIME-Version",
	"Content-Type",
	"Content-Transfer-Encoding",
};

static const char *const oversign_present_names[] = {
	"Date",
	"Message-ID",
	"Reply-To",
	"List-Unsubscribe",
	"List-Unsubscribe-Post",
};

const struct dkim_fields dkim_sign_default = { sign_names, ARRAY_LEN(sign_names) };
const struct dkim_fields dkim_oversign_default = { oversign_names,
	ARRAY_LEN(oversign_names) };
const struct dkim_fields dkim_oversign_present_default = { oversign_present_names,
	ARRAY_LEN(oversign_present_names) };

struct dkim_sign {
	struct pool *pool;
	const struct dkim_sign_params *params;
	struct hdrhash *headers;
	struct bodyhash *body;
	size_t wish;
	int64_t now;
	const char *bad;
	VEC(struct slice) names; /* h= */
};

/* Is the name among the first n of the list? */
static bool
lists(const struct dkim_fields *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(fields->names[i], name) == 0)
			return true;
	return false;
}

static bool
has(const struct dkim_fields *fields, const char *name)
{
	return lists(fields, fields->n, name);
}

/* RFC 6376 5.4.2, 8.15: h= names a field as often as it is there. To oversign is to name
 * it once more, so that another one cannot be added: From (2 in h=, 1 in the message). */
static void
name_field(struct dkim_sign *sign, const char *name)
{
	size_t n = hdrhash_count(sign->headers, slice_of(name));

	if (has(sign->params->oversign, name) ||
		(n > 0 && has(sign->params->oversign_present, name)))
		n++;
	while (n-- > 0)
		*vec_add(sign->pool, &sign->names) = slice_of(name);
}

/* What h= will list: the fields of the three lists, each name once worked on. */
static void
name_fields(struct dkim_sign *sign)
{
	const struct dkim_fields *in[] = { sign->params->sign, sign->params->oversign,
		sign->params->oversign_present };
	bool is_from_listed = false;

	for (size_t k = 0; k < ARRAY_LEN(in); k++)
		is_from_listed = is_from_listed || has(in[k], "From");
	if (!is_from_listed)
		name_field(sign, "From");
	for (size_t k = 0; k < ARRAY_LEN(in); k++)
		for (size_t i = 0; i < in[k]->n; i++) {
			const char *name = in[k]->names[i];
			bool is_done = lists(in[k], i, name);

			for (size_t before = 0; before < k; before++)
				is_done = is_done || has(in[before], name);
			if (!is_done)
				name_field(sign, name);
		}
}

/* The same when the caller says h= itself. */
static void
name_exactly(struct dkim_sign *sign, const struct dkim_fields *exact)
{
	if (!has(exact, "From"))
		*vec_add(sign->pool, &sign->names) = SLICE_LIT("From");
	for (size_t i = 0; i < exact->n; i++)
		*vec_add(sign->pool, &sign->names) = slice_of(exact->names[i]);
}

/* RFC 6376 3.5: h= is a list of field names. A ';' in one would end the tag. */
static const char *
check_names(struct pool *pool, const struct dkim_sign *sign)
{
	for (size_t i = 0; i < sign->names.n; i++)
		if (!lex_is_field_name(sign->names.v[i]) ||
			slice_find(sign->names.v[i], ';') >= 0)
			return pool_printf(pool, "'%s' is no name of a header field",
				sign->names.v[i].p);
	return NULL;
}

/* RFC 6376 3.5: i= is in the domain of d= or below it, and has only characters that our
 * reader and a line of mail take; no verifier accepts any other. */
static const char *
check_identity(struct pool *pool, const struct dkim_sign_params *params)
{
	struct slice identity = slice_of(params->identity);
	ptrdiff_t at = slice_rfind(identity, '@');
	const char *domain;

	if (params->identity == NULL)
		return NULL;
	if (identity.n > IDENTITY_MAX)
		return N_("the identity is too long");
	for (size_t i = 0; i < identity.n; i++)
		if (ascii_is_ctl(identity.p[i]))
			return N_("the identity has a control character");
	if (at < 0 || domain_parse(pool, slice_from(identity, (size_t)at + 1), &domain))
		return N_("the identity has no domain");
	if (!domain_is_within(domain, params->domain))
		return N_("the identity is not within the signing domain");
	return NULL;
}

/* Begins a signature. */
struct dkim_sign *
dkim_sign_begin(struct pool *pool, const struct dkim_sign_params *params,
	struct hdrhash *headers, struct bodyhash *body, int64_t now)
{
	struct dkim_sign *sign = pool_alloc(pool, sizeof(*sign));

	sign->pool = pool;
	sign->params = params;
	sign->headers = headers;
	sign->body = body;
	sign->now = now;
	sign->wish = bodyhash_want(body, params->canon_body, BODYHASH_ALL);
	sign->bad = check_identity(pool, params);
	if (hdrhash_count(headers, SLICE_LIT("From")) == 0)
		sign->bad = N_("the message has no From field to sign");
	if (params->exact != NULL)
		name_exactly(sign, params->exact);
	else
		name_fields(sign);
	if (sign->bad == NULL)
		sign->bad = check_names(pool, sign);
	return sign;
}

size_t
dkim_sign_names(const struct dkim_sign *sign)
{
	return sign->names.n;
}

/* A value that is folded while it is written. mail/fold would not do: it takes no piece
 * of any length, and what a key table names may be long. */
struct folded {
	struct str text;
	size_t column;
};

/* Writes n bytes that stay together, on this line if they fit. `blank`: a space parts
 * them from what is before. */
static void
put(struct folded *out, const char *p, size_t n, bool blank)
{
	if (out->column + blank + n > LINE_MAX_COLUMNS && out->column > FOLD_COLUMNS) {
		str_add(&out->text, FOLD);
		out->column = FOLD_COLUMNS;
	} else if (blank) {
		str_addc(&out->text, ' ');
		out->column++;
	}
	str_addn(&out->text, p, n);
	out->column += n;
}

/* Writes a whole tag with its ';'. */
static void put_tag(struct folded *out, const char *format, ...) PRINTF_LIKE(2, 3);

static void
put_tag(struct folded *out, const char *format, ...)
{
	va_list args;
	const char *tag;

	va_start(args, format);
	tag = pool_vprintf(out->text.pool, format, args);
	va_end(args);
	put(out, tag, strlen(tag), true);
}

/* RFC 6376 2.11: what a tag's value may not hold as it is becomes =XX. */
static const char *
quoted(struct pool *pool, const char *text)
{
	struct str out = STR_POOL(pool);

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c <= ' ' || c >= 0x7f || c == ';' || c == '=')
			str_addf(&out, "=%02X", c);
		else
			str_addc(&out, *text);
	}
	return out.p;
}

/* Writes h=, folded between names. */
static void
put_names(struct folded *out, const struct dkim_sign *sign)
{
	for (size_t i = 0; i < sign->names.n; i++) {
		const char *item = pool_printf(out->text.pool, "%s%.*s%s",
			i == 0 ? "h=" : "", SLICE_ARG(sign->names.v[i]),
			i + 1 == sign->names.n ? ";" : ":");

		put(out, item, strlen(item), i == 0);
	}
}

/* Writes everything up to the "=" of b=. */
static void
put_field(struct folded *out, const struct dkim_sign *sign, const char *bodyhash)
{
	const struct dkim_sign_params *params = sign->params;

	put_tag(out, "v=1;");
	put_tag(out, "a=%s;", dkim_algorithm_name(params->key->type));
	put_tag(out, "c=%s/%s;", canon_name(params->canon_header),
		canon_name(params->canon_body));
	put_tag(out, "d=%s;", params->domain);
	put_tag(out, "s=%s;", params->selector);
	if (params->identity != NULL)
		put_tag(out, "i=%s;", quoted(sign->pool, params->identity));
	put_tag(out, "t=%" PRId64 ";", sign->now);
	if (params->expire > 0)
		put_tag(out, "x=%" PRId64 ";", sign->now + params->expire);
	put_names(out, sign);
	put_tag(out, "bh=%s;", bodyhash);
	put_tag(out, "b=");
}

/* Fills b= in, broken into lines. */
static void
put_signature(struct folded *out, struct slice signature)
{
	struct str text = STR_POOL(out->text.pool);
	struct slice rest;

	base64_print(&text, signature.p, signature.n);
	rest = str_slice(&text);
	while (rest.n > 0) {
		size_t room = LINE_MAX_COLUMNS - MIN(out->column, LINE_MAX_COLUMNS);
		size_t n = MIN(rest.n, room > 0 ? room : LINE_MAX_COLUMNS - FOLD_COLUMNS);

		put(out, rest.p, n, false);
		rest = slice_from(rest, n);
	}
}

/* Signs; value gets the field's value. */
const char *
dkim_sign_end(struct dkim_sign *sign, struct signer *signer, struct slice *value)
{
	struct folded out = { STR_POOL(sign->pool), strlen(FIELD_NAME ":") };
	struct str hash = STR_POOL(sign->pool);
	struct header field = { SLICE_LIT(FIELD_NAME), SLICE_EMPTY };
	struct hdrhash_wish wish = { sign->params->canon_header, sign->names.v,
		sign->names.n, &field, SLICE_EMPTY };
	struct signer_request request = { sign->params->key->number,
		signer_algorithm(sign->params->key), { 0 } };
	unsigned char digest[DIGEST_SIZE];
	struct slice signature;
	const char *bad = sign->bad;

	*value = SLICE_EMPTY;
	if (bad != NULL ||
		(bad = bodyhash_digest(sign->body, sign->wish, digest)) != NULL)
		return bad;
	base64_print(&hash, digest, sizeof(digest));
	put_field(&out, sign, hash.p);
	field.value = str_slice(&out.text);
	bad = hdrhash_digest(sign->headers, &wish, request.digest);
	if (bad == NULL)
		bad = signer_sign(signer, &request, sign->pool, &signature);
	if (bad != NULL)
		return bad;
	put_signature(&out, signature);
	*value = str_slice(&out.text);
	return NULL;
}
