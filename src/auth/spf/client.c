/*
 * The client's names, for `ptr` and %{p}. The PTR answer is fetched once a check. A name
 * counts when its own addresses hold the client's; that is asked only for names that the
 * question at hand could accept, each once. DNS trouble is not a match, and never an
 * error (RFC 7208 5.5): the reverse zone is not the sender's.
 */
#include "base/base.h"
#include "auth/spf/ask.h"

/* Asks for the PTR names. A void answer counts once. */
static void
fetch_names(struct spf_eval *eval)
{
	struct pool *pool = eval->lookup->pool;
	char reverse[IP_REVERSE_SIZE];
	struct dns_answer answer;
	size_t n;

	if (eval->names_known)
		return;
	eval->names_known = true;
	spf_eval_ask_nofail(eval, slice_of(ip_reverse(eval->query->client, reverse)),
		DNS_PTR, &answer);
	if (answer.status == DNS_NODATA || answer.status == DNS_NXDOMAIN)
		spf_eval_count_void(eval);
	n = MIN(answer.n, (size_t)MAX(eval->query->limits.ptr, 0));
	for (size_t i = 0; i < n; i++)
		*vec_add(pool, &eval->names) =
			(struct spf_name){ .name = answer.records[i].data };
}

/* How well a name fits a domain: 2 the same, 1 below it, 0 neither. */
static int
fit(struct slice name, struct slice domain)
{
	if (slice_ends(name, "."))
		name.n--;
	if (slice_ends(domain, "."))
		domain.n--;
	if (name.n < domain.n ||
		!slice_caseeq(slice_from(name, name.n - domain.n), domain))
		return 0;
	if (name.n == domain.n)
		return 2;
	return name.p[name.n - domain.n - 1] == '.' ? 1 : 0;
}

static bool
is_valid(struct spf_eval *eval, struct spf_name *name)
{
	const struct ip *client = eval->query->client;
	struct dns_answer answer;

	if (!name->asked && !spf_eval_stopped(eval)) {
		name->asked = true;
		spf_eval_ask_nofail(
			eval, name->name, spf_eval_address_type(client), &answer);
		name->valid = spf_eval_has_client(
			&answer, client, client->bits, eval->lookup->pool, NULL);
	}
	return name->valid;
}

/* Begins to ask for the addresses of every name that fits as well as that. */
static void
prefetch_names(struct spf_eval *eval, struct slice domain, int least)
{
	enum dns_type type = spf_eval_address_type(eval->query->client);

	for (size_t i = 0; i < eval->names.n; i++)
		if (!eval->names.v[i].asked &&
			fit(eval->names.v[i].name, domain) >= least)
			dns_prefetch(eval->lookup->dns, eval->names.v[i].name, type);
}

/* The first validated name that fits exactly so; NULL: there is none. */
static struct spf_name *
find_valid(struct spf_eval *eval, struct slice domain, int wanted)
{
	for (size_t i = 0; i < eval->names.n; i++)
		if (fit(eval->names.v[i].name, domain) == wanted &&
			is_valid(eval, &eval->names.v[i]))
			return &eval->names.v[i];
	return NULL;
}

bool
spf_client_is_within(struct spf_eval *eval, struct slice domain)
{
	fetch_names(eval);
	prefetch_names(eval, domain, 1);
	return find_valid(eval, domain, 2) != NULL || find_valid(eval, domain, 1) != NULL;
}

struct slice
spf_client_name(void *arg, struct slice domain)
{
	struct spf_eval *eval = arg;
	struct spf_name *name = NULL;

	fetch_names(eval);
	prefetch_names(eval, domain, 0);
	for (int wanted = 2; wanted >= 0 && name == NULL; wanted--)
		name = find_valid(eval, domain, wanted);
	return name != NULL ? name->name : SLICE_LIT("unknown");
}
