/* Where to listen, in every spelling. */
#include "base/base.h"
#include "config/endpoint.h"

#include "tap.h"

static const struct {
	const char *text;
	enum endpoint_kind kind;
	const char *path, *host, *port; /* all NULL: refused */
} cases[] = {
	{ "inet:8891@localhost", ENDPOINT_INET, "", "localhost", "8891" },
	{ "inet:localhost:8891", ENDPOINT_INET, "", "localhost", "8891" },
	{ "inet:8891@127.0.0.1", ENDPOINT_INET, "", "127.0.0.1", "8891" },
	{ "inet:127.0.0.1:8891", ENDPOINT_INET, "", "127.0.0.1", "8891" },
	{ "inet:8891", ENDPOINT_INET, "", "", "8891" },
	{ "inet:0@127.0.0.1", ENDPOINT_INET, "", "127.0.0.1", "0" },
	{ "inet:smtp@mail-1.example", ENDPOINT_INET, "", "mail-1.example", "smtp" },
	{ "inet:[127.0.0.1]:8891", ENDPOINT_INET, "", "127.0.0.1", "8891" },
	{ "inet:[::1]:8891", ENDPOINT_INET6, "", "::1", "8891" },
	{ "inet:8891@[::1]", ENDPOINT_INET6, "", "::1", "8891" },
	{ "inet6:8891@::1", ENDPOINT_INET6, "", "::1", "8891" },
	{ "inet6:8891@[fe80::1%lo]", ENDPOINT_INET6, "", "fe80::1%lo", "8891" },
	{ "inet6:[::1]:8891", ENDPOINT_INET6, "", "::1", "8891" },
	{ "inet6:::1:8891", ENDPOINT_INET6, "", "::1", "8891" },
	{ "inet6:8891", ENDPOINT_INET6, "", "", "8891" },
	{ "local:/run/x.sock", ENDPOINT_LOCAL, "/run/x.sock", "", "" },
	{ "unix:/run/x.sock", ENDPOINT_LOCAL, "/run/x.sock", "", "" },
	{ "/run/x.sock", ENDPOINT_LOCAL, "/run/x.sock", "", "" },
	{ "/run/a@b:25", ENDPOINT_LOCAL, "/run/a@b:25", "", "" },
	{ "inet:65535@a", ENDPOINT_INET, "", "a", "65535" },
	{ "inet:65536@a", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:99999999999999999999@a", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:@localhost", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:8891@", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet::8891", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:localhost:", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:8891@::1", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:8891@a b", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:88 91@a", ENDPOINT_INET, NULL, NULL, NULL },
	{ "inet:[]:1", ENDPOINT_INET, NULL, NULL, NULL },
	{ "local:", ENDPOINT_LOCAL, NULL, NULL, NULL },
	{ "local:run/x.sock", ENDPOINT_LOCAL, NULL, NULL, NULL },
	{ "fd:3", ENDPOINT_LOCAL, NULL, NULL, NULL },
	{ "8891", ENDPOINT_LOCAL, NULL, NULL, NULL },
	{ "", ENDPOINT_LOCAL, NULL, NULL, NULL },
};

int
main(void)
{
	struct endpoint end;
	char path[200] = "local:/";

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *bad = endpoint_parse(slice_of(cases[i].text), &end);

		tap_ok((bad != NULL) == (cases[i].port == NULL), "'%s'", cases[i].text);
		if (bad != NULL || cases[i].port == NULL)
			continue;
		tap_is_int(end.kind, cases[i].kind, "its kind");
		tap_is(end.path, cases[i].path, "its path");
		tap_is(end.host, cases[i].host, "its host");
		tap_is(end.port, cases[i].port, "its port");
	}
	memset(path + 7, 'x', 106);
	tap_ok(endpoint_parse(slice_make(path, 6 + 107), &end) == NULL, "a path of 107");
	tap_ok(endpoint_parse(slice_make(path, 6 + 108), &end) != NULL, "a path of 108");
	tap_ok(endpoint_parse(SLICE_LIT("local:/a\0b"), &end) != NULL, "a path with NUL");
	return tap_done();
}
