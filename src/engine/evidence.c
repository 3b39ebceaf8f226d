/*
 * What is not known because the DNS failed is kept apart from what is known not to be,
 * and apart from it again is trouble at a domain that could speak for the author: whoever
 * picks the domain of MAIL FROM or of d= can also break its DNS.
 */
#include "base/base.h"
#include "engine/evidence.h"

#include "auth/dkim_verify.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "engine/state.h"
#include "mail/domain.h"

/* Do the two domains belong together, as far as their names tell? DMARC knows more, where
 * the owner publishes a record; this is for those who do not. */
static bool
is_related(const char *a, const char *b)
{
	return a != NULL && b != NULL &&
	       (domain_is_within(a, b) || domain_is_within(b, a));
}

/* Dead DNS at a domain of the sender's own choice must not silence what the author's
 * domain asks for: only trouble of a domain that could speak for the author does. */
static void
find_trouble(struct evidence *e, enum auth_code code, const char *domain)
{
	if (code != AUTH_TEMPERROR)
		return;
	e->dns_trouble = true;
	e->aligned_trouble |= is_related(domain, e->txn->author);
}

static void
find_spf(struct evidence *e)
{
	const struct spf_result *spf = e->txn->results.spf;

	if (spf == NULL)
		return;
	e->spf_pass = spf->outcome.code == AUTH_PASS;
	e->spf_fail = spf->outcome.code == AUTH_FAIL;
	find_trouble(e, spf->outcome.code, spf->domain);
	e->aligned |= e->spf_pass && is_related(spf->domain, e->txn->author);
}

static void
find_dkim(struct evidence *e)
{
	const struct dkim_results *dkim = e->txn->results.dkim;

	for (size_t i = 0; dkim != NULL && i < dkim->n; i++) {
		if (dkim->v[i].outcome.code == AUTH_PASS) {
			e->dkim_pass = true;
			e->aligned_dkim |= is_related(dkim->v[i].domain, e->txn->author);
		}
		find_trouble(e, dkim->v[i].outcome.code, dkim->v[i].domain);
	}
	e->aligned |= e->aligned_dkim;
}

static void
find_dmarc(struct evidence *e)
{
	const struct dmarc_result *dmarc = e->txn->results.dmarc;

	if (dmarc == NULL)
		return;
	e->dmarc = dmarc->outcome.code;
	if (e->dmarc == AUTH_TEMPERROR)
		e->dns_trouble = e->aligned_trouble = true;
	/* Where a record holds, its alignment counts and ours does not. */
	if (dmarc->policy_domain != NULL) {
		e->aligned = dmarc->aligned_spf || dmarc->aligned_dkim;
		e->aligned_dkim = dmarc->aligned_dkim;
	}
}

void
evidence_read(struct evidence *e, struct txn *txn)
{
	*e = (struct evidence){ .txn = txn, .dmarc = AUTH_NONE };
	find_spf(e);
	find_dkim(e);
	find_dmarc(e);
	e->resolver_silent = e->dns_trouble && !dns_answers(&txn->meter.dns);
	txn->results.resolver_silent = e->resolver_silent;
}
