/*
 * Trouble with one of several names does not hide that another one leads back; it only
 * counts when none does. A client may have thousands of names; those after the tenth are
 * not looked at.
 */
#include "base/base.h"
#include "auth/iprev.h"

#include "base/vec.h"
#include "mail/domain.h"

#define NAMES_LIMIT (IPREV_QUESTIONS - 1)

struct names VEC_OF(const char *);

/* The names that can be asked for and reported, ten at most; begins to ask where they
 * lead, so that all cost one delay. */
static struct names
names_begin(struct lookup *lookup, const struct dns_answer *answer, enum dns_type type)
{
	struct names names = VEC_INIT;

	for (size_t i = 0; i < MIN(answer->n, (size_t)NAMES_LIMIT); i++) {
		const char *name = NULL;

		if (domain_parse(lookup->pool, answer->records[i].data, &name) != NULL)
			continue;
		*vec_add(lookup->pool, &names) = name;
		dns_prefetch(lookup->dns, slice_of(name), type);
	}
	return names;
}

/* Is the client's address among these? */
static bool
answer_has(const struct dns_answer *answer, const struct ip *client)
{
	for (size_t i = 0; i < answer->n; i++) {
		struct slice data = answer->records[i].data;
		struct ip ip = ip_of_bytes(data.p, data.n);

		if (ip_eq(&ip, client))
			return true;
	}
	return false;
}

/* Looks for a name that leads back; otherwise says why there is none. */
static void
check_names(struct lookup *lookup, const struct ip *client, const struct dns_answer *ptr,
	struct iprev_result *result)
{
	enum dns_type type = client->bits == 32 ? DNS_A : DNS_AAAA;
	struct names names = names_begin(lookup, ptr, type);
	const struct reason *trouble = NULL;

	for (size_t i = 0; i < names.n; i++) {
		struct dns_answer answer;

		lookup_ask(lookup, slice_of(names.v[i]), type, &answer);
		if (answer_has(&answer, client)) {
			result->name = names.v[i];
			result->outcome = auth_outcome(AUTH_PASS, NULL);
			return;
		}
		if (answer.status == DNS_TEMPFAIL && trouble == NULL)
			trouble = reason_make(lookup->pool, "look-up of %s failed: %p",
				names.v[i], dns_answer_reason(lookup->pool, &answer));
	}
	result->outcome = auth_outcome(
		AUTH_FAIL, REASON("no name of the client leads back to its address"));
	if (trouble != NULL)
		result->outcome = auth_outcome(AUTH_TEMPERROR, trouble);
}

void
iprev_check(struct lookup *lookup, const struct ip *client, struct iprev_result *result)
{
	char buf[IP_REVERSE_SIZE];
	struct dns_answer names;

	*result = (struct iprev_result){ 0 };
	if (client->bits == 0) {
		result->outcome =
			auth_outcome(AUTH_PERMERROR, REASON("client has no address"));
		return;
	}
	lookup_ask(lookup, slice_of(ip_reverse(client, buf)), DNS_PTR, &names);
	switch (names.status) {
	case DNS_OK:
		check_names(lookup, client, &names, result);
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		result->outcome = auth_outcome(
			AUTH_PERMERROR, REASON("client's address has no name"));
		break;
	case DNS_TEMPFAIL:
		result->outcome = auth_outcome(
			AUTH_TEMPERROR, reason_make(lookup->pool,
						"look-up of the client's name failed: %p",
						dns_answer_reason(lookup->pool, &names)));
		break;
	}
}

void
iprev_prefetch(struct dns *dns, const struct ip *client)
{
	char buf[IP_REVERSE_SIZE];
	struct slice name;
	struct dns_answer names;
	struct lookup lookup;

	if (client->bits == 0)
		return;
	name = slice_of(ip_reverse(client, buf));
	dns_prefetch(dns, name, DNS_PTR);
	lookup = (struct lookup){ .dns = dns, .pool = pool_new() };
	dns_peek(dns, name, DNS_PTR, 0, lookup.pool, &names);
	if (names.status == DNS_OK)
		names_begin(&lookup, &names, client->bits == 32 ? DNS_A : DNS_AAAA);
	pool_free(lookup.pool);
}
