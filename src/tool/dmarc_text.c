/*
 * A record that was spoilt on its way into the DNS, by backslashes, quotation marks, a
 * version in capitals or behind the rest, or with commas between its tags, is made whole
 * first; then it is read as receivers read it, and what does not count for them is left
 * out or set right, tag by tag. Addresses for reports are many in the wild that nearly
 * are URIs; each is one that somebody wants to be told at, so none is lost that can be
 * read.
 */
#include "base/base.h"
#include "tool/dmarc_text.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"
#include "tool/meant_text.h"

#define DMARC_VERSION "v=DMARC1"

/* How many letters tell a policy. */
#define POLICY_LETTERS 3

const char *
dmarc_text_first(struct pool *pool, const char *domain)
{
	return pool_printf(pool, "v=DMARC1; p=none; rua=mailto:postmaster@%s", domain);
}

/* The value of a tag of this name; false: it is another one. */
static bool
tag_value(struct slice tag, const char *wanted, struct slice *value)
{
	struct slice name;

	if (!slice_cut(tag, '=', &name, value) || !slice_caseis(slice_trim(name), wanted))
		return false;
	*value = slice_trim(*value);
	return true;
}

static void
add_tag(struct str *out, struct slice tag)
{
	str_addf(out, "; %.*s", SLICE_ARG(tag));
}

/* "rejct" is reject: by its first letters. */
static const char *
likely_policy(struct slice value)
{
	static const enum dmarc_policy all[] = { DMARC_QUARANTINE, DMARC_REJECT };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const char *name = dmarc_policy_name(all[i]);

		if (value.n >= POLICY_LETTERS &&
			slice_caseeq(slice_sub(value, 0, POLICY_LETTERS),
				slice_make(name, POLICY_LETTERS)))
			return name;
	}
	return dmarc_policy_name(DMARC_NONE);
}

/* user@host, and nothing that a URI begins with. */
static bool
is_bare_address(struct slice uri)
{
	ptrdiff_t at = slice_find(uri, '@');

	return at > 0 && (size_t)at + 1 < uri.n && slice_find(uri, ':') < 0 &&
	       slice_find(uri, ' ') < 0;
}

/* Would anybody send a report to it? */
static bool
is_usable(struct pool *pool, struct slice uri)
{
	const char *text = pool_printf(pool, "v=DMARC1; rua=%.*s", SLICE_ARG(uri));
	struct dmarc_record one;

	return dmarc_record_parse(pool, slice_of(text), &one) && one.reports;
}

bool
dmarc_text_has_dead_uri(struct pool *pool, struct slice uris)
{
	struct slice uri;

	while (slice_next(&uris, ',', &uri)) {
		uri = slice_trim(uri);
		if (uri.n > 0 && !is_usable(pool, uri))
			return true;
	}
	return false;
}

/* The next of several addresses, whatever stands between them. */
static bool
next_uri(struct slice *rest, struct slice *uri)
{
	size_t from = 0, to;

	while (from < rest->n && strchr(" ,;", rest->p[from]) != NULL)
		from++;
	for (to = from; to < rest->n && strchr(" ,;", rest->p[to]) == NULL;)
		to++;
	*uri = slice_sub(*rest, from, to - from);
	*rest = slice_from(*rest, to);
	return uri->n > 0;
}

/* "a@b", "mailto:<a@b>", "mailto://a@b!10MB" as the URI that is meant; NULL: none is. */
static const char *
meant_uri(struct pool *pool, struct slice text)
{
	struct scan s = scan_of(text);
	struct slice address;
	const char *uri;

	if (is_usable(pool, text))
		return pool_copy(pool, text);
	if (scan_casetext(&s, "mailto") || scan_casetext(&s, "mail:"))
		while (scan_char(&s, ':') || scan_char(&s, '/') || scan_char(&s, '='))
			;
	scan_char(&s, '<');
	address = scan_until(&s, '>');
	/* A size that cannot be read limits nothing. */
	for (int i = 0; i < 2 && is_bare_address(address); i++) {
		uri = pool_printf(pool, "mailto:%.*s", SLICE_ARG(address));
		if (is_usable(pool, slice_of(uri)))
			return uri;
		slice_cut(address, '!', &address, &(struct slice){ 0 });
	}
	return NULL;
}

static void
add_uris(struct pool *pool, struct str *list, struct slice uris)
{
	struct slice uri;

	while (next_uri(&uris, &uri)) {
		const char *text = meant_uri(pool, uri);

		if (text != NULL)
			str_addf(list, "%s%s", list->n > 0 ? "," : "", text);
	}
}

/* An address that a semicolon has made a tag of its own. */
static bool
is_stray_uri(struct slice tag)
{
	struct scan s = scan_of(tag);

	return slice_find(tag, '@') > 0 &&
	       (scan_casetext(&s, "mailto") || slice_find(tag, '=') < 0);
}

/* All addresses of the record for reports of this kind. */
static const char *
all_uris(struct pool *pool, const char *kind, struct slice text)
{
	struct str list = STR_POOL(pool);
	struct slice tag, value;
	bool is_ours = false;

	while (slice_next(&text, ';', &tag)) {
		tag = slice_trim(tag);
		if (tag_value(tag, kind, &value)) {
			add_uris(pool, &list, value);
			is_ours = true;
		} else if (is_ours && is_stray_uri(tag)) {
			add_uris(pool, &list, tag);
		} else if (tag.n > 0) {
			is_ours = false;
		}
	}
	return list.n > 0 ? list.p : NULL;
}

/* Does the record ask for anything but reports? */
static bool
is_enforced(const struct dmarc_record *record)
{
	return record->bad_policy || record->p > DMARC_NONE || record->sp > DMARC_NONE ||
	       record->np > DMARC_NONE;
}

int
dmarc_text_percent(struct slice tag)
{
	struct slice value;
	uint64_t n;
	struct scan s;

	if (!tag_value(tag, "pct", &value))
		return -1;
	s = scan_of(value);
	return scan_number(&s, &n) && scan_is_end(&s) && n <= 100 ? (int)n : -1;
}

/* To receivers that know pct it still means what it did; t=y says to the
 * others what pct=0 said. */
static void
mend_percent(struct str *out, struct slice tag, const struct dmarc_record *record)
{
	int percent = dmarc_text_percent(tag);

	if (!is_enforced(record) || percent < 0 || percent == 100)
		return;
	if (percent > 0)
		add_tag(out, tag);
	else if (!record->testing)
		str_add(out, "; t=y");
}

/* One tag, as it is proposed. */
static void
mend_tag(struct pool *pool, struct str *out, struct slice text, struct slice tag,
	const struct dmarc_record *record, const struct dmarc_ignored *ignored)
{
	static const char *const reports[] = { "rua", "ruf" };
	struct slice value;

	for (size_t i = 0; i < ARRAY_LEN(reports); i++) {
		const char *uris;

		if (!tag_value(tag, reports[i], &value))
			continue;
		uris = all_uris(pool, reports[i], text);
		/* What stands there again is in the first one. */
		if (uris != NULL && slice_search(str_slice(out),
					    pool_printf(pool, "; %s=", reports[i])) < 0)
			str_addf(out, "; %s=%s", reports[i], uris);
		return;
	}
	if (ignored == NULL)
		add_tag(out, tag);
	else if (ignored->why == DMARC_TAG_GONE)
		mend_percent(out, tag, record);
	else if (ignored->why == DMARC_TAG_VALUE && tag_value(tag, "p", &value))
		str_addf(out, "; p=%s", likely_policy(value));
}

static const struct dmarc_ignored *
find_ignored(const struct dmarc_record *record, struct slice tag)
{
	for (size_t i = 0; i < record->ignored.n; i++)
		if (record->ignored.v[i].text.p == tag.p)
			return &record->ignored.v[i];
	return NULL;
}

/* Does a tag that everybody knows begin here? */
static bool
is_tag_begin(struct slice text)
{
	static const char *const names[] = { "v", "p", "sp", "np", "rua", "ruf", "adkim",
		"aspf", "pct", "fo", "rf", "ri", "t", "psd" };
	struct slice name, value;

	if (!slice_cut(text, '=', &name, &value))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_caseis(slice_trim(name), names[i]))
			return true;
	return false;
}

/* The next tag of a text that has semicolons, commas or only blanks between them. */
static bool
next_tag(struct slice *rest, struct slice *tag)
{
	size_t n = 0;

	while (rest->n > 0 && strchr(" ,;", rest->p[0]) != NULL)
		*rest = slice_from(*rest, 1);
	while (n < rest->n && rest->p[n] != ';' &&
		!(n > 0 && strchr(" ,", rest->p[n - 1]) != NULL &&
			is_tag_begin(slice_from(*rest, n))))
		n++;
	*tag = slice_sub(*rest, 0, n);
	*rest = slice_from(*rest, n);
	while (tag->n > 0 && strchr(" ,", tag->p[tag->n - 1]) != NULL)
		tag->n--;
	return tag->n > 0;
}

/* The text as a record: whole, and with the version that receivers look for. Empty: it
 * cannot be made one. */
static struct slice
whole(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);
	bool is_dmarc = false;
	struct slice tag, value;

	text = meant_text(pool, text);
	str_add(&out, DMARC_VERSION);
	while (next_tag(&text, &tag)) {
		if (tag_value(tag, "p", &value))
			is_dmarc = true;
		if (tag_value(tag, "v", &value))
			is_dmarc = is_dmarc ||
			           slice_starts(pool_lower(pool, value), "dmarc");
		else if (slice_starts(pool_lower(pool, tag), "dmarc1"))
			is_dmarc = true;
		else
			add_tag(&out, tag);
	}
	return is_dmarc ? str_slice(&out) : SLICE_EMPTY;
}

/* Does the record say something of p, right or wrong? */
static bool
has_policy(const struct dmarc_record *record)
{
	struct slice value;

	for (size_t i = 0; i < record->ignored.n; i++)
		if (tag_value(record->ignored.v[i].text, "p", &value))
			return true;
	return record->p != DMARC_UNSET;
}

const char *
dmarc_text_repair(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);
	struct dmarc_record record;
	struct slice rest, tag;

	text = whole(pool, text);
	if (!dmarc_record_parse(pool, text, &record))
		return NULL;
	str_add(&out, DMARC_VERSION);
	if (!has_policy(&record))
		str_add(&out, "; p=none");
	rest = text;
	slice_next(&rest, ';', &tag);
	while (slice_next(&rest, ';', &tag)) {
		tag = slice_trim(tag);
		if (tag.n > 0)
			mend_tag(pool, &out, text, tag, &record,
				find_ignored(&record, tag));
	}
	return out.p;
}

/* The record without the tags of either name. */
static const char *
without(struct pool *pool, struct slice text, const char *name, const char *other)
{
	struct str out = STR_POOL(pool);
	struct slice tag, value;

	while (slice_next(&text, ';', &tag)) {
		tag = slice_trim(tag);
		if (tag.n == 0 || tag_value(tag, name, &value) ||
			tag_value(tag, other, &value))
			continue;
		str_addf(&out, "%s%.*s", out.n > 0 ? "; " : "", SLICE_ARG(tag));
	}
	return out.p;
}

const char *
dmarc_text_relax(struct pool *pool, struct slice text)
{
	return without(pool, text, "aspf", "adkim");
}

const char *
dmarc_text_in_earnest(struct pool *pool, struct slice text)
{
	return without(pool, text, "t", "t");
}

bool
dmarc_text_is_record(struct pool *pool, const char *text)
{
	struct dmarc_record record;

	if (!dmarc_record_parse(pool, slice_of(text), &record) || record.bad_policy)
		return false;
	for (size_t i = 0; i < record.ignored.n; i++)
		if (dmarc_text_percent(record.ignored.v[i].text) < 0)
			return false;
	return true;
}
