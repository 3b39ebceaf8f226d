#include "base/base.h"

#include "config/netlist.h"

#include "tap.h"

static const char list[] = "127.0.0.1\n192.168.0.0/16 # office\n!192.168.7.0/24\r\n"
			   "192.168.7.7\n[2001:db8::]/32\n[198.51.100.3]\n"
			   "::ffff:203.0.113.0/120\n.intern.example.com\n"
			   "!dmz.intern.example.com\nmail.Example.net\n-\n10.1.2.3/8\n";

static const struct {
	const char *ip, *name;
	bool in;
	const char *at;
} cases[] = {
	{ "127.0.0.1", NULL, true, "hosts:1" },
	{ "127.0.0.2", NULL, false, NULL },
	{ "::1", NULL, false, NULL },
	{ "192.168.1.1", NULL, true, "hosts:2" },
	{ "192.168.7.1", NULL, false, "hosts:3" },
	{ "192.168.7.7", NULL, true, "hosts:4" },
	{ "2001:db8:1::9", NULL, true, "hosts:5" },
	{ "2001:db9::", NULL, false, NULL },
	{ "198.51.100.3", NULL, true, "hosts:6" },
	{ "203.0.113.200", NULL, true, "hosts:7" },
	{ "10.255.0.1", NULL, true, "hosts:12" },
	{ "192.0.2.1", "a.intern.example.com", true, "hosts:8" },
	{ "192.0.2.1", "A.B.Intern.example.com.", true, "hosts:8" },
	{ "192.0.2.1", "intern.example.com", false, NULL },
	{ "192.0.2.1", "dmz.intern.example.com", false, "hosts:9" },
	{ "192.0.2.1", "x.dmz.intern.example.com", true, "hosts:8" },
	{ "192.0.2.1", "mail.example.net", true, "hosts:10" },
	{ "192.0.2.1", "notmail.example.net", false, NULL },
	{ "192.168.1.1", "dmz.intern.example.com", false, "hosts:9" },
	{ "192.0.2.1", "", false, NULL },
	{ "192.0.2.1", ".", false, NULL },
};

int
main(void)
{
	struct pool *pool = pool_new();
	struct table table = { .kind = TABLE_FILE };
	struct problems problems;
	const struct netlist *hosts;
	const char *at = NULL;
	struct ip none = IP_NONE;
	char name[400];

	problems_init(&problems, pool);
	table_parse(pool, slice_of(list), "/etc/hosts", &table);
	hosts = netlist_new(pool, &table, "InternalHosts", &problems);
	tap_is_int((int64_t)netlist_count(hosts), 11, "entries; '-' is none");
	tap_is_int((int64_t)problems.errors, 0, "no error");
	tap_is_int((int64_t)problems.all.n, 1, "bits behind the prefix are a note");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ip ip;

		ip_parse(slice_of(cases[i].ip), &ip);
		tap_ok(netlist_has(hosts, &ip, cases[i].name, &at) == cases[i].in,
			"%s %s", cases[i].ip, cases[i].name != NULL ? cases[i].name : "");
		tap_is(at, cases[i].at, "decided by");
	}
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	tap_ok(!netlist_has(hosts, &none, name, NULL), "a name that is too long");
	pool_free(pool);
	return tap_done();
}
