/*
 * Reads from top to bottom: SPF for MAIL FROM, DKIM, DMARC over these, then HELO and
 * iprev, on which nothing is built, and one field that tells of all. What follows from
 * the results is disposition.c's matter.
 *
 * All of it shares one deadline, and nearly every zone that is asked may be the sender's
 * own. A sender who could use the time up would get a temperror for the author's domain,
 * which suspends its policy. So what the sender can slow down comes last, or ends early
 * enough that the checks after it have a share of the time of their own.
 */
#include "base/base.h"
#include "engine/inbound.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/signature.h"
#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/dmarc/walk.h"
#include "auth/iprev.h"
#include "auth/spf/check.h"
#include "auth/spf/received_spf.h"
#include "dns/lookup.h"
#include "engine/services.h"
#include "mail/domain.h"

#define STEP_MS 20 /* between two looks at what the DNS has answered */

/* When SPF and DKIM must be done, in tenths of DNSTimeout; DMARC has it to its end. */
#define SPF_TENTHS 6
#define DKIM_TENTHS 8
#define ALL_TENTHS 10

struct inbound {
	const struct mail_object *mail;
	struct dns *dns;
	struct spf_query spf;
	size_t keys_asked;
	bool dmarc_asked;
	int64_t stepped; /* when what had arrived was last looked at */
	struct dkim_verify_params dkim_params;
	struct dkim_verify *dkim; /* NULL: nothing to verify */
	int64_t judging;          /* since when */
	int64_t deadline;
};

static struct lookup
budget(const struct inbound *in, int questions)
{
	return (struct lookup){ .dns = in->dns,
		.pool = in->mail->pool,
		.deadline = in->deadline,
		.left = questions };
}

static int64_t
clock_ms(const struct inbound *in)
{
	return in->mail->session->services->monotonic_ms();
}

/* Is there enough of an envelope for SPF? */
static bool
has_client(const struct mail_object *mail)
{
	return mail->session->client.bits != 0;
}

static void
prepare_spf(const struct mail_object *mail, struct spf_query *q)
{
	const struct options *opt = &mail->policy->opt;

	q->client = &mail->session->client;
	q->helo = mail->session->helo;
	q->mail_from = mail->mail_from;
	q->receiver = session_authserv_id(mail->session);
	q->now = mail->now;
	q->explain = true;
	q->limits = (struct spf_limits){ (int)opt->spf_terms, (int)opt->spf_void_lookups,
		(int)opt->spf_mx, (int)opt->spf_ptr };
	q->engine = opt->spf_engine == SPF_CHOICE_BUILTIN ? SPF_ENGINE_BUILTIN
	                                                  : SPF_ENGINE_LIBSPF2;
}

/* Asks for what is known to be needed: at first the roots, later what the answers that
 * have come lead on to (include and redirect, the addresses of the client's names). */
static void
prefetch_more(struct inbound *in)
{
	if (!has_client(in->mail))
		return;
	in->stepped = clock_ms(in);
	spf_prefetch(in->dns, &in->spf);
	if (in->mail->policy->opt.iprev)
		iprev_prefetch(in->dns, &in->mail->session->client);
}

struct inbound *
inbound_begin(const struct mail_object *mail, struct dns *dns)
{
	struct inbound *in = pool_alloc(mail->pool, sizeof(*in));

	in->mail = mail;
	in->dns = dns;
	in->dkim_params = policy_dkim_params(mail->policy, mail->now);
	prepare_spf(mail, &in->spf);
	prefetch_more(in);
	return in;
}

/* The author's domain as far as one From field tells it. */
static void
prefetch_dmarc(struct inbound *in)
{
	struct address author;

	in->dmarc_asked = true;
	if (dmarc_author(in->mail->pool, &in->mail->message.from, &author) == NULL)
		dmarc_prefetch(in->dns, author.domain);
}

void
inbound_header(struct inbound *in, struct slice name, struct slice value)
{
	if (slice_caseis(slice_trim(name), "DKIM-Signature") &&
		in->keys_asked < in->dkim_params.max_signatures) {
		in->keys_asked++;
		dkim_prefetch(in->dns, value);
	}
	if (in->mail->message.from.n > 0 && !in->dmarc_asked)
		prefetch_dmarc(in);
}

/* May the domain have the organizational domain of the author's? As far as its name
 * tells, and only where the walk is not much longer than the author's own. */
static bool
may_share_organization(const char *author, const char *domain)
{
	return domain != NULL && author != NULL && domain_labels(domain) >= 2 &&
	       domain_labels(domain) <= domain_labels(author) + 2 &&
	       strcmp(domain_tail(domain, 2), domain_tail(author, 2)) == 0;
}

/* An identity near the author's will be walked when it passes: the walk is asked for now,
 * so that it costs no delay of its own at the end. */
static void
prefetch_identities(struct inbound *in)
{
	const struct mail_object *mail = in->mail;
	size_t n = MIN(mail->message.dkim.n, in->dkim_params.max_signatures);
	const char *author = mail->author.domain;
	struct address sender;

	if (address_path_parse(mail->pool, mail->mail_from, &sender) == NULL &&
		may_share_organization(author, sender.domain))
		dmarc_walk_prefetch(in->dns, sender.domain);
	for (size_t i = 0; i < n; i++) {
		const char *domain = dkim_sig_domain(mail->pool, mail->message.dkim.v[i]);

		if (may_share_organization(author, domain))
			dmarc_walk_prefetch(in->dns, domain);
	}
}

void
inbound_eoh(struct inbound *in, struct bodyhash *bodyhash)
{
	const struct mail_object *mail = in->mail;

	prefetch_more(in);
	if (mail->message.too_large)
		return;
	in->dkim = dkim_verify_begin(mail->pool, &in->dkim_params, &mail->message,
		mail->author.domain, bodyhash);
	dkim_verify_prefetch(in->dkim, in->dns);
	prefetch_identities(in);
}

void
inbound_body(struct inbound *in)
{
	if (clock_ms(in) - in->stepped >= STEP_MS)
		prefetch_more(in);
}

/* RFC 8601 3: has the client's address a name that leads back to it? */
static const struct iprev_result *
check_iprev(const struct inbound *in)
{
	struct lookup lookup = budget(in, IPREV_QUESTIONS);
	struct iprev_result *result;

	if (!has_client(in->mail) || !in->mail->policy->opt.iprev)
		return NULL;
	result = pool_alloc(in->mail->pool, sizeof(*result));
	iprev_check(&lookup, &in->mail->session->client, result);
	return result;
}

static const struct spf_result *
check_spf(const struct inbound *in, enum spf_identity identity)
{
	struct lookup lookup = budget(in, SPF_QUESTIONS(in->spf.limits));
	struct spf_result *result = pool_alloc(in->mail->pool, sizeof(*result));

	spf_check(&lookup, &in->spf, identity, result);
	return result;
}

/* RFC 7208 2.4: the MAIL FROM identity, which is HELO's for the null sender. */
static const struct spf_result *
check_mail_from(const struct inbound *in)
{
	const struct mail_object *mail = in->mail;

	if (!has_client(mail) || !mail->has_mail_from ||
		(mail->mail_from.n == 0 && mail->session->helo.n == 0))
		return NULL;
	return check_spf(in, SPF_MAIL_FROM);
}

/* RFC 7208 2.3: HELO by itself, with a budget of its own. */
static const struct spf_result *
check_helo(const struct inbound *in)
{
	return has_client(in->mail) && in->mail->session->helo.n > 0
	               ? check_spf(in, SPF_HELO)
	               : NULL;
}

static const struct dkim_results *
check_dkim(const struct inbound *in)
{
	struct dkim_results *results = pool_alloc(in->mail->pool, sizeof(*results));

	if (in->dkim != NULL)
		dkim_verify_end(in->dkim, in->dns, in->deadline, results);
	else
		/* Half a header proves nothing: what was cut off may have been signed. */
		*vec_add(in->mail->pool, results) = (struct dkim_result){
			.outcome = auth_outcome(
				AUTH_POLICY, REASON("header is over the limit"))
		};
	return results;
}

/* RFC 9989 4.4.1, 4.4.2: the identifiers are the MAIL FROM domain (HELO alone never is
 * one) and d= of every signature. */
static void
collect_identities(
	struct pool *pool, const struct results *r, struct dmarc_identities *list)
{
	if (r->spf != NULL)
		*vec_add(pool, list) = (struct dmarc_identity){ DMARC_BY_SPF,
			r->spf->domain, r->spf->outcome.code,
			r->spf->outcome.cause == CAUSE_DNS };
	for (size_t i = 0; i < r->dkim->n; i++)
		*vec_add(pool, list) = (struct dmarc_identity){ DMARC_BY_DKIM,
			r->dkim->v[i].domain, r->dkim->v[i].outcome.code,
			r->dkim->v[i].outcome.cause == CAUSE_DNS };
}

/* Has every recipient switched DMARC off? */
static bool
is_dmarc_off(const struct recipient_list *recipients)
{
	for (size_t i = 0; i < recipients->n; i++)
		if (recipients->v[i].rules.v[RULE_DMARC].value != RULE_OFF)
			return false;
	return recipients->n > 0;
}

static const struct dmarc_result *
check_dmarc(const struct inbound *in, const struct results *r)
{
	const struct mail_object *mail = in->mail;
	struct dmarc_input input = { .from = &mail->message.from,
		.from_domain = mail->author.domain,
		.too_large = mail->message.too_large,
		.null_sender = mail_is_null_sender(mail) };
	struct dmarc_result *result = pool_alloc(mail->pool, sizeof(*result));

	if (is_dmarc_off(&mail->recipients))
		return NULL;
	collect_identities(mail->pool, r, &input.identities);
	dmarc_check(in->dns, mail->pool, in->deadline, &input, result);
	return result;
}

/* What is asked from here on ends when so many tenths of DNSTimeout are over. */
static void
set_deadline(struct inbound *in, int tenths)
{
	in->deadline = in->judging + in->mail->policy->opt.dns_timeout * 100 * tenths;
}

void
inbound_end(struct inbound *in, struct results *r)
{
	in->judging = clock_ms(in);
	prefetch_more(in);
	set_deadline(in, SPF_TENTHS);
	r->spf = check_mail_from(in);
	/* While that one waited, the first answers for HELO and the client have come. */
	prefetch_more(in);
	set_deadline(in, DKIM_TENTHS);
	r->dkim = check_dkim(in);
	set_deadline(in, ALL_TENTHS);
	r->dmarc = check_dmarc(in, r);
	r->spf_helo = check_helo(in);
	r->iprev = check_iprev(in);
}

void
inbound_received_spf(
	const struct inbound *in, const struct spf_result *spf, struct str *value)
{
	received_spf_print(value, &in->spf, spf);
}
