/*
 * Every byte that ends a line for somebody is a place where a field may begin. That
 * nothing else is looked at keeps this cheap: most values have no such byte.
 */
#include "base/base.h"
#include "engine/hidden.h"

#include "auth/spf/received_spf.h"
#include "base/ascii.h"
#include "base/scan.h"
#include "engine/removal.h"

/* What ends a line for some reader: C0 controls, NEL in both spellings, the line and the
 * paragraph separator. */
static const struct slice separators[] = {
	SLICE_LIT("\v"),
	SLICE_LIT("\f"),
	SLICE_LIT("\x1c"),
	SLICE_LIT("\x1d"),
	SLICE_LIT("\x1e"),
	SLICE_LIT("\xc2\x85"),
	SLICE_LIT("\x85"),
	SLICE_LIT("\xe2\x80\xa8"),
	SLICE_LIT("\xe2\x80\xa9"),
};

/* The length of the separator at p, or 0. A CRLF is a fold, and ends no field. */
static size_t
separator_at(struct slice text, size_t i)
{
	char c = text.p[i];

	if (c == '\r')
		return i + 1 == text.n || text.p[i + 1] != '\n';
	if (c == '\n')
		return i == 0 || text.p[i - 1] != '\r';
	if (!ascii_is_ctl(c) && !ascii_is_8bit(c))
		return 0;
	for (size_t k = 0; k < ARRAY_LEN(separators); k++) {
		struct slice s = separators[k];

		if (slice_eq(slice_sub(text, i, MIN(s.n, text.n - i)), s))
			return s.n;
	}
	return 0;
}

/* The text of the field that begins here. A line that begins with a blank belongs to it,
 * whatever ended the one before. */
static struct slice
first_field(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t n = separator_at(text, i);

		if (n > 0 && (i + n == text.n || !ascii_is_wsp(text.p[i + n])))
			return slice_sub(text, 0, i);
	}
	return text;
}

static bool
is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '-';
}

/* May no such field come from outside? */
static bool
is_bad(struct slice name, struct slice value, const struct authres_ids *ids,
	const char *receiver)
{
	struct pool *scratch;
	bool bad;

	if (slice_caseis(name, "From") || slice_caseis(name, QUARANTINE_FIELD))
		return true;
	if (slice_caseis(name, "Received-SPF"))
		return receiver != NULL && received_spf_names(value, receiver);
	if (!slice_caseis(name, "Authentication-Results"))
		return false;
	scratch = pool_new();
	bad = authres_owner(scratch, ids, value) != AUTHRES_FOREIGN;
	pool_free(scratch);
	return bad;
}

bool
hidden_is_in(struct slice value, const struct authres_ids *ids, const char *receiver)
{
	for (size_t i = 0; i < value.n; i++) {
		size_t n = separator_at(value, i);
		struct scan s;
		struct slice name;

		if (n == 0)
			continue;
		s = scan_of(slice_from(value, i + n));
		if (!scan_span(&s, is_name_char, &name))
			continue;
		scan_skip(&s, ascii_is_wsp);
		if (scan_char(&s, ':') &&
			is_bad(name, first_field(scan_rest(&s)), ids, receiver))
			return true;
	}
	return false;
}

struct slice
hidden_closed(struct pool *pool, struct slice value)
{
	char *copy = pool_copy(pool, value);

	for (size_t i = 0; i < value.n; i++)
		for (size_t n = separator_at(value, i); n > 0; n--)
			copy[i + n - 1] = ' ';
	return (struct slice){ copy, value.n };
}
