/*
 * Every rule is a row: when it applies to the results, and what the reply says then. What
 * is not known because the DNS failed is no reason to refuse: it makes the first three
 * rules silent, and the dns-error rule speaks instead, and it only where the answer could
 * have let the message pass.
 */
#include "base/base.h"
#include "engine/judge.h"

#include "auth/dkim_verify.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/ascii.h"
#include "base/scan.h"
#include "engine/refusal.h"
#include "engine/state.h"
#include "mail/domain.h"
#include "mail/lex.h"

/* What the checks come to, in the words that the rules use. */
struct findings {
	struct txn *txn;
	bool spf_pass, spf_fail, dkim_pass;
	bool aligned, aligned_dkim; /* something that passed speaks for the author */
	bool dns_trouble;           /* a check could not be made */
	bool aligned_trouble;       /* one whose pass would have spoken for the author */
	enum auth_code dmarc;
};

/* OpenDKIM's On- options, by what they are about. */
enum on_case {
	ON_NO_SIGNATURE,
	ON_BAD_SIGNATURE,
	ON_KEY_NOT_FOUND,
	ON_SIGNATURE_ERROR,
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
	[ON_SIGNATURE_ERROR] = { "signature-error",
		offsetof(struct options, on_signature_error) },
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

/* Do the two domains belong together, as far as their names tell? DMARC knows more, where
 * the owner publishes a record; this is for those who do not. */
static bool
is_related(const char *a, const char *b)
{
	return a != NULL && b != NULL &&
	       (domain_is_within(a, b) || domain_is_within(b, a));
}

/* Dead DNS at a domain of the sender's own choice must not silence what the author's
 * domain asks for: only trouble of a domain that could speak for the author does. */
static void
find_trouble(struct findings *f, enum auth_code code, const char *domain)
{
	if (code != AUTH_TEMPERROR)
		return;
	f->dns_trouble = true;
	f->aligned_trouble |= is_related(domain, f->txn->author);
}

static void
find_spf(struct findings *f)
{
	const struct spf_result *spf = f->txn->results.spf;

	if (spf == NULL)
		return;
	f->spf_pass = spf->outcome.code == AUTH_PASS;
	f->spf_fail = spf->outcome.code == AUTH_FAIL;
	find_trouble(f, spf->outcome.code, spf->domain);
	f->aligned |= f->spf_pass && is_related(spf->domain, f->txn->author);
}

static void
find_dkim(struct findings *f)
{
	const struct dkim_results *dkim = f->txn->results.dkim;

	for (size_t i = 0; dkim != NULL && i < dkim->n; i++) {
		if (dkim->v[i].outcome.code == AUTH_PASS) {
			f->dkim_pass = true;
			f->aligned_dkim |= is_related(dkim->v[i].domain, f->txn->author);
		}
		find_trouble(f, dkim->v[i].outcome.code, dkim->v[i].domain);
	}
	f->aligned |= f->aligned_dkim;
}

static void
find_dmarc(struct findings *f)
{
	const struct dmarc_result *dmarc = f->txn->results.dmarc;

	if (dmarc == NULL)
		return;
	f->dmarc = dmarc->outcome.code;
	if (f->dmarc == AUTH_TEMPERROR)
		f->dns_trouble = f->aligned_trouble = true;
	/* Where a record holds, its alignment counts and ours does not. */
	if (dmarc->policy_domain != NULL) {
		f->aligned = dmarc->aligned_spf || dmarc->aligned_dkim;
		f->aligned_dkim = dmarc->aligned_dkim;
	}
}

/* spf-fail: but not what an aligned signature passes (SPF-37, a forwarded message). */
static bool
is_spf_fail(const struct findings *f)
{
	return f->spf_fail && !f->aligned_dkim && !f->aligned_trouble;
}

/* unauthenticated: nothing passes, and nothing is unknown. */
static bool
is_unauthenticated(const struct findings *f)
{
	return !f->spf_pass && !f->dkim_pass && !f->dns_trouble;
}

/* The author cannot be told from the From field, or the header is too large to judge him
 * by it: whoever wants to evade a policy sends that (S3, S17). */
static bool
is_author_unclear(const struct findings *f)
{
	return f->dmarc == AUTH_PERMERROR &&
	       (f->txn->author == NULL || f->txn->message.too_large);
}

/* dmarc: what the owner wishes, but never more than the recipient allows (DM-27). */
static enum action
apply_dmarc(const struct findings *f, int allowed)
{
	const struct dmarc_result *dmarc = f->txn->results.dmarc;
	bool unclear = is_author_unclear(f);

	if (dmarc == NULL || allowed < RULE_QUARANTINE)
		return ACTION_ACCEPT;
	if (!unclear && (f->dmarc != AUTH_FAIL || dmarc->disposition < DMARC_QUARANTINE))
		return ACTION_ACCEPT;
	if (allowed == RULE_REJECT && (unclear || dmarc->disposition == DMARC_REJECT))
		return ACTION_REJECT;
	return ACTION_QUARANTINE;
}

/* dns-error: the answer that failed to come could have let the message pass, or could
 * have spoken for the author, whose rules are silent without it. A pass of somebody else
 * changes nothing there. */
static bool
is_dns_error(const struct findings *f)
{
	return f->dmarc == AUTH_TEMPERROR || (f->aligned_trouble && !f->aligned) ||
	       (f->dns_trouble && !f->spf_pass && !f->dkim_pass);
}

static enum action
action_of(int rule)
{
	return rule == RULE_REJECT       ? ACTION_REJECT
	       : rule == RULE_QUARANTINE ? ACTION_QUARANTINE
	                                 : ACTION_ACCEPT;
}

/* Does the rule of this kind apply, and what does it want? */
static enum action
apply(const struct findings *f, enum rule_kind kind, int value)
{
	switch (kind) {
	case RULE_SPF_FAIL:
		return is_spf_fail(f) ? action_of(value) : ACTION_ACCEPT;
	case RULE_UNAUTHENTICATED:
		return is_unauthenticated(f) ? action_of(value) : ACTION_ACCEPT;
	case RULE_DMARC:
		return apply_dmarc(f, value);
	case RULE_DNS_ERROR:
		return is_dns_error(f) && value == RULE_DNS_TEMPFAIL ? ACTION_TEMPFAIL
		                                                     : ACTION_ACCEPT;
	case RULE_IMPERSONATION:
		return !f->aligned && !f->aligned_trouble ? action_of(value)
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
judge_recipient(const struct findings *f, const struct rules *rules)
{
	struct finding worst = { .action = ACTION_ACCEPT };

	for (int k = 0; k < RULE_IMPERSONATION; k++) {
		enum action a = apply(f, (enum rule_kind)k, rules->v[k].value);

		if (a != ACTION_ACCEPT)
			add_reason(f->txn, kind_words[k]);
		if (severity(a) > severity(worst.action))
			worst = (struct finding){ a, (enum rule_kind)k,
				rules->v[k].where };
	}
	return worst;
}

/* The mildest action of all recipients. */
static struct finding
judge_recipients(const struct findings *f)
{
	struct txn *txn = f->txn;
	struct rules nobody;
	struct finding mildest;

	if (txn->recipients.n == 0) {
		policy_rules(txn->policy, NULL, &nobody);
		return judge_recipient(f, &nobody);
	}
	mildest = judge_recipient(f, &txn->recipients.v[0].rules);
	for (size_t i = 1; i < txn->recipients.n; i++) {
		struct finding next = judge_recipient(f, &txn->recipients.v[i].rules);

		txn->mixed |= next.action != mildest.action;
		if (severity(next.action) < severity(mildest.action))
			mildest = next;
	}
	return mildest;
}

/* What the rows of one domain say of impersonation. */
static void
judge_name(const struct findings *f, const char *domain, struct finding *worst)
{
	struct rules rules;
	const struct rule *rule = &rules.v[RULE_IMPERSONATION];
	enum action a;

	policy_rules(f->txn->policy, domain, &rules);
	a = apply(f, RULE_IMPERSONATION, rule->value);
	if (severity(a) > severity(worst->action))
		*worst = (struct finding){ a, RULE_IMPERSONATION, rule->where };
}

static bool
may_be_in_domain(char c)
{
	return ascii_is_alnum(c) || ascii_is_8bit(c) || c == '-' || c == '_' || c == '.';
}

/* S17: a From field that is no address list, read as the most tolerant reader may: what
 * stands behind any '@' is a domain. */
static void
judge_unreadable(const struct findings *f, struct slice value, struct finding *worst)
{
	struct scan s = scan_of(value);

	for (scan_until(&s, '@'); scan_char(&s, '@'); scan_until(&s, '@')) {
		struct pool *scratch = pool_new();
		struct slice text = SLICE_EMPTY;
		const char *domain;

		lex_fws(&s);
		scan_span(&s, may_be_in_domain, &text);
		while (slice_ends(text, "."))
			text.n--;
		if (domain_parse(scratch, text, &domain) == NULL)
			judge_name(f, domain, worst);
		pool_free(scratch);
	}
}

/* The author's own row: each domain that a From field names counts, so that a second one
 * does not hide the first. */
static struct finding
judge_impersonation(const struct findings *f)
{
	struct finding worst = { .action = ACTION_ACCEPT };
	struct txn *txn = f->txn;

	for (size_t i = 0; i < txn->message.from.n; i++) {
		struct slice value = txn->message.from.v[i]->value;
		struct addresses list = VEC_INIT;

		if (address_list_parse(txn->pool, value, 1000, &list) != NULL)
			judge_unreadable(f, value, &worst);
		for (size_t k = 0; k < list.n; k++)
			if (list.v[k].domain != NULL)
				judge_name(f, list.v[k].domain, &worst);
	}
	if (worst.action != ACTION_ACCEPT)
		add_reason(txn, kind_words[RULE_IMPERSONATION]);
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

/* Is there no key to check the signature with? */
static bool
is_key_missing(const struct dkim_result *r)
{
	return r->outcome.reason != NULL && strncmp(r->outcome.reason, "no key", 6) == 0;
}

/* What came of the first signature, in the words of OpenDKIM's On- options. None passes
 * where this is asked; the first is the one that was added last, by whoever handed the
 * message over. */
static const struct on_option *
on_option_of(const struct dkim_results *dkim)
{
	const struct dkim_result *first = &dkim->v[0];
	enum on_case what = ON_NO_SIGNATURE;

	/* RFC 6376 3.6.1: what a domain is still trying out is as good as unsigned. */
	if (dkim->n > 0 && !first->testing) {
		switch (first->outcome.code) {
		case AUTH_FAIL:
			what = ON_BAD_SIGNATURE;
			break;
		case AUTH_POLICY:
			what = ON_SECURITY;
			break;
		case AUTH_TEMPERROR:
			what = first->dns_failed ? ON_DNS_ERROR : ON_INTERNAL_ERROR;
			break;
		case AUTH_PERMERROR:
			what = is_key_missing(first) ? ON_KEY_NOT_FOUND
			                             : ON_SIGNATURE_ERROR;
			break;
		case AUTH_NEUTRAL:
		case AUTH_SOFTFAIL:
		case AUTH_NONE:
		case AUTH_PASS:
			what = ON_SIGNATURE_ERROR;
			break;
		}
	}
	return &on_options[what];
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
	int value = *(const int *)((const char *)&txn->policy->opt + on->offset);
	enum action action = actions[value];

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
	struct findings f = { .txn = txn, .dmarc = AUTH_NONE };
	struct finding all, author;

	find_spf(&f);
	find_dkim(&f);
	find_dmarc(&f);
	all = judge_recipients(&f);
	author = judge_impersonation(&f);
	carry_out(txn, severity(author.action) > severity(all.action) ? &author : &all);
	if (!f.dkim_pass && txn->results.dkim != NULL && !txn->message.too_large)
		apply_on_option(txn);
}
