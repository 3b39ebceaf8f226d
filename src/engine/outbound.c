/*
 * A message may pass here twice: handed back by a content filter, or run through the
 * filters again by the MTA's own tools. A signature of our own key that still verifies is
 * not made a second time. Whether it verifies is asked of the very code that verifies
 * mail, with a DNS that knows our own keys alone (ownkeys.h); that it is there proves
 * nothing.
 */
#include "base/base.h"
#include "engine/outbound.h"

#include "auth/bodyhash.h"
#include "auth/dkim_sign.h"
#include "auth/dkim_verify.h"
#include "auth/dmarc.h"
#include "auth/hdrhash.h"
#include "base/ascii.h"
#include "base/scan.h"
#include "engine/ownkeys.h"
#include "engine/state.h"
#include "mail/domain.h"
#include "mail/lex.h"
#include "mail/sole.h"

#define NAMES_MAX 256 /* in h=: as many as MaximumSignedHeaders lets pass by default */

struct signature {
	const struct signing *row;
	struct dkim_sign_params params;
	struct dkim_sign *sign;
};

struct outbound {
	struct signing_plan plan;
	VEC(struct signature) signatures;
	struct dkim_verify *old; /* the signatures that are there; NULL: none of ours */
};

/* Why a message of this client is not signed at all, or NULL. */
static const char *
why_not_by_client(const struct txn *txn)
{
	const struct route_decision *route = &txn->results.route;

	if ((txn->policy->opt.mode & MODE_SIGN) == 0)
		return "Mode does not ask for signatures";
	if (!route->may_sign)
		return route->reason;
	/* S33: what came from outside is not ours because it comes back from a filter. */
	if (!route->authenticated)
		return testimony_against(
			cleanse_testimony(txn->cleanse), txn->pool, txn->author);
	return NULL;
}

/* Why no author can be held to the message, or NULL and the author. A field off the
 * grammar has one where it can mean no other: "Doe, John <john@example.jp>". */
static const char *
why_not_by_author(struct txn *txn, struct address *author)
{
	const struct headers *from = &txn->message.from;
	struct addresses list = VEC_INIT;
	const char *bad, *domain;

	bad = dmarc_author(txn->pool, from, &domain);
	if (bad != NULL &&
		(from->n != 1 || !sole_author(txn->pool, from->v[0]->value, author)))
		return bad;
	if (bad == NULL) {
		/* One From field with addresses of one domain: the first stands for it. */
		if (address_list_parse(txn->pool, from->v[0]->value, 1000, &list) != NULL ||
			list.n == 0)
			return "the From field cannot be read";
		*author = list.v[0];
	}
	if (policy_is_exempt(txn->policy, author->domain))
		return "the author's domain is in ExemptDomains";
	return NULL;
}

static const char *
why_not_by_recipient(const struct txn *txn)
{
	for (size_t i = 0; i < txn->recipients.n; i++)
		if (!policy_may_sign_to(txn->policy, &txn->recipients.v[i].address))
			return "a recipient is in DontSignMailTo";
	return NULL;
}

/* RFC 5321 has no word for a header that is too large; 5.3.4 is "message too big". */
static const char *
why_not_by_size(struct txn *txn)
{
	if (!txn->message.too_large)
		return NULL;
	if (txn->policy->opt.on_large_headers == LARGE_REJECT)
		txn_refuse(txn, ACTION_REJECT, "552", "5.3.4",
			"the message header is too large to be signed");
	return "the header is over the limit";
}

/* On-SignatureError: mail that should be signed and cannot be does not leave. subject: of
 * the enhanced code (RFC 3463). */
static void
refuse_unsigned(struct txn *txn, const char *subject, const char *text)
{
	bool reject = txn->policy->opt.on_signature_error == ON_REJECT;

	txn_refuse(txn, reject ? ACTION_REJECT : ACTION_TEMPFAIL, reject ? "550" : "451",
		pool_printf(txn->pool, "%c.%s", reject ? '5' : '4', subject), text);
	*vec_add(txn->pool, &txn->results.reasons) = "signature-error";
}

static void
plan_for(const struct txn *txn, const struct address *author, struct signing_plan *plan)
{
	policy_signings(txn->policy, txn->pool, author,
		txn->results.route.authenticated
			? (txn->auth_user != NULL ? txn->auth_user : "")
			: NULL,
		plan);
}

/* Would mail of this author be signed? */
static bool
is_signed_for(const struct txn *txn, const struct address *author)
{
	struct signing_plan plan;

	if (author->domain == NULL || policy_is_exempt(txn->policy, author->domain))
		return false;
	plan_for(txn, author, &plan);
	return plan.failed || plan.rows.n > 0;
}

static bool
may_be_in_domain(char c)
{
	return ascii_is_alnum(c) || ascii_is_8bit(c) || c == '-' || c == '_' || c == '.';
}

/* A domain of ours behind any '@' of a From field that is no address list; NULL: none. */
static const char *
find_own_domain(const struct txn *txn, struct slice value)
{
	struct scan s = scan_of(value);

	for (scan_until(&s, '@'); scan_char(&s, '@'); scan_until(&s, '@')) {
		struct slice text = SLICE_EMPTY;
		struct address author = { .local = SLICE_LIT("x") };

		lex_fws(&s);
		scan_span(&s, may_be_in_domain, &text);
		if (domain_parse(txn->pool, text, &author.domain) == NULL &&
			is_signed_for(txn, &author))
			return author.domain;
	}
	return NULL;
}

/* The domain for which a message would be signed, if its author were clear: one that any
 * From field names. NULL: nothing is owed to anybody. */
static const char *
domain_owed(const struct txn *txn)
{
	for (size_t i = 0; i < txn->message.from.n; i++) {
		struct slice value = txn->message.from.v[i]->value;
		struct addresses list = VEC_INIT;
		const char *found = NULL;

		if (address_list_parse(txn->pool, value, 1000, &list) != NULL)
			found = find_own_domain(txn, value);
		for (size_t k = 0; k < list.n && found == NULL; k++)
			if (is_signed_for(txn, &list.v[k]))
				found = list.v[k].domain;
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* Nobody can be held to the message; where it is ours all the same, it does not leave. */
static const char *
refuse_author(struct txn *txn, const char *why)
{
	const char *domain;

	if (why_not_by_recipient(txn) != NULL)
		return why;
	if ((domain = domain_owed(txn)) != NULL)
		refuse_unsigned(txn, "6.0",
			pool_printf(txn->pool, "mail of %s cannot be signed: %s", domain,
				why));
	return why;
}

static const char *
why_not(struct txn *txn, struct outbound *out)
{
	struct address author = { 0 };
	const char *why, *hint;

	if ((why = why_not_by_client(txn)) != NULL) {
		if (why_not_by_author(txn, &author) == NULL &&
			(hint = policy_key_hint(txn->policy, txn->pool, &author)) != NULL)
			txn->note = pool_printf(
				txn->pool, "%s has a key: %s", author.domain, hint);
		return why;
	}
	if ((why = why_not_by_size(txn)) != NULL)
		return why;
	if ((why = why_not_by_author(txn, &author)) != NULL)
		return refuse_author(txn, why);
	if ((why = why_not_by_recipient(txn)) != NULL)
		return why;
	plan_for(txn, &author, &out->plan);
	if (out->plan.failed)
		refuse_unsigned(txn, "7.5",
			pool_printf(txn->pool,
				"mail of %s cannot be signed now: its key cannot be used",
				author.domain));
	txn->note = out->plan.left_out;
	return out->plan.rows.n == 0 || out->plan.failed ? out->plan.reason : NULL;
}

static void
begin_signature(struct txn *txn, struct outbound *out, const struct signing *row,
	struct hdrhash *hdrhash)
{
	struct signature *s = vec_add(txn->pool, &out->signatures);
	/* What the signing code holds on to must not move when the list grows. */
	struct dkim_sign_params *params = pool_alloc(txn->pool, sizeof(*params));

	*params = (struct dkim_sign_params){ .domain = row->domain,
		.selector = row->selector,
		.identity = row->identity,
		.canon_header = (enum canon_form)row->canon.header,
		.canon_body = (enum canon_form)row->canon.body,
		.sign = &txn->policy->sign,
		.oversign = &txn->policy->oversign,
		.oversign_present = &txn->policy->oversign_present,
		.expire = row->expire,
		.key = row->key };
	s->row = row;
	s->sign = dkim_sign_begin(txn->pool, params, hdrhash, txn->bodyhash, txn->now);
}

/* Wishes for the check of signatures that are there, when one of them may be ours. */
static void
begin_old(struct txn *txn, struct outbound *out)
{
	struct dkim_verify_params params = DKIM_VERIFY_PARAMS_DEFAULT;

	/* In the shadow a signature that is there may be the one that ours is to replace.
	 */
	if (txn->message.dkim.n == 0 || txn->policy->opt.remove_old_signatures ||
		txn->shadow)
		return;
	params.now = txn->now;
	out->old = dkim_verify_begin(txn->pool, &params, &txn->message,
		out->plan.rows.v[0].domain, txn->bodyhash);
}

/* Every field of a signed name is named, and a message may have thousands of To. */
static const char *
why_not_by_names(const struct txn *txn, const struct outbound *out)
{
	size_t n = dkim_sign_names(out->signatures.v[0].sign);

	if (n <= NAMES_MAX)
		return NULL;
	return pool_printf(txn->pool,
		"h= would name %zu header fields, and verifiers read no more than %d", n,
		NAMES_MAX);
}

struct outbound *
outbound_eoh(struct txn *txn)
{
	struct outbound *out = pool_alloc(txn->pool, sizeof(*out));
	struct hdrhash *hdrhash;

	txn->results.unsigned_why = why_not(txn, out);
	if (txn->results.unsigned_why != NULL)
		return NULL;
	hdrhash = hdrhash_new(txn->pool, &txn->message.all);
	begin_old(txn, out);
	for (size_t i = 0; i < out->plan.rows.n; i++)
		begin_signature(txn, out, &out->plan.rows.v[i], hdrhash);
	txn->results.unsigned_why = why_not_by_names(txn, out);
	return txn->results.unsigned_why == NULL ? out : NULL;
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

static void
check_old(struct txn *txn, struct dkim_results *old)
{
	struct outbound *out = txn->outbound;
	struct dns *dns;

	if (out->old == NULL)
		return;
	dns = ownkeys_new(txn->pool, out->plan.rows.v, out->plan.rows.n);
	dkim_verify_end(out->old, dns, INT64_MAX, old);
}

/* DKS-8 and RemoveOldSignatures: the highest ordinal goes first. */
static void
remove_old(struct txn *txn)
{
	if (!txn->policy->opt.remove_old_signatures)
		return;
	for (size_t i = txn->message.dkim.n; i > 0; i--)
		*vec_add(txn->pool, &txn->edits) = (struct edit){
			.op = EDIT_DELETE, .index = (int)i, .name = "DKIM-Signature"
		};
}

static bool
make_signature(struct txn *txn, const struct signature *s, struct slice *value)
{
	const char *bad = dkim_sign_end(s->sign, txn->services->signer, value);

	if (bad == NULL)
		return true;
	txn->results.unsigned_why = pool_printf(txn->pool, "cannot sign as %s/%s: %s",
		s->row->domain, s->row->selector, bad);
	refuse_unsigned(txn, "7.5",
		pool_printf(
			txn->pool, "mail of %s cannot be signed now", s->row->domain));
	return false;
}

/* All signatures or none: a message with half of them has another fate than its author
 * was promised. */
void
outbound_end(struct txn *txn)
{
	struct outbound *out = txn->outbound;
	struct dkim_results old = VEC_INIT;
	struct slices values = VEC_INIT;

	check_old(txn, &old);
	for (size_t i = 0; i < out->signatures.n; i++) {
		const struct signature *s = &out->signatures.v[i];
		struct slice value;

		if (is_there(&old, s->row)) {
			txn->note = "a signature of ours that verifies is there already";
			continue;
		}
		if (!make_signature(txn, s, &value))
			return;
		*vec_add(txn->pool, &values) = value;
		*vec_add(txn->pool, &txn->signed_by) = s->row;
	}
	if (values.n == 0) {
		txn->results.unsigned_why = txn->note;
		return;
	}
	remove_old(txn);
	txn->results.signatures = values;
	txn->where = out->plan.rows.v[0].where;
	/* The last one inserted ends on top: RSA shall be first. */
	for (size_t i = values.n; i > 0; i--)
		txn_insert(txn, "DKIM-Signature", values.v[i - 1]);
}
