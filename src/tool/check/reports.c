/*
 * Where DMARC reports go. A host of another organization has to agree to take them, or
 * no reporter sends any there (RFC 9990 4).
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/dmarc/walk.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

/* The domain behind the @ of a report address; NULL: it has none. */
static const char *
report_host(struct check *check, struct slice uri)
{
	ptrdiff_t at = slice_rfind(uri, '@');
	const char *host;

	if (at < 0 ||
		domain_parse(check->pool, slice_from(uri, (size_t)at + 1), &host) != NULL)
		return NULL;
	return host;
}

/* RFC 9990 4: does the host agree to take reports about this domain? */
static void
judge_report_host(struct check *check, const char *policy_domain, const char *host)
{
	const char *name =
		pool_printf(check->pool, "%s._report._dmarc.%s", policy_domain, host);
	struct dmarc_record record;
	struct dns_answer answer;
	struct finding *f;
	bool agrees = false;

	check_ask(check, name, DNS_TXT, &answer);
	for (size_t i = 0; i < answer.n; i++)
		agrees = agrees ||
		         dmarc_record_parse(check->pool, answer.records[i].data, &record);
	if (answer.status == DNS_TEMPFAIL)
		return;
	if (agrees) {
		check_add(check, "dmarc.reports", CHECK_GOOD,
			pool_printf(
				check->pool, _("%s agrees to take the reports"), host));
		return;
	}
	f = check_add(check, "dmarc.reports", CHECK_WARNING,
		pool_printf(check->pool,
			_("%s does not say that it takes reports about %s, so none are "
			  "sent there"),
			host, policy_domain));
	finding_remedy(f, pool_printf(check->pool, _("a record at %s"), name),
		pool_printf(check->pool,
			_("Ask whoever runs %s to publish this record, or take an "
			  "address in your own domain."),
			host));
	f->record = (struct check_record){ name, "TXT", "v=DMARC1" };
}

void
check_reports(struct check *check, const struct dmarc_result *dmarc)
{
	struct words seen = VEC_INIT;
	struct dmarc_walker walker;
	struct finding *f;

	if (dmarc->record->rua.n == 0 && check->is_parked)
		return;
	if (dmarc->record->rua.n == 0) {
		f = check_add(check, "dmarc.reports", CHECK_INFO,
			_("the record asks for no reports (rua)"));
		finding_remedy(f, NULL,
			pool_printf(check->pool,
				_("With rua=mailto:postmaster@%s you learn who sends in "
				  "your name."),
				check->domain));
		return;
	}
	dmarc_walker_init(&walker, check->dns, check->pool,
		conf_dns_deadline(check->policy));
	for (size_t i = 0; i < dmarc->record->rua.n; i++) {
		const char *host = report_host(check, dmarc->record->rua.v[i]);
		struct dmarc_walk ours, theirs;
		bool is_new = host != NULL;

		for (size_t k = 0; is_new && k < seen.n; k++)
			is_new = strcmp(seen.v[k], host) != 0;
		if (!is_new)
			continue;
		*vec_add(check->pool, &seen) = host;
		if (domain_is_within(host, dmarc->policy_domain))
			continue;
		dmarc_walk(&walker, dmarc->policy_domain, &ours);
		dmarc_walk(&walker, host, &theirs);
		if (ours.organizational_domain == NULL ||
			theirs.organizational_domain == NULL ||
			strcmp(ours.organizational_domain,
				theirs.organizational_domain) == 0)
			continue;
		judge_report_host(check, dmarc->policy_domain, host);
	}
}
