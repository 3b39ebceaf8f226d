/*
 * Every rule is a row: when it applies to the results, and what the reply says then. What
 * is not known because the DNS failed is no reason to refuse: it makes the first three
 * rules silent, but that what unauthenticated would refuse is deferred while our resolver
 * answers others; and the dns-error rule speaks, only where the answer could have let the
 * message pass.
 */
#include "base/base.h"
#include "engine/judge.h"

#include "auth/dkim_verify.h"
#include "auth/dmarc.h"
#include "engine/authors.h"
#include "engine/evidence.h"
#include "engine/refusal.h"
#include "engine/state.h"

/* OpenDKIM's On- options on mail from outside, by what they are about. What none of them
 * is about there (a key that cannot be used, a signature of another version) is nobody's
 * here. */
enum on_case {
	ON_NOTHING,
	ON_NO_SIGNATURE,
	ON_BAD_SIGNATURE,
	ON_KEY_NOT_FOUND,
	ON_DNS_ERROR,
	ON_SECURITY,
	ON_INTERNAL_ERROR,
};

static const struct on_option {
	const char *name; /* as a reason in the log */
	size_t offset;
} on_options[] = {
	[ON_NO_SIGNATURE] = { "no-signature", offsetof(struct options, on_no_signature) },
	[ON_BAD_SIGNATURE] = { "bad-signature",
		offsetof(struct options, on_bad_signature) },
	[ON_KEY_NOT_FOUND] = { "key-not-found",
		offsetof(struct options, on_key_not_found) },
	[ON_DNS_ERROR] = { "dkim-dns-error", offsetof(struct options, on_dns_error) },
	[ON_SECURITY] = { "dkim-policy", offsetof(struct options, on_security) },
	[ON_INTERNAL_ERROR] = { "internal-error",
		offsetof(struct options, on_internal_error) },
};

/* What one rule makes of the message. */
struct finding {
	enum action action;
	enum rule_kind kind;
	const char *where;
};

/* spf-fail: but not what an aligned signature passes (SPF-37, a forwarded message). */
static bool
is_spf_fail(const struct evidence *e)
{
	return e->spf_fail && !e->aligned_dkim && !e->aligned_trouble;
}

static enum action
action_of(int rule)
{
	return rule == RULE_REJECT       ? ACTION_REJECT
	       : rule == RULE_QUARANTINE ? ACTION_QUARANTINE
	                                 : ACTION_ACCEPT;
}

/* unauthenticated: nothing passes. Where a check could not be made, a sender who is to be
 * refused comes again until it can: dead DNS of his own would else be his way in. Only
 * when this host's resolver answers nobody is it no fault of his. */
static enum action
apply_unauthenticated(const struct evidence *e, int value)
{
	if (e->spf_pass || e->dkim_pass)
		return ACTION_ACCEPT;
	if (!e->dns_trouble)
		return action_of(value);
	return value == RULE_REJECT && !e->resolver_silent ? ACTION_TEMPFAIL
	                                                   : ACTION_ACCEPT;
}

/* The author cannot be told from the From field, or the header is too large to judge him
 * by it: whoever wants to evade a policy sends that (S3, S17). Not so where the field can
 * only mean one, and he has passed. */
static bool
is_author_unclear(const struct evidence *e)
{
	return e->dmarc == AUTH_PERMERROR && !e->txn->results.dmarc->excused &&
	       (e->txn->author == NULL || e->txn->message.too_large);
}

/* dmarc: what the owner wishes, but never more than the recipient allows (DM-27). */
static enum action
apply_dmarc(const struct evidence *e, int allowed)
{
	const struct dmarc_result *dmarc = e->txn->results.dmarc;
	bool unclear = is_author_unclear(e);

	if (dmarc == NULL || allowed < RULE_QUARANTINE)
		return ACTION_ACCEPT;
	if (!unclear && (e->dmarc != AUTH_FAIL || dmarc->disposition < DMARC_QUARANTINE))
		return ACTION_ACCEPT;
	if (allowed == RULE_REJECT && (unclear || dmarc->disposition == DMARC_REJECT))
		return ACTION_REJECT;
	return ACTION_QUARANTINE;
}

/* dns-error: the answer that failed to come could have let the message pass, or could
 * have spoken for the author, whose rules are silent without it. A pass of somebody else
 * changes nothing there. */
static bool
is_dns_error(const struct evidence *e)
{
	return e->dmarc == AUTH_TEMPERROR || (e->aligned_trouble && !e->aligned) ||
	       (e->dns_trouble && !e->spf_pass && !e->dkim_pass);
}

/* Does the rule of this kind apply, and what does it want? */
static enum action
apply(const struct evidence *e, enum rule_kind kind, int value)
{
	switch (kind) {
	case RULE_SPF_FAIL:
		return is_spf_fail(e) ? action_of(value) : ACTION_ACCEPT;
	case RULE_UNAUTHENTICATED:
		return apply_unauthenticated(e, value);
	case RULE_DMARC:
		return apply_dmarc(e, value);
	case RULE_DNS_ERROR:
		return is_dns_error(e) && value == RULE_DNS_TEMPFAIL ? ACTION_TEMPFAIL
		                                                     : ACTION_ACCEPT;
	case RULE_IMPERSONATION:
		return !e->aligned && !e->aligned_trouble ? action_of(value)
		                                          : ACTION_ACCEPT;
	case RULE_KINDS:
		break;
	}
	return ACTION_ACCEPT;
}

/* From mild to severe. To defer comes before to refuse: nothing is lost by it. */
static int
severity(enum action action)
{
	static const int severities[] = {
		[ACTION_ACCEPT] = 0,
		[ACTION_QUARANTINE] = 1,
		[ACTION_TEMPFAIL] = 2,
		[ACTION_REJECT] = 3,
	};

	return severities[action];
}

static const char *const kind_words[] = {
	[RULE_SPF_FAIL] = "spf-fail",
	[RULE_UNAUTHENTICATED] = "unauthenticated",
	[RULE_DMARC] = "dmarc",
	[RULE_DNS_ERROR] = "dns-error",
	[RULE_IMPERSONATION] = "impersonation",
};

static void
add_reason(struct txn *txn, const char *word)
{
	struct words *reasons = &txn->results.reasons;

	for (size_t i = 0; i < reasons->n; i++)
		if (strcmp(reasons->v[i], word) == 0)
			return;
	*vec_add(txn->pool, reasons) = word;
}

/* The severest of a recipient's rules; of equal ones the first counts. */
static struct finding
judge_recipient(const struct evidence *e, const struct rules *rules)
{
	struct finding worst = { .action = ACTION_ACCEPT };

	if (rules->unread != NULL)
		e->txn->results.unread = rules->unread;
	for (int k = 0; k < RULE_IMPERSONATION; k++) {
		enum action a = apply(e, (enum rule_kind)k, rules->v[k].value);
		enum rule_kind kind = a == ACTION_TEMPFAIL ? RULE_DNS_ERROR
		                                           : (enum rule_kind)k;

		if (a != ACTION_ACCEPT)
			add_reason(e->txn, kind_words[k]);
		if (severity(a) > severity(worst.action))
			worst = (struct finding){ a, kind, rules->v[k].where };
	}
	return worst;
}

/* The mildest action of all recipients. */
static struct finding
judge_recipients(const struct evidence *e)
{
	struct txn *txn = e->txn;
	struct rules nobody;
	struct finding mildest;

	if (txn->recipients.n == 0) {
		policy_rules(txn->policy, NULL, &nobody);
		return judge_recipient(e, &nobody);
	}
	mildest = judge_recipient(e, &txn->recipients.v[0].rules);
	for (size_t i = 1; i < txn->recipients.n; i++) {
		struct finding next = judge_recipient(e, &txn->recipients.v[i].rules);

		txn->mixed |= next.action != mildest.action;
		if (severity(next.action) < severity(mildest.action))
			mildest = next;
	}
	return mildest;
}

/* What the rows of one domain say of impersonation. What passes speaks for the author
 * alone: another domain that the field shows is nobody's but the sender's claim. */
static void
judge_name(const struct evidence *e, const char *domain, struct finding *worst)
{
	const char *author = e->txn->author;
	struct evidence own = *e;
	struct rules rules;
	const struct rule *rule = &rules.v[RULE_IMPERSONATION];
	enum action a;

	if (author == NULL || strcmp(author, domain) != 0)
		own.aligned = own.aligned_trouble = false;
	policy_rules(e->txn->policy, domain, &rules);
	if (rules.unread != NULL)
		e->txn->results.unread = rules.unread;
	a = apply(&own, RULE_IMPERSONATION, rule->value);
	if (severity(a) > severity(worst->action))
		*worst = (struct finding){ a, RULE_IMPERSONATION, rule->where };
}

/* The author's own row: each domain that the From fields show counts, so that a second
 * one does not hide the first. */
static struct finding
judge_impersonation(const struct evidence *e)
{
	const struct domains *all = keytable_guarded(e->txn->policy->keys);
	struct finding worst = { .action = ACTION_ACCEPT };
	struct authors authors;

	authors_find(e->txn, &authors);
	for (size_t i = 0; i < authors.domains.n; i++)
		judge_name(e, authors.domains.v[i], &worst);
	for (size_t i = 0; authors.anybody && i < all->n; i++)
		if (worst.action != ACTION_REJECT)
			judge_name(e, all->v[i], &worst);
	if (worst.action != ACTION_ACCEPT)
		add_reason(e->txn, kind_words[RULE_IMPERSONATION]);
	return worst;
}

static void
carry_out(struct txn *txn, const struct finding *finding)
{
	txn->where = finding->where;
	if (finding->action == ACTION_REJECT || finding->action == ACTION_TEMPFAIL)
		refusal_of_rule(txn, finding->kind);
	else
		txn->verdict.action = finding->action;
}

static enum on_case
on_case_of(const struct dkim_result *r)
{
	switch (r->outcome.code) {
	case AUTH_FAIL:
		/* RFC 6376 3.5: whether x= counts is the verifier's choice; there it is
		 * reported, and no more. */
		return r->expired ? ON_NOTHING : ON_BAD_SIGNATURE;
	case AUTH_POLICY:
		/* A signature that nobody can check any more is as good as a wrong one.
		 */
		return r->algorithm != NULL && strcmp(r->algorithm, "rsa-sha1") == 0
		               ? ON_BAD_SIGNATURE
		               : ON_SECURITY;
	case AUTH_TEMPERROR:
		return r->dns_failed ? ON_DNS_ERROR : ON_INTERNAL_ERROR;
	case AUTH_PERMERROR:
		return r->incomplete || r->revoked ? ON_BAD_SIGNATURE
		       : r->no_key                 ? ON_KEY_NOT_FOUND
		                                   : ON_NOTHING;
	case AUTH_NEUTRAL:
	case AUTH_SOFTFAIL:
	case AUTH_NONE:
	case AUTH_PASS:
		break;
	}
	return ON_NOTHING;
}

/* What came of the first signature, in the words of OpenDKIM's On- options. None passes
 * where this is asked; the first is the one that was added last, by whoever handed the
 * message over. NULL: none of them is about that. */
static const struct on_option *
on_option_of(const struct dkim_results *dkim)
{
	enum on_case what = ON_NO_SIGNATURE;

	/* RFC 6376 3.6.1: what a domain is still trying out is as good as unsigned. */
	if (dkim->n > 0 && !dkim->v[0].testing)
		what = on_case_of(&dkim->v[0]);
	return what != ON_NOTHING ? &on_options[what] : NULL;
}

/* OpenDKIM's On- options; they hold for every recipient. */
static void
apply_on_option(struct txn *txn)
{
	static const enum action actions[] = {
		[ON_ACCEPT] = ACTION_ACCEPT,
		[ON_QUARANTINE] = ACTION_QUARANTINE,
		[ON_REJECT] = ACTION_REJECT,
		[ON_TEMPFAIL] = ACTION_TEMPFAIL,
	};
	const struct on_option *on = on_option_of(txn->results.dkim);
	enum action action;

	if (on == NULL)
		return;
	action = actions[*(const int *)((const char *)&txn->policy->opt + on->offset)];
	if (severity(action) <= severity(txn->verdict.action))
		return;
	add_reason(txn, on->name);
	txn->where = NULL;
	if (action == ACTION_QUARANTINE)
		txn->verdict.action = action;
	else
		refusal_of_dkim(txn, action);
}

void
judge_inbound(struct txn *txn)
{
	struct evidence e;
	struct finding all, author;

	evidence_read(&e, txn);
	all = judge_recipients(&e);
	author = judge_impersonation(&e);
	carry_out(txn, severity(author.action) > severity(all.action) ? &author : &all);
	if (!e.dkim_pass && txn->results.dkim != NULL && !txn->message.too_large)
		apply_on_option(txn);
}
