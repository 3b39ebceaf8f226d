/*
 * Names in an array, not in a zone: there are one or two, a key that is not published yet
 * or a proposed record, tried before it is shown. All other names are asked of the DNS
 * below.
 */
#include "base/base.h"
#include "dns/dns_fixed.h"

struct fixed {
	struct dns dns; /* first: the ops find the rest by it */
	const struct dns_txt *records;
	size_t n;
	struct dns *below;
};

static const struct dns_txt *
find(const struct fixed *fixed, struct slice name, enum dns_type type)
{
	if (slice_ends(name, "."))
		name.n--;
	for (size_t i = 0; i < fixed->n && type == DNS_TXT; i++)
		if (slice_caseis(name, fixed->records[i].name))
			return &fixed->records[i];
	return NULL;
}

static void
fixed_query(struct dns *dns, struct slice name, enum dns_type type, int64_t deadline,
	struct pool *pool, struct dns_answer *answer)
{
	const struct fixed *fixed = (const struct fixed *)dns;
	const struct dns_txt *txt = find(fixed, name, type);
	struct dns_record *record;

	if (txt == NULL && fixed->below != NULL) {
		dns_query(fixed->below, name, type, deadline, pool, answer);
		return;
	}
	*answer = (struct dns_answer){ .status = DNS_NXDOMAIN };
	if (txt == NULL)
		return;
	record = pool_alloc(pool, sizeof(*record));
	record->data = txt->text;
	*answer = (struct dns_answer){
		.status = DNS_OK, .ttl = 60, .records = record, .n = 1
	};
}

static void
fixed_prefetch(struct dns *dns, struct slice name, enum dns_type type)
{
	const struct fixed *fixed = (const struct fixed *)dns;

	if (fixed->below != NULL && find(fixed, name, type) == NULL)
		dns_prefetch(fixed->below, name, type);
}

static void
fixed_close(struct dns *dns UNUSED)
{
}

static bool
fixed_answers(struct dns *dns)
{
	const struct fixed *fixed = (const struct fixed *)dns;

	return fixed->below == NULL || dns_answers(fixed->below);
}

static const struct dns_ops fixed_ops = { fixed_query, fixed_prefetch, fixed_close,
	fixed_answers };

struct dns *
dns_fixed_new(
	struct pool *pool, const struct dns_txt *records, size_t n, struct dns *below)
{
	struct fixed *fixed = pool_alloc(pool, sizeof(*fixed));

	fixed->dns.ops = &fixed_ops;
	fixed->records = records;
	fixed->n = n;
	fixed->below = below;
	return &fixed->dns;
}
