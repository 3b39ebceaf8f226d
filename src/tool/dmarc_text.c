/*
 * A record that was spoilt on its way into the DNS, by backslashes, quotation marks or a
 * version in capitals, is made whole first; then it is read as receivers read it, and
 * what does not count for them is left out or set right, tag by tag.
 */
#include "base/base.h"
#include "tool/dmarc_text.h"

#include "base/scan.h"
#include "base/str.h"
#include "tool/zone_record.h"

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

/* The URIs of a list that can be used, each with its scheme. */
static void
add_uris(struct pool *pool, struct str *out, const char *name, struct slice uris)
{
	struct str list = STR_POOL(pool);
	struct slice uri;

	while (slice_next(&uris, ',', &uri)) {
		const char *text;

		uri = slice_trim(uri);
		text = pool_printf(pool, "%s%.*s", is_bare_address(uri) ? "mailto:" : "",
			SLICE_ARG(uri));
		if (is_usable(pool, slice_of(text)))
			str_addf(&list, "%s%s", list.n > 0 ? "," : "", text);
	}
	if (list.n > 0)
		str_addf(out, "; %s=%s", name, list.p);
}

/* One tag, as it is proposed. */
static void
mend_tag(struct pool *pool, struct str *out, struct slice tag,
	const struct dmarc_ignored *ignored)
{
	struct slice value;

	if (ignored != NULL && ignored->why != DMARC_TAG_VALUE)
		return;
	if (tag_value(tag, "rua", &value))
		add_uris(pool, out, "rua", value);
	else if (tag_value(tag, "ruf", &value))
		add_uris(pool, out, "ruf", value);
	else if (ignored == NULL)
		add_tag(out, tag);
	else if (tag_value(tag, "p", &value))
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

/* The text as a record: whole, and with the version that receivers look for. */
static struct slice
whole(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);
	struct scan s;

	text = slice_trim(zone_unquoted(pool, text));
	s = scan_of(text);
	if (!scan_casetext(&s, DMARC_VERSION))
		return text;
	str_add(&out, DMARC_VERSION);
	if (scan_peek(&s) == ' ')
		str_addc(&out, ';');
	str_add_slice(&out, scan_rest(&s));
	return str_slice(&out);
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
	struct slice tag;

	text = whole(pool, text);
	if (!dmarc_record_parse(pool, text, &record))
		return NULL;
	str_add(&out, DMARC_VERSION);
	if (!has_policy(&record))
		str_add(&out, "; p=none");
	slice_next(&text, ';', &tag);
	while (slice_next(&text, ';', &tag)) {
		tag = slice_trim(tag);
		if (tag.n > 0)
			mend_tag(pool, &out, tag, find_ignored(&record, tag));
	}
	return out.p;
}

const char *
dmarc_text_relax(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);
	struct slice tag, value;

	while (slice_next(&text, ';', &tag)) {
		tag = slice_trim(tag);
		if (tag.n == 0 || tag_value(tag, "aspf", &value) ||
			tag_value(tag, "adkim", &value))
			continue;
		str_addf(&out, "%s%.*s", out.n > 0 ? "; " : "", SLICE_ARG(tag));
	}
	return out.p;
}
