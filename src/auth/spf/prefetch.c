/*
 * The list of wished-for records is walked from front to back, and what a record includes
 * goes to its end: breadth first, the order in which answers arrive. A record is parsed
 * here and, if the check gets to it, there once more; parsing costs less than keeping
 * the two in step.
 */
#include "base/base.h"
#include "auth/spf/prefetch.h"

#include "base/ip.h"

#define QUESTIONS 40

void
spf_ahead_init(struct spf_ahead *ahead, struct dns *dns, struct pool *pool,
	const struct spf_vars *vars)
{
	*ahead = (struct spf_ahead){ .dns = dns, .pool = pool, .vars = *vars };
	ahead->left = QUESTIONS;
}

static void
prefetch(struct spf_ahead *ahead, struct slice name, enum dns_type type)
{
	if (ahead->left <= 0)
		return;
	ahead->left--;
	dns_prefetch(ahead->dns, name, type);
}

static struct spf_ahead_record *
find(struct spf_ahead *ahead, struct slice domain)
{
	for (size_t i = 0; i < ahead->n; i++)
		if (slice_caseeq(ahead->records[i].domain, domain))
			return &ahead->records[i];
	return NULL;
}

void
spf_ahead_wish(struct spf_ahead *ahead, struct slice domain)
{
	if (ahead->n == SPF_AHEAD_RECORDS || find(ahead, domain) != NULL)
		return;
	ahead->records[ahead->n++].domain = domain;
	prefetch(ahead, domain, DNS_TXT);
}

/* Prefetches what one term asks first. */
static void
foresee(struct spf_ahead *ahead, const struct spf_term *term)
{
	bool v6 = ahead->vars.client->bits == 128;
	struct slice name = ahead->vars.domain;
	char reverse[IP_REVERSE_SIZE];

	if (term->target.n > 0 && spf_macro_uses(term->target, "p"))
		return;
	if (term->target.n > 0)
		name = spf_macro_name(ahead->pool, term->target, &ahead->vars);
	switch (term->kind) {
	case SPF_TERM_INCLUDE:
	case SPF_TERM_REDIRECT:
		spf_ahead_wish(ahead, name);
		break;
	case SPF_TERM_A:
		prefetch(ahead, name, v6 ? DNS_AAAA : DNS_A);
		break;
	case SPF_TERM_EXISTS:
		prefetch(ahead, name, DNS_A);
		break;
	case SPF_TERM_MX:
		prefetch(ahead, name, DNS_MX);
		break;
	case SPF_TERM_PTR:
		prefetch(ahead, slice_of(ip_reverse(ahead->vars.client, reverse)),
			DNS_PTR);
		break;
	case SPF_TERM_ALL:
	case SPF_TERM_IP4:
	case SPF_TERM_IP6:
		break;
	}
}

void
spf_ahead_read(
	struct spf_ahead *ahead, struct slice domain, const struct spf_record *record)
{
	struct spf_ahead_record *wish = find(ahead, domain);

	if (wish != NULL)
		wish->seen = true;
	ahead->vars.domain = domain;
	for (size_t i = 0; i < record->terms.n && ahead->left > 0; i++) {
		/* Here the record ends for this client. */
		if (spf_term_has_client(&record->terms.v[i], ahead->vars.client))
			return;
		foresee(ahead, &record->terms.v[i]);
	}
	if (record->redirect.text.n > 0 && !record->has_all)
		foresee(ahead, &record->redirect);
}

/* Looks through one record if it arrives within so many milliseconds. False: not yet. */
static bool
look(struct spf_ahead *ahead, struct spf_ahead_record *wish, int ms)
{
	struct dns_answer answer;
	struct spf_record record;
	struct slice text;

	dns_peek(ahead->dns, wish->domain, DNS_TXT, ms, ahead->pool, &answer);
	wish->awaited = wish->awaited || ms > 0;
	if (answer.status == DNS_TEMPFAIL)
		return false;
	wish->seen = true;
	if (spf_record_select(&answer, &text) == 1 &&
		spf_record_parse(ahead->pool, text, &record) == NULL)
		spf_ahead_read(ahead, wish->domain, &record);
	return true;
}

void
spf_ahead_step(struct spf_ahead *ahead, int ms)
{
	size_t old = ahead->n;

	for (size_t i = 0; i < ahead->n; i++) {
		struct spf_ahead_record *wish = &ahead->records[i];
		/* What was wished for just now can only be there already, or not. */
		int wait = i < old && !wish->awaited ? ms : 0;

		/* One that does not come in time has spent the time of all. */
		if (!wish->seen && !look(ahead, wish, wait) && wait > 0)
			ms = 0;
	}
}
