/*
 * The list of records is walked from front to back, and what a record includes goes to
 * its end: breadth first, the order in which answers arrive. A record is parsed here and,
 * if the check gets to it, there once more; that costs less than sharing it.
 */
#include "base/base.h"
#include "auth/spf/prefetch.h"

#include "base/ip.h"

#define QUESTIONS 40

void
spf_prefetch_init(struct spf_prefetch *p, struct dns *dns, struct pool *pool,
	const struct spf_vars *vars)
{
	*p = (struct spf_prefetch){ .dns = dns, .pool = pool, .vars = *vars };
	p->left = QUESTIONS;
}

static void
ask_now(struct spf_prefetch *p, struct slice name, enum dns_type type)
{
	if (p->left <= 0)
		return;
	p->left--;
	dns_prefetch(p->dns, name, type);
}

static struct spf_prefetch_record *
find(struct spf_prefetch *p, struct slice domain)
{
	for (size_t i = 0; i < p->n; i++)
		if (slice_caseeq(p->records[i].domain, domain))
			return &p->records[i];
	return NULL;
}

void
spf_prefetch_domain(struct spf_prefetch *p, struct slice domain)
{
	if (p->n == SPF_PREFETCH_RECORDS || find(p, domain) != NULL)
		return;
	p->records[p->n++].domain = domain;
	ask_now(p, domain, DNS_TXT);
}

/* Prefetches what one term asks first. */
static void
prefetch_term(struct spf_prefetch *p, const struct spf_term *term)
{
	bool v6 = p->vars.client->bits == 128;
	struct slice name = p->vars.domain;
	char reverse[IP_REVERSE_SIZE];

	if (term->target.n > 0 && spf_macro_uses(term->target, "p"))
		return;
	if (term->target.n > 0)
		name = spf_macro_name(p->pool, term->target, &p->vars);
	switch (term->kind) {
	case SPF_TERM_INCLUDE:
	case SPF_TERM_REDIRECT:
		spf_prefetch_domain(p, name);
		break;
	case SPF_TERM_A:
		ask_now(p, name, v6 ? DNS_AAAA : DNS_A);
		break;
	case SPF_TERM_EXISTS:
		ask_now(p, name, DNS_A);
		break;
	case SPF_TERM_MX:
		ask_now(p, name, DNS_MX);
		break;
	case SPF_TERM_PTR:
		ask_now(p, slice_of(ip_reverse(p->vars.client, reverse)), DNS_PTR);
		break;
	case SPF_TERM_ALL:
	case SPF_TERM_IP4:
	case SPF_TERM_IP6:
		break;
	}
}

void
spf_prefetch_terms(
	struct spf_prefetch *p, struct slice domain, const struct spf_record *record)
{
	struct spf_prefetch_record *wish = find(p, domain);

	if (wish != NULL)
		wish->seen = true;
	p->vars.domain = domain;
	for (size_t i = 0; i < record->terms.n && p->left > 0; i++) {
		/* Here the record ends for this client. */
		if (spf_term_has_client(&record->terms.v[i], p->vars.client))
			return;
		prefetch_term(p, &record->terms.v[i]);
	}
	if (record->redirect.text.n > 0 && !record->has_all)
		prefetch_term(p, &record->redirect);
}

/* Looks through one record if it arrives within so many milliseconds. False: not yet. */
static bool
read_arrived(struct spf_prefetch *p, struct spf_prefetch_record *wish, int ms)
{
	struct dns_answer answer;
	struct spf_record record;
	struct slice text;

	dns_peek(p->dns, wish->domain, DNS_TXT, ms, p->pool, &answer);
	wish->awaited = wish->awaited || ms > 0;
	if (answer.status == DNS_TEMPFAIL)
		return false;
	wish->seen = true;
	if (spf_record_select(&answer, &text) == 1 &&
		spf_record_parse(p->pool, text, &record) == NULL)
		spf_prefetch_terms(p, wish->domain, &record);
	return true;
}

void
spf_prefetch_more(struct spf_prefetch *p, int ms)
{
	size_t old = p->n;

	for (size_t i = 0; i < p->n; i++) {
		struct spf_prefetch_record *wish = &p->records[i];
		/* A record asked for in this very call is not waited for. */
		int wait = i < old && !wish->awaited ? ms : 0;

		/* A record that does not come in time has spent the time of all. */
		if (!wish->seen && !read_arrived(p, wish, wait) && wait > 0)
			ms = 0;
	}
}
