#include "base/base.h"
#include "dns/lookup.h"

void
lookup_ask(struct lookup *lookup, struct slice name, enum dns_type type,
	struct dns_answer *answer)
{
	if (lookup->left <= 0) {
		lookup->exhausted = true;
		*answer = (struct dns_answer){ .status = DNS_TEMPFAIL,
			.reason = N_("too many questions") };
		return;
	}
	lookup->left--;
	lookup->asked++;
	dns_query(lookup->dns, name, type, lookup->deadline, lookup->pool, answer);
}
