/*
 * What each receiver demands, by its own pages for senders, as a table over the facts
 * that the other parts have learnt.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "base/str.h"
#include "tool/tool.h"

#define BIT(fact) (1u << (fact))

static const char *const fact_names[FACT_COUNT] = {
	[FACT_SPF] = N_("SPF"),
	[FACT_DKIM] = N_("DKIM"),
	[FACT_DMARC] = N_("a DMARC record"),
	[FACT_ALIGNED] = N_("alignment with From"),
	[FACT_PTR] = N_("a reverse name"),
	[FACT_TLS] = N_("TLS"),
	[FACT_FORM] = N_("a well-formed header"),
	[FACT_UNSUBSCRIBE] = N_("one-click unsubscribe"),
};

static const struct receiver {
	const char *id, *name;
	bool either;    /* of SPF and DKIM one is enough */
	unsigned needs; /* facts, a bit each */
	enum finding_status missing;
} receivers[] = {
	{ "receiver.gmail", N_("Gmail, all senders"), true,
		BIT(FACT_PTR) | BIT(FACT_TLS) | BIT(FACT_FORM), FINDING_FAILURE },
	{ "receiver.gmail-bulk", N_("Gmail, 5000 a day or more"), false,
		BIT(FACT_SPF) | BIT(FACT_DKIM) | BIT(FACT_DMARC) | BIT(FACT_ALIGNED) |
			BIT(FACT_PTR) | BIT(FACT_TLS) | BIT(FACT_FORM) |
			BIT(FACT_UNSUBSCRIBE),
		FINDING_WARNING },
	{ "receiver.yahoo", N_("Yahoo, all senders"), true,
		BIT(FACT_PTR) | BIT(FACT_FORM), FINDING_FAILURE },
	{ "receiver.yahoo-bulk", N_("Yahoo, much mail"), false,
		BIT(FACT_SPF) | BIT(FACT_DKIM) | BIT(FACT_DMARC) | BIT(FACT_ALIGNED) |
			BIT(FACT_PTR) | BIT(FACT_FORM) | BIT(FACT_UNSUBSCRIBE),
		FINDING_WARNING },
	{ "receiver.outlook", N_("Outlook, 5000 a day or more"), false,
		BIT(FACT_SPF) | BIT(FACT_DKIM) | BIT(FACT_DMARC) | BIT(FACT_ALIGNED) |
			BIT(FACT_PTR) | BIT(FACT_FORM),
		FINDING_WARNING },
};

static void
add_name(struct str *list, const char *name)
{
	str_addf(list, "%s%s", list->n > 0 ? ", " : "", name);
}

/* Sorts what is missing and what is not known. */
static void
sort_needs(const struct facts *facts, const struct receiver *r, struct str *missing,
	struct str *unknown)
{
	enum known spf = facts->known[FACT_SPF], dkim = facts->known[FACT_DKIM];

	/* A key that is not known is no help where SPF is known to fail. */
	if (r->either && spf != KNOWN_YES && dkim != KNOWN_YES)
		add_name(spf == KNOWN_NO || dkim == KNOWN_NO ? missing : unknown,
			_("SPF or DKIM"));
	for (int i = 0; i < FACT_COUNT; i++) {
		if ((r->needs & BIT(i)) == 0)
			continue;
		if (facts->known[i] == KNOWN_NO)
			add_name(missing, _(fact_names[i]));
		else if (facts->known[i] == KNOWN_NOT)
			add_name(unknown, _(fact_names[i]));
	}
}

void
check_receivers(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	if (facts->is_parked)
		return;
	for (size_t i = 0; i < ARRAY_LEN(receivers); i++) {
		const struct receiver *r = &receivers[i];
		struct str missing = STR_POOL(subject->pool);
		struct str unknown = STR_POOL(subject->pool);
		struct finding *f;

		sort_needs(facts, r, &missing, &unknown);
		f = findings_add(findings, r->id,
			missing.n > 0 ? r->missing : FINDING_GOOD,
			pool_printf(subject->pool,
				missing.n > 0 ? _("%s: missing: %s") : _("%s: ready%s"),
				_(r->name), missing.p));
		if (unknown.n > 0)
			finding_detail(subject->pool, f,
				pool_printf(subject->pool, _("not known from here: %s"),
					unknown.p));
		if (missing.n > 0)
			finding_remedy(f, NULL,
				_("What is missing has a finding of its own, with what "
				  "to do."));
	}
}
