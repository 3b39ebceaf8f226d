/* CPU time of one SPF check: our two engines, and libspf2 as it is, on the same zone. */
#include "base/base.h"
#include "auth/spf/check.h"
#include "base/str.h"
#include "dns/dns_zone.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>

#include <spf2/spf.h>

#define CHECKS 20000

static const char zone_text[] =
	"e.com 300 IN TXT \"v=spf1 a mx include:i.com include:j.com -all\"\n"
	"e.com 300 IN A 10.0.0.1\n"
	"e.com 300 IN MX 1 m.com\n"
	"m.com 300 IN A 10.0.0.2\n"
	"i.com 300 IN TXT \"v=spf1 ip4:10.1.0.0/16 ip4:10.2.0.0/16 ip6:2001:db8::/32 "
	"?all\"\n"
	"j.com 300 IN TXT \"v=spf1 ip4:10.3.0.0/16 ip4:192.0.2.0/24 ~all\"\n";

/* Answers libspf2 out of the zone. */
static SPF_dns_rr_t *
look_up(SPF_dns_server_t *server, const char *name, ns_type type, int cache UNUSED)
{
	static const int codes[] = { NETDB_SUCCESS, NO_DATA, HOST_NOT_FOUND, TRY_AGAIN };
	struct pool *pool = pool_new();
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(server, name, type, 0, NO_DATA);
	struct dns_answer a;

	dns_query(server->hook, slice_of(name), (enum dns_type)type, 0, pool, &a);
	rr->herrno = codes[a.status];
	for (size_t i = 0; i < a.n; i++) {
		size_t size = MAX(a.records[i].data.n + 1, sizeof(SPF_dns_rr_data_t));

		if (SPF_dns_rr_buf_realloc(rr, (int)i, size) != SPF_E_SUCCESS)
			break;
		memcpy(rr->rr[i], a.records[i].data.p, a.records[i].data.n);
		if (type == ns_t_txt || type == ns_t_mx)
			rr->rr[i]->txt[a.records[i].data.n] = '\0';
		rr->num_rr++;
	}
	pool_free(pool);
	return rr;
}

static enum auth_code
check_raw(struct dns *dns)
{
	SPF_dns_server_t layer = { .lookup = look_up, .name = "zone", .hook = dns };
	SPF_server_t *server = SPF_server_new_dns(&layer, 0);
	SPF_request_t *request = SPF_request_new(server);
	SPF_response_t *response = NULL;
	enum auth_code code;

	SPF_request_set_ipv4_str(request, "192.0.2.1");
	SPF_request_set_helo_dom(request, "h.com");
	SPF_request_set_env_from(request, "a@e.com");
	SPF_request_query_mailfrom(request, &response);
	code = SPF_response_result(response) == SPF_RESULT_PASS ? AUTH_PASS : AUTH_FAIL;
	SPF_response_free(response);
	SPF_request_free(request);
	SPF_server_free(server);
	return code;
}

static enum auth_code
check_ours(struct dns *dns, enum spf_engine engine)
{
	static const struct ip client = { 32, { 192, 0, 2, 1 } };
	struct pool *pool = pool_new();
	struct spf_query query = { .client = &client,
		.helo = SLICE_LIT("h.com"),
		.mail_from = SLICE_LIT("a@e.com"),
		.limits = SPF_LIMITS_DEFAULT,
		.engine = engine };
	struct lookup lookup = { .dns = dns, .pool = pool, .deadline = INT64_MAX };
	struct spf_result result;

	lookup.left = SPF_QUESTIONS(query.limits);
	spf_check(&lookup, &query, SPF_MAIL_FROM, &result);
	pool_free(pool);
	return result.outcome.code;
}

static enum auth_code
check_builtin(struct dns *dns)
{
	return check_ours(dns, SPF_ENGINE_BUILTIN);
}

static enum auth_code
check_libspf2(struct dns *dns)
{
	return check_ours(dns, SPF_ENGINE_LIBSPF2);
}

static const struct {
	const char *name;
	enum auth_code (*check)(struct dns *);
} judges[] = {
	{ "builtin", check_builtin },
	{ "libspf2 behind the guard", check_libspf2 },
	{ "libspf2 as it is", check_raw },
};

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct dns *dns = dns_zone_new();

	if (dns_zone_add(dns, pool, "zone", slice_of(zone_text)) != NULL)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(judges); i++) {
		double began = cpu_us();
		int wrong = 0;

		for (int n = 0; n < CHECKS; n++)
			wrong += judges[i].check(dns) != AUTH_PASS;
		printf("%-26s %8.2f us a check, %d of %d wrong\n", judges[i].name,
			(cpu_us() - began) / CHECKS, wrong, CHECKS);
	}
	dns_close(dns);
	pool_free(pool);
	return 0;
}
