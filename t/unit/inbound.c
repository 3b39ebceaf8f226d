/* The checks of a message from outside, step by step, and what is asked for ahead. */
#include "base/base.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/iprev.h"
#include "auth/spf/check.h"
#include "dns/dns_zone.h"
#include "engine/inbound.h"
#include "mail_fixture.h"
#include "tap.h"

static const char zone[] = "sender.example. 300 IN TXT \"v=spf1 ip4:192.0.2.9 -all\"\n"
			   "mx.sender.example. 300 IN A 192.0.2.9\n"
			   "mx.sender.example. 300 IN TXT \"v=spf1 a -all\"\n"
			   "9.2.0.192.in-addr.arpa. 300 IN PTR mx.sender.example.\n"
			   "_dmarc.sender.example. 300 IN TXT \"v=DMARC1; p=reject\"\n"
			   "_dmarc.b.example. 300 IN TXT \"v=DMARC1; p=quarantine\"\n"
			   "b.example. 300 IN A 192.0.2.1\n";

static const struct row {
	const char *name, *conf, *rules, *from;
	const char *mail_from; /* NULL: a@sender.example */
	bool no_envelope;
	/* the words of RFC 8601, "-": not checked */
	const char *spf, *helo, *dkim, *dmarc, *iprev;
	enum dmarc_policy disposition;
} rows[] = {
	{ "the author himself", "", "", "a@sender.example", NULL, false, "pass", "pass",
		"", "pass", "pass", DMARC_NONE },
	{ "somebody else", "", "", "a@b.example", NULL, false, "pass", "pass", "", "fail",
		"pass", DMARC_QUARANTINE },
	{ "a domain without a record", "", "", "a@c.example", NULL, false, "pass", "pass",
		"", "none", "pass", DMARC_NONE },
	{ "the null sender", "", "", "a@sender.example", "", false, "pass", "pass", "",
		"pass", "pass", DMARC_NONE },
	{ "no envelope", "", "", "a@sender.example", NULL, true, "-", "pass", "", "fail",
		"pass", DMARC_REJECT },
	{ "iprev is not asked for", "Iprev no\n", "", "a@sender.example", NULL, false,
		"pass", "pass", "", "pass", "-", DMARC_NONE },
	{ "all recipients have DMARC off", "", "u u.example:-:- dmarc=off\n",
		"a@b.example", NULL, false, "pass", "pass", "", "-", "pass", DMARC_NONE },
	{ "a header over the limit", "MaximumHeaders 10\n", "", "a@sender.example", NULL,
		false, "pass", "pass", "policy", "permerror", "pass", DMARC_NONE },
};

static const char *
code(const struct outcome *outcome)
{
	return outcome != NULL ? auth_code_name(outcome->code) : "-";
}

static void
test_row(struct pool *pool, struct dns *dns, const struct row *row)
{
	const struct policy *policy = mail_policy(pool, row->conf, row->rules);
	struct mail_object mail =
		mail_fixture(pool, policy, pool_printf(pool, "From: %s", row->from));
	struct bodyhash *hash = bodyhash_new(pool);
	struct results r = { .spf = NULL };
	struct inbound *in;

	if (row->mail_from != NULL)
		mail.mail_from = slice_of(row->mail_from);
	mail.has_mail_from = !row->no_envelope;
	mail_recipient(&mail, "u@u.example");
	in = inbound_begin(&mail, dns);
	inbound_header(in, SLICE_LIT("From"), slice_of(row->from));
	inbound_eoh(in, hash);
	inbound_body(in);
	bodyhash_end(hash);
	inbound_end(in, &r);
	tap_is(code(r.spf != NULL ? &r.spf->outcome : NULL), row->spf, "%s: spf",
		row->name);
	tap_is(code(r.spf_helo != NULL ? &r.spf_helo->outcome : NULL), row->helo,
		"%s: HELO", row->name);
	tap_is(r.dkim->n > 0 ? code(&r.dkim->v[0].outcome) : "", row->dkim, "%s: dkim",
		row->name);
	tap_is(code(r.dmarc != NULL ? &r.dmarc->outcome : NULL), row->dmarc, "%s: dmarc",
		row->name);
	tap_is(code(r.iprev != NULL ? &r.iprev->outcome : NULL), row->iprev, "%s: iprev",
		row->name);
	tap_is_int(r.dmarc != NULL ? r.dmarc->disposition : DMARC_NONE, row->disposition,
		"%s: what the owner wishes", row->name);
	policy_release(policy);
}

/* RFC 7208 9.1: the field of the result. */
static void
test_received_spf(struct pool *pool, struct dns *dns)
{
	const struct policy *policy = mail_policy(pool, "AuthservID mx.example\n", "");
	struct mail_object mail = mail_fixture(pool, policy, "From: a@sender.example");
	struct bodyhash *hash = bodyhash_new(pool);
	struct inbound *in = inbound_begin(&mail, dns);
	struct results r = { .spf = NULL };
	struct str value = STR_POOL(pool);

	inbound_eoh(in, hash);
	bodyhash_end(hash);
	inbound_end(in, &r);
	inbound_received_spf(in, r.spf, &value);
	tap_ok(strncmp(value.p, " pass ", 6) == 0 &&
			strstr(value.p, "receiver=mx.example") != NULL &&
			strstr(value.p, "client-ip=192.0.2.9") != NULL,
		"Received-SPF:%s", value.p);
	policy_release(policy);
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct dns *dns = dns_zone_new();

	tap_is_reason(dns_zone_add(dns, pool, "zone", SLICE_LIT(zone)), NULL, "a zone");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, dns, &rows[i]);
	test_received_spf(pool, dns);
	dns_close(dns);
	pool_free(pool);
	return tap_done();
}
