#include "base/base.h"
#include "dns/dns.h"

#include "base/clock.h"

#define LABEL_LIMIT 63
#define NAME_LIMIT 253

void
dns_query(struct dns *dns, struct slice name, enum dns_type type, int64_t deadline,
	struct pool *pool, struct dns_answer *answer)
{
	*answer = (struct dns_answer){ .status = DNS_NXDOMAIN };
	if (dns_name_is_askable(name))
		dns->ops->query(dns, name, type, deadline, pool, answer);
}

void
dns_prefetch(struct dns *dns, struct slice name, enum dns_type type)
{
	if (dns_name_is_askable(name))
		dns->ops->prefetch(dns, name, type);
}

void
dns_peek(struct dns *dns, struct slice name, enum dns_type type, int ms,
	struct pool *pool, struct dns_answer *answer)
{
	int64_t deadline = ms > 0 ? clock_monotonic_ms() + ms : 0;

	dns_query(dns, name, type, deadline, pool, answer);
}

const struct reason *
dns_answer_reason(struct pool *pool, const struct dns_answer *answer)
{
	return reason_of(pool, answer->reason != NULL ? answer->reason : N_("no answer"));
}

bool
dns_answers(struct dns *dns)
{
	return dns->ops->answers(dns);
}

void
dns_close(struct dns *dns)
{
	if (dns != NULL)
		dns->ops->close(dns);
}

bool
dns_name_is_askable(struct slice name)
{
	size_t label = 0;

	if (slice_ends(name, "."))
		name.n--;
	if (name.n == 0 || name.n > NAME_LIMIT)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		label = name.p[i] == '.' ? 0 : label + 1;
		if (label > LABEL_LIMIT || name.p[i] == '\0' ||
			(label == 0 && (i == 0 || name.p[i - 1] == '.')))
			return false;
	}
	return label > 0;
}
