/*
 * What belongs to hosts and not to records: reverse names, TLS.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/iprev.h"
#include "base/str.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "mail/received.h"
#include "tool/check/generic_name.h"
#include "tool/check/relays.h"
#include "tool/check/this_host.h"
#include "tool/program.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

/* The first name of the address that can be read as a domain; NULL: none. */
static const char *
first_name(struct pool *pool, const struct dns_answer *answer)
{
	const char *name;

	for (size_t i = 0; i < answer->n; i++)
		if (domain_parse(pool, answer->records[i].data, &name) == NULL)
			return name;
	return NULL;
}

/* A name that has this address: what it says in HELO, an MX host, the domain itself;
 * NULL: none is known. */
static const char *
name_of_address(const struct subject *subject, const struct ip *ip)
{
	struct dns_answer mx;
	const char *name;

	if (subject->helo.n > 0 &&
		domain_parse(subject->pool, subject->helo, &name) == NULL &&
		subject_leads_to(subject, name, ip))
		return name;
	subject_ask(subject, subject->domain, DNS_MX, &mx);
	for (size_t i = 0; i < mx.n; i++)
		if (domain_parse(subject->pool, mx.records[i].data, &name) == NULL &&
			subject_leads_to(subject, name, ip))
			return name;
	name = pool_printf(subject->pool, "mail.%s", subject->domain);
	if (subject_leads_to(subject, name, ip))
		return name;
	return subject_leads_to(subject, subject->domain, ip) ? subject->domain : NULL;
}

static void
report_no_name(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct check_address *a, const char *address)
{
	const char *name = name_of_address(subject, &a->ip);
	char reverse[IP_REVERSE_SIZE];
	struct finding *f;

	f = findings_add(findings, "host.ptr", FINDING_FAILURE,
		pool_printf(subject->pool, _("%s has no name (PTR)"), address));
	facts_learn(facts, FACT_PTR, false);
	if (name == NULL) {
		finding_remedy(f, _("a name that leads back to the address"),
			pool_printf(subject->pool,
				_("Choose a name for the host and publish the address "
				  "there (%s record); then ask whoever gave you the "
				  "address, or set in his panel, that it gets this name "
				  "(PTR)."),
				a->ip.bits == 32 ? "A" : "AAAA"));
		return;
	}
	finding_remedy(f, _("a name that leads back to the address"),
		pool_printf(subject->pool,
			_("Ask whoever gave you the address, or set in his panel, that "
			  "this record is made; %s leads to the address already."),
			name));
	f->record = (struct zone_record){ pool_strdup(subject->pool,
						  ip_reverse(&a->ip, reverse)),
		"PTR", pool_printf(subject->pool, "%s.", name) };
}

static void
report_not_back(struct facts *facts, struct findings *findings,
	const struct check_address *a, const char *address)
{
	struct finding *f;

	f = findings_add(findings, "host.ptr", FINDING_FAILURE,
		pool_printf(findings->pool,
			_("%s has the name %s, but that name does not lead back to it"),
			address, a->name));
	finding_remedy(f, _("a name that leads back to the address"),
		_("Publish this record, or have the name of the address (PTR) "
		  "changed."));
	f->record = (struct zone_record){ a->name, a->ip.bits == 32 ? "A" : "AAAA",
		pool_strdup(findings->pool, address) };
	facts_learn(facts, FACT_PTR, false);
}

/* Many receivers refuse such names, or ask more of them. */
static void
report_generic(const struct subject *subject, struct findings *findings,
	const struct check_address *a, const char *address)
{
	struct finding *f = findings_add(findings, "host.generic", FINDING_WARNING,
		pool_printf(subject->pool,
			_("%s, the name of %s, looks like one that a provider gives to "
			  "all of its lines: many receivers refuse mail from such names"),
			a->name, address));

	finding_remedy(f, _("a name of your own, such as mail.example.jp"),
		_("Have the name of the address (PTR) changed by whoever gave you the "
		  "address, or send through your provider's mail server."));
}

static void
judge_reverse(const struct subject *subject, struct facts *facts,
	struct findings *findings, struct check_address *a)
{
	char text[IP_TEXT_SIZE], reverse[IP_REVERSE_SIZE];
	const char *address = ip_print(&a->ip, text);
	struct lookup lookup = { .dns = subject->dns, .pool = subject->pool };
	struct iprev_result iprev;
	struct dns_answer answer;
	struct finding *f;

	subject_ask(subject, ip_reverse(&a->ip, reverse), DNS_PTR, &answer);
	a->name = first_name(subject->pool, &answer);
	lookup.left = IPREV_QUESTIONS;
	lookup.deadline = conf_dns_deadline(subject->policy);
	iprev_check(&lookup, &a->ip, &iprev);
	if (iprev.outcome.code == AUTH_PASS) {
		a->name = iprev.name;
		findings_add(findings, "host.ptr", FINDING_GOOD,
			pool_printf(subject->pool, _("%s is %s, and back"), address,
				iprev.name));
		facts_learn(facts, FACT_PTR, true);
	} else if (iprev.outcome.code == AUTH_TEMPERROR) {
		f = findings_add(findings, "host.ptr", FINDING_WARNING,
			pool_printf(subject->pool,
				_("the name of %s could not be asked for: %s"), address,
				tool_reason(subject->pool, iprev.outcome.reason)));
		finding_remedy(
			f, _("an answer from the name servers"), _("Try again later."));
	} else if (a->name == NULL) {
		report_no_name(subject, facts, findings, a, address);
	} else {
		report_not_back(facts, findings, a, address);
	}
	a->relay = relays_find(subject->relays, &a->ip, a->name);
	if (a->relay == NULL && a->name != NULL && generic_name_is(a->name, &a->ip))
		report_generic(subject, findings, a, address);
}

void
check_reverse(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	char reverse[IP_REVERSE_SIZE];

	for (size_t i = 0; i < facts->addresses.n; i++)
		dns_prefetch(subject->dns,
			slice_of(ip_reverse(&facts->addresses.v[i].ip, reverse)),
			DNS_PTR);
	for (size_t i = 0; i < facts->addresses.n; i++)
		judge_reverse(subject, facts, findings, &facts->addresses.v[i]);
}

/* What postconf says of one parameter, or two; NULL: there is no Postfix. */
static const char *
postconf_says(struct pool *pool, const char *one, const char *two)
{
	/* With -x, the value in force: it may be written as another parameter's. */
	const char *argv[] = { "postconf", "-xh", one, two, NULL };
	struct slice text;

	if (program_run(pool, argv, true, &text) != 0 || text.n == 0)
		return NULL;
	return pool_copy(pool, slice_trim(text));
}

/* What Postfix on this host says of TLS; NULL: there is none. */
static const char *
postfix_level(struct pool *pool)
{
	const char *level = postconf_says(pool, "smtp_tls_security_level", NULL), *older;

	if (level == NULL || *level != '\0')
		return level;
	/* An empty level leaves it to the parameters that it came after. */
	older = postconf_says(pool, "smtp_use_tls", "smtp_enforce_tls");
	return older != NULL && strstr(older, "yes") != NULL ? "may" : level;
}

static void
judge_level(struct facts *facts, struct findings *findings, const char *level)
{
	bool is_off = *level == '\0' || strcmp(level, "none") == 0;
	struct finding *f;

	f = findings_add(findings, "host.tls", is_off ? FINDING_FAILURE : FINDING_GOOD,
		!is_off          ? pool_printf(findings->pool,
					   _("Postfix on this host has "
						      "smtp_tls_security_level = %s"),
					   level)
		: *level == '\0' ? _("Postfix on this host sends without TLS "
				     "(smtp_tls_security_level is not set)")
				 : _("Postfix on this host sends without TLS "
				     "(smtp_tls_security_level is none)"));
	facts_learn(facts, FACT_TLS, !is_off);
	if (is_off)
		finding_remedy(f, "smtp_tls_security_level = may",
			"postconf -e smtp_tls_security_level=may && postfix reload");
}

void
check_tls(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct hops hops = VEC_INIT;
	const struct hop *last = NULL;
	const char *level;
	struct finding *f;

	if (facts->is_parked)
		return;
	if (subject->fields != NULL) {
		received_read(subject->pool, subject->fields, &hops);
		last = received_last(&hops);
	}
	if (last != NULL) {
		f = findings_add(findings, "host.tls",
			last->tls ? FINDING_GOOD : FINDING_FAILURE,
			last->tls ? _("the message came over TLS")
				  : _("the message came without TLS, by its Received "
				      "field"));
		facts_learn(facts, FACT_TLS, last->tls);
		if (!last->tls)
			finding_remedy(f, _("TLS wherever it is offered"),
				_("In Postfix: postconf -e smtp_tls_security_level=may "
				  "&& postfix reload. Elsewhere: turn on STARTTLS for "
				  "mail that goes out."));
		return;
	}
	if (!this_host_sends(facts)) {
		findings_add(findings, "host.tls", FINDING_INFO,
			_("TLS: not known, for no address that sends is this host's, and "
			  "no delivered copy was given with --message"));
		return;
	}
	level = postfix_level(subject->pool);
	if (level != NULL)
		judge_level(facts, findings, level);
	else
		findings_add(findings, "host.tls", FINDING_INFO,
			_("TLS: not known, for there is no Postfix here, and no "
			  "delivered copy was given with --message"));
}
