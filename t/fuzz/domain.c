/* Any bytes as a domain: what is accepted is in its one spelling. */
#include "fuzz.h"

#include "mail/domain.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *domain, *again;

	if (domain_parse(pool, fuzz_slice(data, size), &domain) == NULL) {
		FUZZ_CHECK(strlen(domain) > 0 && strlen(domain) <= 253);
		FUZZ_CHECK(domain[strspn(domain,
				   "abcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0');
		FUZZ_CHECK(domain_parse(pool, slice_of(domain), &again) == NULL);
		FUZZ_CHECK(strcmp(domain, again) == 0);
		FUZZ_CHECK(domain_tail(domain, domain_labels(domain)) == domain);
	} else {
		FUZZ_CHECK(domain == NULL);
	}
	pool_free(pool);
	return 0;
}
