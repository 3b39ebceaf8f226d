/*
 * Each difference is a row: when it concerns this configuration, and what to say.
 * Whether a configuration was written for OpenDKIM is guessed from the names in it,
 * since whoever wrote ours from the beginning needs no such notes.
 */
#include "base/base.h"
#include "config/theirs.h"

#define IS_SET(p, member) (OPTION_ORIGIN(&(p)->opt, member).file != NULL)

static bool
has_no_canonicalization(const struct policy *p)
{
	return p->opt.mode & MODE_SIGN && !IS_SET(p, canon);
}

static bool
has_no_dns_error(const struct policy *p)
{
	return p->opt.mode & MODE_VERIFY && !IS_SET(p, on_dns_error) &&
	       !IS_SET(p, on_default);
}

static bool
has_no_oversign(const struct policy *p)
{
	return p->opt.mode & MODE_SIGN && !IS_SET(p, oversign_headers);
}

static bool
has_no_sign_headers(const struct policy *p)
{
	return p->opt.mode & MODE_SIGN && !IS_SET(p, sign_headers);
}

static bool
writes_results(const struct policy *p)
{
	return (p->opt.mode & MODE_VERIFY) != 0;
}

/* An entry that is more than one address. */
static bool
spares_recipients(const struct policy *p)
{
	struct problems ignored;
	const struct table *table;

	if (p->opt.dont_sign_to == NULL)
		return false;
	problems_init(&ignored, p->pool);
	table = table_read(
		p->pool, p->opt.dont_sign_to, (struct place){ p->file, 0 }, &ignored);
	for (size_t i = 0; i < table->rows.n; i++) {
		struct slice key = table->rows.v[i].key;

		if (slice_find(key, '@') < 0 ||
			(table->kind != TABLE_REFILE && slice_find(key, '*') >= 0))
			return true;
	}
	return false;
}

/* Does an option refuse what comes without a good signature? */
static bool
refuses_unsigned(const struct policy *p)
{
	const struct options *o = &p->opt;

	return o->mode & MODE_SIGN && o->mode & MODE_VERIFY &&
	       (o->on_no_signature > ON_QUARANTINE ||
		       o->on_bad_signature > ON_QUARANTINE ||
		       o->on_key_not_found > ON_QUARANTINE);
}

static const struct {
	bool (*applies)(const struct policy *);
	const char *text;
} rows[] = {
	{ has_no_canonicalization,
		N_("Canonicalization is not set: OpenDKIM signs simple/simple, here it "
		   "is relaxed/relaxed, which survives forwarding better") },
	{ has_no_dns_error,
		N_("On-DNSError is not set: OpenDKIM defers mail whose key cannot be "
		   "looked up, here it is delivered with dkim=temperror; write "
		   "On-DNSError tempfail to keep that") },
	{ has_no_oversign, N_("OversignHeaders is not set: OpenDKIM protects no field "
			      "against being added, here From, Subject and others are "
			      "protected") },
	{ has_no_sign_headers,
		N_("SignHeaders is not set: here List-Unsubscribe-Post, Message-ID and "
		   "the MIME fields are signed too, as the large receivers want it") },
	{ writes_results,
		N_("an Authentication-Results field is written into every message from "
		   "outside, with SPF and DMARC in it, and not only where there is a "
		   "signature") },
	{ spares_recipients,
		N_("DontSignMailTo: a * is a wildcard and a domain stands for all its "
		   "addresses; OpenDKIM compares whole addresses letter by letter, so "
		   "less is signed here") },
	{ refuses_unsigned,
		N_("mail of our own senders that no row signs for is checked and, by "
		   "the On- options, refused by OpenDKIM; here it leaves unsigned: to "
		   "keep people from writing under domains that are not theirs, have "
		   "the mail server compare sender and login (Postfix: "
		   "reject_sender_login_mismatch)") },
};

/* "opendkim" in a path or a user. */
static bool
names_them(const char *text)
{
	return text != NULL && strstr(text, "opendkim") != NULL;
}

bool
theirs_is(const struct policy *p)
{
	const char *slash = p->file != NULL ? strrchr(p->file, '/') : NULL;

	return names_them(slash != NULL ? slash : p->file) ||
	       names_them(p->opt.user_id) || names_them(p->opt.socket) ||
	       names_them(p->opt.pid_file);
}

void
theirs_notes(const struct policy *p, struct pool *pool, struct words *notes)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].applies(p))
			*vec_add(pool, notes) = rows[i].text;
}

void
theirs_review(const struct policy *p, struct problems *problems)
{
	struct words notes = VEC_INIT;

	if (!theirs_is(p))
		return;
	theirs_notes(p, problems->pool, &notes);
	for (size_t i = 0; i < notes.n; i++)
		problems_note(problems, (struct place){ p->file, 0 }, "%p",
			reason_of(problems->pool, notes.v[i]));
}
