/* The RFC 7208 test suite, every case with each engine, explanations included. */
#include "base/base.h"

#include "auth/spf/check.h"
#include "base/str.h"
#include "dns/dns_zone.h"

#include <jansson.h>

#include "tap.h"

static const struct {
	const char *name;
	enum spf_engine engine;
} engines[] = {
	{ "libspf2", SPF_ENGINE_LIBSPF2 },
	{ "builtin", SPF_ENGINE_BUILTIN },
};

static const char *
text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Is the code one of those that the case accepts? */
static bool
accepts(const json_t *expect, const char *code)
{
	const json_t *list = json_object_get(expect, "result");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), code) == 0)
			return true;
	return false;
}

static struct slice
read_file(struct pool *pool, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct str text = STR_POOL(pool);
	char buf[4096];
	size_t n;

	while (file != NULL && (n = fread(buf, 1, sizeof(buf), file)) > 0)
		str_addn(&text, buf, n);
	if (file != NULL)
		fclose(file);
	return str_slice(&text);
}

static struct dns *
load_zone(struct pool *pool, const char *folder, const char *ref)
{
	struct dns *zone = dns_zone_new();
	const char *path = pool_printf(pool, "%s/%s", folder, ref);
	const struct reason *bad = dns_zone_add(zone, pool, path, read_file(pool, path));

	if (bad != NULL)
		tap_ok(false, "%s", reason_text(pool, bad, NULL));
	return zone;
}

static void
check_case(const json_t *test, struct dns *zone, size_t engine)
{
	const json_t *input = json_object_get(test, "input");
	const json_t *expect = json_object_get(test, "expect");
	struct pool *pool = pool_new();
	struct ip client;
	struct spf_query query = { .client = &client, .explain = true, .trace = true };
	struct lookup lookup = { .dns = zone, .pool = pool, .deadline = INT64_MAX };
	struct spf_result result;
	const char *explanation = text_at(expect, "explanation");

	ip_parse(slice_of(text_at(input, "ip")), &client);
	query.helo = slice_of(text_at(input, "helo"));
	query.mail_from = slice_of(text_at(input, "mailfrom"));
	query.receiver = text_at(input, "receiver");
	query.default_explanation = text_at(input, "default_explanation");
	query.limits = SPF_LIMITS_DEFAULT;
	query.engine = engines[engine].engine;
	lookup.left = SPF_QUESTIONS(query.limits);
	spf_check(&lookup, &query, SPF_MAIL_FROM, &result);
	tap_ok(accepts(expect, auth_code_name(result.outcome.code)), "%s (%s): %s",
		text_at(test, "id"), engines[engine].name,
		auth_code_name(result.outcome.code));
	if (explanation != NULL)
		tap_is(result.explanation, explanation, "%s (%s): explanation",
			text_at(test, "id"), engines[engine].name);
	tap_ok(result.lookups <= 10 && result.void_lookups <= 3, "%s: within the limits",
		text_at(test, "id"));
	pool_free(pool);
}

int
main(void)
{
	const char *srcdir = getenv("srcdir");
	struct pool *pool = pool_new();
	const char *folder =
		pool_printf(pool, "%s/t/suite/rfc7208", srcdir != NULL ? srcdir : ".");
	struct slice rest = read_file(pool, pool_printf(pool, "%s/cases.jsonl", folder));
	struct slice line;
	int cases = 0;

	while (rest.n > 0) {
		json_t *test;
		struct dns *zone;

		slice_cut(rest, '\n', &line, &rest);
		test = json_loadb(line.p, line.n, 0, NULL);
		if (test == NULL)
			break;
		zone = load_zone(pool, folder, text_at(test, "dns_ref"));
		for (size_t i = 0; i < ARRAY_LEN(engines); i++)
			check_case(test, zone, i);
		dns_close(zone);
		json_decref(test);
		cases++;
	}
	tap_is_int(cases, 203, "every case was run");
	pool_free(pool);
	return tap_done();
}
