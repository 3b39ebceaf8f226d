/*
 * The parts in their order. A part runs where its findings are asked for, or where one
 * that is asked for builds on what it learns; in the latter case nobody hears its
 * findings.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "dns/dns.h"
#include "mail/domain.h"
#include "tool/progress.h"
#include "tool/tool.h"

static const struct part {
	const char *name;
	unsigned looks; /* that its findings answer */
	unsigned feeds; /* looks that build on the facts it learns */
	void (*run)(const struct subject *, struct facts *, struct findings *);
} parts[] = {
	{ N_("key table"), LOOK_DKIM, LOOK_DMARC, check_config },
	{ N_("senders"), LOOK_SENDERS, 0, check_sender },
	{ N_("reverse names"), LOOK_PTR, LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
		check_reverse },
	{ N_("MX"), LOOK_MX, 0, check_mx },
	{ N_("TLS"), LOOK_TLS, 0, check_tls },
	{ N_("SPF"), LOOK_SPF, LOOK_DMARC, check_spf },
	{ N_("SPF"), LOOK_SPF, LOOK_DMARC, check_spf_addresses },
	{ N_("HELO"), LOOK_MORE, 0, check_helo },
	{ N_("DKIM"), LOOK_DKIM, LOOK_DMARC, check_dkim },
	{ N_("message"), LOOK_HEADER, 0, check_message },
	{ N_("DMARC"), LOOK_DMARC, 0, check_dmarc },
	{ N_("block lists"), LOOK_LISTS, 0, check_lists },
	{ N_("further records"), LOOK_MORE, 0, check_more },
	{ N_("receivers"), LOOK_RECEIVERS, 0, check_receivers },
};

/* Does this host's resolver answer at all? A question about the domain may fail for its
 * name servers' sake; one that has nothing to do with them, and that every resolver
 * answers, fails for ours. */
static bool
has_resolver(const struct subject *subject, struct findings *findings)
{
	static const char control[] = "in-addr.arpa";
	struct dns_answer domain, other;
	struct finding *f;

	if (subject->nameservers == NULL)
		return true;
	dns_prefetch(subject->dns, SLICE_LIT(control), DNS_NS);
	subject_ask(subject, subject->domain, DNS_TXT, &domain);
	if (domain.status != DNS_TEMPFAIL)
		return true;
	subject_ask(subject, control, DNS_NS, &other);
	if (other.status != DNS_TEMPFAIL)
		return true;
	f = findings_add(findings, "dns.resolver", FINDING_FAILURE,
		pool_printf(subject->pool,
			_("the resolver of this host (%s) answers nothing, neither about "
			  "%s nor about %s: %s"),
			subject->nameservers, subject->domain, control,
			_(domain.reason)));
	finding_remedy(f, _("a resolver that answers this host"),
		_("See that it runs and that this host may ask it (Nameservers in our "
		  "configuration, else /etc/resolv.conf), or name another one with "
		  "--nameserver. Until then nothing can be said about the domain."));
	return false;
}

/* Is there no record of any kind at this name? */
static bool
is_absent(const struct subject *subject, const char *name)
{
	static const enum dns_type types[] = { DNS_MX, DNS_A, DNS_TXT, DNS_NS };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct dns_answer answer;

		subject_ask(subject, name, types[i], &answer);
		if (answer.status != DNS_NXDOMAIN || answer.alias)
			return false;
	}
	return true;
}

/* RFC 8020 2: a name exists where one below it does. Some servers say NXDOMAIN all the
 * same, and so does a zone file that has but the record that is tried. */
static bool
has_name_below(const struct subject *subject)
{
	const char *names[] = { "_dmarc", NULL };
	struct dns_answer answer;

	if (subject->selector != NULL)
		names[1] = pool_printf(subject->pool, "%s._domainkey", subject->selector);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i] == NULL)
			continue;
		subject_ask(subject,
			pool_printf(subject->pool, "%s.%s", names[i], subject->domain),
			DNS_TXT, &answer);
		if (answer.n > 0)
			return true;
	}
	return false;
}

/* Does somebody use a domain above this one for mail? Then this one may be about to be
 * made, else its name is a slip. */
static bool
has_home(const struct subject *subject)
{
	const char *above = domain_parent(subject->domain);

	for (; above != NULL && domain_labels(above) > 1; above = domain_parent(above)) {
		struct dns_answer answer;

		subject_ask(subject, above, DNS_MX, &answer);
		if (answer.n > 0)
			return true;
		subject_ask(subject, above, DNS_A, &answer);
		if (answer.n > 0)
			return true;
	}
	return false;
}

/* Is there a domain to judge? Where none is, no record of it is of any use. */
static bool
has_domain(const struct subject *subject, struct findings *findings)
{
	struct finding *f;
	bool is_new;

	if (!is_absent(subject, subject->domain) || has_name_below(subject))
		return true;
	is_new = has_home(subject);
	f = findings_add(findings, "dns.domain", FINDING_FAILURE,
		pool_printf(subject->pool,
			is_new ? _("%s does not exist: no record has this name yet")
			       : _("the domain %s does not exist"),
			subject->domain));
	finding_remedy(f, _("a domain that exists"),
		is_new ? _("Is the name right? Then it exists as soon as the records "
			   "below are published.")
		       : _("Is the name right? If it is, the domain is not registered, "
			   "or has expired, or its name servers are not set: see to it "
			   "where it is registered. Until then nobody takes its mail."));
	return is_new;
}

bool
check_run(const struct subject *subject, struct facts *facts, struct findings *findings,
	unsigned looks)
{
	struct findings ignored = { .pool = findings->pool };
	struct progress *progress = progress_new();
	bool ok, goes_on;

	progress_step(progress, _("resolver"));
	ok = has_resolver(subject, findings);
	goes_on = ok && has_domain(subject, findings);
	for (size_t i = 0; goes_on && i < ARRAY_LEN(parts); i++) {
		const struct part *part = &parts[i];

		if (((part->looks | part->feeds) & looks) == 0)
			continue;
		progress_step(progress, _(part->name));
		part->run(
			subject, facts, (part->looks & looks) != 0 ? findings : &ignored);
	}
	progress_free(progress);
	return ok;
}
