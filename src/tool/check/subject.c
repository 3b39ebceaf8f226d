/*
 * Whatever is asked about the subject is asked here: with the time that the configuration
 * allows, and as any receiver would ask.
 */
#include "base/base.h"
#include "tool/check/subject.h"

#include "auth/dkim/signature.h"
#include "auth/dkim/verify.h"
#include "base/str.h"
#include "config/policy.h"
#include "mail/message.h"
#include "tool/signatures.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

#define SHOWN 400

void
subject_ask(const struct subject *subject, const char *name, enum dns_type type,
	struct dns_answer *answer)
{
	int64_t deadline = conf_dns_deadline(subject->policy);

	dns_query(subject->dns, slice_of(name), type, deadline, subject->pool, answer);
}

bool
subject_leads_to(const struct subject *subject, const char *name, const struct ip *ip)
{
	struct dns_answer answer;

	subject_ask(subject, name, ip->bits == 32 ? DNS_A : DNS_AAAA, &answer);
	for (size_t i = 0; i < answer.n; i++) {
		struct slice data = answer.records[i].data;
		struct ip other = ip_of_bytes(data.p, data.n);

		if (ip_eq(ip, &other))
			return true;
	}
	return false;
}

void
subject_spf(const struct subject *subject, const struct ip *ip,
	const struct spf_limits *limits, struct spf_result *result)
{
	struct spf_query query = { .client = ip, .now = subject->now, .trace = true };
	struct lookup lookup = { .dns = subject->dns, .pool = subject->pool };

	query.limits = limits != NULL ? *limits : SPF_LIMITS_DEFAULT;
	query.engine = subject->policy->opt.spf_engine == SPF_CHOICE_BUILTIN
	                       ? SPF_ENGINE_BUILTIN
	                       : SPF_ENGINE_LIBSPF2;
	query.helo = subject->helo.n > 0 ? subject->helo : slice_of(subject->envelope);
	query.mail_from = subject->mail_from;
	if (subject->mail_from.n == 0)
		query.mail_from = slice_of(
			pool_printf(subject->pool, "postmaster@%s", subject->envelope));
	lookup.left = SPF_QUESTIONS(query.limits);
	lookup.deadline = conf_dns_deadline(subject->policy);
	spf_check(&lookup, &query, SPF_MAIL_FROM, result);
}

/* As any receiver may judge, so without our own limits. */
void
subject_signatures(const struct subject *subject, struct signatures *all)
{
	struct signed_text text = { subject->fields, subject->body, subject->domain,
		DKIM_VERIFY_PARAMS_DEFAULT, subject->dns,
		subject->policy->opt.dns_timeout };
	struct dkim_results results = VEC_INIT;
	struct pool *pool = subject->pool;
	struct message message;

	text.params.now = subject->now;
	signatures_judge(pool, &text, &message, &results);
	for (size_t i = 0; i < results.n; i++) {
		struct signature *s = vec_add(pool, all);

		s->result = results.v[i];
		dkim_sig_parse(pool, message.dkim.v[i], &s->sig);
	}
}

const char *
check_show(struct pool *pool, struct slice text)
{
	return pool_show(pool, text, SHOWN);
}

struct slice
check_tag(struct slice record, const char *wanted)
{
	struct slice tag, name, value;

	while (slice_next(&record, ';', &tag))
		if (slice_cut(tag, '=', &name, &value) &&
			slice_caseis(slice_trim(name), wanted))
			return slice_trim(value);
	return SLICE_EMPTY;
}

struct ip
check_nobody(bool is_ipv6)
{
	struct ip ip;

	ip_parse(is_ipv6 ? SLICE_LIT("2001:db8:ffff::ffff") : SLICE_LIT("192.0.2.255"),
		&ip);
	return ip;
}

void
check_name_in(struct str *list, const char *name)
{
	if (slice_search(str_slice(list), name) < 0)
		str_addf(list, "%s%s", list->n > 0 ? _(", ") : "", name);
}
