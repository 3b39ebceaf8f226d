#include "base/base.h"
#include "tool/check/facts.h"

void
facts_learn(struct facts *facts, enum fact fact, bool is_there)
{
	if (facts->known[fact] != KNOWN_NO)
		facts->known[fact] = is_there ? KNOWN_YES : KNOWN_NO;
}

void
facts_add_address(struct facts *facts, const struct ip *ip)
{
	struct check_address *address;

	for (size_t i = 0; i < facts->addresses.n; i++)
		if (ip_eq(&facts->addresses.v[i].ip, ip))
			return;
	address = vec_add(facts->pool, &facts->addresses);
	address->ip = *ip;
}

bool
facts_have_own_key(const struct facts *facts)
{
	for (size_t i = 0; i < facts->keys.n; i++)
		if (facts->keys.v[i].key != NULL)
			return true;
	return false;
}
