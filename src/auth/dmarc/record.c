/*
 * Not mail/taglist, whose lists are DKIM's: there one bad tag spoils the list, names have
 * case, and the order is free. Here the version must come first, and what follows is
 * read as far as it can be.
 *
 * A repeated tag is not defined by the standard, and readers differ: some take the first,
 * some the last, by RFC 6376 3.2 the list would be none. The owner did not mean both.
 * Where the tag decides what becomes of mail the milder value counts, so that no mail
 * is refused for the other one; a value that is not valid is the mildest. Of other
 * tags the first counts.
 */
#include "base/base.h"
#include "auth/dmarc/record.h"

#include "base/ascii.h"
#include "base/names.h"
#include "base/scan.h"

#define URIS_LIMIT 100

struct dmarc_tag {
	const char *name;
	/* Takes the value if it is valid, and says whether it was. */
	bool (*take)(struct pool *, struct slice value, struct dmarc_record *);
	/* How strict its value is; NULL: of two the first counts. */
	int (*strictness)(const struct dmarc_record *);
};

/* A tag that was met. */
struct met {
	struct slice text; /* p == NULL: not yet */
	bool valid;
};

static const struct name_code policies[] = {
	{ "none", DMARC_NONE },
	{ "quarantine", DMARC_QUARANTINE },
	{ "reject", DMARC_REJECT },
};

const char *
dmarc_policy_name(enum dmarc_policy policy)
{
	if (policy == DMARC_UNSET)
		return NULL;
	return code_name(policies, ARRAY_LEN(policies), (int)policy);
}

static bool
policy_take(struct slice value, enum dmarc_policy *policy, struct dmarc_record *record)
{
	int code = DMARC_UNSET;
	bool ok = name_code(policies, ARRAY_LEN(policies), value, &code);

	*policy = (enum dmarc_policy)code;
	record->bad_policy = record->bad_policy || !ok;
	return ok;
}

static bool
take_p(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	(void)pool;
	return policy_take(value, &record->p, record);
}

static bool
take_sp(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	(void)pool;
	return policy_take(value, &record->sp, record);
}

static bool
take_np(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	(void)pool;
	return policy_take(value, &record->np, record);
}

/* One of two letters. */
static bool
letter_take(struct slice value, const char *on, const char *off, bool *flag)
{
	*flag = slice_caseis(value, on);
	return *flag || slice_caseis(value, off);
}

static bool
take_adkim(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	(void)pool;
	return letter_take(value, "s", "r", &record->strict_dkim);
}

static bool
take_aspf(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	(void)pool;
	return letter_take(value, "s", "r", &record->strict_spf);
}

static bool
take_t(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	(void)pool;
	return letter_take(value, "y", "n", &record->testing);
}

static bool
take_psd(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	static const struct name_code words[] = {
		{ "y", DMARC_PSD_YES },
		{ "n", DMARC_PSD_NO },
		{ "u", DMARC_PSD_UNKNOWN },
	};
	int code = DMARC_PSD_UNKNOWN;
	bool ok = name_code(words, ARRAY_LEN(words), value, &code);

	(void)pool;
	record->psd = (enum dmarc_psd)code;
	return ok;
}

/* 0, 1, d and s with colons between, each once, 0 and 1 not both. */
static bool
take_fo(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	static const char letters[] = "01ds";
	struct scan s = scan_of(value);
	bool seen[4] = { false };

	(void)pool;
	do {
		const char *at;

		scan_skip(&s, ascii_is_wsp);
		if (scan_is_end(&s))
			return false;
		at = memchr(letters, ascii_lower(*s.p++), 4);
		if (at == NULL || seen[at - letters])
			return false;
		seen[at - letters] = true;
		scan_skip(&s, ascii_is_wsp);
	} while (scan_char(&s, ':'));
	if (!scan_is_end(&s) || (seen[0] && seen[1]))
		return false;
	record->fo = value;
	return true;
}

static bool
is_scheme(char c)
{
	return ascii_is_alnum(c) || c == '+' || c == '-' || c == '.';
}

static bool
is_uri(char c)
{
	return ascii_is_alnum(c) || (c != '\0' && strchr("-._~:/?#[]@$&'()*+;=%", c));
}

/* RFC 7489 6.2: the size limit of old, after a '!': digits, perhaps a unit. */
static bool
is_size(struct slice text)
{
	struct scan s = scan_of(text);
	struct slice digits;

	if (!scan_span(&s, ascii_is_digit, &digits))
		return false;
	if (!scan_is_end(&s) && slice_find(SLICE_LIT("kmgt"), ascii_lower(*s.p)) >= 0)
		s.p++;
	return scan_is_end(&s);
}

/* RFC 3986 2.1: each '%' has two hexadecimal digits after it. */
static bool
has_good_escapes(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '%' &&
			(i + 2 >= text.n || ascii_hex(text.p[i + 1]) < 0 ||
				ascii_hex(text.p[i + 2]) < 0))
			return false;
	return true;
}

/* A URI: a scheme, a colon, and characters that may stand in one; then it may have a size
 * limit. */
static bool
uri_parse(struct slice text, struct slice *scheme, struct slice *rest)
{
	struct slice size;
	struct scan s;

	if (slice_cut(text, '!', &text, &size) && !is_size(size))
		return false;
	s = scan_of(text);
	return ascii_is_alpha(text.n > 0 ? text.p[0] : '\0') &&
	       scan_span(&s, is_scheme, scheme) && scan_char(&s, ':') &&
	       scan_span(&s, is_uri, rest) && scan_is_end(&s) && has_good_escapes(*rest);
}

/* The address of a mailto:, without header fields. */
static bool
mailto_parse(struct slice rest, struct slice *address)
{
	struct slice query;
	ptrdiff_t at;

	if (!slice_cut(rest, '?', address, &query))
		*address = rest;
	at = slice_find(*address, '@');
	return at > 0 && at == slice_rfind(*address, '@') && (size_t)at + 1 < address->n;
}

/* A list of URIs; the mailto ones are kept. True: one at least is valid. */
static bool
uris_take(struct pool *pool, struct slice value, struct dmarc_uris *uris)
{
	struct slice item, scheme, rest, address;
	bool more = true, ok = false;

	while (more && uris->n < URIS_LIMIT) {
		more = slice_cut(value, ',', &item, &value);
		if (!uri_parse(slice_trim(item), &scheme, &rest))
			continue;
		if (!slice_caseis(scheme, "mailto"))
			ok = true;
		else if (mailto_parse(rest, &address)) {
			*vec_add(pool, uris) = address;
			ok = true;
		}
	}
	return ok;
}

static bool
take_rua(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	record->reports = uris_take(pool, value, &record->rua);
	return record->reports;
}

static bool
take_ruf(struct pool *pool, struct slice value, struct dmarc_record *record)
{
	return uris_take(pool, value, &record->ruf);
}

static int
strictness_p(const struct dmarc_record *record)
{
	return (int)record->p;
}

static int
strictness_sp(const struct dmarc_record *record)
{
	return (int)record->sp;
}

static int
strictness_np(const struct dmarc_record *record)
{
	return (int)record->np;
}

static int
strictness_adkim(const struct dmarc_record *record)
{
	return record->strict_dkim;
}

static int
strictness_aspf(const struct dmarc_record *record)
{
	return record->strict_spf;
}

/* The fewer domains belong together, the stricter. psd=u: names above may belong to it;
 * psd=n: only this name and those below; psd=y: each name below is alone. */
static int
strictness_psd(const struct dmarc_record *record)
{
	static const int values[] = {
		[DMARC_PSD_UNKNOWN] = 0,
		[DMARC_PSD_NO] = 1,
		[DMARC_PSD_YES] = 2,
	};

	return values[record->psd];
}

static int
strictness_t(const struct dmarc_record *record)
{
	return !record->testing;
}

static const struct dmarc_tag dmarc_tags[] = {
	{ "p", take_p, strictness_p },
	{ "sp", take_sp, strictness_sp },
	{ "np", take_np, strictness_np },
	{ "adkim", take_adkim, strictness_adkim },
	{ "aspf", take_aspf, strictness_aspf },
	{ "psd", take_psd, strictness_psd },
	{ "t", take_t, strictness_t },
	{ "fo", take_fo, NULL },
	{ "rua", take_rua, NULL },
	{ "ruf", take_ruf, NULL },
};

static bool
is_name(char c)
{
	return ascii_is_alpha(c);
}

/* Takes `name =` from the start of a text; false, unmoved, if it is not there. */
static bool
take_name(struct scan *s, struct slice *name)
{
	struct scan start = *s;

	if (scan_span(s, is_name, name)) {
		scan_skip(s, ascii_is_wsp);
		if (scan_char(s, '='))
			return true;
	}
	*s = start;
	return false;
}

static bool
is_gone(struct slice name)
{
	return slice_caseis(name, "pct") || slice_caseis(name, "rf") ||
	       slice_caseis(name, "ri");
}

static void
ignore(struct pool *pool, struct dmarc_record *record, struct slice text,
	enum dmarc_why why)
{
	if (record->ignored.n < DMARC_IGNORED_MAX)
		*vec_add(pool, &record->ignored) = (struct dmarc_ignored){ text, why };
}

/* A repeated tag: which of the two counts? */
static void
record_take_again(struct pool *pool, const struct dmarc_tag *tag, struct met *met,
	struct slice text, struct slice value, struct dmarc_record *record)
{
	struct dmarc_record other = { 0 };
	bool valid = tag->take(pool, value, &other);
	int more;

	if (tag->strictness == NULL) {
		ignore(pool, record, text, DMARC_TAG_AGAIN);
		return;
	}
	more = tag->strictness(&other) - tag->strictness(record);
	if (more == 0 && valid == met->valid) {
		ignore(pool, record, text, DMARC_TAG_AGAIN);
		return;
	}
	if (more >= 0) {
		ignore(pool, record, text, DMARC_TAG_STRICT);
		return;
	}
	ignore(pool, record, met->text, DMARC_TAG_STRICT);
	*met = (struct met){ text, tag->take(pool, value, record) };
	if (!valid)
		ignore(pool, record, text, DMARC_TAG_VALUE);
}

/* One tag between semicolons. */
static void
record_take(struct pool *pool, struct slice text, struct dmarc_record *record,
	struct met met[ARRAY_LEN(dmarc_tags)])
{
	struct scan s = scan_of(text);
	struct slice name, value;

	if (!take_name(&s, &name)) {
		ignore(pool, record, text, DMARC_TAG_NONE);
		return;
	}
	value = slice_trim(scan_rest(&s));
	for (size_t i = 0; i < ARRAY_LEN(dmarc_tags); i++) {
		const struct dmarc_tag *tag = &dmarc_tags[i];

		if (!slice_caseis(name, tag->name))
			continue;
		if (met[i].text.p != NULL) {
			record_take_again(pool, tag, &met[i], text, value, record);
			return;
		}
		met[i] = (struct met){ text, tag->take(pool, value, record) };
		if (!met[i].valid)
			ignore(pool, record, text, DMARC_TAG_VALUE);
		return;
	}
	ignore(pool, record, text, is_gone(name) ? DMARC_TAG_GONE : DMARC_TAG_UNKNOWN);
}

bool
dmarc_record_parse(struct pool *pool, struct slice text, struct dmarc_record *record)
{
	struct met met[ARRAY_LEN(dmarc_tags)] = { 0 };
	struct scan s = scan_of(text);
	struct slice name, tag;

	*record = (struct dmarc_record){ .text = text };
	/* RFC 9989 4.8: v=DMARC1 comes first, after nothing, in just this case. */
	if (!take_name(&s, &name) || !slice_caseis(name, "v"))
		return false;
	scan_skip(&s, ascii_is_wsp);
	if (!scan_text(&s, "DMARC1"))
		return false;
	scan_skip(&s, ascii_is_wsp);
	if (!scan_is_end(&s) && !scan_char(&s, ';'))
		return false;
	while (!scan_is_end(&s)) {
		tag = slice_trim(scan_until(&s, ';'));
		scan_char(&s, ';');
		if (tag.n > 0)
			record_take(pool, tag, record, met);
	}
	record->bad_policy = record->bad_policy || record->p == DMARC_UNSET;
	return true;
}
