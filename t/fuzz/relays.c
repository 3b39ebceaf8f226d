/* Any bytes as a list of relays. */
#include "fuzz.h"

#include "tool/check/relays.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct relays relays = VEC_INIT;
	struct table_file table = { .pool = pool };
	struct ip ip;

	table_file_parse(&table, "relays", fuzz_slice(data, size));
	relays_add(&relays, &table);
	ip_parse(slice_of("192.0.2.1"), &ip);
	relays_find(&relays, &ip, "a.example.net");
	for (size_t i = 0; i < relays.n; i++) {
		FUZZ_CHECK(strncmp(relays.v[i].include, "include:", 8) == 0);
		FUZZ_CHECK(relays.v[i].suffixes.n + relays.v[i].nets.n > 0);
		FUZZ_CHECK(relays_of_include(
				   &relays, slice_of(relays.v[i].include + 8)) != NULL);
	}
	pool_free(pool);
	return 0;
}
