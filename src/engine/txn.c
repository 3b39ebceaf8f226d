/*
 * The transaction only collects and calls: what to do is decided by the route, at once;
 * then each step takes what the ones before it gave back, and gives back a struct of its
 * own. This file alone copies what is shown of it into struct results.
 *
 *     check      inbound.c    what SPF, DKIM and DMARC say        struct results
 *     summarise  summary.c    a few yes and no                    struct summary
 *     dispose    disposition.c what is done, by which rule        struct disposition
 *     sign       outbound.c   which signatures are made           struct signed_mail
 *     compose    here         the edits, in the order in which they must be done
 *     record     report.c     the log line                        struct message_record
 */
#include "base/base.h"
#include "engine/txn.h"

#include "auth/dkim/bodyhash.h"
#include "base/str.h"
#include "engine/authres_compose.h"
#include "engine/disposition.h"
#include "engine/dns_counter.h"
#include "engine/edits.h"
#include "engine/inbound.h"
#include "engine/message_record.h"
#include "engine/outbound.h"
#include "engine/removal.h"
#include "engine/report.h"
#include "engine/shadow.h"
#include "mail/authres_id.h"
#include "mail/domain.h"

struct txn {
	struct mail_object mail;
	unsigned steps;         /* enum step, of its route */
	struct dns_counter counter; /* its dns is the one to ask */
	struct authres_ids ids; /* whose Authentication-Results are ours */
	struct removal *removal;
	struct submission submission;
	struct bodyhash *bodyhash;
	bool header_done;
	struct inbound *inbound;   /* NULL: not verified */
	struct outbound *outbound; /* NULL: not to be signed */

	struct results results;
	struct disposition disposition; /* of mail from outside */
	struct signing_decision decision;
	struct signed_mail signed_mail;
	struct edits edits;
	struct verdict verdict;
};

static void
take_sender(struct mail_object *mail, const struct envelope *env)
{
	struct slice path = slice_trim(env->mail_from);

	mail->has_mail_from = env->mail_from.p != NULL;
	if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
		path = slice_sub(path, 1, path.n - 2);
	mail->mail_from = pool_slice(mail->pool, path);
}

static const char *
copy(struct pool *pool, const char *text)
{
	return text != NULL && *text != '\0' ? pool_strdup(pool, text) : NULL;
}

/* By the tool: what would be found if the message came from outside. */
static void
come_from_outside(struct mail_object *mail)
{
	if (mail->route.route != ROUTE_TRUSTED)
		mail->route = (struct route_decision){ .route = ROUTE_INBOUND,
			.reason = REASON("asked to verify") };
}

static bool
has_step(const struct txn *txn, enum step step)
{
	return (txn->steps & (unsigned)step) != 0;
}

/* The envelope, and the route that follows from the client. */
static void
begin_mail(struct mail_object *mail, struct session *s, const struct envelope *env)
{
	struct route_query query = { s->client, s->client.bits == 0 && env->hidden,
		s->client_name, env->auth_type, env->auth_user, env->daemon_name };

	mail->session = s;
	mail->policy = s->policy;
	mail->now = services_now(s->services);
	mail->is_shadow = s->policy->opt.mode == MODE_SHADOW && !env->verify;
	mail->auth_user = copy(mail->pool, env->auth_user);
	take_sender(mail, env);
	route_decide(mail->pool, s->policy, &query, &mail->route);
	message_init(&mail->message, mail->pool, (size_t)s->policy->opt.maximum_headers);
	mail->message.most_fields = (size_t)s->policy->opt.maximum_header_fields;
}

struct txn *
txn_begin(struct session *s, const struct envelope *env)
{
	struct pool *pool = pool_new();
	struct txn *txn = pool_alloc(pool, sizeof(*txn));
	struct mail_object *mail = &txn->mail;

	mail->pool = pool;
	begin_mail(mail, s, env);
	dns_counter_init(&txn->counter, pool, s->services);
	session_ids(s, pool, &txn->ids);
	txn->removal = removal_new(pool, &txn->ids,
		s->policy->opt.received_spf ? session_authserv_id(s) : NULL);
	submission_init(&txn->submission);
	txn->bodyhash = bodyhash_new(pool);
	if (env->verify)
		come_from_outside(mail);
	txn->steps = route_steps(mail->route.route,
		env->verify || (mail->policy->opt.mode & MODE_VERIFY) != 0);
	if (has_step(txn, STEP_CHECK))
		txn->inbound = inbound_begin(mail, &txn->counter.dns);
	txn->results.route = mail->route;
	return txn;
}

/* The domain of a recipient without '@', as MTAs read it of old: "domain!local", or
 * "local%domain". NULL: of this host. */
static const char *
domain_of_route(struct pool *pool, struct slice path)
{
	struct slice text = slice_trim(path);
	const char *domain = NULL;
	ptrdiff_t at;

	if (slice_starts(text, "<") && slice_ends(text, ">") && text.n > 1)
		text = slice_sub(text, 1, text.n - 2);
	if ((at = slice_find(text, '!')) > 0)
		text = slice_sub(text, 0, (size_t)at);
	else if ((at = slice_rfind(text, '%')) > 0)
		text = slice_from(text, (size_t)at + 1);
	if (at > 0)
		(void)domain_parse(pool, text, &domain);
	return domain;
}

/* Recipients split: is this one's policy another than that of those before it? */
static bool
must_come_apart(const struct txn *txn, const struct recipient *r)
{
	const struct mail_object *mail = &txn->mail;

	return !mail->is_shadow && mail->policy->opt.recipients == RECIPIENTS_SPLIT &&
	       has_step(txn, STEP_DISPOSE) && mail->recipients.n > 0 &&
	       !rules_agree(&mail->recipients.v[0].rules, &r->rules);
}

const struct verdict *
txn_rcpt(struct txn *txn, struct slice rcpt_to)
{
	static const struct verdict apart = {
		.action = ACTION_TEMPFAIL,
		.code = "452",
		.xcode = "4.5.3",
		.text = "this recipient has another policy than the first: send it apart"
	};
	struct mail_object *mail = &txn->mail;
	struct recipient r = { .text = pool_slice(mail->pool, rcpt_to) };

	if (address_path_parse(mail->pool, r.text, &r.address) != NULL)
		r.address.domain = NULL;
	if (r.address.domain == NULL && slice_find(r.text, '@') < 0)
		r.address.domain = domain_of_route(mail->pool, r.text);
	if (has_step(txn, STEP_CHECK))
		(void)policy_rules(mail->policy, mail->pool, r.address.domain, &r.rules);
	if (must_come_apart(txn, &r))
		return &apart;
	*vec_add(mail->pool, &mail->recipients) = r;
	return NULL;
}

void
txn_header(struct txn *txn, struct slice name, struct slice value)
{
	/* The header is closed: digests over it have begun. */
	if (txn->mail.route.route == ROUTE_PEER || txn->header_done)
		return;
	message_add(&txn->mail.message, name, value);
	removal_header(txn->removal, name, value);
	submission_header(&txn->submission, name, value);
	if (txn->inbound != NULL && !txn->mail.message.too_large)
		inbound_header(txn->inbound, name, value);
}

/* By the plan, unless it turns out that none of its signatures can be made. */
static void
begin_signing(struct txn *txn)
{
	const struct reason *bad = outbound_begin(
		&txn->mail, &txn->decision.plan, txn->bodyhash, &txn->outbound);

	if (bad == NULL)
		return;
	txn->decision.choice = SIGNING_SKIP;
	txn->decision.why = bad;
}

void
txn_eoh(struct txn *txn)
{
	struct mail_object *mail = &txn->mail;

	if (txn->header_done)
		return;
	txn->header_done = true;
	mail->author = author_read(mail->pool, &mail->message.from);
	txn->decision = has_step(txn, STEP_SIGN)
	                        ? outbound_decide(mail, removal_testimony(txn->removal))
	                        : outbound_decide_outside(mail);
	if (txn->inbound != NULL)
		inbound_eoh(txn->inbound, txn->bodyhash);
	if (txn->decision.choice == SIGNING_SIGN)
		begin_signing(txn);
}

bool
txn_body(struct txn *txn, const char *p, size_t n)
{
	bool more;

	txn_eoh(txn);
	more = bodyhash_feed(txn->bodyhash, p, n);
	if (txn->inbound != NULL)
		inbound_body(txn->inbound);
	if (txn->outbound == NULL && txn->inbound == NULL)
		return more;
	/* All of it is looked at, also where no digest needs more. */
	submission_body(&txn->submission, p, n);
	return true;
}

static void
check(struct txn *txn)
{
	txn_eoh(txn);
	bodyhash_end(txn->bodyhash);
	submission_end(&txn->submission);
	if (txn->inbound != NULL)
		inbound_end(txn->inbound, &txn->results);
}

/* No policy acts on what comes from TrustedRelays, nor on exempt domains. */
static bool
is_judged(const struct txn *txn)
{
	const struct mail_object *mail = &txn->mail;

	return has_step(txn, STEP_DISPOSE) &&
	       (mail->author.domain == NULL ||
		       !policy_is_exempt(mail->policy, mail->author.domain));
}

static void
summarise_and_dispose(struct txn *txn)
{
	const struct mail_object *mail = &txn->mail;
	struct authors authors;
	struct summary summary;

	if (!is_judged(txn))
		return;
	summary = summarise(&txn->results, mail->author.domain, &txn->counter.dns);
	authors = authors_of(mail, txn->results.spf);
	txn->disposition = dispose(mail, &txn->results, &summary, &authors);
	txn->results.resolver_silent = summary.resolver_silent;
	txn->results.reasons = txn->disposition.reasons;
	txn->results.unread = txn->disposition.unread;
	txn->results.unavailable = txn->disposition.unavailable;
}

/* Mail of ours, or (a note alone) from a client that we may have forgotten. */
static void
sign(struct txn *txn)
{
	struct results *r = &txn->results;

	r->unsigned_why = txn->decision.why;
	if (txn->outbound != NULL) {
		txn->signed_mail =
			outbound_end(txn->outbound, txn->mail.session->services->signer);
		r->signatures = txn->signed_mail.fields;
		r->unsigned_why = txn->signed_mail.why;
	}
	if (txn->decision.is_error || txn->signed_mail.is_error)
		*vec_add(txn->mail.pool, &r->reasons) = "signature-error";
	if (txn->decision.is_unknown)
		*vec_add(txn->mail.pool, &r->reasons) = TABLE_UNAVAILABLE;
}

/* Repairs values that hide a field which could pass for ours. Only of mail that comes in:
 * what we sign goes out as it was signed. */
static void
close_hidden(struct txn *txn)
{
	const struct removal_repairs *repairs = removal_repairs(txn->removal);

	for (size_t i = 0; i < repairs->n; i++)
		edits_change(&txn->edits, txn->mail.pool, repairs->v[i].name,
			repairs->v[i].ordinal, repairs->v[i].value);
}

/* RFC 8601 5: fields that could pass for ours go, before ours come. Without a check of
 * our own we have nothing to put in their place, and another instance of us may just have
 * written them. */
static void
remove_forged(struct txn *txn)
{
	for (size_t i = 0; i < removal_count(txn->removal); i++) {
		struct removal_field field = removal_at(txn->removal, i);

		edits_delete(&txn->edits, txn->mail.pool, field.name, field.ordinal);
	}
	txn->results.removed = *removal_values(txn->removal);
}

/* "spf-fail, dmarc" */
static struct slice
reasons_text(struct pool *pool, const struct words *reasons)
{
	struct str text = STR_POOL(pool);

	for (size_t i = 0; i < reasons->n; i++)
		str_addf(&text, "%s%s", i > 0 ? ", " : "", reasons->v[i]);
	return str_slice(&text);
}

static void
quarantine(struct txn *txn)
{
	struct pool *pool = txn->mail.pool;
	struct slice why = reasons_text(pool, &txn->results.reasons);

	if (txn->mail.policy->opt.quarantine == QUARANTINE_HOLD)
		edits_hold(&txn->edits, pool, why);
	else
		edits_insert(&txn->edits, pool, QUARANTINE_FIELD,
			slice_of(pool_printf(pool, " %.*s", SLICE_ARG(why))));
}

static void
insert_received_spf(struct txn *txn)
{
	struct str value = STR_POOL(txn->mail.pool);

	if (!txn->mail.policy->opt.received_spf || txn->results.spf == NULL)
		return;
	inbound_received_spf(txn->inbound, txn->results.spf, &value);
	edits_insert(&txn->edits, txn->mail.pool, "Received-SPF", str_slice(&value));
}

static void
insert_results(struct txn *txn, const char *queue_id)
{
	const struct mail_object *mail = &txn->mail;
	const char *id = session_authserv_id(mail->session);
	struct slice value;

	if (mail->policy->opt.authserv_id_with_job_id && queue_id != NULL)
		id = pool_printf(mail->pool, "%s/%s", id, queue_id);
	value = authres_fit(mail, &txn->results, id);
	txn->results.authentication_results = value.p;
	edits_insert(&txn->edits, mail->pool, "Authentication-Results", value);
}

/* SubmissionResults: does a field tell the login? */
static bool
tells_login(const struct mail_object *mail)
{
	return mail->policy->opt.submission_results && mail->auth_user != NULL &&
	       mail->route.authenticated;
}

static void
compose(struct txn *txn, const char *queue_id)
{
	if (has_step(txn, STEP_CHECK))
		close_hidden(txn);
	if (has_step(txn, STEP_REMOVE))
		remove_forged(txn);
	if (txn->disposition.reply.action == ACTION_QUARANTINE)
		quarantine(txn);
	if (txn->inbound != NULL)
		insert_received_spf(txn);
	outbound_edits(&txn->mail, &txn->signed_mail, &txn->edits);
	if (txn->inbound != NULL || tells_login(&txn->mail))
		insert_results(txn, queue_id);
}

/* What the sender is told: mail from outside is disposed of, ours is signed or not. */
static const struct reply *
reply_of(const struct txn *txn)
{
	if (txn->inbound != NULL)
		return &txn->disposition.reply;
	return txn->signed_mail.is_error ? &txn->signed_mail.reply : &txn->decision.reply;
}

static struct message_record
record_of(const struct txn *txn, const char *queue_id)
{
	const struct reason *note = txn->signed_mail.note;

	return (struct message_record){
		.queue_id = queue_id,
		.mail = &txn->mail,
		.results = &txn->results,
		.submission = &txn->submission,
		.is_verified = txn->inbound != NULL,
		.has_hidden = removal_repairs(txn->removal)->n > 0,
		.reply = *reply_of(txn),
		.where = txn->inbound != NULL ? txn->disposition.where
		                              : txn->signed_mail.where,
		.is_mixed = txn->disposition.is_mixed,
		.note = note != NULL ? note : txn->decision.note,
		.signed_by = txn->signed_mail.rows,
		.dns_asked = txn->counter.asked,
		.dns_ms = txn->counter.waited_ms,
	};
}

/* Mode shadow: the log says what would have been done, and nothing is done. */
static void
conclude(struct txn *txn, const char *queue_id)
{
	struct message_record record = record_of(txn, queue_id);
	struct verdict *v = &txn->verdict;

	if (txn->mail.is_shadow)
		shadow_compare(&record, &txn->results.differs);
	v->log = report_print(&record);
	if (txn->mail.is_shadow)
		return;
	v->action = record.reply.action;
	memcpy(v->code, record.reply.code, sizeof(v->code));
	memcpy(v->xcode, record.reply.xcode, sizeof(v->xcode));
	v->text = record.reply.text;
	if (v->action == ACTION_REJECT || v->action == ACTION_TEMPFAIL)
		return;
	v->edits = txn->edits.v;
	v->nedits = txn->edits.n;
}

const struct verdict *
txn_end(struct txn *txn, const char *queue_id)
{
	check(txn);
	summarise_and_dispose(txn);
	sign(txn);
	compose(txn, queue_id);
	conclude(txn, queue_id);
	return &txn->verdict;
}

const struct results *
txn_results(const struct txn *txn)
{
	return &txn->results;
}

void
txn_free(struct txn *txn)
{
	if (txn != NULL)
		pool_free(txn->mail.pool);
}
