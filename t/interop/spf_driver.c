/* Asks both engines. Standard input holds "zone N" with N bytes of zone text behind the
 * line, and "query IP HELO MAILFROM" (- for nothing) on the zone before it; for each
 * query a line comes out: the two results, then lookups and void look-ups of each. */
#include "base/base.h"
#include "auth/spf/check.h"
#include "base/clock.h"
#include "base/msg.h"
#include "dns/dns_cache.h"
#include "dns/dns_live.h"
#include "dns/dns_zone.h"

static struct slice
word(struct slice *rest)
{
	struct slice head;

	slice_cut(*rest, ' ', &head, rest);
	return slice_is(head, "-") ? SLICE_EMPTY : head;
}

static void
check(struct dns *dns, struct slice line)
{
	struct pool *pool = pool_new();
	struct spf_result results[2];
	struct ip client = IP_NONE;
	struct spf_query query = { .client = &client, .limits = SPF_LIMITS_DEFAULT };
	int64_t took = 0, began;

	ip_parse(word(&line), &client);
	query.helo = word(&line);
	query.mail_from = word(&line);
	for (int engine = 0; engine < 2; engine++) {
		struct lookup lookup = {
			.dns = dns, .pool = pool, .deadline = clock_monotonic_ms() + 20000
		};

		began = clock_monotonic_ms();
		lookup.left = SPF_QUESTIONS(query.limits);
		query.engine = (enum spf_engine)engine;
		spf_check(&lookup, &query, SPF_MAIL_FROM, &results[engine]);
		if (engine == 0)
			took = clock_monotonic_ms() - began;
	}
	printf("%s %s %d %d %d %d %d\n", auth_code_name(results[0].outcome.code),
		auth_code_name(results[1].outcome.code), results[0].lookups,
		results[1].lookups, results[0].void_lookups, results[1].void_lookups,
		(int)took);
	fflush(stdout);
	pool_free(pool);
}

/* A new zone in place of the last one. */
static struct dns *
load(struct dns *old, size_t n)
{
	struct pool *pool = pool_new();
	struct dns *dns = dns_zone_new();
	char *text = pool_alloc(pool, n + 1);
	const struct reason *bad;

	dns_close(old);
	if (fread(text, 1, n, stdin) != n)
		fatal("the zone is cut short");
	bad = dns_zone_add(dns, pool, "zone", slice_make(text, n));
	if (bad != NULL)
		fatal("%s", reason_text(pool, bad, NULL));
	pool_free(pool);
	return dns;
}

/* The network, through one nameserver, in place of the last zone. */
static struct dns *
connect_to(struct dns *old, const char *nameserver)
{
	struct dns_live_params params = { .nameservers = nameserver };
	struct pool *pool = pool_new();
	struct dns_backend *live;
	const struct reason *bad = dns_live_new(pool, &params, &live);

	if (bad != NULL)
		fatal("%s", reason_text(pool, bad, NULL));
	dns_close(old);
	pool_free(pool);
	return dns_cache_new(live, NULL);
}

int
main(void)
{
	struct dns *dns = dns_zone_new();
	char line[4096];

	msg_to_stderr("spf_driver");
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "zone ", 5) == 0)
			dns = load(dns, strtoul(line + 5, NULL, 10));
		else if (strncmp(line, "nameserver ", 11) == 0)
			dns = connect_to(dns, line + 11);
		else if (strncmp(line, "query ", 6) == 0)
			check(dns, slice_of(line + 6));
		else
			fatal("neither zone nor query: %s", line);
	}
	dns_close(dns);
	return 0;
}
