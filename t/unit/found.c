/* Authentication-Results as Microsoft writes them, for people. */
#include "base/base.h"

#include "base/str.h"
#include "tool/explain/forward.h"
#include "tool/explain/found.h"

#include "tap.h"

static const struct {
	const char *name, *value, *want;
} cases[] = {
	{ "Microsoft's",
		" spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=example.jp; "
		"dkim=none (message not\r\n signed) header.d=none;dmarc=pass action=none "
		"header.from=example.jp;compauth=pass reason=100",
		"spf=pass example.jp; dkim=none -; dmarc=pass example.jp" },
	{ "its older form, the host in the middle",
		"spf=fail (x (y) z) smtp.helo=mx.example.jp; outlook.com; dkim=fail "
		"(body hash did not verify) header.d=example.jp;outlook.com; dmarc=fail "
		"action=oreject header.from=example.jp;",
		"spf=fail mx.example.jp; dkim=fail example.jp; dmarc=fail example.jp" },
	{ "in a comment", "(spf=pass) x", "" },
	{ "a comment that is not closed", "spf=fail (dkim=pass", "spf=fail -" },
	{ "a property before any result", "header.d=example.jp; spf=none", "spf=none -" },
	{ "nothing", "", "" },
};

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct forward forward = { .is_found = false };
		struct str got = STR_POOL(pool);

		found_read(pool, slice_of(cases[i].value), &forward);
		for (size_t k = 0; k < forward.results.n; k++)
			str_addf(&got, "%s%s=%s %s", k > 0 ? "; " : "",
				forward.results.v[k].method, forward.results.v[k].result,
				forward.results.v[k].domain != NULL
					? forward.results.v[k].domain
					: "-");
		tap_is(got.p, cases[i].want, "%s", cases[i].name);
	}
	pool_free(pool);
	return tap_done();
}
