/*
 * In order: the author domain; the walk from it, whose questions come first so that no
 * identity can starve them; the policy record among what the walk found; then each
 * identity that passed, and each whose check the DNS failed.
 *
 * The organizational domain of a name is the name or one above it. So an identity can
 * only align in the relaxed mode if it lies within the author's organizational domain,
 * and only such an identity is worth a walk of its own: a domain elsewhere costs no
 * question, and its DNS trouble does not count.
 */
#include "base/base.h"
#include "auth/dmarc/check.h"

#include "mail/domain.h"
#include "mail/sole.h"

#define ADDRESSES_LIMIT 100

enum alignment { ALIGNED_NO, ALIGNED_YES, ALIGNED_UNKNOWN };

struct check {
	struct dmarc_walker walker;
	const struct dmarc_input *input;
	struct dmarc_result *result;
	const struct reason
		*trouble; /* why an identity that might align could not be judged */
};

static const struct reason *
author_of_list(struct pool *pool, const struct addresses *list, struct address *author)
{
	struct domains domains = VEC_INIT;

	if (list->n == 0)
		return REASON("From has no address");
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].domain == NULL)
			return REASON("From has an address without a domain name");
	address_domains(pool, list, &domains);
	if (domains.n > 1)
		return reason_make(pool, "From has %zu author domains", domains.n);
	*author = list->v[0];
	return NULL;
}

const struct reason *
dmarc_author(struct pool *pool, const struct headers *from, struct address *author)
{
	struct addresses list = VEC_INIT;
	const char *bad;

	*author = (struct address){ .domain = NULL };
	if (from->n == 0)
		return REASON("no From field");
	if (from->n > 1)
		return reason_make(pool, "%zu From fields", from->n);
	bad = address_list_parse(pool, from->v[0]->value, ADDRESSES_LIMIT, &list);
	if (bad != NULL)
		return reason_make(pool, "From cannot be read: %p", reason_of(pool, bad));
	return author_of_list(pool, &list, author);
}

void
dmarc_prefetch(struct dns *dns, const char *domain)
{
	dmarc_walk_prefetch(dns, domain);
	dns_prefetch(dns, slice_of(domain), DNS_TXT); /* does it exist? */
}

/* A report of a mail server whose From has no domain: it can forge no one. */
static bool
is_report(const struct dmarc_input *input)
{
	return input->null_sender && !input->too_large && input->from_domain == NULL &&
	       input->from->n == 1 && sole_is_nobody(input->from->v[0]->value);
}

/* RFC 9989 5.3.1: the author domain. False: there is none, and the result says why. */
static bool
check_author(struct check *c)
{
	struct dmarc_result *r = c->result;
	struct address author = { .domain = c->input->from_domain };
	const struct reason *bad = NULL;

	if (c->input->too_large)
		bad = REASON("header is over the limit");
	else if (author.domain == NULL)
		bad = dmarc_author(c->walker.pool, c->input->from, &author);
	if (bad == NULL)
		r->from_domain = author.domain;
	r->outcome = auth_outcome(AUTH_PERMERROR, bad);
	if (bad != NULL && is_report(c->input))
		r->outcome = auth_outcome(AUTH_NONE, NULL);
	return bad == NULL;
}

/* RFC 9989 4.10.1: the name whose record is the policy where the author domain has none:
 * the organizational domain, else a public suffix (psd=y). NULL: none has a record. */
static const struct dmarc_node *
walk_policy(const struct dmarc_walk *walk)
{
	for (size_t i = 0; i < walk->nodes.n; i++) {
		const struct dmarc_node *node = walk->nodes.v[i];
		bool is_organization =
			strcmp(node->domain, walk->organizational_domain) == 0;

		if (node->record != NULL &&
			(is_organization || node->record->psd == DMARC_PSD_YES))
			return node;
	}
	return NULL;
}

/* RFC 9989 3.2.13: the author domain does not exist if this is NXDOMAIN. */
static enum dns_status
author_status(struct check *c)
{
	const struct dmarc_node *below = c->result->walk.nodes.v[0];
	const char *domain = c->result->from_domain;
	struct dns_answer answer;

	/* A name below it exists, so it does itself (RFC 8020). */
	if (below->status != DNS_NXDOMAIN || below->alias)
		return DNS_OK;
	dns_query(c->walker.dns, slice_of(domain), DNS_TXT, c->walker.deadline,
		c->walker.pool, &answer);
	c->walker.asked++;
	return answer.alias ? DNS_OK : answer.status;
}

/* RFC 9989 4.10.1: what a record says of a name below it: sp where the name exists, np
 * where it does not, the milder of the two while the DNS does not say. */
static enum dmarc_policy
policy_below(struct check *c, const struct dmarc_record *record)
{
	enum dmarc_policy sp = record->sp != DMARC_UNSET ? record->sp : record->p;

	if (record->np == DMARC_UNSET || record->np == sp)
		return sp;
	switch (author_status(c)) {
	case DNS_OK:
	case DNS_NODATA:
		break;
	case DNS_NXDOMAIN:
		return record->np;
	case DNS_TEMPFAIL:
		return MIN(sp, record->np);
	}
	return sp;
}

/* RFC 9989 4.7, t=y: one step milder. */
static enum dmarc_policy
policy_soften(enum dmarc_policy policy)
{
	switch (policy) {
	case DMARC_REJECT:
		return DMARC_QUARANTINE;
	case DMARC_QUARANTINE:
	case DMARC_NONE:
		return DMARC_NONE;
	case DMARC_UNSET:
		break;
	}
	return DMARC_UNSET;
}

/* What the record says for this author domain. */
static void
check_record(struct check *c, const struct dmarc_node *node)
{
	const struct dmarc_record *record = node->record;
	struct dmarc_result *r = c->result;

	r->record = record;
	r->policy_domain = node->domain;
	r->testing = record->testing;
	/* RFC 9989 4.7: a record with a bad policy that asks for reports is p=none. */
	if (record->bad_policy)
		r->policy = DMARC_NONE;
	else if (strcmp(node->domain, r->from_domain) == 0)
		r->policy = record->p;
	else
		r->policy = policy_below(c, record);
	r->applied = r->testing ? policy_soften(r->policy) : r->policy;
}

/* A DNS failure as a reason. */
static const struct reason *
trouble_reason(struct check *c, const struct dmarc_node *node)
{
	return reason_make(c->walker.pool, "look-up of _dmarc.%s failed: %p",
		node->domain, reason_of(c->walker.pool, node->reason));
}

/* The policy; false when there is none to check against, and the result says so. */
static bool
check_policy(struct check *c)
{
	struct dmarc_result *r = c->result;
	const struct dmarc_node *node = NULL;

	dmarc_walk(&c->walker, r->from_domain, &r->walk);
	r->organizational_domain = r->walk.organizational_domain;
	if (r->walk.nodes.v[0]->record != NULL)
		node = r->walk.nodes.v[0];
	else if (r->walk.trouble == NULL)
		node = walk_policy(&r->walk);
	else {
		r->outcome =
			auth_outcome(AUTH_TEMPERROR, trouble_reason(c, r->walk.trouble));
		return false;
	}
	if (node == NULL || (node->record->bad_policy && !node->record->reports)) {
		r->outcome = auth_outcome(AUTH_NONE, NULL);
		return false;
	}
	check_record(c, node);
	return true;
}

/* Can the walk from a domain find this organization? The walk of a long name leaves names
 * out.
 */
static bool
may_find(const char *domain, const char *organization)
{
	const char *parent = domain_parent(organization), *name;

	for (int i = 0; (name = dmarc_walk_name(domain, i)) != NULL; i++)
		if (strcmp(name, organization) == 0 ||
			(parent != NULL && strcmp(name, parent) == 0))
			return true;
	return false;
}

/* May the author's organizational domain, known or not, be that of this domain too? */
static bool
may_align(const struct dmarc_walk *walk, const char *domain)
{
	const char *organization = walk->organizational_domain;

	if (organization != NULL)
		return domain_is_within(domain, organization) &&
		       may_find(domain, organization);
	if (domain_is_within(domain, walk->start))
		return true;
	for (size_t i = 0; i < walk->nodes.n; i++) {
		const struct dmarc_node *node = walk->nodes.v[i];

		if ((node->record != NULL || node->status == DNS_TEMPFAIL) &&
			domain_is_within(domain, node->domain))
			return true;
	}
	return false;
}

/* RFC 9989 4.4: does a domain align with the author domain? */
static enum alignment
check_alignment(struct check *c, const struct dmarc_identity *id)
{
	const struct dmarc_result *r = c->result;
	bool strict = id->method == DMARC_BY_SPF ? r->record->strict_spf
	                                         : r->record->strict_dkim;
	struct dmarc_walk walk;

	if (id->domain == NULL)
		return ALIGNED_NO;
	if (strcmp(id->domain, r->from_domain) == 0)
		return ALIGNED_YES;
	if (strict || !may_align(&r->walk, id->domain))
		return ALIGNED_NO;
	dmarc_walk(&c->walker, id->domain, &walk);
	if (walk.trouble != NULL || r->walk.trouble != NULL) {
		const struct dmarc_node *node =
			walk.trouble != NULL ? walk.trouble : r->walk.trouble;

		c->trouble = trouble_reason(c, node);
		return ALIGNED_UNKNOWN;
	}
	return strcmp(walk.organizational_domain, r->organizational_domain) == 0
	               ? ALIGNED_YES
	               : ALIGNED_NO;
}

/* One identity that counts: it passed, or it could not be judged. */
static void
check_identity(struct check *c, const struct dmarc_identity *id)
{
	bool passed = id->code == AUTH_PASS;
	enum alignment alignment;

	if (!passed && !id->dns_failed)
		return;
	alignment = check_alignment(c, id);
	if (passed && alignment == ALIGNED_YES && id->method == DMARC_BY_SPF)
		c->result->aligned_spf = true;
	else if (passed && alignment == ALIGNED_YES) {
		c->result->aligned_dkim = true;
		if (c->result->signer == NULL)
			c->result->signer = id->domain;
	} else if (!passed && alignment == ALIGNED_YES)
		c->trouble = reason_make(c->walker.pool,
			id->method == DMARC_BY_SPF
				? N_("SPF of %s met DNS trouble")
				: N_("DKIM key look-up of %s met DNS trouble"),
			id->domain);
}

/* Begins all the walks that the identities will want, so that they cost one delay. */
static void
prefetch_identities(const struct check *c)
{
	const struct dmarc_identities *ids = &c->input->identities;
	const struct dmarc_walk *walk = &c->result->walk;

	for (size_t i = 0; i < ids->n; i++) {
		const struct dmarc_identity *id = &ids->v[i];

		if ((id->code == AUTH_PASS || id->dns_failed) && id->domain != NULL &&
			strcmp(id->domain, walk->start) != 0 &&
			may_align(walk, id->domain))
			dmarc_walk_prefetch(c->walker.dns, id->domain);
	}
}

/* RFC 9989 5.3.5, 5.3.6: one aligned pass is a pass; without one, trouble that might hide
 * one is an error; without either DMARC fails. */
static void
check_identities(struct check *c)
{
	const struct dmarc_identities *ids = &c->input->identities;
	struct dmarc_result *r = c->result;

	prefetch_identities(c);
	for (size_t i = 0; i < ids->n; i++)
		check_identity(c, &ids->v[i]);
	if (r->aligned_spf || r->aligned_dkim)
		r->outcome = auth_outcome(AUTH_PASS, NULL);
	else if (c->trouble != NULL)
		r->outcome = auth_outcome(AUTH_TEMPERROR, c->trouble);
	else {
		r->outcome = auth_outcome(
			AUTH_FAIL, reason_make(c->walker.pool,
					   "no pass of SPF or DKIM is aligned with %s",
					   r->from_domain));
		r->disposition = r->applied;
	}
}

/* Does an identity that passed bear the author's domain, or one above or below it? */
static bool
has_related_pass(const struct dmarc_identities *ids, const char *domain)
{
	for (size_t i = 0; i < ids->n; i++) {
		const struct dmarc_identity *id = &ids->v[i];

		if (id->code == AUTH_PASS && id->domain != NULL &&
			(domain_is_within(id->domain, domain) ||
				domain_is_within(domain, id->domain)))
			return true;
	}
	return false;
}

/* A malformed From that can only mean one address: would that author pass? Without a
 * record a pass of the domain itself is enough. */
static void
check_sole_author(struct check *c)
{
	struct dmarc_input input = *c->input;
	struct address author = { 0 };
	struct dmarc_result sole;

	if (c->result->outcome.code != AUTH_PERMERROR || input.too_large ||
		input.from->n != 1 ||
		!sole_author(c->walker.pool, input.from->v[0]->value, &author))
		return;
	input.from_domain = author.domain;
	dmarc_check(c->walker.dns, c->walker.pool, c->walker.deadline, &input, &sole);
	c->walker.asked += sole.questions;
	c->result->excused = sole.outcome.code == AUTH_PASS ||
	                     (sole.outcome.code == AUTH_NONE &&
				     has_related_pass(&input.identities, input.from_domain));
}

void
dmarc_check(struct dns *dns, struct pool *pool, int64_t deadline,
	const struct dmarc_input *input, struct dmarc_result *result)
{
	struct check c = { .input = input, .result = result };

	*result = (struct dmarc_result){ .disposition = DMARC_NONE };
	dmarc_walker_init(&c.walker, dns, pool, deadline);
	if (check_author(&c)) {
		if (check_policy(&c))
			check_identities(&c);
	} else if (input->from_domain == NULL) {
		check_sole_author(&c);
	}
	result->questions = c.walker.asked;
}
