/*
 * A receiver sees one address and one record. So each address that sends was tried
 * against the record as it stands (check_spf); what does not pass gets the term that is
 * missing, and all that are missing go into one proposal.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "tool/check/relays.h"
#include "tool/check/spf_text.h"
#include "tool/reasons.h"
#include "tool/tool.h"

/* The term that decided, however deep: "ip4:192.0.2.0/24 of relay.example.net". */
static const char *
deciding_term(struct check *check, const struct spf_result *spf)
{
	const struct spf_step *deepest = NULL;

	for (size_t i = 0; i < spf->trace.n; i++) {
		const struct spf_step *s = &spf->trace.v[i];

		if (*s->term != '\0' && strcmp(s->found, "match") == 0 &&
			(deepest == NULL || s->depth > deepest->depth))
			deepest = s;
	}
	if (deepest == NULL)
		return spf->mechanism != NULL ? spf->mechanism : "?";
	if (strcmp(deepest->term, spf->mechanism != NULL ? spf->mechanism : "") == 0)
		return pool_printf(
			check->pool, _("'%s' of %s"), deepest->term, deepest->domain);
	return pool_printf(check->pool, _("'%s' of %s, by '%s'"), deepest->term,
		deepest->domain, spf->mechanism != NULL ? spf->mechanism : "redirect");
}

static void
report_pass(struct check *check, const struct check_address *a, const char *address)
{
	check_add(check, "spf.covers", CHECK_GOOD,
		pool_printf(check->pool, _("%s may send for %s: %s"), address,
			check->envelope, deciding_term(check, &a->spf)));
	check_learn(check, FACT_SPF, true);
}

static void
report_trouble(struct check *check, const struct check_address *a, const char *address)
{
	bool is_weather = a->spf.outcome.code == AUTH_TEMPERROR;
	struct finding *f;

	f = check_add(check, "spf.covers", is_weather ? CHECK_WARNING : CHECK_FAILURE,
		pool_printf(check->pool, _("SPF of %s for %s is %s: %s"), address,
			check->envelope, auth_code_name(a->spf.outcome.code),
			reason_text(check->pool, a->spf.outcome.reason)));
	finding_remedy(f, _("pass"),
		is_weather ? _("Try again later.")
			   : _("Mend the record first; the findings above say how."));
	if (!is_weather)
		check_learn(check, FACT_SPF, false);
}

static void
report_missing(struct check *check, const struct check_address *a, const char *address)
{
	const char *term = spf_text_term(check, a);
	const char *what;
	struct finding *f;

	f = check_add(check, "spf.covers", CHECK_FAILURE,
		pool_printf(check->pool, _("SPF of %s for %s is %s: %s"), address,
			check->envelope, auth_code_name(a->spf.outcome.code),
			reason_text(check->pool, a->spf.outcome.reason)));
	if (a->relay != NULL)
		finding_remedy(f, _("pass"),
			pool_printf(check->pool,
				_("The address belongs to %s: add %s to the record."),
				a->relay->name, term));
	else
		finding_remedy(f, _("pass"),
			pool_printf(check->pool,
				_("If this host sends for you, add %s to the record."),
				term));
	what = f->remedy;
	spf_text_offer(check, f, check->spf_sound);
	if (f->record.name == NULL)
		f->remedy = pool_printf(check->pool, "%s %s", what, f->remedy);
	check_learn(check, FACT_SPF, false);
}

static void
report_no_address(struct check *check)
{
	struct finding *f;

	f = check_add(check, "spf.covers", CHECK_WARNING,
		_("it is not known from which address the mail goes out"));
	finding_remedy(f, _("the addresses that send"),
		_("Name them with --ip, or give a delivered copy of a message with "
		  "--message."));
}

void
check_cover(struct check *check)
{
	char text[IP_TEXT_SIZE];

	if (check->is_parked) {
		check_add(check, "spf.covers", CHECK_GOOD,
			pool_printf(check->pool,
				_("%s says that it sends no mail (only -all)"),
				check->envelope));
		return;
	}
	if (check->addresses.n == 0) {
		report_no_address(check);
		return;
	}
	if (check->spf_text == NULL)
		return;
	for (size_t i = 0; i < check->addresses.n; i++) {
		const struct check_address *a = &check->addresses.v[i];
		const char *address = ip_print(&a->ip, text);

		switch (a->spf.outcome.code) {
		case AUTH_PASS:
			report_pass(check, a, address);
			break;
		case AUTH_TEMPERROR:
		case AUTH_PERMERROR:
			report_trouble(check, a, address);
			break;
		case AUTH_NONE:
		case AUTH_FAIL:
		case AUTH_SOFTFAIL:
		case AUTH_NEUTRAL:
		case AUTH_POLICY:
			report_missing(check, a, address);
			break;
		}
	}
}
