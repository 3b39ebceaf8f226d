/*
 * Where answers and bounces go. A host is proposed only where it is known to be there:
 * the parent's, one with a usual name or of a sending address, or the domain's own
 * address, to which mail goes where there is no MX (RFC 5321 5.1).
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/iprev.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

/* What is wrong with a host that takes mail; NULL: nothing. */
static const char *
mx_fault(const struct subject *subject, const char *host, bool *has_ipv4)
{
	struct dns_answer a, aaaa;

	subject_ask(subject, host, DNS_A, &a);
	subject_ask(subject, host, DNS_AAAA, &aaaa);
	*has_ipv4 = *has_ipv4 || a.status == DNS_TEMPFAIL;
	if (a.status == DNS_TEMPFAIL || aaaa.status == DNS_TEMPFAIL)
		return NULL;
	*has_ipv4 = *has_ipv4 || a.n > 0;
	if (a.n == 0 && aaaa.n == 0)
		return _("has no address");
	if (a.alias || aaaa.alias)
		return _("is a CNAME, which an MX must not name");
	return NULL;
}

/* Is this a host that takes mail? */
static bool
is_host(const struct subject *subject, const char *host)
{
	bool has_ipv4 = false;

	return mx_fault(subject, host, &has_ipv4) == NULL && has_ipv4;
}

static bool
is_null_mx(const struct dns_answer *answer)
{
	return answer->n == 1 && answer->records[0].data.n == 0;
}

/* The MX of the nearest domain above that has one; its name, or NULL. */
static const char *
mx_above(const struct subject *subject, struct dns_answer *answer)
{
	const char *above = domain_parent(subject->domain);

	for (; above != NULL && domain_labels(above) > 1; above = domain_parent(above)) {
		subject_ask(subject, above, DNS_MX, answer);
		if (answer->n > 0 && !is_null_mx(answer))
			return above;
	}
	return NULL;
}

static void
propose_mx(const struct subject *subject, struct finding *f, unsigned preference,
	const char *host)
{
	f->record = (struct zone_record){ subject->domain, "MX",
		pool_printf(subject->pool, "%u %s.", preference, host) };
}

/* The best of the parent's hosts goes into the record, the others are details. */
static void
propose_above(const struct subject *subject, struct finding *f, const char *above,
	const struct dns_answer *answer)
{
	const struct dns_record *best = &answer->records[0];

	for (size_t i = 1; i < answer->n; i++)
		if (answer->records[i].preference < best->preference)
			best = &answer->records[i];
	for (size_t i = 0; i < answer->n && answer->n > 1; i++)
		finding_detail(subject->pool, f,
			pool_printf(subject->pool, "%s MX %u %s.", above,
				answer->records[i].preference,
				check_show(subject->pool, answer->records[i].data)));
	f->remedy = pool_printf(subject->pool,
		_("Publish this record if the hosts that take the mail of %s are to take "
		  "that of %s too."),
		above, subject->domain);
	propose_mx(subject, f, best->preference, check_show(subject->pool, best->data));
}

/* A host below the domain that is there; NULL: none is known. */
static const char *
known_host(const struct subject *subject, const struct facts *facts)
{
	const char *host = pool_printf(subject->pool, "mail.%s", subject->domain);

	if (is_host(subject, host))
		return host;
	for (size_t i = 0; i < facts->addresses.n; i++) {
		host = facts->addresses.v[i].name;
		if (host != NULL && domain_is_within(host, subject->domain) &&
			is_host(subject, host))
			return host;
	}
	return is_host(subject, subject->domain) ? subject->domain : NULL;
}

static void
report_no_mx(const struct subject *subject, const struct facts *facts,
	struct findings *findings)
{
	const char *above, *host;
	struct dns_answer a, aaaa;
	struct finding *f;
	bool has_address;

	subject_ask(subject, subject->domain, DNS_A, &a);
	subject_ask(subject, subject->domain, DNS_AAAA, &aaaa);
	has_address = a.n > 0 || aaaa.n > 0;
	f = findings_add(findings, "host.mx",
		has_address ? FINDING_WARNING : FINDING_FAILURE,
		pool_printf(subject->pool,
			has_address
				? _("%s has no MX; mail goes to its own address")
				: _("%s has neither MX nor address: nobody can answer, "
				    "and many receivers refuse such senders"),
			subject->domain));
	if (facts->is_parked) {
		f->status = FINDING_INFO;
		finding_remedy(f, _("a null MX"),
			_("Publish this record: it says that the domain takes no mail."));
		f->record = (struct zone_record){ subject->domain, "MX", "0 ." };
		return;
	}
	finding_remedy(f, _("an MX record"),
		_("Publish an MX record with the name of the host that takes your mail, "
		  "as whoever runs it tells you."));
	if ((above = mx_above(subject, &a)) != NULL) {
		propose_above(subject, f, above, &a);
	} else if ((host = known_host(subject, facts)) != NULL) {
		f->remedy = pool_printf(subject->pool,
			_("Publish this record if %s takes your mail."), host);
		propose_mx(subject, f, 10, host);
	}
}

/* RFC 5321 5.1, RFC 1035 3.3.9: an MX names a host; an address there finds nothing. */
static void
report_address(const struct subject *subject, struct findings *findings,
	const struct dns_record *record, const struct ip *ip)
{
	struct lookup lookup = { .dns = subject->dns,
		.pool = subject->pool,
		.left = IPREV_QUESTIONS,
		.deadline = conf_dns_deadline(subject->policy) };
	char text[IP_TEXT_SIZE];
	struct iprev_result iprev;
	struct finding *f;

	f = findings_add(findings, "host.mx", FINDING_FAILURE,
		pool_printf(subject->pool,
			_("the MX record holds the address %s: an MX names a host, so "
			  "this one leads nowhere"),
			ip_print(ip, text)));
	iprev_check(&lookup, ip, &iprev);
	if (iprev.outcome.code != AUTH_PASS) {
		finding_remedy(f, _("the name of a host"),
			_("Give the host a name with an A record, and publish that name "
			  "as the MX."));
		return;
	}
	finding_remedy(f, _("the name of a host"),
		_("Publish this record in its place: the name leads to the address."));
	propose_mx(subject, f, record->preference, iprev.name);
}

static bool
judge_host(const struct subject *subject, struct findings *findings,
	const struct dns_record *record, bool *has_ipv4)
{
	const char *host = check_show(subject->pool, record->data), *fault;
	struct finding *f;
	struct ip ip;

	if (ip_parse(slice_of(host), &ip) == NULL) {
		report_address(subject, findings, record, &ip);
		return false;
	}
	fault = mx_fault(subject, host, has_ipv4);
	if (fault == NULL)
		return true;
	f = findings_add(findings, "host.mx", FINDING_WARNING,
		pool_printf(subject->pool, _("the MX host %s %s"), host, fault));
	finding_remedy(f, _("MX hosts with A or AAAA records of their own"),
		_("Publish an address for the host, or take it out of the MX records."));
	return false;
}

static void
report_null_mx(const struct subject *subject, const struct facts *facts,
	struct findings *findings)
{
	struct finding *f = findings_add(findings, "host.mx",
		facts->is_parked ? FINDING_GOOD : FINDING_WARNING,
		pool_printf(subject->pool, _("%s says that it takes no mail (null MX)"),
			subject->domain));

	if (!facts->is_parked)
		finding_remedy(f, _("a host that takes mail"),
			_("A domain that sends should take answers and bounces."));
}

void
check_mx(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	bool is_good = true, has_ipv4 = false;
	struct dns_answer answer;
	struct finding *f;

	subject_ask(subject, subject->domain, DNS_MX, &answer);
	if (answer.status == DNS_TEMPFAIL)
		return;
	if (answer.n == 0) {
		report_no_mx(subject, facts, findings);
		return;
	}
	if (is_null_mx(&answer)) {
		report_null_mx(subject, facts, findings);
		return;
	}
	for (size_t i = 0; i < answer.n; i++)
		is_good = judge_host(subject, findings, &answer.records[i], &has_ipv4) &&
		          is_good;
	if (is_good && !has_ipv4) {
		f = findings_add(findings, "host.mx", FINDING_WARNING,
			_("the MX hosts have IPv6 addresses only: many mail servers "
			  "cannot reach them"));
		finding_remedy(f, _("one MX host with an IPv4 address"),
			_("Give one of them an A record, or add an MX host that has "
			  "one."));
	} else if (is_good) {
		findings_add(findings, "host.mx", FINDING_GOOD,
			pool_printf(subject->pool,
				_("MX hosts, each with an address: %zu"), answer.n));
	}
}
