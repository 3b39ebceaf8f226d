/*
 * A receiver sees one address and one record. So each address that sends was tried
 * against the record as it stands (check_spf); what does not pass gets the term that is
 * missing, and all that are missing go into one proposal.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "tool/check/relays.h"
#include "tool/check/spf_text.h"
#include "tool/tool.h"

/* The term that decided, however deep: "ip4:192.0.2.0/24 of relay.example.net". */
static const char *
deciding_term(struct pool *pool, const struct spf_result *spf)
{
	const struct spf_step *deepest = NULL;

	for (size_t i = 0; i < spf->trace.n; i++) {
		const struct spf_step *s = &spf->trace.v[i];

		if (*s->term != '\0' && s->found == SPF_FOUND_MATCH &&
			(deepest == NULL || s->depth > deepest->depth))
			deepest = s;
	}
	if (deepest == NULL)
		return spf->mechanism != NULL ? spf->mechanism : "?";
	if (strcmp(deepest->term, spf->mechanism != NULL ? spf->mechanism : "") == 0)
		return pool_printf(pool, _("'%s' of %s"), deepest->term, deepest->domain);
	return pool_printf(pool, _("'%s' of %s, by '%s'"), deepest->term, deepest->domain,
		spf->mechanism != NULL ? spf->mechanism : "redirect");
}

static void
report_pass(const struct subject *subject, struct facts *facts, struct findings *findings,
	const struct check_address *a, const char *address)
{
	findings_add(findings, "spf.covers", FINDING_GOOD,
		pool_printf(subject->pool, _("%s may send for %s: %s"), address,
			subject->envelope, deciding_term(subject->pool, &a->spf)));
	facts_learn(facts, FACT_SPF, true);
}

static void
report_trouble(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct check_address *a, const char *address)
{
	bool is_transient = a->spf.outcome.code == AUTH_TEMPERROR;
	struct finding *f;

	f = findings_add(findings, "spf.covers",
		is_transient ? FINDING_WARNING : FINDING_FAILURE,
		pool_printf(subject->pool, _("SPF of %s for %s is %s: %s"), address,
			subject->envelope, auth_code_name(a->spf.outcome.code),
			tool_reason(subject->pool, a->spf.outcome.reason)));
	finding_remedy(f, _("pass"),
		is_transient ? _("Try again later.")
			     : _("Mend the record first; the findings above say how."));
	if (!is_transient)
		facts_learn(facts, FACT_SPF, false);
}

static void
report_missing(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct check_address *a, const char *address)
{
	const char *term = spf_text_term(subject, a);
	const char *what;
	struct finding *f;

	f = findings_add(findings, "spf.covers", FINDING_FAILURE,
		pool_printf(subject->pool, _("SPF of %s for %s is %s: %s"), address,
			subject->envelope, auth_code_name(a->spf.outcome.code),
			tool_reason(subject->pool, a->spf.outcome.reason)));
	if (a->relay != NULL && strcmp(term, a->relay->include) == 0)
		finding_remedy(f, _("pass"),
			pool_printf(subject->pool,
				_("The address belongs to %s: add %s to the record."),
				a->relay->name, term));
	else if (a->relay != NULL)
		finding_remedy(f, _("pass"),
			pool_printf(subject->pool,
				_("The address belongs to %s, whose %s does not help "
				  "here: "
				  "add %s to the record."),
				a->relay->name, a->relay->include, term));
	else
		finding_remedy(f, _("pass"),
			pool_printf(subject->pool,
				_("If this host sends for you, add %s to the record."),
				term));
	what = f->remedy;
	spf_text_propose(subject, facts, f, facts->spf_text);
	if (f->record.name == NULL)
		f->remedy = pool_printf(subject->pool, _("%s %s"), what, f->remedy);
	facts_learn(facts, FACT_SPF, false);
}

static void
report_no_address(struct findings *findings)
{
	struct finding *f;

	f = findings_add(findings, "spf.covers", FINDING_WARNING,
		_("it is not known from which address the mail goes out"));
	finding_remedy(f, _("the addresses that send"),
		_("Name them with --ip, or give a delivered copy of a message with "
		  "--message."));
}

void
check_spf_addresses(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	char text[IP_TEXT_SIZE];

	if (facts->is_parked) {
		findings_add(findings, "spf.covers", FINDING_GOOD,
			pool_printf(subject->pool,
				_("%s says that it sends no mail (only -all)"),
				subject->envelope));
		return;
	}
	if (facts->addresses.n == 0) {
		report_no_address(findings);
		return;
	}
	if (facts->spf_text.n == 0)
		return;
	for (size_t i = 0; i < facts->addresses.n; i++) {
		const struct check_address *a = &facts->addresses.v[i];
		const char *address = ip_print(&a->ip, text);

		switch (a->spf.outcome.code) {
		case AUTH_PASS:
			report_pass(subject, facts, findings, a, address);
			break;
		case AUTH_TEMPERROR:
		case AUTH_PERMERROR:
			report_trouble(subject, facts, findings, a, address);
			break;
		case AUTH_NONE:
		case AUTH_FAIL:
		case AUTH_SOFTFAIL:
		case AUTH_NEUTRAL:
		case AUTH_POLICY:
			report_missing(subject, facts, findings, a, address);
			break;
		}
	}
}
