/* The field that tells of all checks, and how it becomes short enough for OpenDMARC. */
#include "base/base.h"

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/iprev.h"
#include "auth/spf/check.h"
#include "base/str.h"
#include "engine/authres_compose.h"
#include "mail_fixture.h"
#include "tap.h"

static const struct spf_result spf = { .outcome = { AUTH_FAIL, CAUSE_OTHER,
					       TAP_REASON("say \"no\" \xe9") },
	.domain = "b.example" };
static const struct spf_result helo = {
	.outcome = { .code = AUTH_NONE }, .identity = SPF_HELO, .domain = "mx.b.example"
};
static const struct dmarc_result dmarc = { .outcome = { .code = AUTH_PASS },
	.from_domain = "b.example",
	.applied = DMARC_REJECT,
	.signer = "b.example" };
static const struct iprev_result iprev = { .outcome = { .code = AUTH_PASS } };

static const struct dkim_result good = { .outcome = { .code = AUTH_PASS },
	.domain = "b.example",
	.selector = "s",
	.algorithm = "rsa-sha256",
	.identity = SLICE_LIT("@b.example"),
	.b_short = SLICE_LIT("AbCdEfGh"),
	.examined = true };
static const struct dkim_result bad = { .outcome = { AUTH_FAIL, CAUSE_OTHER,
						TAP_REASON("signature expired") },
	.domain = "c.example",
	.selector = "t",
	.identity = SLICE_LIT("\"x\"@c.example"),
	.b_short = SLICE_LIT("IjKl"),
	.examined = true };

/* Folds become blanks. */
static const char *
field(struct pool *pool, const struct mail_object *mail, const struct results *results)
{
	struct slice value = authres_fit(mail, results, "mx.example");
	struct str text = STR_POOL(pool);

	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\t')
			str_addc(&text, ' ');
		else if (value.p[i] != '\r' && value.p[i] != '\n')
			str_addc(&text, value.p[i]);
	return text.p;
}

static void
test_all(struct pool *pool, struct mail_object *mail)
{
	struct dkim_results dkim = VEC_INIT;
	struct results results = { .spf = &spf,
		.spf_helo = &helo,
		.dkim = &dkim,
		.dmarc = &dmarc,
		.iprev = &iprev };

	*vec_add(pool, &dkim) = good;
	*vec_add(pool, &dkim) = bad;
	tap_is(field(pool, mail, &results),
		" mx.example; spf=fail reason=\"say 'no' ?\" smtp.mailfrom=b.example; "
	        "spf=none "
		"smtp.helo=mx.b.example; dkim=pass header.d=b.example "
	        "header.i=@b.example "
		"header.s=s header.a=rsa-sha256 header.b=AbCdEfGh; dkim=fail "
		"reason=\"signature expired\" header.d=c.example header.s=t "
	        "header.b=IjKl; "
		"dmarc=pass header.from=b.example policy.dmarc=reject; iprev=pass "
		"policy.iprev=192.0.2.9",
		"all checks, in their order");
	dkim.n = 0;
	results = (struct results){ .dkim = &dkim };
	tap_is(field(pool, mail, &results), " mx.example; dkim=none", "no signature");
	results.dkim = NULL;
	tap_is(field(pool, mail, &results), " mx.example; none", "nothing was checked");
	mail->auth_user = "jiro";
	mail->route.authenticated = true;
	tap_is(field(pool, mail, &results), " mx.example; auth=pass smtp.auth=jiro",
		"who has logged in");
}

/* Many signatures: what DMARC rests on stays, and a kilobyte is not exceeded. */
static void
test_fit(struct pool *pool, struct mail_object *mail)
{
	static const size_t counts[] = { 1, 5, 14, 20, 60, 3000 };

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct dkim_results dkim = VEC_INIT;
		struct results results = {
			.spf = &spf, .dkim = &dkim, .dmarc = &dmarc, .iprev = &iprev
		};
		struct slice value;

		for (size_t k = 0; k < counts[i]; k++)
			*vec_add(pool, &dkim) = k + 1 == counts[i] ? good : bad;
		value = authres_fit(mail, &results, "mx.example");
		tap_ok(value.n < 1024, "%zu signatures: %zu bytes", counts[i], value.n);
		tap_ok(strstr(value.p, "dmarc=pass") != NULL &&
				strstr(value.p, "header.d=b.example") != NULL,
			"%zu signatures: what DMARC rests on", counts[i]);
	}
}

int
main(void)
{
	struct pool *pool = pool_new();
	const struct policy *policy = mail_policy(pool, "", "");
	struct mail_object mail = mail_fixture(pool, policy, "From: a@b.example");

	test_fit(pool, &mail);
	test_all(pool, &mail);
	policy_release(policy);
	pool_free(pool);
	return tap_done();
}
