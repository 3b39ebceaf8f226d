/*
 * An error is written into the state once, and everything that runs looks there after
 * each step that may have failed. The alternative, a result code with every return value,
 * made each function return three things.
 */
#include "base/base.h"
#include "auth/spf/ask.h"

#include "base/ascii.h"

#define SHOWN_DOMAIN 253

enum spf_match
spf_eval_stop(struct spf_eval *eval, enum auth_code code, const struct reason *why)
{
	if (!spf_eval_stopped(eval))
		eval->stop = auth_outcome(code, why);
	return SPF_STOPPED;
}

bool
spf_eval_stopped(const struct spf_eval *eval)
{
	return eval->stop.code != AUTH_NONE;
}

enum dns_type
spf_eval_address_type(const struct ip *client)
{
	return client->bits == 128 ? DNS_AAAA : DNS_A;
}

/* The address of an A or AAAA record. Not ip_of_bytes: there a mapped address is an IPv4
 * one, but an IPv6 client's short prefix holds it as what it is. */
static struct ip
address_of(const struct dns_record *record)
{
	struct ip ip = { .bits = (int)record->data.n * 8 };

	memcpy(ip.addr, record->data.p, MIN(record->data.n, sizeof(ip.addr)));
	return ip;
}

bool
spf_eval_has_client(const struct dns_answer *answer, const struct ip *client, int prefix,
	struct pool *pool, struct spf_addresses *seen)
{
	for (size_t i = 0; i < answer->n; i++) {
		struct ip ip = address_of(&answer->records[i]);

		if (seen != NULL)
			*vec_add(pool, seen) = ip;
		if (ip_in_net(client, &ip, prefix))
			return true;
	}
	return false;
}

/* Can a record exist under this name? */
static bool
is_askable(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (ascii_is_ctl(name.p[i]) || ascii_is_8bit(name.p[i]))
			return false;
	return dns_name_is_askable(name);
}

void
spf_eval_ask_nofail(struct spf_eval *eval, struct slice name, enum dns_type type,
	struct dns_answer *answer)
{
	*answer = (struct dns_answer){ .status = DNS_NXDOMAIN };
	if (spf_eval_stopped(eval) || !is_askable(name))
		return;
	lookup_ask(eval->lookup, name, type, answer);
	if (eval->lookup->exhausted)
		spf_eval_stop(
			eval, AUTH_PERMERROR, REASON("more DNS questions than allowed"));
}

/* RFC 7208 4.6.4: ten terms that ask the DNS. False: this is the eleventh. */
bool
spf_eval_count_term(struct spf_eval *eval)
{
	if (eval->result->lookups >= eval->query->limits.terms) {
		spf_eval_stop(eval, AUTH_PERMERROR,
			reason_make(eval->lookup->pool,
				"more than %d terms that ask the DNS",
				eval->query->limits.terms));
		return false;
	}
	eval->result->lookups++;
	return true;
}

/* RFC 7208 4.6.4: a void lookup is a term that got an answer without data, or no such
 * name, however many of its questions did. Two are allowed (MaximumSPFVoidLookups). What
 * the explanation asks for does not count: it cannot change the verdict any more. */
bool
spf_eval_count_void(struct spf_eval *eval)
{
	if (eval->explaining || eval->term_is_void)
		return true;
	eval->term_is_void = true;
	if (++eval->result->void_lookups <= eval->query->limits.voids)
		return true;
	spf_eval_stop(eval, AUTH_PERMERROR,
		reason_make(eval->lookup->pool, "more than %d void look-ups",
			eval->query->limits.voids));
	return false;
}

bool
spf_eval_ask(struct spf_eval *eval, struct slice name, enum dns_type type,
	struct dns_answer *answer)
{
	struct pool *pool = eval->lookup->pool;

	spf_eval_ask_nofail(eval, name, type, answer);
	if (spf_eval_stopped(eval))
		return false;
	if (answer->status != DNS_TEMPFAIL)
		return true;
	eval->stop = auth_because(AUTH_TEMPERROR, CAUSE_DNS,
		reason_make(pool, "DNS look-up of %s failed: %p",
			pool_show(pool, name, SHOWN_DOMAIN),
			dns_answer_reason(pool, answer)));
	return false;
}

bool
spf_eval_ask_term(struct spf_eval *eval, struct slice name, enum dns_type type,
	struct dns_answer *answer)
{
	/* RFC 7208 4.8: what is not a name does not exist: not asked, not counted. */
	if (!is_askable(name)) {
		*answer = (struct dns_answer){ .status = DNS_NXDOMAIN };
		return true;
	}
	if (!spf_eval_ask(eval, name, type, answer))
		return false;
	return answer->status == DNS_OK || spf_eval_count_void(eval);
}
