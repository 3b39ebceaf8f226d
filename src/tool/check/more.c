/*
 * What receivers do not demand, and what protects mail that comes in: DNSSEC, MTA-STS and
 * reports about TLS, BIMI. Whatever needs another program (curl) or the network is asked
 * only where both are there; what was not looked at is said in one line, so that nobody
 * takes silence for praise.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "base/ascii.h"
#include "base/str.h"
#include "mail/domain.h"
#include "tool/program.h"
#include "tool/tool.h"

#define POLICY_MAX 65536
#define HOSTS_MAX 3

/* Exit statuses of curl. */
enum { CURL_NO_TLS = 64, CURL_BAD_CERTIFICATE = 60 };

/* The first address of a host, for curl to take instead of asking; NULL: it has none. */
static const char *
address_of(const struct subject *subject, const char *host)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct dns_answer answer;
		char text[IP_TEXT_SIZE];
		struct ip ip;

		subject_ask(subject, host, types[i], &answer);
		if (answer.n == 0)
			continue;
		ip = ip_of_bytes(answer.records[0].data.p, answer.records[0].data.n);
		return pool_printf(subject->pool, ip.bits == 32 ? "%s" : "[%s]",
			ip_print(&ip, text));
	}
	return NULL;
}

/* The one TXT record at this name that begins so; found: how many there are. */
static struct slice
record_at(const struct subject *subject, const char *name, const char *version,
	size_t *found)
{
	struct slice text = SLICE_EMPTY;
	struct dns_answer answer;

	*found = 0;
	subject_ask(subject, name, DNS_TXT, &answer);
	for (size_t i = 0; i < answer.n; i++)
		if (slice_starts(answer.records[i].data, version)) {
			text = answer.records[i].data;
			++*found;
		}
	return text;
}

/* A record that is as it should be. */
static void
report_record(const struct subject *subject, struct findings *findings, const char *id,
	enum finding_status status, const char *name, struct slice text)
{
	findings_add(findings, id, status,
		pool_printf(subject->pool, _("%s at %s"), check_show(subject->pool, text),
			name));
}

static void
judge_dnssec(const struct subject *subject, struct findings *findings)
{
	struct dns_answer answer, control;

	subject_ask(subject, subject->domain, DNS_NS, &answer);
	if (answer.status == DNS_TEMPFAIL)
		return;
	if (answer.authentic) {
		findings_add(findings, "more.dnssec", FINDING_GOOD,
			pool_printf(subject->pool,
				_("the zone of %s is signed (DNSSEC), and valid"),
				subject->domain));
		return;
	}
	/* A zone that is signed: does the resolver look at signatures at all? */
	subject_ask(subject, "in-addr.arpa", DNS_NS, &control);
	findings_add(findings, "more.dnssec", FINDING_INFO,
		control.authentic
			? pool_printf(subject->pool,
				  _("the zone of %s is not signed (DNSSEC)"),
				  subject->domain)
			: _("DNSSEC: not known, for the resolver of this host does not "
			    "check signatures"));
}

/* Does the pattern of a policy, "mx.example.jp" or "*.example.jp", fit the host? */
static bool
fits(struct slice pattern, const char *host)
{
	const char *dot = strchr(host, '.');

	if (slice_starts(pattern, "*."))
		return dot != NULL && slice_caseis(slice_from(pattern, 2), dot + 1);
	return slice_caseis(pattern, host);
}

/* The next "name: value" of a policy. */
static bool
next_line(struct slice *policy, struct slice *name, struct slice *value)
{
	struct slice line;

	while (slice_next(policy, '\n', &line))
		if (slice_cut(line, ':', name, value)) {
			*name = slice_trim(*name);
			*value = slice_trim(*value);
			return true;
		}
	return false;
}

/* Does a line "mx:" of the policy name the host? */
static bool
names_host(struct slice policy, const char *host)
{
	struct slice name, value;

	while (next_line(&policy, &name, &value))
		if (slice_is(name, "mx") && fits(value, host))
			return true;
	return false;
}

static void
judge_policy(
	const struct subject *subject, struct findings *findings, struct slice policy)
{
	struct slice rest = policy, name, value, mode = SLICE_EMPTY,
		     version = SLICE_EMPTY;
	struct dns_answer mx;
	struct finding *f;

	while (next_line(&rest, &name, &value))
		if (slice_is(name, "mode"))
			mode = value;
		else if (slice_is(name, "version"))
			version = value;
	if (!slice_is(version, "STSv1") || mode.n == 0) {
		f = findings_add(findings, "more.mta-sts", FINDING_WARNING,
			_("the MTA-STS policy has no version: STSv1, or no mode"));
		finding_remedy(f, "version: STSv1, mode, mx, max_age",
			_("Correct the file .well-known/mta-sts.txt."));
		return;
	}
	subject_ask(subject, subject->domain, DNS_MX, &mx);
	for (size_t i = 0; i < mx.n; i++) {
		const char *host = check_show(subject->pool, mx.records[i].data);

		if (names_host(policy, host))
			continue;
		f = findings_add(findings, "more.mta-sts",
			slice_is(mode, "enforce") ? FINDING_FAILURE : FINDING_WARNING,
			pool_printf(subject->pool,
				_("the MTA-STS policy (mode %s) does not name the MX "
				  "host "
				  "%s: senders that follow it do not deliver there"),
				check_show(subject->pool, mode), host));
		finding_remedy(f, _("a line mx: for each MX host"),
			pool_printf(subject->pool,
				_("Add 'mx: %s' to the file .well-known/mta-sts.txt, and "
				  "give the record at _mta-sts another id."),
				host));
		return;
	}
	findings_add(findings, "more.mta-sts", FINDING_GOOD,
		pool_printf(subject->pool,
			_("the MTA-STS policy (mode %s) names all MX hosts"),
			check_show(subject->pool, mode)));
}

/* RFC 8461 3.3: by HTTPS, with a certificate that holds. */
static bool
fetch_policy(const struct subject *subject, const char *host, struct slice *policy)
{
	const char *address = address_of(subject, host);
	const char *argv[] = { "curl", "-fsS", "--proto", "=https", "--connect-timeout",
		"5", "--max-time", "10", "--resolve", NULL, NULL, NULL };

	if (address == NULL)
		return false;
	argv[9] = pool_printf(subject->pool, "%s:443:%s", host, address);
	argv[10] = pool_printf(subject->pool, "https://%s/.well-known/mta-sts.txt", host);
	return program_run(subject->pool, argv, true, policy) == 0 &&
	       policy->n <= POLICY_MAX;
}

static void
check_policy(const struct subject *subject, struct findings *findings)
{
	const char *host = pool_printf(subject->pool, "mta-sts.%s", subject->domain);
	struct slice policy;
	struct finding *f;

	if (fetch_policy(subject, host, &policy)) {
		judge_policy(subject, findings, policy);
		return;
	}
	f = findings_add(findings, "more.mta-sts", FINDING_WARNING,
		pool_printf(subject->pool,
			_("there is an MTA-STS record, but https://%s/.well-known/"
			  "mta-sts.txt cannot be fetched"),
			host));
	finding_remedy(f, _("a policy that can be fetched, with a valid certificate"),
		_("Put the policy there, or take the record at _mta-sts out."));
}

/* RFC 8461 3.1: an id of letters and digits. */
static bool
is_sts_record(struct slice text)
{
	struct slice id = check_tag(text, "id");

	for (size_t i = 0; i < id.n; i++)
		if (!ascii_is_alnum(id.p[i]))
			return false;
	return id.n > 0 && id.n <= 32;
}

static void
judge_sts(const struct subject *subject, struct findings *findings, bool may_fetch)
{
	const char *name = pool_printf(subject->pool, "_mta-sts.%s", subject->domain);
	struct finding *f;
	size_t found;
	struct slice text = record_at(subject, name, "v=STSv1", &found);

	if (found == 0) {
		findings_add(findings, "more.mta-sts", FINDING_INFO,
			_("no MTA-STS: senders are not told to insist on TLS"));
	} else if (found > 1 || !is_sts_record(text)) {
		f = findings_add(findings, "more.mta-sts", FINDING_WARNING,
			pool_printf(subject->pool,
				_("the MTA-STS record at %s is not valid: %s"), name,
				check_show(subject->pool, text)));
		finding_remedy(f, _("one record: v=STSv1; id= and letters or digits"),
			_("Publish it anew, with an id such as the date."));
	} else if (may_fetch) {
		check_policy(subject, findings);
	} else {
		report_record(
			subject, findings, "more.mta-sts", FINDING_INFO, name, text);
	}
}

static void
judge_tls_reports(const struct subject *subject, struct findings *findings)
{
	const char *name = pool_printf(subject->pool, "_smtp._tls.%s", subject->domain);
	struct finding *f;
	size_t found;
	struct slice text = record_at(subject, name, "v=TLSRPTv1", &found);
	struct slice rua = check_tag(text, "rua");

	if (found == 0) {
		findings_add(findings, "more.tls-rpt", FINDING_INFO,
			_("no reports about TLS are asked for (TLS-RPT)"));
	} else if (found > 1 ||
		   !(slice_starts(rua, "mailto:") || slice_starts(rua, "https:"))) {
		f = findings_add(findings, "more.tls-rpt", FINDING_WARNING,
			pool_printf(subject->pool,
				_("the TLS-RPT record at %s is not valid: %s"), name,
				check_show(subject->pool, text)));
		finding_remedy(f, _("one record: v=TLSRPTv1; rua=mailto:..."),
			_("Publish it anew."));
	} else {
		report_record(
			subject, findings, "more.tls-rpt", FINDING_GOOD, name, text);
	}
}

static void
judge_bimi(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	const char *name =
		pool_printf(subject->pool, "default._bimi.%s", subject->domain);
	struct finding *f;
	size_t found;
	struct slice text = record_at(subject, name, "v=BIMI1", &found);
	struct slice logo = check_tag(text, "l");
	bool is_good = found == 1 && slice_starts(logo, "https://");

	facts_learn(facts, FACT_BIMI, is_good && facts->is_enforced);
	if (found == 0) {
		findings_add(findings, "more.bimi", FINDING_INFO,
			_("no BIMI record: receivers show no logo"));
	} else if (!is_good) {
		f = findings_add(findings, "more.bimi", FINDING_WARNING,
			pool_printf(subject->pool,
				_("the BIMI record at %s is not valid: %s"), name,
				check_show(subject->pool, text)));
		finding_remedy(f, _("one record: v=BIMI1; l=https://...svg"),
			_("Publish it anew, with the address of the logo (SVG)."));
	} else if (!facts->is_enforced) {
		f = findings_add(findings, "more.bimi", FINDING_WARNING,
			_("the BIMI record does nothing as long as the DMARC policy is "
			  "none"));
		finding_remedy(f, _("p=quarantine or p=reject"),
			_("Raise the DMARC policy first."));
	} else {
		report_record(subject, findings, "more.bimi", FINDING_GOOD, name, text);
	}
}

/* Does the host that takes mail offer TLS? False: it could not be asked. */
static bool
judge_starttls(const struct subject *subject, struct findings *findings, const char *host)
{
	const char *address = address_of(subject, host);
	const char *argv[] = { "curl", "-sS", "--ssl-reqd", "--connect-timeout", "4",
		"--max-time", "8", "-X", "NOOP", "-o", "/dev/null", "--resolve", NULL,
		NULL, NULL };
	struct slice output;
	struct finding *f;
	int status;

	if (address == NULL)
		return false;
	argv[12] = pool_printf(subject->pool, "%s:25:%s", host, address);
	argv[13] = pool_printf(subject->pool, "smtp://%s:25", host);
	status = program_run(subject->pool, argv, true, &output);
	if (status == 0) {
		findings_add(findings, "more.starttls", FINDING_GOOD,
			pool_printf(subject->pool,
				_("the MX host %s offers TLS, with a valid certificate"),
				host));
	} else if (status == CURL_BAD_CERTIFICATE) {
		findings_add(findings, "more.starttls", FINDING_INFO,
			pool_printf(subject->pool,
				_("the MX host %s offers TLS, with a certificate that "
				  "nobody has signed for this name: enough for most "
				  "senders, not for MTA-STS"),
				host));
	} else if (status == CURL_NO_TLS) {
		f = findings_add(findings, "more.starttls", FINDING_WARNING,
			pool_printf(subject->pool,
				_("the MX host %s does not offer TLS (STARTTLS)"), host));
		finding_remedy(f, _("STARTTLS"),
			_("Give that host a certificate (Postfix: "
			  "smtpd_tls_security_level = may)."));
	} else {
		return false;
	}
	return true;
}

/* Which certificate a sender is to find there. Without DNSSEC it says nothing. */
static bool
judge_dane(const struct subject *subject, struct findings *findings, const char *host)
{
	struct dns_answer answer;

	subject_ask(subject, pool_printf(subject->pool, "_25._tcp.%s", host), DNS_TLSA,
		&answer);
	if (answer.n == 0)
		return false;
	findings_add(findings, "more.dane",
		answer.authentic ? FINDING_GOOD : FINDING_INFO,
		pool_printf(subject->pool,
			answer.authentic
				? _("the MX host %s has TLSA records (DANE), valid by "
				    "DNSSEC")
				: _("the MX host %s has TLSA records (DANE), but no "
				    "DNSSEC "
				    "that this host's resolver has checked: so they say "
				    "nothing"),
			host));
	return true;
}

static void
judge_hosts_dane(const struct subject *subject, struct findings *findings,
	const struct words *hosts, struct str *left_out)
{
	bool any = false;

	for (size_t i = 0; i < hosts->n; i++)
		any = judge_dane(subject, findings, hosts->v[i]) || any;
	if (any)
		check_name_in(left_out, _("whether TLSA records fit the certificates"));
	else
		findings_add(findings, "more.dane", FINDING_INFO,
			_("no DANE: no MX host has TLSA records"));
}

/* True: all of the hosts that were asked answered. */
static bool
judge_hosts(const struct subject *subject, struct findings *findings,
	const struct words *hosts)
{
	bool all = true;

	for (size_t i = 0; i < hosts->n; i++)
		all = judge_starttls(subject, findings, hosts->v[i]) && all;
	return all;
}

/* The first hosts that take the domain's mail. */
static void
read_hosts(const struct subject *subject, struct words *hosts)
{
	struct dns_answer mx;
	const char *host;

	subject_ask(subject, subject->domain, DNS_MX, &mx);
	for (size_t i = 0; i < mx.n && i < HOSTS_MAX; i++)
		if (domain_parse(subject->pool, mx.records[i].data, &host) == NULL)
			*vec_add(subject->pool, hosts) = host;
}

void
check_more(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	bool is_online = subject->nameservers != NULL;
	bool may_fetch = is_online && program_is_there(subject->pool, "curl");
	struct str left_out = STR_POOL(subject->pool);
	struct words hosts = VEC_INIT;

	read_hosts(subject, &hosts);
	if (is_online)
		judge_dnssec(subject, findings);
	else
		check_name_in(&left_out, "DNSSEC");
	judge_sts(subject, findings, may_fetch);
	judge_tls_reports(subject, findings);
	judge_bimi(subject, facts, findings);
	if (!may_fetch)
		check_name_in(&left_out, _("the MTA-STS policy"));
	if (!may_fetch || !judge_hosts(subject, findings, &hosts))
		check_name_in(&left_out, _("TLS of the MX hosts"));
	judge_hosts_dane(subject, findings, &hosts, &left_out);
	if (!is_online || subject->usual_lists.n == 0)
		check_name_in(&left_out, _("block lists"));
	check_name_in(&left_out, _("whether a host relays for everybody"));
	findings_add(findings, "more.not-looked-at", FINDING_INFO,
		pool_printf(subject->pool, _("not looked at: %s"), left_out.p));
}
