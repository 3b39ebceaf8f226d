#include "base/base.h"

#include "base/str.h"
#include "config/values.h"

#include "tap.h"

static const struct {
	const char *text;
	int64_t seconds; /* -1: refused */
} seconds[] = { { "0", 0 }, { "300", 300 }, { "5m", 300 }, { "2H", 7200 },
	{ "7d", 604800 }, { "1w", 604800 }, { "", -1 }, { "m", -1 }, { "1y", -1 },
	{ "1m2", -1 }, { "-1", -1 }, { "99999999999999999999", -1 },
	{ "99999999w", -1 } };

static const struct {
	const char *text;
	int header, body; /* -1: refused */
} canons[] = { { "relaxed/relaxed", 1, 1 }, { "simple", 0, 0 }, { "relaxed", 1, 0 },
	{ "Relaxed/SIMPLE", 1, 0 }, { "relaxed/", -1, 0 }, { "/simple", -1, 0 },
	{ "loose", -1, 0 }, { "", -1, 0 } };

static const struct {
	const char *text, *fields, *junk;
} fields[] = {
	{ "From,Subject", "From Subject", "" },
	{ "*,+X-A,-to", "From X-A", "" },
	{ "-to * +X-A from", "From X-A", "" },
	{ "From, ,,From\tfrom", "From", "" },
	{ "A:B,DKIM-Signature<Paste>,C", "C", "A:B DKIM-Signature<Paste>" },
	{ ".", "", "" },
	{ "+,-,*", "From To", "+ -" },
};

static const char *
joined(struct pool *pool, const struct words *words)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < words->n; i++)
		str_addf(&out, "%s%s", i > 0 ? " " : "", words->v[i]);
	return out.p;
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct words preset = VEC_INIT;
	int64_t n;
	bool b = false;

	for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
		bool good = value_seconds(pool, slice_of(seconds[i].text), &n) == NULL;

		tap_is_int(good ? n : -1, seconds[i].seconds, "seconds '%s'",
			seconds[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(canons); i++) {
		int header = -1, body = -1;
		bool good = value_canon(slice_of(canons[i].text), &header, &body) == NULL;

		tap_is_int(good ? header : -1, canons[i].header, "'%s'", canons[i].text);
		if (good)
			tap_is_int(body, canons[i].body, "and its body");
	}
	*vec_add(pool, &preset) = "From";
	*vec_add(pool, &preset) = "To";
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct words got = VEC_INIT, junk = VEC_INIT;

		value_fields(pool, slice_of(fields[i].text), &preset, &got, &junk);
		tap_is(joined(pool, &got), fields[i].fields, "'%s'", fields[i].text);
		tap_is(joined(pool, &junk), fields[i].junk, "its junk");
	}
	tap_is_int((int64_t)preset.n, 2, "the preset is left alone");
	tap_ok(value_bool(SLICE_LIT("Yup"), &b) == NULL && b, "the first byte decides");
	tap_ok(value_bool(SLICE_LIT("0"), &b) == NULL && !b, "no");
	tap_ok(value_bool(SLICE_EMPTY, &b) != NULL, "nothing is no Boolean");
	tap_ok(value_octal(SLICE_LIT("007"), &n) == NULL && n == 7, "octal");
	tap_ok(value_octal(SLICE_LIT("1000"), &n) != NULL, "octal, too large");
	tap_ok(value_octal(SLICE_LIT("77777777777777777777777"), &n) != NULL,
		"far too large");
	pool_free(pool);
	return tap_done();
}
