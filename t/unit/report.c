/* The log line of a message: which words it has, in which order. */
#include "base/base.h"

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/spf/check.h"
#include "engine/report.h"
#include "mail_fixture.h"
#include "tap.h"

static const struct spf_result spf = { .outcome = { AUTH_TEMPERROR, CAUSE_OTHER,
					       TAP_REASON("no answer") },
	.domain = "sender.example" };
static const struct dmarc_result dmarc = { .outcome = { AUTH_FAIL, CAUSE_OTHER,
						   TAP_REASON("x") } };

/* From outside: checks, why, what was done. */
static void
test_inbound(struct pool *pool, const struct policy *policy)
{
	struct mail_object mail =
		mail_fixture(pool, policy, "From: a@b.example\nSubject: x");
	struct submission submission = { .bare_lf = true };
	struct dkim_results dkim = VEC_INIT;
	struct results results = { .spf = &spf, .dkim = &dkim, .dmarc = &dmarc };
	struct message_record record = { .queue_id = "4cX",
		.mail = &mail,
		.results = &results,
		.submission = &submission,
		.is_verified = true,
		.has_hidden = true,
		.reply = { .action = ACTION_REJECT, .code = "550", .xcode = "5.7.1" },
		.where = "keytable:4",
		.is_mixed = true,
		.dns_asked = 7,
		.dns_ms = 30 };

	*vec_add(pool, &dkim) = (struct dkim_result){ .outcome = { AUTH_FAIL, CAUSE_OTHER,
							      TAP_REASON("expired") },
		.domain = "b.example",
		.selector = "s" };
	*vec_add(pool, &results.reasons) = "dmarc";
	*vec_add(pool, &results.removed) = SLICE_LIT("x");
	results.resolver_silent = true;
	tap_is(report_print(&record),
		"id=4cX route=in client=192.0.2.9 helo=mx.sender.example "
		"from=a@sender.example author=a@b.example spf=temperror "
		"dkim=fail:b.example/s dmarc=fail dkim_why=expired spf_why=\"no answer\" "
		"dns_why=\"this host's resolver answers nobody\" "
	        "warn=bare-lf,hidden-field "
		"action=reject reply=550/5.7.1 reason=dmarc mixed=yes row=keytable:4 "
		"removed=1 dns=7 dns_ms=30",
		"from outside");
	record.note = TAP_REASON("b.example has a key: keytable:1");
	results.unsigned_why = TAP_REASON("not a client of ours");
	tap_ok(strstr(report_print(&record), "signed=no why=\"not a client of ours\" "
	                                     "note=\"b.example has a key: "
					     "keytable:1\"") != NULL,
		"from outside, in the name of a domain of ours");
}

/* Going out: who, which signatures. */
static void
test_outbound(struct pool *pool, const struct policy *policy)
{
	struct mail_object mail = mail_fixture(pool, policy, "From: a@b.example");
	struct signing row = { .domain = "b.example", .selector = "s" };
	struct submission submission = { .long_line = true };
	struct results results = { .spf = NULL };
	struct message_record record = { .mail = &mail,
		.results = &results,
		.submission = &submission,
		.where = "keytable:1" };

	mail.route.route = ROUTE_OUTBOUND;
	mail.auth_user = "jiro";
	mail.mail_from = SLICE_EMPTY;
	*vec_add(pool, &record.signed_by) = &row;
	*vec_add(pool, &results.signatures) = SLICE_LIT("x");
	tap_is(report_print(&record),
		"id=- route=out client=192.0.2.9 helo=mx.sender.example from=\"<>\" "
	        "user=jiro "
		"author=a@b.example signed=b.example/s warn=long-lines action=accept "
		"row=keytable:1",
		"signed");
	results.signatures.n = 0;
	results.unsigned_why = TAP_REASON("2 From fields");
	mail.is_shadow = true;
	*vec_add(pool, &results.differs) = (struct difference){ DIFFERENCE_SIGNED,
		"b.example/s", "none", NULL, NULL };
	tap_is(report_print(&record),
		"id=- route=out client=192.0.2.9 helo=mx.sender.example from=\"<>\" "
	        "user=jiro "
		"author=a@b.example signed=no why=\"2 From fields\" warn=long-lines "
		"action=accept row=keytable:1 shadow=yes "
		"differs=\"signed: theirs b.example/s, ours none\"",
		"not signed, in the shadow");
}

int
main(void)
{
	struct pool *pool = pool_new();
	const struct policy *policy = mail_policy(pool, "", "");

	test_inbound(pool, policy);
	test_outbound(pool, policy);
	policy_release(policy);
	pool_free(pool);
	return tap_done();
}
