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
#include "tool/reasons.h"
#include "tool/tool.h"

static struct check_key *
add_key(struct check *check, const char *domain, const char *selector,
	const struct privkey *key)
{
	struct check_key *new;

	for (size_t i = 0; i < check->keys.n; i++)
		if (strcmp(check->keys.v[i].domain, domain) == 0 &&
			strcmp(check->keys.v[i].selector, selector) == 0)
			return &check->keys.v[i];
	new = vec_add(check->pool, &check->keys);
	*new = (struct check_key){ domain, selector, key, false, { NULL, NULL, NULL } };
	return new;
}

static bool
is_wanted(const struct check *check, const char *selector)
{
	return check->selector == NULL || strcmp(check->selector, selector) == 0;
}

/* Where no key is known here, those that have signed the message. */
static void
add_keys_of_message(struct check *check)
{
	for (size_t i = 0; i < check->fields->n; i++) {
		struct dkim_sig sig;

		if (!header_is(check->fields->v[i], "DKIM-Signature"))
			continue;
		dkim_sig_parse(check->pool, check->fields->v[i], &sig);
		if (sig.domain != NULL && sig.selector != NULL &&
			(domain_is_within(sig.domain, check->domain) ||
				domain_is_within(check->domain, sig.domain)))
			add_key(check, sig.domain, sig.selector, NULL);
	}
}

void
check_config(struct check *check)
{
	const struct policy *policy = check->policy;
	struct address author = { SLICE_LIT("postmaster"), check->domain };
	const struct key_domain *rows = NULL;
	struct signing_plan plan;

	policy_signings(policy, check->pool, &author, NULL, &plan);
	for (size_t i = 0; i < plan.rows.n; i++)
		if (is_wanted(check, plan.rows.v[i].selector))
			add_key(check, plan.rows.v[i].domain, plan.rows.v[i].selector,
				plan.rows.v[i].key);
	if (policy->keys != NULL)
		rows = keytable_domain(policy->keys, check->domain);
	for (size_t i = 0; rows != NULL && i < rows->all.n; i++) {
		const struct key_row *row = rows->all.v[i];

		if (row->selector != NULL && is_wanted(check, row->selector))
			add_key(check, row->domain, row->selector, row->key);
	}
	if (check->selector != NULL)
		add_key(check, check->domain, check->selector, NULL);
	if (check->keys.n == 0 && check->fields != NULL)
		add_keys_of_message(check);
	if (plan.failed) {
		struct finding *f = check_add(check, "dkim.signing", CHECK_FAILURE,
			reason_text(check->pool, plan.reason));

		finding_remedy(f, _("a key that can be read"),
			_("Until it can, mail of the domain does not go out."));
	}
}
