/*
 * From where does mail of the domain go out, and with which keys? Where nobody says, this
 * host is looked at; but it may be anybody's, so its addresses count only where something
 * shows that it is the domain's mail server. A domain whose records say that it sends
 * nothing is taken at its word. A key that is published under a usual name is a hint, no
 * more: that a key is there does not say that mail is signed with it.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/dkim/key.h"
#include "auth/spf/record.h"
#include "tool/check/this_host.h"
#include "tool/tool.h"

/* Behind NAT a host does not know which address receivers see. */
static void
report_hidden(struct findings *findings, const struct ip *ip)
{
	char text[IP_TEXT_SIZE];
	struct finding *f;

	f = findings_add(findings, "host.address", FINDING_WARNING,
		pool_printf(findings->pool,
			_("this host has only a private IPv4 address, %s: receivers see "
			  "another one, which is not known here"),
			ip_print(ip, text)));
	finding_remedy(f, _("the public address that mail leaves from"),
		_("Name it with --ip (the router's, or the relay's), or give a delivered "
		  "copy of a message with --message."));
}

static bool
is_spf_pass(const struct subject *subject, const struct ip *ip)
{
	struct spf_result spf;

	subject_spf(subject, ip, NULL, &spf);
	return spf.outcome.code == AUTH_PASS;
}

/* Is one of the domain's mail hosts this one, or does its SPF record name it? One that
 * lets everybody in names nobody. */
static bool
host_is_named(const struct subject *subject, const struct this_host *host)
{
	struct dns_answer mx;
	struct ip nobody = check_nobody(false);

	subject_ask(subject, subject->domain, DNS_MX, &mx);
	for (size_t i = 0; i < host->ips.n; i++) {
		for (size_t k = 0; k < mx.n; k++)
			if (subject_leads_to(subject,
				    check_show(subject->pool, mx.records[k].data),
				    &host->ips.v[i]))
				return true;
		if (is_spf_pass(subject, &host->ips.v[i]) &&
			!is_spf_pass(subject, &nobody))
			return true;
	}
	return false;
}

/* Its only term is -all. */
static bool
says_that_none_sends(const struct subject *subject)
{
	struct spf_record record;
	struct dns_answer answer;
	struct slice text;

	subject_ask(subject, subject->domain, DNS_TXT, &answer);
	return spf_record_select(&answer, &text) == 1 &&
	       spf_record_parse(subject->pool, text, &record) == NULL &&
	       record.terms.n == 1 && record.terms.v[0].kind == SPF_TERM_ALL &&
	       record.terms.v[0].code == AUTH_FAIL;
}

static enum dns_status
ask_key(const struct subject *subject, const char *selector)
{
	struct dns_answer answer;

	subject_ask(subject, dkim_key_name(subject->pool, selector, subject->domain),
		DNS_TXT, &answer);
	return answer.status;
}

const char *
check_usual_selector(const struct subject *subject)
{
	enum dns_status none;

	for (size_t i = 0; i < subject->usual_selectors.n; i++)
		dns_prefetch(subject->dns,
			slice_of(dkim_key_name(subject->pool,
				subject->usual_selectors.v[i], subject->domain)),
			DNS_TXT);
	/* A wildcard would answer for every name, and silence keeps waiting for each. */
	none = ask_key(subject, "no-such-selector");
	if (none == DNS_OK || none == DNS_TEMPFAIL)
		return NULL;
	for (size_t i = 0; i < subject->usual_selectors.n; i++)
		if (ask_key(subject, subject->usual_selectors.v[i]) == DNS_OK)
			return subject->usual_selectors.v[i];
	return NULL;
}

void
check_sender(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct this_host host = { .hidden = IP_NONE };
	bool is_given = facts->addresses.n > 0 || subject->fields != NULL;

	facts->is_parked =
		!is_given && facts->keys.n == 0 && says_that_none_sends(subject);
	if (facts->is_parked)
		return;
	if (!is_given)
		this_host_read(subject->pool, &host);
	if (facts_have_own_key(facts) || host_is_named(subject, &host)) {
		for (size_t i = 0; i < host.ips.n; i++)
			facts_add_address(facts, &host.ips.v[i]);
		if (!host.has_ipv4 && host.hidden.bits != 0)
			report_hidden(findings, &host.hidden);
	}
}
