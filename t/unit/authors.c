/* Whose address a From field may show, and what the mail server makes of it. */
#include "base/base.h"

#include "auth/spf/check.h"
#include "base/str.h"
#include "engine/authors.h"
#include "mail_fixture.h"
#include "tap.h"

/* Our mail server is mx.example; AppendedDomains has own.example. */
static const struct row {
	const char *fields, *mail_from; /* NULL: a@sender.example */
	const char *postfix, *sendmail; /* domains, once each, in order of the alphabet */
} rows[] = {
	{ "From: a@b.example", NULL, "b.example", "b.example" },
	{ "From: a@b.example, c@d.example", NULL, "b.example d.example",
		"b.example d.example" },
	{ "From: a@b.example\nFrom: c@d.example", NULL, "b.example d.example",
		"b.example d.example" },
	{ "From: \"x@c.example\" <a@b.example>", NULL, "b.example", "b.example" },
	{ "From: a@b.example (x@c.example)", NULL, "b.example", "b.example" },
	{ "From: CEO <ceo>", NULL, "mx.example own.example", "mx.example own.example" },
	{ "From: MAILER-DAEMON", "", "", "" },
	{ "From: CEO <ceo>", "", "mx.example own.example", "mx.example own.example" },
	{ "From: a@localhost", NULL, "localhost",
		"localhost localhost.example mx.example own.example" },
	{ "From: a@mx.example", NULL, "mx.example", "mx.example own.example" },
	{ "From: a@pc", NULL, "pc", "pc pc.example" },
	{ "Subject: none", NULL, "sender.example", "sender.example" },
	{ "From:", NULL, "sender.example", "sender.example" },
};

static bool
is_before(const char *a, const char *b)
{
	return strcmp(a, b) < 0;
}

static const char *
sorted(struct pool *pool, const struct authors *authors)
{
	struct str text = STR_POOL(pool);
	const char *last = "";

	for (;;) {
		const char *next = NULL;

		for (size_t i = 0; i < authors->domains.n; i++) {
			const char *one = authors->domains.v[i];

			if (is_before(last, one) &&
				(next == NULL || is_before(one, next)))
				next = one;
		}
		if (next == NULL)
			return text.n > 0 ? text.p : "";
		str_addf(&text, "%s%s", text.n > 0 ? " " : "", next);
		last = next;
	}
}

static const char *
shown(struct pool *pool, const struct policy *policy, const struct row *row,
	const char *version)
{
	struct mail_object mail = mail_fixture(pool, policy, row->fields);
	struct session *session = (struct session *)(uintptr_t)mail.session;
	struct authors authors;

	session_mta_version(session, version);
	if (row->mail_from != NULL)
		mail.mail_from = slice_of(row->mail_from);
	authors = authors_of(&mail, NULL);
	tap_ok(!authors.anybody, "%s: it can be read", row->fields);
	return sorted(pool, &authors);
}

/* A field of more than anybody could read may show anybody. */
static void
test_much(struct pool *pool, const struct policy *policy)
{
	struct str fields = STR_POOL(pool);
	struct mail_object mail;
	struct authors authors;

	str_add(&fields, "From: ");
	for (int i = 0; i < 20000; i++)
		str_addf(&fields, "a%d@d%d.example, ", i, i);
	str_add(&fields, "x");
	mail = mail_fixture(pool, policy, fields.p);
	authors = authors_of(&mail, NULL);
	tap_ok(authors.anybody, "20,000 addresses: it may be anybody");
}

/* Where From is missing the envelope's sender is shown, unless SPF vouches for him. */
static void
test_sender(struct pool *pool, const struct policy *policy)
{
	struct mail_object mail = mail_fixture(pool, policy, "Subject: none");
	struct spf_result spf = { .outcome = { .code = AUTH_PASS } };
	struct authors authors = authors_of(&mail, &spf);

	tap_is(sorted(pool, &authors), "", "SPF vouches for the sender");
	spf.outcome.code = AUTH_FAIL;
	authors = authors_of(&mail, &spf);
	tap_is(sorted(pool, &authors), "sender.example", "SPF does not");
}

int
main(void)
{
	struct pool *pool = pool_new();
	const struct policy *policy =
		mail_policy(pool, "AppendedDomains own.example\n", "");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		tap_is(shown(pool, policy, &rows[i], "Postfix 3.7"), rows[i].postfix,
			"%s, Postfix", rows[i].fields);
		tap_is(shown(pool, policy, &rows[i], "8.17.1"), rows[i].sendmail,
			"%s, Sendmail", rows[i].fields);
	}
	test_much(pool, policy);
	test_sender(pool, policy);
	policy_release(policy);
	pool_free(pool);
	return tap_done();
}
