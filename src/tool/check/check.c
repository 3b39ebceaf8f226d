#include "base/base.h"
#include "tool/check/check.h"

#include "base/names.h"
#include "config/policy.h"
#include "dns/dns.h"
#include "tool/reasons.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

#define SHOWN 400
#define STRING_MAX 255

static const struct name_code statuses[] = {
	{ "good", CHECK_GOOD },
	{ "info", CHECK_INFO },
	{ "warning", CHECK_WARNING },
	{ "failure", CHECK_FAILURE },
};

const char *
check_status_name(enum check_status status)
{
	return code_name(statuses, ARRAY_LEN(statuses), (int)status);
}

struct finding *
check_add(
	struct check *check, const char *id, enum check_status status, const char *found)
{
	struct finding *finding = vec_add(check->pool, &check->findings);

	finding->id = id;
	finding->status = status;
	finding->found = found;
	return finding;
}

void
finding_remedy(struct finding *finding, const char *wanted, const char *remedy)
{
	finding->wanted = wanted;
	finding->remedy = remedy;
}

void
finding_detail(struct check *check, struct finding *finding, const char *line)
{
	*vec_add(check->pool, &finding->details) = line;
}

void
check_learn(struct check *check, enum check_fact fact, bool is_there)
{
	if (check->facts[fact] != KNOWN_NO)
		check->facts[fact] = is_there ? KNOWN_YES : KNOWN_NO;
}

void
check_ask(struct check *check, const char *name, enum dns_type type,
	struct dns_answer *answer)
{
	int64_t deadline = conf_dns_deadline(check->policy);

	dns_query(check->dns, slice_of(name), type, deadline, check->pool, answer);
}

/* A question of the domain may fail for its name servers' sake; one that has nothing to
 * do with them, and that every resolver answers, fails for ours. */
bool
check_resolver(struct check *check)
{
	static const char control[] = "in-addr.arpa";
	struct dns_answer domain, other;
	struct finding *f;

	if (check->nameservers == NULL)
		return true;
	dns_prefetch(check->dns, SLICE_LIT(control), DNS_NS);
	check_ask(check, check->domain, DNS_TXT, &domain);
	if (domain.status != DNS_TEMPFAIL)
		return true;
	check_ask(check, control, DNS_NS, &other);
	if (other.status != DNS_TEMPFAIL)
		return true;
	f = check_add(check, "dns.resolver", CHECK_FAILURE,
		pool_printf(check->pool,
			_("the resolver of this host (%s) answers nothing, neither about "
			  "%s nor about %s: %s"),
			check->nameservers, check->domain, control,
			reason_text(check->pool, domain.reason)));
	finding_remedy(f, _("a resolver that answers this host"),
		_("See that it runs and that this host may ask it (Nameservers in our "
		  "configuration, else /etc/resolv.conf), or name another one with "
		  "--nameserver. Until then nothing can be said about the domain."));
	return false;
}

const char *
check_show(struct check *check, struct slice text)
{
	return pool_show(check->pool, text, SHOWN);
}

struct slice
check_unquoted(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '"' && text.p[i] != '\\')
			str_addc(&out, text.p[i]);
	return str_slice(&out);
}

/* TXT data: strings that a zone file takes. */
static void
add_strings(struct str *out, struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (i % STRING_MAX == 0)
			str_add(out, i > 0 ? "\" \"" : " \"");
		if (value.p[i] == '"' || value.p[i] == '\\')
			str_addc(out, '\\');
		str_addc(out, value.p[i]);
	}
	str_addc(out, '"');
}

const char *
check_record_line(struct pool *pool, const struct check_record *record)
{
	struct str line = STR_POOL(pool);

	str_addf(&line, "%s. 3600 IN %s", record->name, record->type);
	if (strcmp(record->type, "TXT") == 0)
		add_strings(&line, slice_of(record->value));
	else
		str_addf(&line, " %s", record->value);
	return line.p;
}

enum check_status
check_worst(const struct check *check)
{
	enum check_status worst = CHECK_GOOD;

	for (size_t i = 0; i < check->findings.n; i++)
		worst = MAX(worst, check->findings.v[i].status);
	return worst;
}

int
check_exit_status(const struct check *check)
{
	static const int exits[] = {
		[CHECK_GOOD] = 0,
		[CHECK_INFO] = 0,
		[CHECK_WARNING] = 1,
		[CHECK_FAILURE] = 2,
	};

	return exits[check_worst(check)];
}

void
check_add_address(struct check *check, const struct ip *ip)
{
	struct check_address *address;

	for (size_t i = 0; i < check->addresses.n; i++)
		if (ip_eq(&check->addresses.v[i].ip, ip))
			return;
	address = vec_add(check->pool, &check->addresses);
	address->ip = *ip;
}
