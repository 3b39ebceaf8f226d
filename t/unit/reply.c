/* What a sender is told: the codes of RFC 7372, one line, bytes that a reply can take. */
#include "base/base.h"

#include "auth/dkim/verify.h"
#include "auth/spf/check.h"
#include "engine/reply.h"
#include "mail_fixture.h"
#include "tap.h"

static const struct spf_result spf = {
	.outcome = { AUTH_FAIL, CAUSE_OTHER, TAP_REASON("x") },
	.domain = "sender.example",
	.explanation = "ask us",
};

static const struct {
	enum rule_kind kind;
	const char *from, *code, *text;
} rules[] = {
	{ RULE_SPF_FAIL, "a@b.example", "550 5.7.23",
		"SPF: 192.0.2.9 may not send mail for sender.example; sender.example "
		"explains: ask us" },
	{ RULE_UNAUTHENTICATED, "a@b.example", "550 5.7.26",
		"mail of sender.example from 192.0.2.9 is not authenticated: SPF fail, "
	        "DKIM "
		"none; publish an SPF record that names the client, or sign with DKIM" },
	{ RULE_DMARC, "a@b.example", "550 5.7.1",
		"rejected by the DMARC policy of b.example: neither SPF nor DKIM passes "
	        "for "
		"it" },
	{ RULE_DMARC, "a, b", "550 5.7.1",
		"the From field does not name one author, so DMARC cannot be checked" },
	{ RULE_DNS_ERROR, "a@b.example", "451 4.4.3",
		"mail of b.example cannot be checked now: the DNS does not answer" },
	{ RULE_DNS_ERROR, "a, b", "451 4.4.3",
		"mail of sender.example cannot be checked now: the DNS does not answer" },
	{ RULE_IMPERSONATION, "a@b.example", "550 5.7.1",
		"192.0.2.9 claims to send mail of b.example, but neither SPF nor DKIM "
	        "passes "
		"for it" },
	{ RULE_IMPERSONATION, "a, b", "550 5.7.1",
		"192.0.2.9 claims to send mail of a domain of ours, but neither SPF nor "
	        "DKIM "
		"passes for it" },
};

static void
test_rule(struct pool *pool, const struct policy *policy, size_t i)
{
	struct mail_object mail =
		mail_fixture(pool, policy, pool_printf(pool, "From: %s", rules[i].from));
	struct dkim_results dkim = VEC_INIT;
	struct results results = { .spf = &spf, .dkim = &dkim };
	struct reply r = reply_of_rule(rules[i].kind, &mail, &results);

	tap_is(pool_printf(pool, "%s %s", r.code, r.xcode), rules[i].code, "%s, From %s",
		rule_types[rules[i].kind].name, rules[i].from);
	tap_is(r.text, rules[i].text, "%s: what it says", rule_types[rules[i].kind].name);
	tap_ok((r.action == ACTION_TEMPFAIL) == (r.code[0] == '4'), "the action agrees");
}

static void
test_text(struct pool *pool)
{
	struct reply r = reply_make(
		pool, ACTION_REJECT, "550", "5.7.1", "a\r\n250 ok\x1b[31m \xe9");
	char *tall = pool_alloc(pool, 2001);

	tap_is(r.text, "a??250 ok?[31m ?", "no byte acts on a line or a terminal");
	memset(tall, 'x', 2000);
	r = reply_make(pool, ACTION_REJECT, "550", "5.7.1", tall);
	tap_ok(strlen(r.text) < 500, "RFC 5321 4.5.3.1.5: it fits a reply line");
}

static void
test_others(struct pool *pool)
{
	struct dkim_results dkim = VEC_INIT;
	struct reply r = reply_of_dkim(ACTION_TEMPFAIL, pool, &dkim);

	tap_is(r.text, "no DKIM signature is valid: there is no signature",
		"no signature");
	tap_is(pool_printf(pool, "%s %s", r.code, r.xcode), "451 4.7.5", "deferred");
	*vec_add(pool, &dkim) = (struct dkim_result){ .outcome = { AUTH_FAIL, CAUSE_OTHER,
							      TAP_REASON("expired") } };
	r = reply_of_dkim(ACTION_REJECT, pool, &dkim);
	tap_is(r.text, "no DKIM signature is valid: expired", "a bad one");
	tap_is(pool_printf(pool, "%s %s", r.code, r.xcode), "550 5.7.20", "refused");
	r = reply_unsigned(ACTION_REJECT, pool, "7.5", "x");
	tap_is(pool_printf(pool, "%s %s", r.code, r.xcode), "550 5.7.5", "ours, refused");
	r = reply_unsigned(ACTION_TEMPFAIL, pool, "6.0", "x");
	tap_is(pool_printf(pool, "%s %s", r.code, r.xcode), "451 4.6.0",
		"ours, deferred");
}

int
main(void)
{
	struct pool *pool = pool_new();
	const struct policy *policy = mail_policy(pool, "AuthservID mx.example\n", "");

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		test_rule(pool, policy, i);
	test_text(pool);
	test_others(pool);
	policy_release(policy);
	pool_free(pool);
	return tap_done();
}
