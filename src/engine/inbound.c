/*
 * Reads from top to bottom: SPF for MAIL FROM, DKIM, DMARC over these, then HELO and
 * iprev, on which nothing is built, and one field that tells of all. What follows from
 * the results is judge.c's matter.
 *
 * All of it shares one deadline, and nearly every zone that is asked may be the sender's
 * own. Did he use the time up, he would buy a temperror for the author's domain, which
 * suspends its policy. So what he can slow down comes last, or ends early enough that
 * the checks behind it have a share of the time that nobody else can touch.
 */
#include "base/base.h"
#include "engine/inbound.h"

#include "auth/bodyhash.h"
#include "auth/dkim_sig.h"
#include "auth/dkim_verify.h"
#include "auth/dmarc.h"
#include "auth/dmarc_walk.h"
#include "auth/iprev.h"
#include "auth/received_spf.h"
#include "auth/spf.h"
#include "dns/lookup.h"
#include "engine/arfield.h"
#include "engine/state.h"
#include "mail/domain.h"

#define STEP_MS 20 /* between two looks at what the DNS has answered */

/* When SPF and DKIM must be done, in tenths of DNSTimeout; DMARC has it to its end. */
#define SPF_TENTHS 6
#define DKIM_TENTHS 8
#define ALL_TENTHS 10

struct inbound {
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
budget(struct txn *txn, int questions)
{
	return (struct lookup){ .dns = &txn->meter.dns,
		.pool = txn->pool,
		.deadline = txn->inbound->deadline,
		.left = questions };
}

/* Is there enough of an envelope for SPF? */
static bool
has_client(const struct txn *txn)
{
	return txn->session->client.bits != 0;
}

static void
prepare_spf(struct txn *txn, struct spf_query *q)
{
	const struct options *opt = &txn->policy->opt;

	q->client = &txn->session->client;
	q->helo = txn->session->helo;
	q->mail_from = txn->mail_from;
	q->receiver = txn_authserv_id(txn);
	q->now = txn->now;
	q->explain = true;
	q->limits = (struct spf_limits){ (int)opt->spf_terms, (int)opt->spf_void_lookups,
		(int)opt->spf_mx, (int)opt->spf_ptr };
	q->engine = opt->spf_engine == SPF_CHOICE_BUILTIN ? SPF_ENGINE_BUILTIN
	                                                  : SPF_ENGINE_LIBSPF2;
}

/* Asks for what is known to be needed: at first the roots, later what the answers that
 * have come lead on to (include and redirect, the addresses of the client's names). */
static void
step(struct txn *txn, struct inbound *in)
{
	struct dns *dns = &txn->meter.dns;

	if (!has_client(txn))
		return;
	in->stepped = txn->services->monotonic_ms();
	spf_prefetch(dns, &in->spf);
	if (txn->policy->opt.iprev)
		iprev_prefetch(dns, &txn->session->client);
}

struct inbound *
inbound_begin(struct txn *txn)
{
	struct inbound *in = pool_alloc(txn->pool, sizeof(*in));

	in->dkim_params = policy_dkim_params(txn->policy, txn->now);
	prepare_spf(txn, &in->spf);
	step(txn, in);
	return in;
}

/* The author's domain as far as one From field tells it. */
static void
prefetch_dmarc(struct txn *txn)
{
	const char *domain;

	txn->inbound->dmarc_asked = true;
	if (dmarc_author(txn->pool, &txn->message.from, &domain) == NULL)
		dmarc_prefetch(&txn->meter.dns, domain);
}

void
inbound_header(struct txn *txn, struct slice name, struct slice value)
{
	struct inbound *in = txn->inbound;

	if (slice_caseis(slice_trim(name), "DKIM-Signature") &&
		in->keys_asked < in->dkim_params.max_signatures) {
		in->keys_asked++;
		dkim_prefetch(&txn->meter.dns, value);
	}
	if (txn->message.from.n > 0 && !in->dmarc_asked)
		prefetch_dmarc(txn);
}

/* May the domain have the organizational domain of the author's? As far as its name
 * tells, and only where the walk is not much longer than the author's own. */
static bool
is_kin(const struct txn *txn, const char *domain)
{
	return domain != NULL && txn->author != NULL && domain_labels(domain) >= 2 &&
	       domain_labels(domain) <= domain_labels(txn->author) + 2 &&
	       strcmp(domain_tail(domain, 2), domain_tail(txn->author, 2)) == 0;
}

/* An identity near the author's will be walked when it passes: the walk is asked for now,
 * so that it costs no delay of its own at the end. */
static void
prefetch_identities(struct txn *txn)
{
	size_t n = MIN(txn->message.dkim.n, txn->inbound->dkim_params.max_signatures);
	struct address sender;

	if (address_path_parse(txn->pool, txn->mail_from, &sender) == NULL &&
		is_kin(txn, sender.domain))
		dmarc_walk_prefetch(&txn->meter.dns, sender.domain);
	for (size_t i = 0; i < n; i++) {
		const char *domain = dkim_sig_domain(txn->pool, txn->message.dkim.v[i]);

		if (is_kin(txn, domain))
			dmarc_walk_prefetch(&txn->meter.dns, domain);
	}
}

void
inbound_eoh(struct txn *txn)
{
	struct inbound *in = txn->inbound;

	step(txn, in);
	if (txn->message.too_large)
		return;
	in->dkim = dkim_verify_begin(
		txn->pool, &in->dkim_params, &txn->message, txn->author, txn->bodyhash);
	dkim_verify_prefetch(in->dkim, &txn->meter.dns);
	prefetch_identities(txn);
}

void
inbound_body(struct txn *txn)
{
	if (txn->services->monotonic_ms() - txn->inbound->stepped >= STEP_MS)
		step(txn, txn->inbound);
}

/* RFC 8601 3: has the client's address a name that leads back to it? */
static void
check_iprev(struct txn *txn)
{
	struct lookup lookup = budget(txn, IPREV_QUESTIONS);
	struct iprev_result *result = pool_alloc(txn->pool, sizeof(*result));

	if (!has_client(txn) || !txn->policy->opt.iprev)
		return;
	iprev_check(&lookup, &txn->session->client, result);
	txn->results.iprev = result;
}

static const struct spf_result *
check_spf(struct txn *txn, enum spf_identity identity)
{
	const struct spf_query *q = &txn->inbound->spf;
	struct lookup lookup = budget(txn, SPF_QUESTIONS(q->limits));
	struct spf_result *result = pool_alloc(txn->pool, sizeof(*result));

	spf_check(&lookup, q, identity, result);
	return result;
}

/* RFC 7208 2.4: the MAIL FROM identity, which is HELO's for the null sender. */
static void
check_mail_from(struct txn *txn)
{
	if (has_client(txn) && txn->has_mail_from &&
		(txn->mail_from.n > 0 || txn->session->helo.n > 0))
		txn->results.spf = check_spf(txn, SPF_MAIL_FROM);
}

/* RFC 7208 2.3: HELO by itself, with a budget of its own. */
static void
check_helo(struct txn *txn)
{
	if (has_client(txn) && txn->session->helo.n > 0)
		txn->results.spf_helo = check_spf(txn, SPF_HELO);
}

static void
check_dkim(struct txn *txn)
{
	struct dkim_results *results = pool_alloc(txn->pool, sizeof(*results));

	txn->results.dkim = results;
	if (txn->inbound->dkim != NULL) {
		dkim_verify_end(txn->inbound->dkim, &txn->meter.dns,
			txn->inbound->deadline, results);
		return;
	}
	/* Half a header proves nothing: what was cut off may have been signed. */
	*vec_add(txn->pool, results) = (struct dkim_result){
		.outcome = { AUTH_POLICY, "header is over the limit" }
	};
}

/* What DMARC may build on: the MAIL FROM identity and every signature. */
static void
collect_identities(struct txn *txn, struct dmarc_identities *list)
{
	const struct spf_result *spf = txn->results.spf;
	const struct dkim_results *dkim = txn->results.dkim;

	if (spf != NULL)
		*vec_add(txn->pool, list) = (struct dmarc_identity){ DMARC_BY_SPF,
			spf->domain, spf->outcome.code, spf->dns_failed };
	for (size_t i = 0; i < dkim->n; i++)
		*vec_add(txn->pool, list) =
			(struct dmarc_identity){ DMARC_BY_DKIM, dkim->v[i].domain,
				dkim->v[i].outcome.code, dkim->v[i].dns_failed };
}

/* Has every recipient switched DMARC off? */
static bool
is_dmarc_off(const struct txn *txn)
{
	for (size_t i = 0; i < txn->recipients.n; i++)
		if (txn->recipients.v[i].rules.v[RULE_DMARC].value != RULE_OFF)
			return false;
	return txn->recipients.n > 0;
}

static void
check_dmarc(struct txn *txn)
{
	struct dmarc_input input = { .from = &txn->message.from,
		.too_large = txn->message.too_large,
		.null_sender = txn->has_mail_from && txn->mail_from.n == 0 };
	struct dmarc_result *result = pool_alloc(txn->pool, sizeof(*result));

	if (is_dmarc_off(txn))
		return;
	collect_identities(txn, &input.identities);
	dmarc_check(&txn->meter.dns, txn->pool, txn->inbound->deadline, &input, result);
	txn->results.dmarc = result;
}

/* What is asked from here on ends when so many tenths of the time are over. */
static void
grant(struct txn *txn, int tenths)
{
	txn->inbound->deadline =
		txn->inbound->judging + txn->policy->opt.dns_timeout * 100 * tenths;
}

void
inbound_end(struct txn *txn)
{
	txn->inbound->judging = txn->services->monotonic_ms();
	step(txn, txn->inbound);
	grant(txn, SPF_TENTHS);
	check_mail_from(txn);
	/* While that one waited, the first answers for HELO and the client have come. */
	step(txn, txn->inbound);
	grant(txn, DKIM_TENTHS);
	check_dkim(txn);
	grant(txn, ALL_TENTHS);
	check_dmarc(txn);
	check_helo(txn);
	check_iprev(txn);
}

void
inbound_report(struct txn *txn, const char *queue_id)
{
	struct str value = STR_POOL(txn->pool);

	if (txn->policy->opt.received_spf && txn->results.spf != NULL) {
		received_spf_print(&value, &txn->inbound->spf, txn->results.spf);
		txn_insert(txn, "Received-SPF", str_slice(&value));
	}
	txn_insert(txn, "Authentication-Results", arfield_print(txn, queue_id));
}
