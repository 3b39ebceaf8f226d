/* What Mode shadow calls a difference: signatures that somebody made or did not make, and
 * verdicts of dkim. */
#include "base/base.h"

#include "auth/dkim/verify.h"
#include "base/scan.h"
#include "base/str.h"
#include "engine/message_record.h"
#include "engine/shadow.h"
#include "mail/authres_id.h"

#include "tap.h"

/* Fields, one a line: "Name: value". */
static void
read_fields(struct pool *pool, const char *text, struct message *message)
{
	struct slice rest = slice_of(text), line, name, value;

	message_init(message, pool, SIZE_MAX);
	while (slice_next(&rest, '\n', &line))
		if (slice_cut(line, ':', &name, &value))
			message_add(message, name, value);
}

/* All differences, one a line. */
static const char *
joined(struct pool *pool, const struct differences *differs)
{
	struct str text = STR_POOL(pool);

	for (size_t i = 0; i < differs->n; i++) {
		str_add(&text, i > 0 ? "\n" : "");
		difference_print(&text, &differs->v[i]);
	}
	return text.p;
}

#define AR "Authentication-Results: "
#define SIG(d, s) \
	"DKIM-Signature: v=1; a=rsa-sha256; d=" d "; s=" s "; h=from; bh=AA; b=AA\n"

/* Ours. */
#define SIGN(d, s)                         \
	{                                  \
		.domain = d, .selector = s \
	}
#define PASS(d, s)                                                            \
	{                                                                     \
		.outcome = { .code = AUTH_PASS }, .domain = d, .selector = s, \
		.examined = true                                              \
	}
#define NO_KEY(d, s)                                                               \
	{                                                                          \
		.outcome = { AUTH_PERMERROR, CAUSE_NO_KEY, TAP_REASON("no key") }, \
		.domain = d, .selector = s, .examined = true                       \
	}
#define WITH_B(code, why, s, text)                                            \
	{                                                                     \
		.outcome = { code, CAUSE_OTHER, why }, .domain = "b.example", \
		.selector = s, .b = SLICE_LIT(text), .examined = true         \
	}
#define FAIL(d, s)                                                                     \
	{                                                                              \
		.outcome = { AUTH_FAIL, CAUSE_OTHER, TAP_REASON("bad") }, .domain = d, \
		.selector = s, .examined = true                                        \
	}

static const struct {
	const char *name, *fields, *id;
	struct dkim_result ours[3];
	const char *bad, *want;
} verdicts[] = {
	{ "no field", "From: a@b.example", NULL, { PASS("b.example", "s") },
		SHADOW_NO_FIELD, "" },
	{ "the same", AR "mx.example; dkim=pass header.d=b.example", NULL,
		{ PASS("b.example", "s") }, NULL, "" },
	{ "the same in other letters", AR "mx.example; DKIM=Pass Header.D=B.Example",
		NULL, { PASS("b.example", "s") }, NULL, "" },
	{ "they pass, we fail", AR "mx.example; dkim=pass header.d=b.example", NULL,
		{ FAIL("b.example", "s") }, NULL,
		"dkim: theirs pass b.example/s, ours fail (bad)" },
	{ "they fail, we pass", AR "mx.example; dkim=fail header.d=b.example", NULL,
		{ PASS("b.example", "s") }, NULL,
		"dkim: theirs fail b.example/s, ours pass" },
	{ "both see nothing", AR "mx.example; dkim=none", NULL, { { .domain = NULL } },
		NULL, "" },
	{ "they see nothing", AR "mx.example; dkim=none", NULL,
		{ PASS("b.example", "s") }, NULL,
		"dkim: theirs none b.example/s, ours pass" },
	{ "we see nothing", AR "mx.example; dkim=pass header.d=b.example", NULL,
		{ { .domain = NULL } }, NULL, "dkim: theirs pass b.example, ours none" },
	{ "the key is gone", AR "mx.example; dkim=pass header.d=b.example", NULL,
		{ NO_KEY("b.example", "s") }, NULL,
		"key: theirs pass b.example/s, ours permerror (no key)" },
	{ "neither lets it pass", AR "mx.example; dkim=fail header.d=b.example", NULL,
		{ NO_KEY("b.example", "s") }, NULL,
		"word: theirs fail b.example/s, ours permerror (no key)" },
	{ "a verdict that may change is another one",
		AR "mx.example; dkim=temperror header.d=b.example", NULL,
		{ FAIL("b.example", "s") }, NULL,
		"dkim: theirs temperror b.example/s, ours fail (bad)" },
	{ "the key is gone for both", AR "mx.example; dkim=permerror header.d=b.example",
		NULL, { NO_KEY("b.example", "s") }, NULL, "" },
	{ "the DNS does not answer us", AR "mx.example; dkim=pass header.d=b.example",
		NULL,
		{ { .outcome = { AUTH_TEMPERROR, CAUSE_DNS, TAP_REASON("no answer") },
			.domain = "b.example",
			.selector = "s",
			.examined = true } },
		NULL, "dns: theirs pass b.example/s, ours temperror (no answer)" },
	{ "two of two domains, in another order",
		AR
		"mx.example; dkim=fail header.d=c.example; dkim=pass header.d=b.example",
		NULL, { PASS("b.example", "s"), FAIL("c.example", "s") }, NULL, "" },
	{ "two of one domain, told apart by b=",
		AR "mx.example; dkim=fail header.d=b.example header.b=yyyy; dkim=pass "
		   "header.d=b.example header.b=xxxx",
		NULL,
		{ WITH_B(AUTH_PASS, NULL, "s", "xxxx1"),
			WITH_B(AUTH_FAIL, TAP_REASON("bad"), "t", "yyyy2") },
		NULL, "" },
	{ "the same, and both are wrong",
		AR "mx.example; dkim=pass header.d=b.example header.b=yyyy; dkim=fail "
		   "header.d=b.example header.b=xxxx",
		NULL,
		{ WITH_B(AUTH_PASS, NULL, "s", "xxxx1"),
			WITH_B(AUTH_FAIL, TAP_REASON("bad"), "t", "yyyy2") },
		NULL,
		"dkim: theirs pass b.example/t, ours fail (bad)\n"
		"dkim: theirs fail b.example/s, ours pass" },
	{ "one more than they saw", AR "mx.example; dkim=pass header.d=b.example", NULL,
		{ PASS("b.example", "s"), PASS("c.example", "t") }, NULL,
		"dkim: theirs none c.example/t, ours pass" },
	{ "one that we did not examine", AR "mx.example; dkim=pass header.d=b.example",
		NULL,
		{ PASS("b.example", "s"),
			{ .outcome = { AUTH_POLICY, CAUSE_OTHER, TAP_REASON("too many") },
				.domain = "c.example" } },
		NULL, "" },
	{ "spf and dmarc of theirs are not looked at",
		AR "mx.example; spf=fail smtp.mailfrom=x.example; dkim=pass "
		   "header.d=b.example; dmarc=fail header.from=b.example",
		NULL, { PASS("b.example", "s") }, NULL, "" },
	{ "a field without dkim", AR "mx.example; spf=pass", NULL,
		{ PASS("b.example", "s") }, SHADOW_NO_DKIM, "" },
	{ "a field that cannot be read", AR "mx.example; dkim=pass header.d=(", NULL,
		{ PASS("b.example", "s") }, SHADOW_UNREADABLE, "" },
	{ "the next of theirs speaks of dkim",
		AR "mx.example; spf=pass\n" AR "mx.example; dkim=pass header.d=b.example",
		"mx.example", { PASS("b.example", "s") }, NULL, "" },
	{ "several of one id: the topmost counts, a forged one below does not",
		AR "mx.example; dkim=fail header.d=b.example\n" AR
		   "mx.example; dkim=pass header.d=b.example",
		"mx.example", { PASS("b.example", "s") }, NULL,
		"dkim: theirs fail b.example/s, ours pass" },
	{ "the one of the id, not the first",
		AR "x.example; dkim=fail header.d=b.example\nReceived: x\n" AR
		   "mx.example; dkim=pass header.d=b.example",
		"mx.example", { PASS("b.example", "s") }, NULL, "" },
	{ "the id with a job id", AR "mx.example/4cX; dkim=pass header.d=b.example",
		"mx.example", { PASS("b.example", "s") }, NULL, "" },
	{ "nobody of that id", AR "x.example; dkim=pass header.d=b.example", "mx.example",
		{ PASS("b.example", "s") }, SHADOW_NO_FIELD, "" },
	{ "without an id: not below a Received field",
		"From: a@b.example\nReceived: x\n" AR
		"mx.example; dkim=fail header.d=b.example",
		NULL, { PASS("b.example", "s") }, SHADOW_NO_FIELD, "" },
	{ "without an id: below one that is the first field",
		"Received: x\n" AR "mx.example; dkim=fail header.d=b.example", NULL,
		{ PASS("b.example", "s") }, NULL,
		"dkim: theirs fail b.example/s, ours pass" },
};

static void
test_verdict(struct pool *pool, size_t i)
{
	struct dkim_results ours = VEC_INIT;
	struct authres_ids ids = VEC_INIT;
	struct differences differs = VEC_INIT;
	struct message message;
	const char *bad;

	read_fields(pool, verdicts[i].fields, &message);
	for (size_t k = 0; k < ARRAY_LEN(verdicts[i].ours); k++)
		if (verdicts[i].ours[k].domain != NULL)
			*vec_add(pool, &ours) = verdicts[i].ours[k];
	if (verdicts[i].id != NULL)
		authres_ids_add(pool, &ids, slice_of(verdicts[i].id));
	bad = shadow_verdicts(pool, &message.all, &ids, &ours, &differs);
	tap_is(bad, verdicts[i].bad, "%s: compared?", verdicts[i].name);
	tap_is(joined(pool, &differs), verdicts[i].want, "%s", verdicts[i].name);
}

/* Ours: what the engine decided; inbound: the message came from outside, and the author's
 * domain has a key here (note) or not. */
static const struct {
	const char *name, *fields;
	struct signing ours[3];
	enum route route;
	bool is_inbound;
	const char *note, *why, *want;
} signatures[] = {
	{ "neither signs", "From: a@b.example", { { NULL } }, ROUTE_OUTBOUND, false, NULL,
		"no row", "" },
	{ "the same", SIG("b.example", "s"), { SIGN("b.example", "s") }, ROUTE_OUTBOUND,
		false, NULL, NULL, "" },
	{ "in other letters", SIG("B.Example", "S"), { SIGN("b.example", "s") },
		ROUTE_OUTBOUND, false, NULL, NULL, "" },
	{ "they alone", SIG("b.example", "s"), { { NULL } }, ROUTE_OUTBOUND, false, NULL,
		"no row", "signed: theirs b.example/s, ours none (no row)" },
	{ "we alone", "From: a@b.example", { SIGN("b.example", "s") }, ROUTE_OUTBOUND,
		false, NULL, NULL, "signed: theirs none, ours b.example/s" },
	{ "another selector", SIG("b.example", "s"), { SIGN("b.example", "t") },
		ROUTE_OUTBOUND, false, NULL, NULL,
		"selector: theirs b.example/s, ours b.example/t" },
	{ "another domain", SIG("b.example", "s"), { SIGN("c.example", "s") },
		ROUTE_OUTBOUND, false, NULL, NULL,
		"domain: theirs b.example/s, ours c.example/s" },
	{ "the same first, then what is left over",
		SIG("b.example", "s") SIG("b.example", "t"),
		{ SIGN("b.example", "t"), SIGN("b.example", "u") }, ROUTE_OUTBOUND, false,
		NULL, NULL, "selector: theirs b.example/s, ours b.example/u" },
	{ "the same domain before another one",
		SIG("b.example", "s") SIG("c.example", "s"),
		{ SIGN("c.example", "t"), SIGN("d.example", "s") }, ROUTE_OUTBOUND, false,
		NULL, NULL,
		"selector: theirs c.example/s, ours c.example/t\n"
		"domain: theirs b.example/s, ours d.example/s" },
	{ "what was signed before this hop",
		"X-First: 1\nReceived: x\n" SIG("b.example", "s"), { { NULL } },
		ROUTE_OUTBOUND, false, NULL, "no row", "" },
	{ "a signature without s=", "DKIM-Signature: v=1; d=b.example; h=from; b=AA\n",
		{ { NULL } }, ROUTE_OUTBOUND, false, NULL, "no row", "" },
	{ "from outside: of the author, who has a key here", SIG("b.example", "s"),
		{ { NULL } }, ROUTE_INBOUND, true, "ours from outside",
		"not a client of ours",
		"signed: theirs b.example/s, ours none (not a client of ours)" },
	{ "from outside: of the author, who has none", SIG("b.example", "s"),
		{ { NULL } }, ROUTE_INBOUND, true, NULL, NULL, "" },
	{ "from outside: of another domain", SIG("c.example", "s"), { { NULL } },
		ROUTE_INBOUND, true, "ours from outside", NULL, "" },
	{ "from a peer nothing is compared", SIG("b.example", "s"), { { NULL } },
		ROUTE_PEER, false, NULL, NULL, "" },
};

/* A message that is over, of an author in b.example. */
static void
record_init(struct message_record *record, struct mail_object *mail,
	struct results *results, const struct policy *policy, struct pool *pool)
{
	*mail = (struct mail_object){
		.pool = pool, .policy = policy, .author.domain = "b.example"
	};
	*results = (struct results){ .dkim = NULL };
	*record = (struct message_record){ .mail = mail, .results = results };
}

static void
test_signatures(struct pool *pool, size_t i)
{
	struct policy policy = { .opt.shadow_authserv_id = NULL };
	struct message_record record;
	struct mail_object mail;
	struct results results;
	struct differences differs = VEC_INIT;

	record_init(&record, &mail, &results, &policy, pool);
	read_fields(pool, signatures[i].fields, &mail.message);
	for (size_t k = 0; k < ARRAY_LEN(signatures[i].ours); k++)
		if (signatures[i].ours[k].domain != NULL)
			*vec_add(pool, &record.signed_by) = &signatures[i].ours[k];
	mail.route.route = signatures[i].route;
	results.unsigned_why = reason_of(pool, signatures[i].why);
	record.note = reason_of(pool, signatures[i].note);
	record.is_verified = signatures[i].is_inbound;
	shadow_compare(&record, &differs);
	tap_is(joined(pool, &differs), signatures[i].want, "%s", signatures[i].name);
}

/* With ShadowAuthservID the want of a field is a difference; without it it is not. */
static void
test_missing_field(struct pool *pool)
{
	static const struct {
		const char *id, *want;
	} rows[] = {
		{ NULL, "" },
		{ "mx.example", "field: theirs none, ours pass b.example/s" },
		{ "(", "field: theirs none, ours pass b.example/s" },
	};
	struct dkim_result pass = PASS("b.example", "s");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct policy policy = { .opt.shadow_authserv_id = rows[i].id };
		struct message_record record;
		struct mail_object mail;
		struct results results;
		struct dkim_results ours = VEC_INIT;
		struct differences differs = VEC_INIT;

		record_init(&record, &mail, &results, &policy, pool);
		mail.route.route = ROUTE_INBOUND;
		results.dkim = &ours;
		read_fields(pool, "From: a@b.example", &mail.message);
		shadow_compare(&record, &differs);
		tap_is_int(differs.n, 0, "no signature, no field: nothing");
		*vec_add(pool, &ours) = pass;
		shadow_compare(&record, &differs);
		tap_is(joined(pool, &differs), rows[i].want,
			"ShadowAuthservID %s: no field",
			rows[i].id != NULL ? rows[i].id : "none");
	}
}

/* What they signed as mail of ours they did not verify: its field is not wanting. */
static void
test_forgotten_client(struct pool *pool)
{
	struct policy policy = { .opt.shadow_authserv_id = "mx.example" };
	struct message_record record;
	struct mail_object mail;
	struct results results;
	struct dkim_result pass = PASS("b.example", "s");
	struct dkim_results ours = VEC_INIT;
	struct differences differs = VEC_INIT;

	record_init(&record, &mail, &results, &policy, pool);
	*vec_add(pool, &ours) = pass;
	record.is_verified = true;
	record.note = TAP_REASON("b.example has a key");
	results.dkim = &ours;
	mail.route.route = ROUTE_INBOUND;
	read_fields(pool, SIG("b.example", "s"), &mail.message);
	shadow_compare(&record, &differs);
	tap_is(joined(pool, &differs), "signed: theirs b.example/s, ours none",
		"a client that we forget: that they sign, and nothing else");
}

/* However many there are, few are said. */
static void
test_many(struct pool *pool)
{
	struct policy policy = { .opt.shadow_authserv_id = NULL };
	struct message_record record;
	struct mail_object mail;
	struct results results;
	struct str fields = STR_POOL(pool);
	struct differences differs = VEC_INIT;

	record_init(&record, &mail, &results, &policy, pool);
	for (int i = 0; i < 5000; i++)
		str_addf(&fields, SIG("b.example", "s%d"), i);
	mail.route.route = ROUTE_OUTBOUND;
	read_fields(pool, fields.p, &mail.message);
	shadow_compare(&record, &differs);
	tap_is_int(differs.n, 16, "S21: 5000 signatures, 16 differences");
}

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++)
		test_verdict(pool, i);
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++)
		test_signatures(pool, i);
	test_missing_field(pool);
	test_forgotten_client(pool);
	test_many(pool);
	pool_free(pool);
	return tap_done();
}
