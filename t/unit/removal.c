/* Which fields go, by which ordinal, and in which order; which are mended. */
#include "base/base.h"

#include "base/str.h"
#include "engine/removal.h"
#include "tap.h"

/* Fields one a line; `|` is a bare CR. want: deletions, then "~" and what is mended. */
static const struct {
	const char *name, *fields, *receiver, *want;
} rows[] = {
	{ "nothing", "From: a@b.example\nSubject: x", NULL, "" },
	{ "ours", "Authentication-Results: mx.example; none", NULL,
		"Authentication-Results 1" },
	{ "somebody else's", "Authentication-Results: mx.other; none", NULL, "" },
	{ "counted over all of the name, the highest first",
		"Authentication-Results: mx.other; none\n"
		"Authentication-Results: mx.example; none\n"
		"authentication-results: mx.other; none\n"
		"AUTHENTICATION-RESULTS: mx.example; none",
		NULL, "Authentication-Results 4, Authentication-Results 2" },
	{ "nobody's", "Authentication-Results: ; none", NULL,
		"Authentication-Results 1" },
	{ "a quarantine mark, whoever wrote it", "X-Sekimori-Quarantine: dmarc", NULL,
		"X-Sekimori-Quarantine 1" },
	{ "Received-SPF in our name", "Received-SPF: pass receiver=mx.example",
		"mx.example", "Received-SPF 1" },
	{ "the same where we write none", "Received-SPF: pass receiver=mx.example", NULL,
		"" },
	{ "kind by kind",
		"X-Sekimori-Quarantine: x\nAuthentication-Results: mx.example; none",
		NULL, "Authentication-Results 1, X-Sekimori-Quarantine 1" },
	{ "hidden behind a bare CR",
		"Subject: a\nSubject: x|Authentication-Results: mx.example; none", NULL,
		"~Subject 2= x Authentication-Results: mx.example; none" },
	{ "somebody else's, hidden", "Subject: x|Authentication-Results: mx.other; none",
		NULL, "" },
	{ "a blank before the colon", "Authentication-Results : mx.example; none", NULL,
		"Authentication-Results 1" },
};

static const char *
edits_of(struct pool *pool, const struct removal *c)
{
	const struct removal_repairs *repairs = removal_repairs(c);
	struct str text = STR_POOL(pool);

	for (size_t i = 0; i < removal_count(c); i++)
		str_addf(&text, "%s%s %d", i > 0 ? ", " : "", removal_at(c, i).name,
			removal_at(c, i).ordinal);
	for (size_t i = 0; i < repairs->n; i++)
		str_addf(&text, "~%s %d=%.*s", repairs->v[i].name, repairs->v[i].ordinal,
			SLICE_ARG(repairs->v[i].value));
	return text.n > 0 ? text.p : "";
}

static void
test_row(struct pool *pool, size_t i)
{
	char *fields = pool_strdup(pool, rows[i].fields);
	struct slice rest = slice_of(fields), line, name, value;
	struct authres_ids ids = VEC_INIT;
	struct removal *c;

	for (char *p = fields; *p != '\0'; p++)
		if (*p == '|')
			*p = '\r';
	tap_is(authres_ids_add(pool, &ids, SLICE_LIT("mx.example")), NULL, "our id");
	c = removal_new(pool, &ids, rows[i].receiver);
	while (slice_next(&rest, '\n', &line))
		if (slice_cut(line, ':', &name, &value))
			removal_header(c, name, value);
	tap_is(edits_of(pool, c), rows[i].want, "%s", rows[i].name);
}

/* However many there are, their number is told, and of their values no more than that. */
static void
test_many(struct pool *pool)
{
	struct authres_ids ids = VEC_INIT;
	struct removal *c = removal_new(pool, &ids, NULL);
	char *value = pool_alloc(pool, 100001);
	size_t kept = 0;

	memset(value, 'x', 100000);
	memcpy(value, "; none ", 7);
	for (int i = 0; i < 50; i++)
		removal_header(c, SLICE_LIT("Authentication-Results"),
			slice_make(value, 100000));
	for (size_t i = 0; i < removal_values(c)->n; i++)
		kept += removal_values(c)->v[i].n;
	tap_is_int((int64_t)removal_count(c), 50, "fifty go");
	tap_is_int((int64_t)removal_values(c)->n, 50, "fifty are told");
	tap_is_int((int64_t)kept, (int64_t)REMOVAL_VALUES_MAX, "and no more of them");
}

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, i);
	test_many(pool);
	pool_free(pool);
	return tap_done();
}
