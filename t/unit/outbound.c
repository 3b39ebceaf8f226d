/* Is a message signed, and if not, why, and may it leave? */
#include "base/base.h"

#include "auth/dkim/bodyhash.h"
#include "base/str.h"
#include "engine/outbound.h"
#include "mail_fixture.h"
#include "table_fixture.h"
#include "tap.h"
#include "tmpdir.h"

/* Settings besides these; the key table has s.example with a key, gone.example without.
 */
static const struct row {
	const char *name, *conf, *fields, *to;
	bool outside;          /* the client may not have mail signed */
	const char *testimony; /* a field of ours that is there */
	const char *want;      /* choice, reply, (error), why */
	const char *note;
} rows[] = {
	{ "signed", "", "From: a@s.example", NULL, false, NULL, "sign", NULL },
	{ "off the grammar, but one author", "", "From: Doe, John <a@s.example>", NULL,
		false, NULL, "sign", NULL },
	{ "no key for it", "", "From: a@b.example", NULL, false, NULL,
		"skip: the key table has no key for b.example", NULL },
	{ "two From", "", "From: a@b.example\nFrom: c@b.example", NULL, false, NULL,
		"skip: 2 From fields", NULL },
	{ "two From, one of them ours", "", "From: a@b.example\nFrom: a@s.example", NULL,
		false, NULL, "defer 451 4.6.0 (error): 2 From fields", NULL },
	{ "the same, refused", "On-SignatureError reject\n",
		"From: a@b.example\nFrom: a@s.example", NULL, false, NULL,
		"refuse 550 5.6.0 (error): 2 From fields", NULL },
	{ "two From, one of them ours, to whom nothing is signed",
		"DontSignMailTo *@quiet.example\n",
		"From: a@b.example\nFrom: a@s.example", "u@quiet.example", false, NULL,
		"skip: 2 From fields", NULL },
	{ "an exempt author", "ExemptDomains s.example\n", "From: a@s.example", NULL,
		false, NULL, "skip: the author's domain is in ExemptDomains", NULL },
	{ "a recipient", "DontSignMailTo *@quiet.example\n", "From: a@s.example",
		"u@quiet.example", false, NULL, "skip: a recipient is in DontSignMailTo",
		NULL },
	{ "Mode v", "Mode v\n", "From: a@s.example", NULL, false, NULL,
		"skip: Mode does not ask for signatures",
		"s.example has a key: keytable:1" },
	{ "from a client of nobody", "", "From: a@s.example", NULL, true, NULL,
		"skip: a client of nobody", "s.example has a key: keytable:1" },
	{ "handed back, and forged", "", "From: a@s.example", NULL, false,
		"mx.example; dmarc=fail header.from=s.example",
		"skip: an Authentication-Results field of ours says that it came from "
		"outside, and not dmarc=pass for s.example",
		"s.example has a key: keytable:1" },
	{ "handed back, of another author", "", "From: a@s.example", NULL, false,
		"mx.example; dmarc=fail header.from=b.example", "sign", NULL },
	{ "a header over the limit", "MaximumHeaders 20\n",
		"From: a@s.example\nX: yyyyyyyy", NULL, false, NULL,
		"skip: the header is over the limit", NULL },
	{ "the same, refused", "MaximumHeaders 20\nOn-LargeHeaders reject\n",
		"From: a@s.example\nX: yyyyyyyy", NULL, false, NULL,
		"refuse 552 5.3.4: the header is over the limit", NULL },
};

static const char *
told(struct pool *pool, const struct signing_decision *d)
{
	static const char *const words[] = {
		[SIGNING_SKIP] = "skip",
		[SIGNING_SIGN] = "sign",
		[SIGNING_DEFER] = "defer",
		[SIGNING_REFUSE] = "refuse",
	};
	struct str text = STR_POOL(pool);

	str_add(&text, words[d->choice]);
	if (d->reply.code[0] != '\0')
		str_addf(&text, " %s %s", d->reply.code, d->reply.xcode);
	str_add(&text, d->is_error ? " (error)" : "");
	str_add(&text, d->is_unknown ? " (unknown)" : "");
	if (d->why != NULL)
		str_addf(&text, ": %s", reason_text(pool, d->why, NULL));
	return text.p;
}

static const struct policy *
policy_of(struct pool *pool, const char *dir, const char *conf)
{
	return mail_policy(pool, pool_printf(pool, "AuthservID mx.example\n%s", conf),
		pool_printf(pool, "s s.example:sel:%s/rsa.pem\n", dir));
}

static void
test_row(struct pool *pool, const char *dir, const struct row *row)
{
	const struct policy *policy = policy_of(pool, dir, row->conf);
	struct mail_object mail = mail_fixture(pool, policy, row->fields);
	struct testimony testimony = { .nobody = false };
	struct signing_decision d;

	mail.route = (struct route_decision){ .route = ROUTE_LOCAL,
		.may_sign = !row->outside,
		.reason = TAP_REASON("a client of nobody") };
	if (row->to != NULL)
		mail_recipient(&mail, row->to);
	if (row->testimony != NULL)
		testimony_add(&testimony, pool, slice_of(row->testimony));
	d = outbound_decide(&mail, &testimony);
	tap_is(told(pool, &d), row->want, "%s", row->name);
	tap_is(reason_text(pool, d.note, NULL), row->note, "%s: what the log notes",
		row->name);
	policy_release(policy);
}

/* Begins and ends the signatures of a message with this body. */
static struct signed_mail
sign(struct mail_object *mail, const char *body)
{
	struct testimony testimony = { .nobody = false };
	/* The plan must outlive what is made of it. */
	struct signing_decision *d = pool_alloc(mail->pool, sizeof(*d));
	struct bodyhash *hash = bodyhash_new(mail->pool);
	struct outbound *out;

	*d = outbound_decide(mail, &testimony);
	tap_ok(outbound_begin(mail, &d->plan, hash, &out) == NULL, "it begins");
	bodyhash_feed(hash, body, strlen(body));
	bodyhash_end(hash);
	return outbound_end(out, mail->policy->signer);
}

/* What is signed is not signed a second time, unless it has been changed. */
static void
test_again(struct pool *pool, const char *dir)
{
	const struct policy *policy = policy_of(pool, dir, "");
	struct mail_object mail = mail_fixture(pool, policy, "From: a@s.example\n");
	struct signed_mail first, again;
	struct edits edits = VEC_INIT;

	mail.route = (struct route_decision){ .route = ROUTE_OUTBOUND, .may_sign = true };
	first = sign(&mail, "Hello\r\n");
	tap_is_int((int64_t)first.fields.n, 1, "one signature");
	tap_is(first.where, "keytable:1", "by this row");
	outbound_edits(&mail, &first, &edits);
	tap_ok(edits.n == 1 && edits.v[0].op == EDIT_INSERT, "one field is added");
	message_add(&mail.message, SLICE_LIT("DKIM-Signature"), first.fields.v[0]);
	again = sign(&mail, "Hello\r\n");
	tap_is_int((int64_t)again.fields.n, 0, "handed back: none is made");
	tap_is(reason_text(pool, again.why, NULL),
		"a signature of ours that verifies is there already", "and why");
	again = sign(&mail, "Changed\r\n");
	tap_is_int((int64_t)again.fields.n, 1, "handed back and changed: one is made");
	policy_release(policy);
}

/* A table has no answer: nothing leaves, and nothing is refused for good. */
static const struct {
	const char *name, *conf, *fields;
	bool is_away;
	const char *want;
} live_rows[] = {
	{ "nobody signs it", "", "From: a@b.example", false,
		"skip: the key table has no key for b.example" },
	{ "a key that is not there", "", "From: a@s.example", false,
		"defer 451 4.7.5 (error): fake:keys:1: " },
	{ "the table is away", "", "From: a@b.example", true,
		"defer 451 4.3.0 (unknown): the table fake:keys has no answer: it is "
		"away" },
	{ "nor does On-SignatureError say no", "On-SignatureError reject\n",
		"From: a@b.example", true, "defer 451 4.3.0 (unknown): the table" },
	{ "an exempt author needs no table", "ExemptDomains b.example\n",
		"From: a@b.example", true,
		"skip: the author's domain is in ExemptDomains" },
	{ "two From, and none is ours", "", "From: a@b.example\nFrom: a@c.example", false,
		"skip: 2 From fields" },
	{ "two From, and nobody knows", "On-SignatureError reject\n",
		"From: a@b.example\nFrom: a@c.example", true,
		"defer 451 4.3.0 (unknown): the table" },
	{ "off the grammar, and nobody knows", "", "From: <<a@b.example", true,
		"defer 451 4.3.0 (unknown): the table" },
};

static void
test_live(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(live_rows); i++) {
		struct fake_tables *fake = fake_tables_new(pool);
		struct testimony testimony = { .nobody = false };
		struct problems problems;
		const struct policy *policy = fake_policy(pool,
			pool_printf(pool, "AuthservID mx.example\nKeyTable fake:keys\n%s",
				live_rows[i].conf),
			fake, &problems);
		struct mail_object mail = mail_fixture(pool, policy, live_rows[i].fields);
		struct signing_decision d;
		const char *got;

		fake->v[FAKE_KEYS].rows = "s s.example:sel:/none/k.pem\n";
		fake->v[FAKE_KEYS].is_away = live_rows[i].is_away;
		mail.route =
			(struct route_decision){ .route = ROUTE_LOCAL, .may_sign = true };
		d = outbound_decide(&mail, &testimony);
		got = told(pool, &d);
		tap_ok(strncmp(got, live_rows[i].want, strlen(live_rows[i].want)) == 0,
			"live, %s: %s", live_rows[i].name, got);
		policy_release(policy);
	}
}

int
main(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);

	tmpdir_key(pool, dir, "rsa.pem", "rsa", 2048);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, dir, &rows[i]);
	test_again(pool, dir);
	test_live(pool);
	pool_free(pool);
	return tap_done();
}
