/*
 * A message may pass here twice: handed back by a content filter, or run through the
 * filters again by the MTA's own tools. A signature of our own key that still verifies
 * is not made a second time. The code that verifies mail decides that, with a DNS that
 * has our own keys alone; a signature that is merely there proves nothing.
 */
#include "base/base.h"
#include "engine/outbound.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/headers.h"
#include "auth/dkim/key.h"
#include "auth/dkim/sign.h"
#include "auth/dkim/verify.h"
#include "base/ascii.h"
#include "base/scan.h"
#include "config/netlist.h"
#include "crypto/keyref.h"
#include "dns/dns_fixed.h"
#include "mail/domain.h"
#include "mail/lex.h"

#define NAMES_MAX 256 /* in h=: as many as MaximumSignedHeaders lets pass by default */

struct signature {
	const struct signing *row;
	struct dkim_sign *sign;
};

struct outbound {
	const struct mail_object *mail;
	const struct signing_plan *plan;
	VEC(struct signature) signatures;
	struct dkim_verify *old; /* the signatures that are there; NULL: none of ours */
};

static struct signing_decision
skip(const struct reason *why)
{
	return (struct signing_decision){ .choice = SIGNING_SKIP, .why = why };
}

/* Why a message of this client is not signed at all, or NULL. */
static const struct reason *
why_not_by_client(const struct mail_object *mail, const struct testimony *testimony)
{
	const struct route_decision *route = &mail->route;

	if ((mail->policy->opt.mode & MODE_SIGN) == 0)
		return REASON("Mode does not ask for signatures");
	if (!route->may_sign)
		return route->reason;
	/* What came from outside is not ours because a filter hands it back. */
	if (!route->authenticated)
		return testimony_against(testimony, mail->pool, mail->author.domain);
	return NULL;
}

/* Why the author cannot be told, or NULL. */
static const struct reason *
why_not_by_author(const struct mail_object *mail)
{
	if (mail->author.signed_for.domain == NULL)
		return mail->author.unclear;
	if (policy_is_exempt(mail->policy, mail->author.signed_for.domain))
		return REASON("the author's domain is in ExemptDomains");
	return NULL;
}

static const struct reason *
why_not_by_recipient(const struct mail_object *mail)
{
	for (size_t i = 0; i < mail->recipients.n; i++)
		if (!policy_may_sign_to(mail->policy, &mail->recipients.v[i].address))
			return REASON("a recipient is in DontSignMailTo");
	return NULL;
}

/* RFC 5321 has no word for a header that is too large; 5.3.4 is "message too big". */
static struct signing_decision
decide_too_large(const struct mail_object *mail)
{
	struct signing_decision d = skip(REASON("the header is over the limit"));

	if (mail->policy->opt.on_large_headers != LARGE_REJECT)
		return d;
	d.choice = SIGNING_REFUSE;
	d.reply = reply_make(mail->pool, ACTION_REJECT, "552", "5.3.4",
		"the message header is too large to be signed");
	return d;
}

/* On-SignatureError: mail that should be signed and cannot be does not leave. detail: of
 * the enhanced code (RFC 3463). */
static enum action
signature_error(const struct mail_object *mail)
{
	return mail->policy->opt.on_signature_error == ON_REJECT ? ACTION_REJECT
	                                                         : ACTION_TEMPFAIL;
}

static struct signing_decision
decide_error(const struct mail_object *mail, const struct reason *why, const char *detail,
	const char *text)
{
	enum action action = signature_error(mail);

	return (struct signing_decision){
		.choice = action == ACTION_REJECT ? SIGNING_REFUSE : SIGNING_DEFER,
		.why = why,
		.is_error = true,
		.reply = reply_unsigned(action, mail->pool, detail, text),
	};
}

/* Nobody knows whether it should be signed. That will be over, and so no option refuses
 * the message for good. */
static struct signing_decision
decide_unknown(
	const struct mail_object *mail, const char *domain, const struct reason *why)
{
	return (struct signing_decision){
		.choice = SIGNING_DEFER,
		.why = why,
		.is_unknown = true,
		.reply = reply_unknown(mail->pool, domain),
	};
}

static enum found
plan_for(const struct mail_object *mail, const struct address *author,
	struct signing_plan *plan)
{
	const char *user = mail->auth_user != NULL ? mail->auth_user : "";

	return policy_signings(mail->policy, mail->pool, author,
		mail->route.authenticated ? user : NULL, plan);
}

/* A domain for which a message would be signed, if its author were clear. */
struct owed {
	const char *domain;             /* NULL: none */
	const struct reason *no_answer; /* it might be: a table has no answer; or NULL */
};

/* Would mail of this author be signed? */
static bool
is_signed_for(
	const struct mail_object *mail, const struct address *author, struct owed *owed)
{
	struct signing_plan plan;

	if (author->domain == NULL || policy_is_exempt(mail->policy, author->domain) ||
		plan_for(mail, author, &plan) == ROW_ABSENT)
		return false;
	owed->domain = author->domain;
	owed->no_answer = plan.no_answer ? plan.reason : NULL;
	return !plan.no_answer;
}

static bool
may_be_in_domain(char c)
{
	return ascii_is_alnum(c) || ascii_is_8bit(c) || c == '-' || c == '_' || c == '.';
}

/* Looks for a domain of ours after any '@' of a From field that is not an address list.
 */
static bool
find_own_domain(const struct mail_object *mail, struct slice value, struct owed *owed)
{
	struct scan s = scan_of(value);

	for (scan_until(&s, '@'); scan_char(&s, '@'); scan_until(&s, '@')) {
		struct slice text = SLICE_EMPTY;
		struct address author = { .local = SLICE_LIT("x") };

		lex_fws(&s);
		scan_span(&s, may_be_in_domain, &text);
		if (domain_parse(mail->pool, text, &author.domain) == NULL &&
			is_signed_for(mail, &author, owed))
			return true;
	}
	return false;
}

/* The first domain of any From field for which it would be signed, else one for which it
 * might be. */
static struct owed
find_owed(const struct mail_object *mail)
{
	struct owed owed = { .domain = NULL };
	bool found = false;

	for (size_t i = 0; i < mail->message.from.n && !found; i++) {
		struct slice value = mail->message.from.v[i]->value;
		struct addresses list = VEC_INIT;

		if (address_list_parse(mail->pool, value, AUTHOR_ADDRESSES_MAX, &list) !=
			NULL)
			found = find_own_domain(mail, value, &owed);
		for (size_t k = 0; k < list.n && !found; k++)
			found = is_signed_for(mail, &list.v[k], &owed);
	}
	return owed;
}

/* The author cannot be told: a message that would be signed for one does not leave. */
static struct signing_decision
decide_unclear(const struct mail_object *mail, const struct reason *why)
{
	struct owed owed = { .domain = NULL };

	if (why_not_by_recipient(mail) == NULL)
		owed = find_owed(mail);
	if (owed.domain == NULL)
		return skip(why);
	if (owed.no_answer != NULL)
		return decide_unknown(mail, owed.domain, owed.no_answer);
	return decide_error(mail, why, "6.0",
		pool_printf(mail->pool, "mail of %s cannot be signed: %s", owed.domain,
			reason_text(mail->pool, why, NULL)));
}

/* "example.jp has a key: keytable:3", where it has. */
static const struct reason *
key_note(const struct mail_object *mail)
{
	const char *hint =
		policy_key_hint(mail->policy, mail->pool, &mail->author.signed_for);

	return hint != NULL ? reason_make(mail->pool, "%s has a key: %s",
				      mail->author.signed_for.domain, hint)
	                    : NULL;
}

static struct signing_decision
decide_by_plan(const struct mail_object *mail)
{
	struct signing_plan plan;
	struct signing_decision d;

	(void)plan_for(mail, &mail->author.signed_for, &plan);
	d = skip(plan.reason);
	if (plan.no_answer)
		d = decide_unknown(mail, mail->author.signed_for.domain, plan.reason);
	else if (plan.failed)
		d = decide_error(mail, plan.reason, "7.5",
			pool_printf(mail->pool,
				"mail of %s cannot be signed now: its key cannot be used",
				mail->author.signed_for.domain));
	else if (plan.rows.n > 0)
		d = (struct signing_decision){ .choice = SIGNING_SIGN, .plan = plan };
	d.note = plan.left_out;
	return d;
}

struct signing_decision
outbound_decide(const struct mail_object *mail, const struct testimony *testimony)
{
	const struct reason *why;

	if ((why = why_not_by_client(mail, testimony)) != NULL) {
		struct signing_decision d = skip(why);

		if (why_not_by_author(mail) == NULL)
			d.note = key_note(mail);
		return d;
	}
	if (mail->message.too_large)
		return decide_too_large(mail);
	if ((why = why_not_by_author(mail)) != NULL)
		return decide_unclear(mail, why);
	if ((why = why_not_by_recipient(mail)) != NULL)
		return skip(why);
	return decide_by_plan(mail);
}

struct signing_decision
outbound_decide_outside(const struct mail_object *mail)
{
	const struct session *s = mail->session;
	const struct netlist *external = mail->policy->external;
	struct signing_decision d = skip(NULL);
	const char *entry;

	if (mail->route.route != ROUTE_INBOUND || mail->author.text.n == 0 ||
		(external != NULL &&
			netlist_has(external, &s->client, s->client_name, &entry)))
		return d;
	d.note = key_note(mail);
	d.why = d.note != NULL ? mail->route.reason : NULL;
	return d;
}

static void
begin_signature(struct outbound *out, const struct signing *row, struct hdrhash *hdrhash,
	struct bodyhash *bodyhash)
{
	const struct mail_object *mail = out->mail;
	/* What the signing code holds on to must not move when the list grows. */
	struct dkim_sign_params *params = pool_alloc(mail->pool, sizeof(*params));

	*params = (struct dkim_sign_params){ .domain = row->domain,
		.selector = row->selector,
		.identity = row->identity,
		.canon_header = (enum canon_form)row->canon.header,
		.canon_body = (enum canon_form)row->canon.body,
		.sign = &mail->policy->fields.sign,
		.oversign = &mail->policy->fields.oversign,
		.oversign_present = &mail->policy->fields.oversign_present,
		.expire = row->expire,
		.key = row->key };
	*vec_add(mail->pool, &out->signatures) = (struct signature){ row,
		dkim_sign_begin(mail->pool, params, hdrhash, bodyhash, mail->now) };
}

/* Wishes for the check of signatures that are there, when one of them may be ours. */
static void
begin_old(struct outbound *out, struct bodyhash *bodyhash)
{
	const struct mail_object *mail = out->mail;
	struct dkim_verify_params params = DKIM_VERIFY_PARAMS_DEFAULT;

	/* In the shadow a signature that is there may be the one that
	 * ours is to replace. */
	if (mail->message.dkim.n == 0 || mail->policy->opt.remove_old_signatures ||
		mail->is_shadow)
		return;
	params.now = mail->now;
	out->old = dkim_verify_begin(mail->pool, &params, &mail->message,
		out->plan->rows.v[0].domain, bodyhash);
}

/* Every field of a signed name is named, and a message may have thousands of To. */
static const struct reason *
why_not_by_names(const struct outbound *out)
{
	size_t n = dkim_sign_names(out->signatures.v[0].sign);

	if (n <= NAMES_MAX)
		return NULL;
	return reason_make(out->mail->pool,
		"h= would name %zu header fields, and verifiers read no more than %d", n,
		NAMES_MAX);
}

const struct reason *
outbound_begin(const struct mail_object *mail, const struct signing_plan *plan,
	struct bodyhash *bodyhash, struct outbound **result)
{
	struct outbound *out = pool_alloc(mail->pool, sizeof(*out));
	struct hdrhash *hdrhash = hdrhash_new(mail->pool, &mail->message.all);
	const struct reason *bad;

	out->mail = mail;
	out->plan = plan;
	begin_old(out, bodyhash);
	for (size_t i = 0; i < plan->rows.n; i++)
		begin_signature(out, &plan->rows.v[i], hdrhash, bodyhash);
	bad = why_not_by_names(out);
	*result = bad == NULL ? out : NULL;
	return bad;
}

/* Is a signature of this row there already, and does it verify? */
static bool
is_there(const struct dkim_results *old, const struct signing *row)
{
	for (size_t i = 0; i < old->n; i++) {
		const struct dkim_result *r = &old->v[i];

		if (r->outcome.code == AUTH_PASS && strcmp(r->domain, row->domain) == 0 &&
			strcmp(r->selector, row->selector) == 0)
			return true;
	}
	return false;
}

/* A DNS that has the public halves of the plan's keys, and nothing else. */
static struct dns *
own_keys(struct pool *pool, const struct signing_plan *plan)
{
	struct dns_txt *records = pool_array(pool, plan->rows.n, sizeof(*records));

	for (size_t i = 0; i < plan->rows.n; i++) {
		const struct signing *row = &plan->rows.v[i];

		records[i].name = dkim_key_name(pool, row->selector, row->domain);
		records[i].text = slice_of(dkim_key_text(
			pool, key_type_name(row->key->type), row->key->public));
	}
	return dns_fixed_new(pool, records, plan->rows.n, NULL);
}

static void
check_old(struct outbound *out, struct dkim_results *old)
{
	if (out->old != NULL)
		dkim_verify_end(
			out->old, own_keys(out->mail->pool, out->plan), INT64_MAX, old);
}

/* False: it could not be made, and what has been made is of no use. */
static bool
make_signature(const struct mail_object *mail, const struct signature *s,
	struct signer *signer, struct signed_mail *result)
{
	struct slice value;
	const char *bad = dkim_sign_end(s->sign, signer, &value);

	if (bad == NULL) {
		*vec_add(mail->pool, &result->fields) = value;
		*vec_add(mail->pool, &result->rows) = s->row;
		return true;
	}
	*result = (struct signed_mail){
		.why = reason_make(mail->pool, "cannot sign as %s/%s: %p", s->row->domain,
			s->row->selector, reason_of(mail->pool, bad)),
		.note = result->note,
		.is_error = true,
		.reply = reply_unsigned(signature_error(mail), mail->pool, "7.5",
			pool_printf(mail->pool, "mail of %s cannot be signed now",
				s->row->domain)),
	};
	return false;
}

struct signed_mail
outbound_end(struct outbound *out, struct signer *signer)
{
	struct signed_mail result = { .where = NULL };
	struct dkim_results old = VEC_INIT;

	check_old(out, &old);
	for (size_t i = 0; i < out->signatures.n; i++) {
		const struct signature *s = &out->signatures.v[i];

		if (is_there(&old, s->row))
			result.note = REASON(
				"a signature of ours that verifies is there already");
		else if (!make_signature(out->mail, s, signer, &result))
			return result;
	}
	if (result.fields.n == 0)
		result.why = result.note;
	else
		result.where = out->plan->rows.v[0].where;
	return result;
}

void
outbound_edits(const struct mail_object *mail, const struct signed_mail *signed_mail,
	struct edits *edits)
{
	if (signed_mail->fields.n == 0)
		return;
	if (mail->policy->opt.remove_old_signatures)
		for (size_t i = mail->message.dkim.n; i > 0; i--)
			edits_delete(edits, mail->pool, "DKIM-Signature", (int)i);
	/* The last one inserted ends on top: RSA shall be first. */
	for (size_t i = signed_mail->fields.n; i > 0; i--)
		edits_insert(edits, mail->pool, "DKIM-Signature",
			signed_mail->fields.v[i - 1]);
}
