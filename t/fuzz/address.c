/* Any bytes as an address list and as a path. */
#include "fuzz.h"

#include "mail/address.h"
#include "mail/domain.h"

/* A domain that was accepted is in its one spelling. */
static void
check(struct pool *pool, const struct address *address)
{
	const char *again;

	if (address->domain == NULL)
		return;
	FUZZ_CHECK(domain_parse(pool, slice_of(address->domain), &again) == NULL);
	FUZZ_CHECK(strcmp(address->domain, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size);
	struct addresses list;
	struct domains domains;
	struct address path;

	if (address_list_parse(pool, text, 10, &list) == NULL) {
		FUZZ_CHECK(list.n <= 10);
		for (size_t i = 0; i < list.n; i++)
			check(pool, &list.v[i]);
		address_domains(pool, &list, &domains);
		FUZZ_CHECK(domains.n <= list.n);
	}
	if (address_path_parse(pool, text, &path) == NULL)
		check(pool, &path);
	else
		FUZZ_CHECK(slice_eq(path.local, text));
	pool_free(pool);
	return 0;
}
