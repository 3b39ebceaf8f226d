/*
 * The name in HELO. Receivers compare it with the address, and the SPF record of a
 * bounce, which has no sender, is that of this name (RFC 7208 2.4). It is known from
 * --helo or from a delivered copy; else the name of the address is taken, as most hosts
 * say that one.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/spf/record.h"
#include "dns/dns_fixed.h"
#include "mail/domain.h"
#include "mail/received.h"
#include "tool/tool.h"

/* What it says, as far as that is known; NULL: it is not. */
static const char *
said_name(const struct subject *subject)
{
	struct hops hops = VEC_INIT;
	const struct hop *last;
	const char *name;

	if (subject->helo.n > 0)
		return domain_parse(subject->pool, subject->helo, &name) == NULL ? name
		                                                                 : NULL;
	if (subject->fields == NULL)
		return NULL;
	received_read(subject->pool, subject->fields, &hops);
	last = received_last(&hops);
	return last != NULL ? last->from : NULL;
}

/* Does the name belong to the address? */
static void
judge_name(const struct subject *subject, struct findings *findings, const char *name,
	const struct check_address *a)
{
	char text[IP_TEXT_SIZE];
	const char *address = ip_print(&a->ip, text);
	struct finding *f;

	if (a->name != NULL && strcmp(a->name, name) == 0) {
		findings_add(findings, "host.helo", FINDING_GOOD,
			pool_printf(subject->pool,
				_("the name in HELO, %s, is the name of %s"), name,
				address));
		return;
	}
	if (subject_leads_to(subject, name, &a->ip)) {
		findings_add(findings, "host.helo", FINDING_INFO,
			pool_printf(subject->pool,
				_("the name in HELO, %s, leads to %s, though the "
				  "address has another name (PTR)"),
				name, address));
		return;
	}
	f = findings_add(findings, "host.helo", FINDING_WARNING,
		pool_printf(subject->pool, _("the name in HELO, %s, does not lead to %s"),
			name, address));
	finding_remedy(f, _("a name that leads to the address"),
		a->name != NULL
			? pool_printf(subject->pool,
				  _("Let the host say %s, the name of its address "
				    "(Postfix: myhostname or smtp_helo_name)."),
				  a->name)
			: _("Give the address a name (PTR) that leads back to it, and "
			    "let the host say that one (Postfix: myhostname or "
			    "smtp_helo_name)."));
}

/* SPF of the HELO identity. */
static enum auth_code
helo_spf(const struct subject *subject, const char *name, const struct ip *ip,
	struct dns *dns)
{
	struct subject asked = *subject;
	struct spf_result spf;

	asked.dns = dns;
	asked.envelope = name;
	asked.helo = slice_of(name);
	asked.mail_from = SLICE_EMPTY;
	subject_spf(&asked, ip, NULL, &spf);
	return spf.outcome.code;
}

/* A record for the name, if it lets the address in. */
static void
propose(const struct subject *subject, struct finding *f, const char *name,
	const struct ip *ip)
{
	struct dns_txt record = { name, SLICE_LIT("v=spf1 a -all") };

	if (helo_spf(subject, name, ip,
		    dns_fixed_new(subject->pool, &record, 1, subject->dns)) == AUTH_PASS)
		f->record = (struct zone_record){ name, "TXT", "v=spf1 a -all" };
}

static void
judge_spf(const struct subject *subject, struct facts *facts, struct findings *findings,
	const char *name, const struct check_address *a)
{
	enum auth_code code = helo_spf(subject, name, &a->ip, subject->dns);
	struct finding *f;

	/* A service looks after its own names. */
	if (code == AUTH_TEMPERROR || (a->relay != NULL && code != AUTH_PASS))
		return;
	facts_learn(facts, FACT_HELO, code == AUTH_PASS);
	if (code == AUTH_PASS) {
		findings_add(findings, "spf.helo", FINDING_GOOD,
			pool_printf(subject->pool,
				_("SPF of %s, the name in HELO, passes"), name));
		return;
	}
	f = findings_add(findings, "spf.helo", FINDING_INFO,
		code == AUTH_NONE ? pool_printf(subject->pool,
					    _("%s, the name in HELO, has no SPF record; "
	                                      "bounces are "
					      "judged by it"),
					    name)
				  : pool_printf(subject->pool,
					    _("SPF of %s, the name in HELO, is %s; "
	                                      "bounces are judged "
					      "by it"),
					    name, auth_code_name(code)));
	if (!domain_is_within(name, subject->domain)) {
		finding_remedy(
			f, _("pass"), _("Whoever runs that host can publish one."));
		return;
	}
	finding_remedy(f, _("pass"),
		_("Publish this record for the name: au, for one, asks for it."));
	if (code == AUTH_NONE)
		propose(subject, f, name, &a->ip);
	if (f->record.name == NULL)
		f->remedy = _("See that the record of this name lets the address in.");
}

void
check_helo(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	const char *said = said_name(subject);

	if (facts->is_parked)
		return;
	for (size_t i = 0; i < facts->addresses.n; i++) {
		const struct check_address *a = &facts->addresses.v[i];
		const char *name = said != NULL ? said : a->name;

		if (said != NULL)
			judge_name(subject, findings, said, a);
		if (name != NULL)
			judge_spf(subject, facts, findings, name, a);
	}
}
