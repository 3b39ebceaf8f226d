/*
 * Lists of addresses that receivers ask. Each of the usual ones is asked first for two
 * addresses that tell whether it works (RFC 5782 5): 127.0.0.2 is on every list, and
 * 127.0.0.1 on none. One that answers wrongly, since it is gone, or tells this host's
 * resolver nothing, says nothing of anybody. What --dnsbl names is taken at its word.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "tool/tool.h"

/* The name under which a list is asked about an address. */
static const char *
list_name(struct pool *pool, const struct ip *ip, const char *zone)
{
	char reverse[IP_REVERSE_SIZE];
	const char *suffix = ip->bits == 32 ? ".in-addr.arpa" : ".ip6.arpa";
	const char *name = ip_reverse(ip, reverse);

	return pool_printf(
		pool, "%.*s.%s", (int)(strlen(name) - strlen(suffix)), name, zone);
}

/* Is the address on the list? 127.255.255.x is what a list says to a resolver that it
 * does not answer. */
static enum known
ask(const struct subject *subject, const struct ip *ip, const char *zone)
{
	const char *name = list_name(subject->pool, ip, zone);
	struct dns_answer answer;

	subject_ask(subject, name, DNS_A, &answer);
	if (answer.status == DNS_TEMPFAIL)
		return KNOWN_NOT;
	for (size_t i = 0; i < answer.n; i++) {
		const unsigned char *b = (const unsigned char *)answer.records[i].data.p;

		if (b[0] == 127 && !(b[1] == 255 && b[2] == 255))
			return KNOWN_YES;
	}
	return answer.n > 0 ? KNOWN_NOT : KNOWN_NO;
}

static void
report_listed(const struct subject *subject, struct findings *findings,
	const struct ip *ip, const char *zone)
{
	char address[IP_TEXT_SIZE];
	struct dns_answer text;
	struct finding *f;

	subject_ask(subject, list_name(subject->pool, ip, zone), DNS_TXT, &text);
	f = findings_add(findings, "host.list", FINDING_FAILURE,
		pool_printf(subject->pool, _("%s lists %s: %s"), zone,
			ip_print(ip, address),
			text.n > 0 ? check_show(subject->pool, text.records[0].data)
				   : _("without a reason")));
	finding_remedy(f, _("not listed"),
		_("Find out why on the page of the list, correct that, then ask for "
		  "removal there."));
}

/* What the list says of each address that it may know. */
static void
ask_list(const struct subject *subject, const struct facts *facts,
	struct findings *findings, const char *zone)
{
	for (size_t i = 0; i < facts->addresses.n; i++) {
		const struct ip *ip = &facts->addresses.v[i].ip;
		char address[IP_TEXT_SIZE];

		switch (ask(subject, ip, zone)) {
		case KNOWN_YES:
			report_listed(subject, findings, ip, zone);
			break;
		case KNOWN_NO:
			findings_add(findings, "host.list", FINDING_GOOD,
				pool_printf(subject->pool, _("%s does not list %s"), zone,
					ip_print(ip, address)));
			break;
		case KNOWN_NOT:
			findings_add(findings, "host.list", FINDING_INFO,
				pool_printf(subject->pool,
					_("%s does not tell whether it lists %s"), zone,
					ip_print(ip, address)));
			break;
		}
	}
}

/* RFC 5782 5: does the list work, for this host's resolver? */
static bool
is_sane(const struct subject *subject, const char *zone)
{
	struct ip always, never;

	ip_parse(SLICE_LIT("127.0.0.2"), &always);
	ip_parse(SLICE_LIT("127.0.0.1"), &never);
	return ask(subject, &always, zone) == KNOWN_YES &&
	       ask(subject, &never, zone) == KNOWN_NO;
}

void
check_lists(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct ip always;

	for (size_t i = 0; i < subject->lists.n; i++)
		ask_list(subject, facts, findings, subject->lists.v[i]);
	if (subject->nameservers == NULL || facts->addresses.n == 0)
		return;
	ip_parse(SLICE_LIT("127.0.0.2"), &always);
	for (size_t i = 0; i < subject->usual_lists.n; i++)
		dns_prefetch(subject->dns,
			slice_of(list_name(
				subject->pool, &always, subject->usual_lists.v[i])),
			DNS_A);
	for (size_t i = 0; i < subject->usual_lists.n; i++) {
		const char *zone = subject->usual_lists.v[i];

		if (is_sane(subject, zone))
			ask_list(subject, facts, findings, zone);
		else
			findings_add(findings, "host.list", FINDING_INFO,
				pool_printf(subject->pool,
					_("%s: not known, for this list does not answer "
					  "the resolver of this host as it should"),
					zone));
	}
}
