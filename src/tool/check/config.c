/*
 * Which keys would sign mail of the domain is asked of the policy, as the signer asks it,
 * so that a signing table counts. Rows that are written for the domain but do not sign
 * at the moment are looked at as well: somebody means to use them.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/dkim/signature.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/tool.h"

static struct check_key *
add_key(struct facts *facts, const char *domain, const char *selector,
	const struct keyref *key)
{
	struct check_key *new;

	for (size_t i = 0; i < facts->keys.n; i++)
		if (strcmp(facts->keys.v[i].domain, domain) == 0 &&
			strcmp(facts->keys.v[i].selector, selector) == 0)
			return &facts->keys.v[i];
	new = vec_add(facts->pool, &facts->keys);
	*new = (struct check_key){ .domain = domain, .selector = selector, .key = key };
	return new;
}

static bool
is_wanted(const struct subject *subject, const char *selector)
{
	return subject->selector == NULL || strcmp(subject->selector, selector) == 0;
}

/* Where no key is known here, those that have signed the message. */
static void
add_keys_of_message(const struct subject *subject, struct facts *facts)
{
	for (size_t i = 0; i < subject->fields->n; i++) {
		struct dkim_sig sig;

		if (!header_is(subject->fields->v[i], "DKIM-Signature"))
			continue;
		dkim_sig_parse(subject->pool, subject->fields->v[i], &sig);
		if (sig.domain != NULL && sig.selector != NULL &&
			(domain_is_within(sig.domain, subject->domain) ||
				domain_is_within(subject->domain, sig.domain)))
			add_key(facts, sig.domain, sig.selector, NULL);
	}
}

void
check_config(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	const struct policy *policy = subject->policy;
	struct address author = { SLICE_LIT("postmaster"), subject->domain };
	const struct key_domain *rows = NULL;
	struct asker asker = { .pool = subject->pool };
	struct signing_plan plan;

	(void)policy_signings(policy, subject->pool, &author, NULL, &plan);
	for (size_t i = 0; i < plan.rows.n; i++)
		if (is_wanted(subject, plan.rows.v[i].selector))
			add_key(facts, plan.rows.v[i].domain, plan.rows.v[i].selector,
				plan.rows.v[i].key);
	if (policy->keys != NULL)
		(void)keytable_domain(policy->keys, &asker, subject->domain, &rows);
	for (size_t i = 0; rows != NULL && i < rows->all.n; i++) {
		const struct key_row *row = rows->all.v[i];

		if (row->selector != NULL && is_wanted(subject, row->selector))
			add_key(facts, row->domain, row->selector, row->key);
	}
	if (subject->selector != NULL)
		add_key(facts, subject->domain, subject->selector, NULL);
	if (facts->keys.n == 0 && subject->fields != NULL)
		add_keys_of_message(subject, facts);
	if (plan.failed) {
		struct finding *f = findings_add(findings, "dkim.signing",
			FINDING_FAILURE, tool_reason(subject->pool, plan.reason));

		finding_remedy(f, _("a key that can be read"),
			_("Until it can, mail of the domain does not go out."));
	}
}
