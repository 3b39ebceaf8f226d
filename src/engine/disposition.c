/*
 * Every rule is a row: when it applies to the summary, and (reply.c) what the reply says.
 * DNS trouble is not a reason to refuse. It keeps the first three rules from applying;
 * unauthenticated tempfails what it would reject, while our resolver answers others; and
 * dns-error applies where the missing answer could have let the message pass.
 */
#include "base/base.h"
#include "engine/disposition.h"

#include "auth/dkim/verify.h"

/* One recipient, or the author: what a rule makes of the message. */
struct finding {
	enum action action;
	enum rule_kind reply; /* the rule whose reply the sender gets */
	const char *where;
	bool is_unknown; /* a table has no answer on what the rules are */
};

/* What is being put together. */
struct disposer {
	const struct mail_object *mail;
	const struct results *results;
	const struct summary *summary;
	struct disposition *result;
};

static enum action
action_of(int value)
{
	return value == RULE_REJECT       ? ACTION_REJECT
	       : value == RULE_QUARANTINE ? ACTION_QUARANTINE
	                                  : ACTION_ACCEPT;
}

/* spf-fail: unless an aligned signature passes (RFC 7208 8.4: a forwarded message fails
 * SPF, and its signature still verifies). */
static enum action
test_spf_fail(const struct disposer *d, int value)
{
	const struct summary *s = d->summary;

	return s->spf_fail && !s->aligned_dkim && !s->aligned_trouble ? action_of(value)
	                                                              : ACTION_ACCEPT;
}

/* unauthenticated: neither SPF nor DKIM passes. Where a check could not be made the
 * message is put off until it can: a sender with dead DNS of its own would get in
 * otherwise. Only trouble of this host's resolver (it answers no question at all) does
 * not count. */
static enum action
test_unauthenticated(const struct disposer *d, int value)
{
	const struct summary *s = d->summary;

	if (s->spf_pass || s->dkim_pass)
		return ACTION_ACCEPT;
	if (!s->dns_trouble)
		return action_of(value);
	return value == RULE_REJECT && !s->resolver_silent ? ACTION_TEMPFAIL
	                                                   : ACTION_ACCEPT;
}

/* The author cannot be told from the From field, or the header is too large: a sender
 * who wants to evade a policy sends that. Not so where the field can only mean one
 * author, and that one has passed. */
static bool
is_author_unclear(const struct disposer *d)
{
	return d->summary->dmarc == AUTH_PERMERROR && !d->summary->excused &&
	       (d->mail->author.domain == NULL || d->mail->message.too_large);
}

/* dmarc: what the owner wishes, but never more than the recipient allows (RFC 9989 7.4).
 */
static enum action
test_dmarc(const struct disposer *d, int allowed)
{
	const struct summary *s = d->summary;
	bool unclear = is_author_unclear(d);

	if (!s->checked_dmarc || allowed < RULE_QUARANTINE)
		return ACTION_ACCEPT;
	if (!unclear && (s->dmarc != AUTH_FAIL || s->disposition < DMARC_QUARANTINE))
		return ACTION_ACCEPT;
	if (allowed == RULE_REJECT && (unclear || s->disposition == DMARC_REJECT))
		return ACTION_REJECT;
	return ACTION_QUARANTINE;
}

/* dns-error: the missing answer could have let the message pass, or could have spoken for
 * the author, whose rules do not apply without it. A pass of another domain changes
 * nothing there. */
static enum action
test_dns_error(const struct disposer *d, int value)
{
	const struct summary *s = d->summary;
	bool applies = s->dmarc == AUTH_TEMPERROR ||
	               (s->aligned_trouble && !s->aligned) ||
	               (s->dns_trouble && !s->spf_pass && !s->dkim_pass);

	return applies && value == RULE_DNS_TEMPFAIL ? ACTION_TEMPFAIL : ACTION_ACCEPT;
}

static enum action
test_impersonation(const struct disposer *d, int value)
{
	return !d->summary->aligned && !d->summary->aligned_trouble ? action_of(value)
	                                                            : ACTION_ACCEPT;
}

/* When does a rule apply, and what does its value want then? */
static enum action (*const tests[RULE_KINDS])(const struct disposer *, int value) = {
	[RULE_SPF_FAIL] = test_spf_fail,
	[RULE_UNAUTHENTICATED] = test_unauthenticated,
	[RULE_DMARC] = test_dmarc,
	[RULE_DNS_ERROR] = test_dns_error,
	[RULE_IMPERSONATION] = test_impersonation,
};

/* From mild to severe. Tempfail is milder than reject: no mail is lost by it. */
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

static void
add_reason(struct disposer *d, const char *word)
{
	struct words *reasons = &d->result->reasons;

	for (size_t i = 0; i < reasons->n; i++)
		if (strcmp(reasons->v[i], word) == 0)
			return;
	*vec_add(d->mail->pool, reasons) = word;
}

static void
note_unread(struct disposer *d, const struct rules *rules)
{
	if (rules->unread != NULL)
		d->result->unread = rules->unread;
}

static void
worsen(struct finding *worst, struct finding next)
{
	if (severity(next.action) > severity(worst->action))
		*worst = next;
}

/* One rule of a domain's row; the severest so far is kept, of equal ones the first. */
static enum action
apply(const struct disposer *d, const struct rules *rules, enum rule_kind kind,
	struct finding *worst)
{
	const struct rule *rule = &rules->v[kind];
	enum action action = tests[kind](d, rule->value);

	worsen(worst, (struct finding){ action,
			      action == ACTION_TEMPFAIL ? RULE_DNS_ERROR : kind,
			      rule->where, false });
	return action;
}

/* A table has no answer: what the rules are will be known later. */
static struct finding
dispose_unknown(struct disposer *d, const struct reason *why)
{
	add_reason(d, TABLE_UNAVAILABLE);
	d->result->unavailable = why;
	return (struct finding){ .action = ACTION_TEMPFAIL, .is_unknown = true };
}

/* The severest of a recipient's rules. */
static struct finding
dispose_recipient(struct disposer *d, const struct rules *rules)
{
	struct finding worst = { .action = ACTION_ACCEPT };

	if (rules->unavailable != NULL)
		return dispose_unknown(d, rules->unavailable);
	note_unread(d, rules);
	for (enum rule_kind kind = 0; kind < RULE_KINDS; kind++)
		if (rule_types[kind].scope == SCOPE_RECIPIENT &&
			apply(d, rules, kind, &worst) != ACTION_ACCEPT)
			add_reason(d, rule_types[kind].name);
	return worst;
}

/* One reply answers for all recipients of a message. Where the policies of several
 * recipients differ it is the mildest of their actions; Recipients split has parted them
 * before (must_come_apart in txn.c). What is not known for one of them may be severer than
 * any: then nobody gets it yet. */
static struct finding
dispose_recipients(struct disposer *d)
{
	const struct recipient_list *recipients = &d->mail->recipients;
	struct rules no_rules;
	struct finding mildest;

	if (recipients->n == 0) {
		(void)policy_rules(d->mail->policy, d->mail->pool, NULL, &no_rules);
		return dispose_recipient(d, &no_rules);
	}
	mildest = dispose_recipient(d, &recipients->v[0].rules);
	for (size_t i = 1; i < recipients->n; i++) {
		struct finding next = dispose_recipient(d, &recipients->v[i].rules);

		d->result->is_mixed |= next.action != mildest.action;
		if (next.is_unknown ||
			(!mildest.is_unknown &&
				severity(next.action) < severity(mildest.action)))
			mildest = next;
	}
	return mildest;
}

/* What the rows of one domain say of impersonation. What passes speaks for the author
 * alone: another domain that the field shows is only the sender's claim. */
static void
dispose_author(struct disposer *d, const char *domain, struct finding *worst)
{
	const char *author = d->mail->author.domain;
	struct summary own = *d->summary;
	struct disposer for_domain = *d;
	struct rules rules;

	if (author == NULL || strcmp(author, domain) != 0)
		own.aligned = own.aligned_trouble = false;
	for_domain.summary = &own;
	if (policy_rules(d->mail->policy, d->mail->pool, domain, &rules) ==
		ROW_UNAVAILABLE) {
		worsen(worst, dispose_unknown(d, rules.unavailable));
		return;
	}
	note_unread(d, &rules);
	for (enum rule_kind kind = 0; kind < RULE_KINDS; kind++)
		if (rule_types[kind].scope == SCOPE_AUTHOR)
			apply(&for_domain, &rules, kind, worst);
}

/* The message may show anybody as its author: every domain that guards itself. */
static void
dispose_anybody(struct disposer *d, struct finding *worst)
{
	struct asker asker = { .pool = d->mail->pool };
	const struct domains *all;

	if (keytable_guarded(d->mail->policy->keys, &asker, &all) == ROW_UNAVAILABLE)
		worsen(worst, dispose_unknown(d, asker.why));
	for (size_t i = 0; i < all->n && worst->action != ACTION_REJECT; i++)
		dispose_author(d, all->v[i], worst);
}

/* The author's own row: each domain that the From fields show counts, so that a second
 * one does not hide the first. */
static struct finding
dispose_authors(struct disposer *d, const struct authors *authors)
{
	struct finding worst = { .action = ACTION_ACCEPT };

	for (size_t i = 0; i < authors->domains.n; i++)
		dispose_author(d, authors->domains.v[i], &worst);
	if (authors->anybody)
		dispose_anybody(d, &worst);
	if (worst.action != ACTION_ACCEPT && !worst.is_unknown)
		add_reason(d, rule_types[RULE_IMPERSONATION].name);
	return worst;
}

static void
conclude(struct disposer *d, const struct finding *finding)
{
	bool is_told =
		finding->action == ACTION_REJECT || finding->action == ACTION_TEMPFAIL;

	d->result->where = finding->where;
	if (finding->is_unknown)
		d->result->reply = reply_unknown(d->mail->pool, NULL);
	else if (is_told)
		d->result->reply = reply_of_rule(finding->reply, d->mail, d->results);
	else
		d->result->reply.action = finding->action;
}

/* OpenDKIM's On- options on mail from outside, by what they are about. What none of them
 * is about there (a key that cannot be used, a signature of another version) does nothing
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

/* A signature that lacks a tag, or whose key is gone on purpose, is as good as a wrong
 * one. */
static enum on_case
on_permerror(enum auth_cause cause)
{
	switch (cause) {
	case CAUSE_INCOMPLETE:
	case CAUSE_REVOKED_KEY:
		return ON_BAD_SIGNATURE;
	case CAUSE_NO_KEY:
		return ON_KEY_NOT_FOUND;
	case CAUSE_OTHER:
	case CAUSE_DNS:
	case CAUSE_EXPIRED:
		break;
	}
	return ON_NOTHING;
}

static enum on_case
on_case_of(const struct dkim_result *r)
{
	switch (r->outcome.code) {
	case AUTH_FAIL:
		/* RFC 6376 3.5: whether x= counts is the verifier's choice; there it is
		 * reported, and no more. */
		return r->outcome.cause == CAUSE_EXPIRED ? ON_NOTHING : ON_BAD_SIGNATURE;
	case AUTH_POLICY:
		/* RFC 8301 3.1: rsa-sha1 is as good as a wrong signature. */
		return r->algorithm != NULL && strcmp(r->algorithm, "rsa-sha1") == 0
		               ? ON_BAD_SIGNATURE
		               : ON_SECURITY;
	case AUTH_TEMPERROR:
		return r->outcome.cause == CAUSE_DNS ? ON_DNS_ERROR : ON_INTERNAL_ERROR;
	case AUTH_PERMERROR:
		return on_permerror(r->outcome.cause);
	case AUTH_NEUTRAL:
	case AUTH_SOFTFAIL:
	case AUTH_NONE:
	case AUTH_PASS:
		break;
	}
	return ON_NOTHING;
}

/* The On- option of OpenDKIM that is about the first signature's result. No signature
 * passes where this is asked; the first one was added last, by the host that handed the
 * message over. NULL: no option is about it. */
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
apply_on_option(struct disposer *d)
{
	static const enum action actions[] = {
		[ON_ACCEPT] = ACTION_ACCEPT,
		[ON_QUARANTINE] = ACTION_QUARANTINE,
		[ON_REJECT] = ACTION_REJECT,
		[ON_TEMPFAIL] = ACTION_TEMPFAIL,
	};
	const struct on_option *on = on_option_of(d->results->dkim);
	const char *options = (const char *)&d->mail->policy->opt;
	enum action action;

	if (on == NULL)
		return;
	action = actions[*(const int *)(options + on->offset)];
	if (severity(action) <= severity(d->result->reply.action))
		return;
	add_reason(d, on->name);
	d->result->where = NULL;
	d->result->reply =
		action == ACTION_QUARANTINE
			? (struct reply){ .action = action }
			: reply_of_dkim(action, d->mail->pool, d->results->dkim);
}

struct disposition
dispose(const struct mail_object *mail, const struct results *results,
	const struct summary *summary, const struct authors *authors)
{
	struct disposition result = { .reply.action = ACTION_ACCEPT };
	struct disposer d = { mail, results, summary, &result };
	struct finding all = dispose_recipients(&d);
	struct finding author = dispose_authors(&d, authors);

	conclude(&d, severity(author.action) > severity(all.action) ? &author : &all);
	if (!summary->dkim_pass && results->dkim != NULL && !mail->message.too_large)
		apply_on_option(&d);
	return result;
}
