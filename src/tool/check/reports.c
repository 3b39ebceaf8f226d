/*
 * Where DMARC reports go. A host of another organization has to agree to take them, or
 * no reporter sends any there (RFC 9990 4).
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/dmarc/check.h"
#include "auth/dmarc/walk.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

/* The domain behind the @ of a report address; NULL: it has none. */
static const char *
report_host(struct pool *pool, struct slice uri)
{
	ptrdiff_t at = slice_rfind(uri, '@');
	const char *host;

	if (at < 0 || domain_parse(pool, slice_from(uri, (size_t)at + 1), &host) != NULL)
		return NULL;
	return host;
}

/* RFC 9990 4: does the host agree to take reports about this domain? */
static void
judge_report_host(const struct subject *subject, struct findings *findings,
	const char *policy_domain, const char *host)
{
	const char *name =
		pool_printf(subject->pool, "%s._report._dmarc.%s", policy_domain, host);
	struct dmarc_record record;
	struct dns_answer answer;
	struct finding *f;
	bool agrees = false;

	subject_ask(subject, name, DNS_TXT, &answer);
	for (size_t i = 0; i < answer.n; i++)
		agrees = agrees || dmarc_record_parse(subject->pool,
					   answer.records[i].data, &record);
	if (answer.status == DNS_TEMPFAIL)
		return;
	if (agrees) {
		findings_add(findings, "dmarc.reports", FINDING_GOOD,
			pool_printf(
				subject->pool, _("%s agrees to take the reports"), host));
		return;
	}
	f = findings_add(findings, "dmarc.reports", FINDING_WARNING,
		pool_printf(subject->pool,
			_("%s does not say that it takes reports about %s, so none are "
			  "sent there"),
			host, policy_domain));
	finding_remedy(f, pool_printf(subject->pool, _("a record at %s"), name),
		pool_printf(subject->pool,
			_("Ask whoever runs %s to publish this record, or take an "
			  "address in your own domain."),
			host));
	f->record = (struct zone_record){ name, "TXT", "v=DMARC1" };
}

void
check_reports(const struct subject *subject, const struct facts *facts,
	struct findings *findings, const struct dmarc_result *dmarc)
{
	struct words seen = VEC_INIT;
	struct dmarc_walker walker;
	struct finding *f;

	if (dmarc->record->rua.n == 0 && facts->is_parked)
		return;
	if (dmarc->record->rua.n == 0) {
		f = findings_add(findings, "dmarc.reports", FINDING_INFO,
			_("the record asks for no reports (rua)"));
		finding_remedy(f, NULL,
			pool_printf(subject->pool,
				_("With rua=mailto:postmaster@%s you learn who sends in "
				  "your name."),
				subject->domain));
		return;
	}
	dmarc_walker_init(
		&walker, subject->dns, subject->pool, conf_dns_deadline(subject->policy));
	for (size_t i = 0; i < dmarc->record->rua.n; i++) {
		const char *host = report_host(subject->pool, dmarc->record->rua.v[i]);
		struct dmarc_walk ours, theirs;
		bool is_new = host != NULL;

		for (size_t k = 0; is_new && k < seen.n; k++)
			is_new = strcmp(seen.v[k], host) != 0;
		if (!is_new)
			continue;
		*vec_add(subject->pool, &seen) = host;
		if (domain_is_within(host, dmarc->policy_domain))
			continue;
		dmarc_walk(&walker, dmarc->policy_domain, &ours);
		dmarc_walk(&walker, host, &theirs);
		if (ours.organizational_domain == NULL ||
			theirs.organizational_domain == NULL ||
			strcmp(ours.organizational_domain,
				theirs.organizational_domain) == 0)
			continue;
		judge_report_host(subject, findings, dmarc->policy_domain, host);
	}
}
