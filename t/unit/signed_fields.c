/* SignHeaders, OmitHeaders and OversignHeaders: every combination of the forms that each
 * may have: not set, a list, a list that changes the default. */
#include "base/base.h"

#include "base/str.h"
#include "config/policy.h"

#include "tap.h"
#include "tmpdir.h"

enum form { UNSET, LIST, CHANGE, FORMS };

static const char *const sign_lines[FORMS] = { "", "SignHeaders X-Own Subject,Date\n",
	"SignHeaders *,+X-Own,-Autocrypt\n" };
static const char *const omit_lines[FORMS] = { "", "OmitHeaders Subject,DATE,From\n",
	"OmitHeaders *,+Subject,-Received\n" };
static const char *const oversign_lines[FORMS] = { "",
	"OversignHeaders From,Date,Subject\n", "OversignHeaders *,+X-Own,-To\n" };

/* What is signed, by SignHeaders and OmitHeaders. */
static const char *const want_sign[FORMS][FORMS] = {
	[UNSET] = { "default", "default -Subject -Date", "default -Subject" },
	[LIST] = { "X-Own Subject Date", "X-Own", "X-Own Date" },
	[CHANGE] = { "default -Autocrypt +X-Own",
		"default -Subject -Date -Autocrypt +X-Own",
		"default -Subject -Autocrypt +X-Own" },
};

/* What is named once more, by OversignHeaders and OmitHeaders. */
static const char *const want_oversign[FORMS][FORMS] = {
	[UNSET] = { "default", "default -Subject", "default -Subject" },
	[LIST] = { "From Date Subject", "From Date Subject", "From Date Subject" },
	[CHANGE] = { "default -To +X-Own", "default -Subject -To +X-Own",
		"default -Subject -To +X-Own" },
};

/* The same of those that are named once more only where they are present. */
static const char *const want_present[FORMS][FORMS] = {
	[UNSET] = { "default", "default -Date", "default" },
	[LIST] = { "", "", "" },
	[CHANGE] = { "default", "default -Date", "default" },
};

/* Lists that were not written with care. */
static const struct {
	const char *lines, *sign, *oversign, *present, *note;
} rows[] = {
	{ "SignHeaders *\nOmitHeaders *\nOversignHeaders *\n", "default", "default",
		"default", NULL },
	{ "SignHeaders -Subject,From,From,from\n", "From", "default", "default", NULL },
	{ "OversignHeaders *,-Date,-Subject\n", "default", "default -Subject",
		"default -Date", NULL },
	{ "OmitHeaders Reply-To\nOversignHeaders *,-Date,+Subject\n", "default -Reply-To",
		"default", "default -Date -Reply-To", NULL },
	{ "OmitHeaders Subject\nOversignHeaders *,+Subject\n", "default -Subject",
		"default", "default", NULL },
	{ "OversignHeaders .\n", "default", "", "", NULL },
	{ "OmitHeaders .\n", "default", "default", "default", NULL },
	{ "SignHeaders *,+Bcc\n", "default", "default", "default", NULL },
	{ "SignHeaders *,+Bcc\nOmitHeaders .\n", "default +Bcc", "default", "default",
		NULL },
	{ "SignHeaders *,X-Own<\n", "default", "default", "default",
		"'X-Own<' in SignHeaders is no name of a header field, and is ignored" },
	{ "OmitHeaders X-Own<\n", "default", "default", "default",
		"'X-Own<' in OmitHeaders is no name of a header field, and is ignored" },
	{ "OversignHeaders X-Own<,From\n", "default", "From", "",
		"'X-Own<' in OversignHeaders is no name of a header field, and is "
		"ignored" },
};

static bool
has(const struct dkim_fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->n; i++)
		if (strcasecmp(fields->names[i], name) == 0)
			return true;
	return false;
}

static void
add(struct str *out, const char *mark, const char *name)
{
	str_addf(out, "%s%s%s", out->n > 0 ? " " : "", mark, name);
}

/* "default -Date +X-Own"; a list with less than half of the default as it is. */
static const char *
shown(struct pool *pool, const struct dkim_fields *fields,
	const struct dkim_fields *preset)
{
	struct str out = STR_POOL(pool);
	size_t common = 0;

	for (size_t i = 0; i < preset->n; i++)
		common += has(fields, preset->names[i]);
	if (common * 2 <= preset->n) {
		for (size_t i = 0; i < fields->n; i++)
			add(&out, "", fields->names[i]);
		return out.p;
	}
	str_add(&out, "default");
	for (size_t i = 0; i < preset->n; i++)
		if (!has(fields, preset->names[i]))
			add(&out, "-", preset->names[i]);
	for (size_t i = 0; i < fields->n; i++)
		if (!has(preset, fields->names[i]))
			add(&out, "+", fields->names[i]);
	return out.p;
}

/* What three lines of a configuration come to. note: its only problem, or NULL. */
static void
check(const char *lines, const char *sign_is, const char *oversign_is,
	const char *present_is, const char *note)
{
	struct pool *pool = pool_new();
	char *conf = pool_printf(pool, "Mode v\n%s", lines);
	const char *file =
		tmpdir_write(pool, tmpdir_new(pool), "sekimori.conf", 0644, conf);
	struct problems problems;
	const struct policy *p;

	problems_init(&problems, pool);
	p = policy_load(file, &problems);
	for (char *c = conf; (c = strchr(c, '\n')) != NULL;)
		*c = ';';
	tap_is(shown(pool, &p->fields.sign, &dkim_sign_default), sign_is,
		"signed with %s", conf);
	tap_is(shown(pool, &p->fields.oversign, &dkim_oversign_default), oversign_is,
		"once more with %s", conf);
	tap_is(shown(pool, &p->fields.oversign_present, &dkim_oversign_present_default),
		present_is, "once more where present with %s", conf);
	tap_is(problems.all.n > 0 ? problems.all.v[0].text : NULL, note, "its note");
	policy_release(p);
	pool_free(pool);
}

int
main(void)
{
	struct pool *pool = pool_new();

	for (int i = 0; i < FORMS * FORMS * FORMS; i++) {
		int s = i / FORMS / FORMS, m = i / FORMS % FORMS, o = i % FORMS;

		check(pool_printf(pool, "%s%s%s", sign_lines[s], omit_lines[m],
			      oversign_lines[o]),
			want_sign[s][m], want_oversign[o][m], want_present[o][m], NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(rows[i].lines, rows[i].sign, rows[i].oversign, rows[i].present,
			rows[i].note);
	pool_free(pool);
	return tap_done();
}
