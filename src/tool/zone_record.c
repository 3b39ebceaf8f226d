/*
 * A string of TXT data holds 255 bytes at most (RFC 1035 3.3): a longer text is several
 * strings, which a reader puts together again without anything between.
 */
#include "base/base.h"
#include "tool/zone_record.h"

#include "base/str.h"

#define STRING_MAX 255

/* TXT data: strings that a zone file takes. */
static void
add_strings(struct str *out, struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (i % STRING_MAX == 0)
			str_add(out, i > 0 ? "\" \"" : " \"");
		if (value.p[i] == '"' || value.p[i] == '\\')
			str_addc(out, '\\');
		str_addc(out, value.p[i]);
	}
	str_addc(out, '"');
}

const char *
zone_record_line(struct pool *pool, const struct zone_record *record)
{
	struct str line = STR_POOL(pool);

	str_addf(&line, "%s. 3600 IN %s", record->name, record->type);
	if (strcmp(record->type, "TXT") == 0)
		add_strings(&line, slice_of(record->value));
	else
		str_addf(&line, " %s", record->value);
	return line.p;
}

const char *
zone_relative_name(struct pool *pool, const char *domain, const char *name)
{
	struct slice text = slice_of(name), end = slice_of(domain);

	if (slice_eq(text, end))
		return "@";
	if (text.n > end.n + 1 && slice_eq(slice_from(text, text.n - end.n), end) &&
		text.p[text.n - end.n - 1] == '.')
		return pool_copy(pool, slice_sub(text, 0, text.n - end.n - 1));
	return NULL;
}

struct slice
zone_unquoted(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '"' && text.p[i] != '\\')
			str_addc(&out, text.p[i]);
	return str_slice(&out);
}
