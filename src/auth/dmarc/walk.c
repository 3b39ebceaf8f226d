/*
 * The walk goes to its end even past a name that could not be asked: what the names above
 * hold still says which of them could be the organizational domain.
 */
#include "base/base.h"
#include "auth/dmarc/walk.h"

#include "mail/domain.h"

#define PREFIX "_dmarc."
#define QUERY_SIZE (sizeof(PREFIX) + 256)
#define LABELS_ABOVE 7 /* a longer name is cut to so many after the first question */

void
dmarc_walker_init(
	struct dmarc_walker *walker, struct dns *dns, struct pool *pool, int64_t deadline)
{
	*walker = (struct dmarc_walker){
		.dns = dns, .pool = pool, .deadline = deadline, .nodes = map_new(pool)
	};
}

const char *
dmarc_walk_name(const char *start, int i)
{
	int above = MIN(domain_labels(start) - 1, LABELS_ABOVE);

	if (i == 0)
		return start;
	return i <= above ? domain_tail(start, above - i + 1) : NULL;
}

/* The name to ask for a domain's record. */
static struct slice
query_name(const char *domain, char buf[QUERY_SIZE])
{
	int n = snprintf(buf, QUERY_SIZE, PREFIX "%.255s", domain);

	return slice_make(buf, (size_t)n);
}

/* RFC 9989 4.10: of several records at one name none counts. */
static void
node_read(struct pool *pool, const struct dns_answer *answer, struct dmarc_node *node)
{
	struct dmarc_record *record = pool_alloc(pool, sizeof(*record));

	for (size_t i = 0; i < answer->n; i++) {
		struct dmarc_record found;

		if (!dmarc_record_parse(pool, answer->records[i].data, &found))
			continue;
		node->found++;
		*record = found;
	}
	node->record = node->found == 1 ? record : NULL;
}

/* What the DNS has at a domain: known already, or asked now. */
static const struct dmarc_node *
walker_node(struct dmarc_walker *walker, const char *domain)
{
	struct dmarc_node *node = map_get(walker->nodes, slice_of(domain));
	struct dns_answer answer;
	char buf[QUERY_SIZE];

	if (node != NULL)
		return node;
	node = pool_alloc(walker->pool, sizeof(*node));
	node->domain = domain;
	dns_query(walker->dns, query_name(domain, buf), DNS_TXT, walker->deadline,
		walker->pool, &answer);
	walker->asked++;
	node->status = answer.status;
	node->reason = answer.reason;
	node->alias = answer.alias;
	node_read(walker->pool, &answer, node);
	map_put(walker->nodes, slice_of(domain), node);
	return node;
}

/* RFC 9989 4.10.2: the organizational domain, from the longest name on. psd=n: this
 * name. psd=y: the name one label below, unless the walk began here. Else the shortest
 * name with a record, or without any the name where the walk began. Only for a walk
 * without DNS trouble. */
static const char *
walk_organization(const struct dmarc_walk *walk)
{
	const char *organization = walk->start;

	for (size_t i = 0; i < walk->nodes.n; i++) {
		const struct dmarc_node *node = walk->nodes.v[i];

		if (node->record == NULL)
			continue;
		if (node->record->psd == DMARC_PSD_NO)
			return node->domain;
		if (node->record->psd == DMARC_PSD_YES && i > 0)
			return domain_tail(walk->start, domain_labels(node->domain) + 1);
		organization = node->domain;
	}
	return organization;
}

void
dmarc_walk(struct dmarc_walker *walker, const char *start, struct dmarc_walk *walk)
{
	const char *name;

	*walk = (struct dmarc_walk){ .start = start };
	for (int i = 0; (name = dmarc_walk_name(start, i)) != NULL; i++) {
		const struct dmarc_node *node = walker_node(walker, name);

		*vec_add(walker->pool, &walk->nodes) = node;
		if (node->status == DNS_TEMPFAIL && walk->trouble == NULL)
			walk->trouble = node;
		if (node->record != NULL && node->record->psd != DMARC_PSD_UNKNOWN)
			break;
	}
	if (walk->trouble == NULL)
		walk->organizational_domain = walk_organization(walk);
}

void
dmarc_walk_prefetch(struct dns *dns, const char *start)
{
	char buf[QUERY_SIZE];
	const char *name;

	for (int i = 0; (name = dmarc_walk_name(start, i)) != NULL; i++)
		dns_prefetch(dns, query_name(name, buf), DNS_TXT);
}
