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

/* A list of one form, the note that it gives, and who is in it. */
static const struct {
	enum table_kind kind;
	const char *text, *note;
	const char *in, *out; /* ADDRESS or ADDRESS=NAME */
} forms[] = {
	{ TABLE_FILE, "*.example.jp\n127.0.0.1\n",
		"'*.example.jp' in InternalHosts stands for nobody, in OpenDKIM neither: "
		"'*' is a wildcard in a refile: alone; write .example.jp, or remove it",
		"127.0.0.1", "192.0.2.7=mail.example.jp" },
	{ TABLE_CSL, "*example.jp\n", "; write example.jp and .example.jp, or remove it",
		NULL, "192.0.2.7=mail.example.jp" },
	{ TABLE_CSL, "*\n", "write the networks or names themselves", NULL, "127.0.0.1" },
	{ TABLE_FILE, "192.168.*\n", "write 192.168.0.0/16, or remove it", NULL,
		"192.168.0.6" },
	{ TABLE_REFILE, "127.0.0.1\n*.example.jp\n",
		"'*.example.jp' in InternalHosts keeps out what it matches", "127.0.0.1",
		"192.0.2.7=mail.example.jp" },
	{ TABLE_REFILE, "127.0.0.1\nmail.example.jp\n*.example.jp\n", "keeps out",
		"127.0.0.1=mail.example.jp", "192.0.2.7=mail.example.jp" },
	{ TABLE_REFILE, "127.0.0.1\n*\n", "'*' in InternalHosts keeps out", NULL,
		"127.0.0.1" },
	{ TABLE_REFILE, "192.168.*\nmail*.example.jp\n!mail9*\n", NULL, "192.168.0.6",
		"192.0.2.7=mail9.example.jp" },
	{ TABLE_REFILE, "mail*.Example.jp\n", NULL, "192.0.2.7=Mail1.example.jp",
		"192.0.2.7=xmail.example.jp" },
	{ TABLE_REFILE, "!192.0.2.*\n192.0.0.0/8\n", NULL, "192.0.3.1", "192.0.2.7" },
	{ TABLE_FILE, "192.168.0.0/255.255.0.0\n",
		"netmasks are not read; write 192.168.0.0/16, or remove it", NULL,
		"192.168.0.6" },
	{ TABLE_FILE, "192.168.0.0/255.0.255.0\n", "the length of the network is wrong",
		NULL, "192.168.0.6" },
	{ TABLE_FILE, "192.168.0.0/33\n", "write a whole number from 0 to 32, or remove",
		NULL, "192.168.0.0" },
	{ TABLE_FILE, "http://example.jp\n", "stands for nobody, in OpenDKIM neither",
		NULL, "192.0.2.7=example.jp" },
	{ TABLE_FILE, "10.0.0.1-10.0.0.9\n", "it is no whole address", NULL, "10.0.0.1" },
	{ TABLE_FILE, "192.168.\n", "it is no whole address", NULL, "192.168.0.6" },
	{ TABLE_FILE, "192.168.0\n", "it is no whole address", NULL, "192.168.0.6" },
	{ TABLE_FILE, "192.168.0.1/24\n",
		"'192.168.0.1/24' in InternalHosts has bits behind its /24, which are "
		"ignored: OpenDKIM matches nobody by such an entry, so more hosts count "
		"here than there",
		"192.168.0.6", "192.168.1.6" },
	{ TABLE_FILE, "10.0.0.0/8\n!10.1.1.1/24\n",
		"so fewer hosts count here than there", "10.2.0.1", "10.1.1.9" },
	{ TABLE_FILE, "[127.0.0.1]\n", "stands in brackets: OpenDKIM matches nobody",
		"127.0.0.1", NULL },
	{ TABLE_FILE, "[10.0.0.0]/8\n[2001:db8::]/32\n2001:DB8::1\n", NULL, "10.0.0.1",
		NULL },
	{ TABLE_FILE, "[2001:db8:7::/48]\n", "is not written in the usual form",
		"2001:db8:7::1", "2001:db8:8::1" },
	{ TABLE_FILE, "[[2001:db8::1]]\n", "stands for nobody", NULL, "2001:db8::1" },
	{ TABLE_FILE, "[2001:db8::]]/32\n", "stands for nobody", NULL, "2001:db8::1" },
	{ TABLE_FILE, "[::ffff:192.0.2.0]/120\n", "is not written in the usual form",
		"192.0.2.7", "192.0.3.1" },
	{ TABLE_FILE, "::ffff:192.0.2.0/24\n", "write a whole number from 96 to 128",
		NULL, "192.0.2.7" },
	{ TABLE_FILE, "2001:db8:0::1\n", "is not written in the usual form",
		"2001:db8::1", NULL },
	{ TABLE_FILE, "mail.example.jp.\n", "ends in a dot, which is left off",
		"192.0.2.7=mail.example.jp", NULL },
	{ TABLE_FILE, "some_host\nmail\nhost.docker.internal\n", NULL, "192.0.2.7=mail",
		NULL },
};

static bool
has(struct pool *pool, const struct netlist *hosts, const char *client)
{
	struct slice address, name;
	struct ip ip;

	slice_cut(slice_of(client), '=', &address, &name);
	ip_parse(address, &ip);
	return netlist_has(hosts, &ip, name.n > 0 ? pool_copy(pool, name) : NULL, NULL);
}

static void
test_forms(void)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct pool *pool = pool_new();
		struct table table = { .kind = forms[i].kind };
		struct problems problems;
		const struct netlist *hosts;
		const char *note = NULL;

		problems_init(&problems, pool);
		table_parse(pool, slice_of(forms[i].text), "/etc/hosts", &table);
		hosts = netlist_new(pool, &table, "InternalHosts", &problems);
		tap_is_int((int64_t)problems.errors, 0, "form %zu: no error", i);
		if (problems.all.n > 0)
			note = problems.all.v[0].text;
		if (forms[i].note == NULL)
			tap_is(note, NULL, "form %zu: no note", i);
		else
			tap_ok(note != NULL && strstr(note, forms[i].note) != NULL,
				"form %zu: %s", i, note != NULL ? note : "no note");
		if (forms[i].in != NULL)
			tap_ok(has(pool, hosts, forms[i].in), "form %zu: %s is in", i,
				forms[i].in);
		if (forms[i].out != NULL)
			tap_ok(!has(pool, hosts, forms[i].out), "form %zu: %s is not", i,
				forms[i].out);
		pool_free(pool);
	}
}

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
	tap_is_int((int64_t)problems.all.n, 3,
		"notes: bits behind the prefix, and two spellings of an address");
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
	test_forms();
	return tap_done();
}
