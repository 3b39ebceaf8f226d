#include "base/base.h"
#include "engine/refusal.h"

#include "auth/dkim_verify.h"
#include "auth/spf.h"
#include "engine/state.h"

/* Who is meant: the envelope's domain, else HELO's. */
static const char *
sender_domain(const struct txn *txn)
{
	const struct spf_result *spf = txn->results.spf;

	return spf != NULL && spf->domain != NULL ? spf->domain : "the sender";
}

static const char *
code_of_spf(const struct txn *txn)
{
	return txn->results.spf != NULL ? auth_code_name(txn->results.spf->outcome.code)
	                                : "none";
}

/* The best that a signature came to. */
static const char *
code_of_dkim(const struct txn *txn)
{
	const struct dkim_results *dkim = txn->results.dkim;

	return dkim != NULL && dkim->n > 0 ? auth_code_name(dkim->v[0].outcome.code)
	                                   : "none";
}

static const char *
client_text(const struct txn *txn)
{
	char ip[IP_TEXT_SIZE];

	return pool_strdup(txn->pool, ip_print(&txn->session->client, ip));
}

static void
refuse_spf(struct txn *txn)
{
	const struct spf_result *spf = txn->results.spf;
	const char *text = pool_printf(txn->pool, "SPF: %s may not send mail for %s",
		client_text(txn), sender_domain(txn));

	if (spf->explanation != NULL && *spf->explanation != '\0' && spf->domain != NULL)
		text = pool_printf(txn->pool, "%s; %s explains: %s", text, spf->domain,
			spf->explanation);
	txn_refuse(txn, ACTION_REJECT, "550", "5.7.23", text);
}

static void
refuse_unauthenticated(struct txn *txn)
{
	txn_refuse(txn, ACTION_REJECT, "550", "5.7.26",
		pool_printf(txn->pool,
			"mail of %s from %s is not authenticated: SPF %s, DKIM %s; "
			"publish an SPF record that names the client, or sign with DKIM",
			sender_domain(txn), client_text(txn), code_of_spf(txn),
			code_of_dkim(txn)));
}

static void
refuse_dmarc(struct txn *txn)
{
	const char *author = txn->author;

	if (txn->message.too_large) {
		txn_refuse(txn, ACTION_REJECT, "550", "5.7.1",
			"the message header is too large for DMARC to be checked");
		return;
	}
	txn_refuse(txn, ACTION_REJECT, "550", "5.7.1",
		author == NULL ? "the From field does not name one author, so DMARC "
				 "cannot be checked"
			       : pool_printf(txn->pool,
					 "rejected by the DMARC policy of %s: neither "
					 "SPF nor DKIM passes for it",
					 author));
}

static void
refuse_impersonation(struct txn *txn)
{
	txn_refuse(txn, ACTION_REJECT, "550", "5.7.1",
		pool_printf(txn->pool,
			"%s claims to send mail of %s, but neither SPF nor DKIM passes "
			"for it",
			client_text(txn),
			txn->author != NULL ? txn->author : "a domain of ours"));
}

static void
defer_dns(struct txn *txn)
{
	txn_refuse(txn, ACTION_TEMPFAIL, "451", "4.4.3",
		pool_printf(txn->pool,
			"mail of %s cannot be checked now: the DNS does not answer",
			txn->author != NULL ? txn->author : sender_domain(txn)));
}

/* The refusal that belongs to each rule. */
void
refusal_of_rule(struct txn *txn, enum rule_kind kind)
{
	static void (*const refusals[])(struct txn *) = {
		[RULE_SPF_FAIL] = refuse_spf,
		[RULE_UNAUTHENTICATED] = refuse_unauthenticated,
		[RULE_DMARC] = refuse_dmarc,
		[RULE_DNS_ERROR] = defer_dns,
		[RULE_IMPERSONATION] = refuse_impersonation,
	};

	refusals[kind](txn);
}

void
refusal_of_dkim(struct txn *txn, enum action action)
{
	const struct dkim_results *dkim = txn->results.dkim;
	const char *reason = dkim->n > 0 && dkim->v[0].outcome.reason != NULL
	                             ? dkim->v[0].outcome.reason
	                             : "there is no signature";
	const char *text =
		pool_printf(txn->pool, "no DKIM signature is valid: %s", reason);

	if (action == ACTION_REJECT)
		txn_refuse(txn, action, "550", "5.7.20", text);
	else
		txn_refuse(txn, action, "451", "4.7.5", text);
}
