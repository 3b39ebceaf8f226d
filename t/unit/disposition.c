/* From a summary and the rules of recipients and author to what is done. */
#include "base/base.h"

#include "auth/dkim/verify.h"
#include "auth/spf/check.h"
#include "base/str.h"
#include "engine/disposition.h"
#include "mail_fixture.h"
#include "table_fixture.h"
#include "tap.h"

static const char conf[] = "AuthservID mx.example\nOn-BadSignature reject\n"
			   "On-NoSignature tempfail\n";
static const char table[] = "s s.example:-:- spf-fail=reject\n"
			    "q q.example:-:- spf-fail=quarantine\n"
			    "u u.example:-:- unauthenticated=reject\n"
			    "d d.example:-:- dmarc=reject\n"
			    "h h.example:-:- dmarc=quarantine\n"
			    "e e.example:-:- dns-error=tempfail\n"
			    "i b.example:-:- impersonation=reject\n";

/* to: the recipients' domains. DKIM passes unless `dkim` says otherwise. */
static const struct row {
	const char *name, *from, *to[3];
	struct summary summary;
	struct dkim_result dkim;
	const char *want; /* action code/xcode (reasons) row */
} rows[] = {
	{ "nobody asks for anything", "a@c.example", { "x.example" },
		{ .spf_fail = true, .dkim_pass = true }, { .domain = NULL }, "accept" },
	{ "spf-fail", "a@c.example", { "s.example" },
		{ .spf_fail = true, .dkim_pass = true }, { .domain = NULL },
		"reject 550/5.7.23 (spf-fail) keytable:1" },
	{ "spf-fail, but a signature of the author holds", "a@c.example", { "s.example" },
		{ .spf_fail = true, .dkim_pass = true, .aligned_dkim = true },
		{ .domain = NULL }, "accept" },
	{ "the mildest of two recipients", "a@c.example", { "s.example", "q.example" },
		{ .spf_fail = true, .dkim_pass = true }, { .domain = NULL },
		"quarantine (spf-fail) keytable:2 mixed" },
	{ "the mildest asks for nothing", "a@c.example",
		{ "s.example", "q.example", "x.example" },
		{ .spf_fail = true, .dkim_pass = true }, { .domain = NULL },
		"accept (spf-fail) mixed" },
	{ "unauthenticated", "a@c.example", { "u.example" }, { .spf_fail = true },
		{ .outcome = { AUTH_NEUTRAL, CAUSE_OTHER, TAP_REASON("x") },
			.domain = "c.example" },
		"reject 550/5.7.26 (unauthenticated) keytable:3" },
	{ "unauthenticated: a sender's dead DNS waits", "a@c.example", { "u.example" },
		{ .dns_trouble = true },
		{ .outcome = { AUTH_NEUTRAL, CAUSE_OTHER, TAP_REASON("x") },
			.domain = "c.example" },
		"tempfail 451/4.4.3 (unauthenticated) keytable:3" },
	{ "unauthenticated: our own resolver is silent", "a@c.example", { "u.example" },
		{ .dns_trouble = true, .resolver_silent = true },
		{ .outcome = { AUTH_NEUTRAL, CAUSE_OTHER, TAP_REASON("x") },
			.domain = "c.example" },
		"accept" },
	{ "dmarc", "a@c.example", { "d.example" },
		{ .dkim_pass = true,
			.checked_dmarc = true,
			.dmarc = AUTH_FAIL,
			.disposition = DMARC_REJECT },
		{ .domain = NULL }, "reject 550/5.7.1 (dmarc) keytable:4" },
	{ "dmarc: no more than the owner wishes", "a@c.example", { "d.example" },
		{ .dkim_pass = true,
			.checked_dmarc = true,
			.dmarc = AUTH_FAIL,
			.disposition = DMARC_QUARANTINE },
		{ .domain = NULL }, "quarantine (dmarc) keytable:4" },
	{ "dmarc: no more than the recipient allows", "a@c.example", { "h.example" },
		{ .dkim_pass = true,
			.checked_dmarc = true,
			.dmarc = AUTH_FAIL,
			.disposition = DMARC_REJECT },
		{ .domain = NULL }, "quarantine (dmarc) keytable:5" },
	{ "dmarc: nobody can tell the author", "a@c.example, a@d.example",
		{ "d.example" },
		{ .dkim_pass = true, .checked_dmarc = true, .dmarc = AUTH_PERMERROR },
		{ .domain = NULL }, "reject 550/5.7.1 (dmarc) keytable:4" },
	{ "dmarc: but it can mean one, who has passed", "a@c.example, a@d.example",
		{ "d.example" },
		{ .dkim_pass = true,
			.checked_dmarc = true,
			.dmarc = AUTH_PERMERROR,
			.excused = true },
		{ .domain = NULL }, "accept" },
	{ "dmarc was not checked", "a@c.example", { "d.example" }, { .dkim_pass = true },
		{ .domain = NULL }, "accept" },
	{ "dns-error", "a@c.example", { "e.example" },
		{ .dkim_pass = true, .dns_trouble = true, .aligned_trouble = true },
		{ .domain = NULL }, "tempfail 451/4.4.3 (dns-error) keytable:6" },
	{ "dns-error: somebody else's, and a pass", "a@c.example", { "e.example" },
		{ .dkim_pass = true, .dns_trouble = true }, { .domain = NULL },
		"accept" },
	{ "impersonation", "a@b.example", { "x.example" }, { .dkim_pass = true },
		{ .domain = NULL }, "reject 550/5.7.1 (impersonation) keytable:7" },
	{ "impersonation: what passes speaks for the author", "a@b.example",
		{ "x.example" }, { .dkim_pass = true, .aligned = true },
		{ .domain = NULL }, "accept" },
	{ "impersonation: but not for a second author", "a@c.example, a@b.example",
		{ "x.example" }, { .dkim_pass = true, .aligned = true },
		{ .domain = NULL }, "reject 550/5.7.1 (impersonation) keytable:7" },
	{ "the severest of two rules", "a@b.example", { "q.example" },
		{ .spf_fail = true, .dkim_pass = true }, { .domain = NULL },
		"reject 550/5.7.1 (spf-fail, impersonation) keytable:7" },
	{ "On-BadSignature", "a@c.example", { "x.example" }, { .spf_pass = true },
		{ .outcome = { AUTH_FAIL, CAUSE_OTHER,
			  TAP_REASON("body hash did not verify") },
			.domain = "c.example" },
		"reject 550/5.7.20 (bad-signature)" },
	{ "On-NoSignature", "a@c.example", { "x.example" }, { .spf_pass = true },
		{ .domain = NULL }, "tempfail 451/4.7.5 (no-signature)" },
	{ "On-: what is still tried out is as good as unsigned", "a@c.example",
		{ "x.example" }, { .spf_pass = true },
		{ .outcome = { AUTH_FAIL, CAUSE_OTHER, TAP_REASON("x") },
			.domain = "c.example",
			.testing = true },
		"tempfail 451/4.7.5 (no-signature)" },
};

static const char *
told(struct pool *pool, const struct disposition *d)
{
	struct str text = STR_POOL(pool);

	str_add(&text, action_name(d->reply.action));
	if (d->reply.code[0] != '\0')
		str_addf(&text, " %s/%s", d->reply.code, d->reply.xcode);
	for (size_t i = 0; i < d->reasons.n; i++)
		str_addf(&text, "%s%s", i > 0 ? ", " : " (", d->reasons.v[i]);
	str_add(&text, d->reasons.n > 0 ? ")" : "");
	if (d->where != NULL)
		str_addf(&text, " %s", d->where);
	str_add(&text, d->is_mixed ? " mixed" : "");
	return text.p;
}

static void
test_row(struct pool *pool, const struct policy *policy, const struct row *row)
{
	struct mail_object mail =
		mail_fixture(pool, policy, pool_printf(pool, "From: %s", row->from));
	static const struct spf_result spf = { .domain = "sender.example" };
	struct dkim_results dkim = VEC_INIT;
	struct results results = { .spf = &spf, .dkim = &dkim };
	struct authors authors = authors_of(&mail, &spf);
	struct disposition d;

	for (size_t i = 0; i < ARRAY_LEN(row->to) && row->to[i] != NULL; i++)
		mail_recipient(&mail, pool_printf(pool, "u@%s", row->to[i]));
	if (row->dkim.domain != NULL)
		*vec_add(pool, &dkim) = row->dkim;
	d = dispose(&mail, &results, &row->summary, &authors);
	tap_is(told(pool, &d), row->want, "%s", row->name);
}

#define UNKNOWN "tempfail 451/4.3.0 (table-unavailable)"
#define WHY "the table fake:keys has no answer: it is away"

/* A table that has no answer for a domain. */
static const struct {
	const char *name, *from, *to[3], *away_for;
	struct summary summary;
	const char *want;
} live_rows[] = {
	{ "all is known", "a@c.example", { "s.example" }, NULL,
		{ .spf_fail = true, .dkim_pass = true },
		"reject 550/5.7.23 (spf-fail) fake:keys:1" },
	{ "the recipient's domain", "a@c.example", { "s.example" }, "s.example",
		{ .dkim_pass = true }, UNKNOWN },
	{ "one above it", "a@c.example", { "www.s.example" }, "s.example",
		{ .dkim_pass = true }, UNKNOWN },
	{ "everybody's row", "a@c.example", { "x.example" }, "*", { .dkim_pass = true },
		UNKNOWN },
	{ "the first of two", "a@c.example", { "s.example", "x.example" }, "s.example",
		{ .dkim_pass = true }, UNKNOWN " mixed" },
	{ "the second of two", "a@c.example", { "x.example", "s.example" }, "s.example",
		{ .dkim_pass = true }, UNKNOWN " mixed" },
	{ "and the other would be refused", "a@c.example", { "s.example", "y.test" },
		"y.test", { .spf_fail = true, .dkim_pass = true },
		"tempfail 451/4.3.0 (spf-fail, table-unavailable) mixed" },
	{ "the author's domain", "a@c.test", { "x.example" }, "c.test",
		{ .dkim_pass = true, .aligned = true }, UNKNOWN },
	{ "but another author is refused anyway", "a@b.example, a@c.test",
		{ "x.example" }, "c.test", { .dkim_pass = true },
		"reject 550/5.7.1 (table-unavailable, impersonation) fake:keys:2" },
};

static void
test_live(struct pool *pool)
{
	struct fake_tables *fake = fake_tables_new(pool);
	struct problems problems;
	const struct policy *policy = fake_policy(
		pool, "AuthservID mx.example\nKeyTable fake:keys\n", fake, &problems);
	static const struct spf_result spf = { .domain = "sender.example" };

	fake->v[FAKE_KEYS].rows = "s s.example:-:- spf-fail=reject\n"
				  "i b.example:-:- impersonation=reject\n";
	for (size_t i = 0; i < ARRAY_LEN(live_rows); i++) {
		struct mail_object mail = mail_fixture(
			pool, policy, pool_printf(pool, "From: %s", live_rows[i].from));
		struct dkim_results dkim = VEC_INIT;
		struct results results = { .spf = &spf, .dkim = &dkim };
		struct authors authors = authors_of(&mail, &spf);
		struct disposition d;

		fake->v[FAKE_KEYS].away_for = live_rows[i].away_for;
		for (size_t k = 0; k < ARRAY_LEN(live_rows[i].to); k++)
			if (live_rows[i].to[k] != NULL)
				mail_recipient(&mail,
					pool_printf(pool, "u@%s", live_rows[i].to[k]));
		d = dispose(&mail, &results, &live_rows[i].summary, &authors);
		tap_is(told(pool, &d), live_rows[i].want, "live, %s", live_rows[i].name);
		tap_is(reason_text(pool, d.unavailable, NULL),
			live_rows[i].away_for != NULL ? WHY : NULL, "live, %s: why",
			live_rows[i].name);
	}
	policy_release(policy);
}

int
main(void)
{
	struct pool *pool = pool_new();
	const struct policy *policy = mail_policy(pool, conf, table);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, policy, &rows[i]);
	policy_release(policy);
	test_live(pool);
	pool_free(pool);
	return tap_done();
}
