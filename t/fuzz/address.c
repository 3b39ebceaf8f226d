/* Any bytes as an address list, as a path and as what a From field can only mean. */
#include "fuzz.h"

#include "mail/address.h"
#include "mail/domain.h"
#include "mail/sole.h"

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
	const char *sole;

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
	if ((sole = sole_domain(pool, text)) != NULL) {
		path = (struct address){ .domain = sole };
		check(pool, &path);
		FUZZ_CHECK(slice_find(text, '@') == slice_rfind(text, '@'));
	}
	if (sole_is_nobody(text))
		FUZZ_CHECK(slice_find(text, '@') < 0 && sole == NULL);
	pool_free(pool);
	return 0;
}
