/*
 * What belongs to hosts and not to records: reverse names, MX, TLS, address lists.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/iprev.h"
#include "base/str.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "mail/received.h"
#include "tool/check/relays.h"
#include "tool/reasons.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

/* The first name of the address that can be read as a domain; NULL: none. */
static const char *
first_name(struct check *check, const struct dns_answer *answer)
{
	const char *name;

	for (size_t i = 0; i < answer->n; i++)
		if (domain_parse(check->pool, answer->records[i].data, &name) == NULL)
			return name;
	return NULL;
}

static void
report_no_name(struct check *check, const struct check_address *a, const char *address)
{
	char reverse[IP_REVERSE_SIZE];
	struct finding *f;

	f = check_add(check, "host.ptr", CHECK_FAILURE,
		pool_printf(check->pool, _("%s has no name (PTR)"), address));
	finding_remedy(f, _("a name that leads back to the address"),
		pool_printf(check->pool,
			_("Ask whoever gave you the address, or set in his panel, that "
			  "this record is made; mail.%s must have the address as %s "
			  "record."),
			check->domain, a->ip.bits == 32 ? "A" : "AAAA"));
	f->record = (struct check_record){ pool_strdup(check->pool,
						   ip_reverse(&a->ip, reverse)),
		"PTR", pool_printf(check->pool, "mail.%s.", check->domain) };
	check_learn(check, FACT_PTR, false);
}

static void
report_not_back(struct check *check, const struct check_address *a, const char *address)
{
	struct finding *f;

	f = check_add(check, "host.ptr", CHECK_FAILURE,
		pool_printf(check->pool,
			_("%s has the name %s, but that name does not lead back to it"),
			address, a->name));
	finding_remedy(f, _("a name that leads back to the address"),
		_("Publish this record, or have the name of the address (PTR) "
		  "changed."));
	f->record = (struct check_record){ a->name, a->ip.bits == 32 ? "A" : "AAAA",
		pool_strdup(check->pool, address) };
	check_learn(check, FACT_PTR, false);
}

static void
judge_reverse(struct check *check, struct check_address *a)
{
	char text[IP_TEXT_SIZE], reverse[IP_REVERSE_SIZE];
	const char *address = ip_print(&a->ip, text);
	struct lookup lookup = { .dns = check->dns, .pool = check->pool };
	struct iprev_result iprev;
	struct dns_answer answer;
	struct finding *f;

	check_ask(check, ip_reverse(&a->ip, reverse), DNS_PTR, &answer);
	a->name = first_name(check, &answer);
	lookup.left = IPREV_QUESTIONS;
	lookup.deadline = conf_dns_deadline(check->policy);
	iprev_check(&lookup, &a->ip, &iprev);
	if (iprev.outcome.code == AUTH_PASS) {
		a->name = iprev.name;
		check_add(check, "host.ptr", CHECK_GOOD,
			pool_printf(check->pool, _("%s is %s, and back"), address,
				iprev.name));
		check_learn(check, FACT_PTR, true);
	} else if (iprev.outcome.code == AUTH_TEMPERROR) {
		f = check_add(check, "host.ptr", CHECK_WARNING,
			pool_printf(check->pool,
				_("the name of %s could not be asked for: %s"), address,
				reason_text(check->pool, iprev.outcome.reason)));
		finding_remedy(
			f, _("an answer from the name servers"), _("Try again later."));
	} else if (a->name == NULL) {
		report_no_name(check, a, address);
	} else {
		report_not_back(check, a, address);
	}
	a->relay = relays_find(check->relays, &a->ip, a->name);
}

void
check_reverse(struct check *check)
{
	char reverse[IP_REVERSE_SIZE];

	for (size_t i = 0; i < check->addresses.n; i++)
		dns_prefetch(check->dns,
			slice_of(ip_reverse(&check->addresses.v[i].ip, reverse)),
			DNS_PTR);
	for (size_t i = 0; i < check->addresses.n; i++)
		judge_reverse(check, &check->addresses.v[i]);
}

/* What is wrong with a host that takes mail; NULL: nothing. */
static const char *
mx_fault(struct check *check, const char *host, bool *has_ipv4)
{
	struct dns_answer a, aaaa;

	check_ask(check, host, DNS_A, &a);
	check_ask(check, host, DNS_AAAA, &aaaa);
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

static void
report_no_mx(struct check *check)
{
	struct dns_answer a, aaaa;
	struct finding *f;
	bool has_address;

	check_ask(check, check->domain, DNS_A, &a);
	check_ask(check, check->domain, DNS_AAAA, &aaaa);
	has_address = a.n > 0 || aaaa.n > 0;
	f = check_add(check, "host.mx", has_address ? CHECK_WARNING : CHECK_FAILURE,
		pool_printf(check->pool,
			has_address
				? _("%s has no MX; mail goes to its own address")
				: _("%s has neither MX nor address: nobody can answer, "
				    "and many receivers refuse such senders"),
			check->domain));
	if (check->is_parked) {
		f->status = CHECK_INFO;
		finding_remedy(f, _("a null MX"),
			_("Publish this record: it says that the domain takes no mail."));
		f->record = (struct check_record){ check->domain, "MX", "0 ." };
		return;
	}
	finding_remedy(f, _("an MX record"),
		_("Publish this record, with the host that takes your mail."));
	f->record = (struct check_record){ check->domain, "MX",
		pool_printf(check->pool, "10 mail.%s.", check->domain) };
}

void
check_mx(struct check *check)
{
	struct dns_answer answer;
	struct finding *f;
	bool is_good = true, has_ipv4 = false;

	check_ask(check, check->domain, DNS_MX, &answer);
	if (answer.status == DNS_TEMPFAIL)
		return;
	if (answer.n == 0) {
		report_no_mx(check);
		return;
	}
	if (answer.n == 1 && answer.records[0].data.n == 0 && check->is_parked) {
		check_add(check, "host.mx", CHECK_GOOD,
			pool_printf(check->pool,
				_("%s says that it takes no mail (null MX)"),
				check->domain));
		return;
	}
	if (answer.n == 1 && answer.records[0].data.n == 0) {
		f = check_add(check, "host.mx", CHECK_WARNING,
			pool_printf(check->pool,
				_("%s says that it takes no mail (null MX)"),
				check->domain));
		finding_remedy(f, _("a host that takes mail"),
			_("A domain that sends should take answers and bounces."));
		return;
	}
	for (size_t i = 0; i < answer.n; i++) {
		const char *host = check_show(check, answer.records[i].data);
		const char *fault = mx_fault(check, host, &has_ipv4);

		if (fault == NULL)
			continue;
		is_good = false;
		f = check_add(check, "host.mx", CHECK_WARNING,
			pool_printf(check->pool, _("the MX host %s %s"), host, fault));
		finding_remedy(f, _("MX hosts with A or AAAA records of their own"),
			_("Publish an address for the host, or take it out of the MX "
			  "records."));
	}
	if (is_good && !has_ipv4) {
		f = check_add(check, "host.mx", CHECK_WARNING,
			_("the MX hosts have IPv6 addresses only: many mail servers "
			  "cannot reach them"));
		finding_remedy(f, _("one MX host with an IPv4 address"),
			_("Give one of them an A record, or add an MX host that has "
			  "one."));
	} else if (is_good) {
		check_add(check, "host.mx", CHECK_GOOD,
			pool_printf(check->pool, _("MX hosts, each with an address: %zu"),
				answer.n));
	}
}

/* What Postfix on this host says of TLS; NULL: there is none. */
static const char *
postfix_level(struct pool *pool)
{
	/* With -x, the value in force: it may be written as another parameter's. */
	FILE *in = popen("postconf -xh smtp_tls_security_level 2>/dev/null", "r");
	struct str text = STR_POOL(pool);
	char buf[256];
	size_t n;

	if (in == NULL)
		return NULL;
	while (text.n < 65536 && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		str_addn(&text, buf, n);
	if (pclose(in) != 0 || text.n == 0)
		return NULL;
	return pool_copy(pool, slice_trim(str_slice(&text)));
}

static void
judge_level(struct check *check, const char *level)
{
	bool is_off = *level == '\0' || strcmp(level, "none") == 0;
	struct finding *f;

	f = check_add(check, "host.tls", is_off ? CHECK_FAILURE : CHECK_GOOD,
		!is_off          ? pool_printf(check->pool,
					   _("Postfix on this host has "
						      "smtp_tls_security_level = %s"),
					   level)
		: *level == '\0' ? _("Postfix on this host sends without TLS "
				     "(smtp_tls_security_level is not set)")
				 : _("Postfix on this host sends without TLS "
				     "(smtp_tls_security_level is none)"));
	check_learn(check, FACT_TLS, !is_off);
	if (is_off)
		finding_remedy(f, "smtp_tls_security_level = may",
			"postconf -e smtp_tls_security_level=may && postfix reload");
}

void
check_tls(struct check *check)
{
	struct hops hops = VEC_INIT;
	const struct hop *last = NULL;
	const char *level;
	struct finding *f;

	if (check->is_parked)
		return;
	if (check->fields != NULL) {
		received_read(check->pool, check->fields, &hops);
		last = received_last(&hops);
	}
	if (last != NULL) {
		f = check_add(check, "host.tls", last->tls ? CHECK_GOOD : CHECK_FAILURE,
			last->tls ? _("the message came over TLS")
				  : _("the message came without TLS, by its Received "
				      "field"));
		check_learn(check, FACT_TLS, last->tls);
		if (!last->tls)
			finding_remedy(f, _("TLS wherever it is offered"),
				_("In Postfix: postconf -e smtp_tls_security_level=may "
				  "&& postfix reload. Elsewhere: turn on STARTTLS for "
				  "mail that goes out."));
		return;
	}
	level = postfix_level(check->pool);
	if (level != NULL)
		judge_level(check, level);
	else
		check_add(check, "host.tls", CHECK_INFO,
			_("TLS: not known, for there is no Postfix here, and no "
			  "delivered copy was given with --message"));
}

/* The name under which a list is asked about an address. */
static const char *
list_name(struct check *check, const struct ip *ip, const char *zone)
{
	char reverse[IP_REVERSE_SIZE];
	const char *suffix = ip->bits == 32 ? ".in-addr.arpa" : ".ip6.arpa";
	const char *name = ip_reverse(ip, reverse);

	return pool_printf(
		check->pool, "%.*s.%s", (int)(strlen(name) - strlen(suffix)), name, zone);
}

void
check_dnsbl(struct check *check, const char *zone)
{
	for (size_t i = 0; i < check->addresses.n; i++) {
		const struct ip *ip = &check->addresses.v[i].ip;
		const char *name = list_name(check, ip, zone);
		struct dns_answer answer, text;
		char address[IP_TEXT_SIZE];
		struct finding *f;

		check_ask(check, name, DNS_A, &answer);
		if (answer.status == DNS_TEMPFAIL)
			continue;
		if (answer.n == 0) {
			check_add(check, "host.list", CHECK_GOOD,
				pool_printf(check->pool, _("%s does not list %s"), zone,
					ip_print(ip, address)));
			continue;
		}
		check_ask(check, name, DNS_TXT, &text);
		f = check_add(check, "host.list", CHECK_FAILURE,
			pool_printf(check->pool, _("%s lists %s: %s"), zone,
				ip_print(ip, address),
				text.n > 0 ? check_show(check, text.records[0].data)
					   : _("without a reason")));
		finding_remedy(f, _("not listed"),
			_("Find out why on the page of the list, mend that, then ask "
			  "for removal there."));
	}
}
