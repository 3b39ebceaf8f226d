/* Any bytes as a list of hosts: an entry is taken or complained of, an address found. */
#include "fuzz.h"

#include "config/netlist.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct table table = { .kind = TABLE_FILE };
	struct problems problems;
	const struct netlist *list;
	struct place at = { "fuzz", 0 };

	problems_init(&problems, pool);
	table_parse(pool, fuzz_slice(data, size), "fuzz", &table);
	list = netlist_new(pool, &table, "InternalHosts", &problems);
	netlist_review(list, at, &problems);
	for (size_t i = 0; i < table.rows.n; i++) {
		struct slice key = table.rows.v[i].key;
		const char *name = pool_copy(pool, key), *where;
		struct ip ip = IP_NONE;

		netlist_has(list, &ip, name, &where);
		/* Among addresses nothing is more precise than the address itself. */
		if (ip_parse(key, &ip) != NULL || ip.bits == 0)
			continue;
		netlist_has(list, &ip, NULL, &where);
		FUZZ_CHECK(where != NULL);
	}
	pool_free(pool);
	return 0;
}
