/*
 * Three things are kept apart: what did not pass, what is not known because the DNS
 * failed, and of the latter what concerns a domain that could speak for the author. For
 * the sender picks the domain of MAIL FROM and of d=, and can break its DNS.
 */
#include "base/base.h"
#include "engine/summary.h"

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/spf/check.h"
#include "dns/dns.h"
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
add_trouble(
	struct summary *s, enum auth_code code, const char *domain, const char *author)
{
	if (code != AUTH_TEMPERROR)
		return;
	s->dns_trouble = true;
	s->aligned_trouble |= is_related(domain, author);
}

static void
add_spf(struct summary *s, const struct spf_result *spf, const char *author)
{
	if (spf == NULL)
		return;
	s->spf_pass = spf->outcome.code == AUTH_PASS;
	s->spf_fail = spf->outcome.code == AUTH_FAIL;
	add_trouble(s, spf->outcome.code, spf->domain, author);
	s->aligned |= s->spf_pass && is_related(spf->domain, author);
}

static void
add_dkim(struct summary *s, const struct dkim_results *dkim, const char *author)
{
	for (size_t i = 0; dkim != NULL && i < dkim->n; i++) {
		const struct dkim_result *r = &dkim->v[i];

		if (r->outcome.code == AUTH_PASS) {
			s->dkim_pass = true;
			s->aligned_dkim |= is_related(r->domain, author);
		}
		add_trouble(s, r->outcome.code, r->domain, author);
	}
	s->aligned |= s->aligned_dkim;
}

static void
add_dmarc(struct summary *s, const struct dmarc_result *dmarc)
{
	if (dmarc == NULL)
		return;
	s->checked_dmarc = true;
	s->dmarc = dmarc->outcome.code;
	s->disposition = dmarc->disposition;
	s->excused = dmarc->excused;
	if (s->dmarc == AUTH_TEMPERROR)
		s->dns_trouble = s->aligned_trouble = true;
	/* Where there is a DMARC record, DMARC's alignment counts. */
	if (dmarc->policy_domain != NULL) {
		s->aligned = dmarc->aligned_spf || dmarc->aligned_dkim;
		s->aligned_dkim = dmarc->aligned_dkim;
	}
}

struct summary
summarise(const struct results *r, const char *author, struct dns *dns)
{
	struct summary s = { .dmarc = AUTH_NONE };

	add_spf(&s, r->spf, author);
	add_dkim(&s, r->dkim, author);
	add_dmarc(&s, r->dmarc);
	s.resolver_silent = s.dns_trouble && !dns_answers(dns);
	return s;
}
