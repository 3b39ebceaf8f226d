/* Any bytes as a zone of SPF records: both engines find the same, within the limits. The
 * first line is the reverse-path, each further one the TXT record of a name: the first
 * of e.com, then of a.e.com, b.e.com ... */
#include "fuzz.h"

#include "auth/spf/check.h"
#include "base/str.h"
#include "dns/dns_zone.h"

#define NAMES 12

static void
add_records(struct pool *pool, struct str *zone, struct slice rest)
{
	struct slice line;

	for (int i = 0; rest.n > 0 && i < NAMES; i++) {
		const char *name =
			i == 0 ? "e.com" : pool_printf(pool, "%c.e.com", 'a' + i - 1);

		slice_cut(rest, '\n', &line, &rest);
		str_addf(zone, "%s 300 IN A 192.0.2.%d\n", name, i);
		str_addf(zone, "%s 300 IN MX 1 %s\n", name, name);
		str_addf(zone, "%s 300 IN TXT \"", name);
		for (size_t k = 0; k < line.n; k++) {
			if (k > 0 && k % 200 == 0)
				str_add(zone, "\" \"");
			str_addf(zone, "\\%03d", (unsigned char)line.p[k]);
		}
		str_add(zone, "\"\n");
	}
}

static void
check(struct dns *dns, struct pool *pool, struct slice from, enum spf_engine engine,
	struct spf_result *result)
{
	static const struct ip client = { 32, { 192, 0, 2, 3 } };
	struct spf_query query = { .client = &client,
		.helo = SLICE_LIT("a.e.com"),
		.mail_from = from,
		.explain = true,
		.trace = true,
		.limits = SPF_LIMITS_DEFAULT,
		.engine = engine };
	struct lookup lookup = { .dns = dns, .pool = pool, .deadline = INT64_MAX };

	lookup.left = SPF_QUESTIONS(query.limits);
	spf_check(&lookup, &query, SPF_MAIL_FROM, result);
	FUZZ_CHECK(!lookup.exhausted);
	FUZZ_CHECK(result->lookups <= query.limits.terms);
	FUZZ_CHECK(result->void_lookups <= query.limits.voids + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct dns *dns = dns_zone_new();
	struct str zone = STR_POOL(pool);
	struct spf_result ours, theirs;
	struct slice from, rest;

	slice_cut(fuzz_slice(data, size), '\n', &from, &rest);
	add_records(pool, &zone, rest);
	dns_zone_add(dns, pool, "zone", str_slice(&zone));
	check(dns, pool, from, SPF_ENGINE_BUILTIN, &ours);
	check(dns, pool, from, SPF_ENGINE_LIBSPF2, &theirs);
	FUZZ_CHECK(ours.outcome.code == theirs.outcome.code);
	FUZZ_CHECK(ours.lookups == theirs.lookups);
	FUZZ_CHECK(ours.void_lookups == theirs.void_lookups);
	FUZZ_CHECK(ours.trace.n == theirs.trace.n);
	FUZZ_CHECK((ours.mechanism == NULL) == (theirs.mechanism == NULL));
	FUZZ_CHECK(
		ours.mechanism == NULL || strcmp(ours.mechanism, theirs.mechanism) == 0);
	dns_close(dns);
	pool_free(pool);
	return 0;
}
