/* Any bytes as a From field: what a strict reader finds there is among what the field may
 * show, every domain is in its one spelling, and the work has a limit. */
#include "fuzz.h"

#include "mail/domain.h"
#include "mail/encoded.h"
#include "mail/guise.h"

static bool
has(const struct domains *domains, const char *domain)
{
	for (size_t i = 0; i < domains->n; i++)
		if (strcmp(domains->v[i], domain) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice value = fuzz_slice(data, size);
	struct addresses list = VEC_INIT;
	struct domains seen;
	const char *only, *lax, *again;
	bool all = guise_domains(pool, value, &seen);

	FUZZ_CHECK(seen.n <= 4096);
	for (size_t i = 0; i < seen.n; i++)
		FUZZ_CHECK(domain_parse(pool, slice_of(seen.v[i]), &again) == NULL &&
			   strcmp(again, seen.v[i]) == 0);
	if (address_list_parse(pool, value, 100, &list) == NULL)
		for (size_t i = 0; all && i < list.n; i++)
			if (list.v[i].domain != NULL)
				FUZZ_CHECK(has(&seen, list.v[i].domain));
	(void)guise_lacks_domain(value);
	only = guise_only(pool, value, true);
	lax = guise_only(pool, value, false);
	FUZZ_CHECK(only == NULL || (lax != NULL && strcmp(lax, only) == 0));
	if (lax != NULL && all)
		FUZZ_CHECK(has(&seen, lax));
	pool_free(pool);
	return 0;
}
