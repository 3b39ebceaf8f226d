/*
 * The transaction only collects and calls: what to do is decided by the route, at once;
 * the checks are inbound.c's, the signatures outbound.c's, what follows from the checks
 * judge.c's. The edits are put together here at the end, so that their order is written
 * in one place: deletions, then what goes on top.
 */
#include "base/base.h"
#include "engine/txn.h"

#include "auth/bodyhash.h"
#include "auth/dmarc.h"
#include "config/netlist.h"
#include "engine/arfield.h"
#include "engine/inbound.h"
#include "engine/judge.h"
#include "engine/outbound.h"
#include "engine/report.h"
#include "engine/shadow.h"
#include "engine/state.h"
#include "mail/domain.h"

#define REPLY_MAX 450

/* One SMTP connection. */
struct session *
session_new(const struct policy *policy, const struct services *services,
	const char *rdns, const struct sockaddr *client, const char *mta_name)
{
	struct pool *pool = pool_new();
	struct session *s = pool_alloc(pool, sizeof(*s));

	s->pool = pool;
	s->policy = policy;
	s->services = services;
	s->client = ip_of_sockaddr(client);
	if (rdns != NULL)
		s->client_name = pool_strdup(pool, rdns);
	if (mta_name != NULL)
		s->mta_name = pool_strdup(pool, mta_name);
	return s;
}

void
session_mta_version(struct session *s, const char *version)
{
	s->is_postfix = version != NULL && strncmp(version, "Postfix", 7) == 0;
}

void
session_helo(struct session *s, const char *name)
{
	s->helo = pool_slice(s->pool, slice_of(name));
}

void
session_free(struct session *s)
{
	if (s != NULL)
		pool_free(s->pool);
}

/* One id of ours, as the configuration spells it. */
static const char *
id_of(const struct session *s, const char *word)
{
	if (word != NULL && strcasecmp(word, "HOSTNAME") != 0)
		return word;
	return s->mta_name != NULL ? s->mta_name : "localhost";
}

const char *
txn_authserv_id(const struct txn *txn)
{
	return id_of(txn->session, txn->policy->opt.authserv_id);
}

static void
collect_ids(struct txn *txn)
{
	const struct words *more = &txn->policy->remove_ar_from;

	/* An id that no field could bear needs no removing. */
	(void)authres_ids_add(txn->pool, &txn->ids, slice_of(txn_authserv_id(txn)));
	for (size_t i = 0; i < more->n; i++)
		(void)authres_ids_add(
			txn->pool, &txn->ids, slice_of(id_of(txn->session, more->v[i])));
}

static void
take_sender(struct txn *txn, const struct envelope *env)
{
	struct slice path = slice_trim(env->mail_from);

	txn->has_mail_from = env->mail_from.p != NULL;
	if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
		path = slice_sub(path, 1, path.n - 2);
	txn->mail_from = pool_slice(txn->pool, path);
}

static const char *
copy(struct pool *pool, const char *text)
{
	return text != NULL && *text != '\0' ? pool_strdup(pool, text) : NULL;
}

static bool
is_verified(const struct txn *txn)
{
	enum route route = txn->results.route.route;

	return (route == ROUTE_INBOUND || route == ROUTE_TRUSTED) &&
	       (txn->policy->opt.mode & MODE_VERIFY) != 0;
}

/* The tool is asked what would be found if the message came from outside. */
static void
verify_anyway(struct txn *txn)
{
	struct route_decision *route = &txn->results.route;

	if (route->route != ROUTE_TRUSTED)
		*route = (struct route_decision){ .route = ROUTE_INBOUND,
			.reason = "asked to verify" };
	txn->inbound = inbound_begin(txn);
}

static bool
goes_out(const struct txn *txn)
{
	enum route route = txn->results.route.route;

	return route == ROUTE_OUTBOUND || route == ROUTE_LOCAL;
}

/* A message begins: everything that depends on the client is decided here. */
struct txn *
txn_begin(struct session *s, const struct envelope *env)
{
	struct pool *pool = pool_new();
	struct txn *txn = pool_alloc(pool, sizeof(*txn));
	struct route_query query = { s->client, s->client.bits == 0 && env->hidden,
		s->client_name, env->auth_type, env->auth_user, env->daemon_name };

	txn->pool = pool;
	txn->session = s;
	txn->policy = s->policy;
	txn->services = s->services;
	txn->now = services_now(s->services);
	meter_init(&txn->meter, pool, s->services);
	txn->auth_user = copy(pool, env->auth_user);
	take_sender(txn, env);
	route_decide(pool, s->policy, &query, &txn->results.route);
	collect_ids(txn);
	message_init(&txn->message, pool, (size_t)s->policy->opt.maximum_headers);
	txn->message.most_fields = (size_t)s->policy->opt.maximum_header_fields;
	txn->cleanse = cleanse_new(pool, &txn->ids,
		s->policy->opt.received_spf ? txn_authserv_id(txn) : NULL);
	submission_init(&txn->submission);
	txn->shadow = s->policy->opt.mode == MODE_SHADOW && !env->verify;
	txn->bodyhash = bodyhash_new(pool);
	if (env->verify)
		verify_anyway(txn);
	else if (is_verified(txn))
		txn->inbound = inbound_begin(txn);
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

const struct verdict *
txn_rcpt(struct txn *txn, struct slice rcpt_to)
{
	static const struct verdict apart = {
		.action = ACTION_TEMPFAIL,
		.code = "452",
		.xcode = "4.5.3",
		.text = "this recipient has another policy than the first: send it apart"
	};
	struct recipient r = { .text = pool_slice(txn->pool, rcpt_to) };

	if (address_path_parse(txn->pool, r.text, &r.address) != NULL)
		r.address.domain = NULL;
	if (r.address.domain == NULL && slice_find(r.text, '@') < 0)
		r.address.domain = domain_of_route(txn->pool, r.text);
	policy_rules(txn->policy, r.address.domain, &r.rules);
	if (!txn->shadow && txn->policy->opt.recipients == RECIPIENTS_SPLIT &&
		txn->inbound != NULL && txn->results.route.route == ROUTE_INBOUND &&
		txn->recipients.n > 0 &&
		!rules_agree(&txn->recipients.v[0].rules, &r.rules))
		return &apart;
	*vec_add(txn->pool, &txn->recipients) = r;
	return NULL;
}

void
txn_header(struct txn *txn, struct slice name, struct slice value)
{
	/* What has begun with the header would not fit a larger one. */
	if (txn->results.route.route == ROUTE_PEER || txn->header_done)
		return;
	message_add(&txn->message, name, value);
	cleanse_header(txn->cleanse, name, value);
	submission_header(&txn->submission, name, value);
	if (txn->inbound != NULL && !txn->message.too_large)
		inbound_header(txn, name, value);
}

/* Somebody outside uses a domain that we have a key for: most often a client of ours that
 * InternalHosts forgets, and its owner wonders why nothing is signed. */
static void
note_key(struct txn *txn, const struct address *author)
{
	const char *at = policy_key_hint(txn->policy, txn->pool, author), *entry;
	const struct session *s = txn->session;

	if (at == NULL || txn->results.route.route != ROUTE_INBOUND ||
		(txn->policy->external != NULL &&
			netlist_has(txn->policy->external, &s->client, s->client_name,
				&entry)))
		return;
	txn->results.unsigned_why = txn->results.route.reason;
	txn->note = pool_printf(txn->pool, "%s has a key: %s", txn->author, at);
}

/* Who the author is, as far as From tells. */
static void
find_author(struct txn *txn)
{
	struct addresses list = VEC_INIT;

	txn->author = NULL;
	if (dmarc_author(txn->pool, &txn->message.from, &txn->author) != NULL) {
		txn->author = NULL;
		return;
	}
	if (address_list_parse(txn->pool, txn->message.from.v[0]->value, 1000, &list) !=
			NULL ||
		list.n == 0)
		return;
	txn->author_text = slice_of(pool_printf(
		txn->pool, "%.*s@%s", SLICE_ARG(list.v[0].local), txn->author));
	note_key(txn, &list.v[0]);
}

void
txn_eoh(struct txn *txn)
{
	if (txn->header_done)
		return;
	txn->header_done = true;
	find_author(txn);
	if (txn->inbound != NULL)
		inbound_eoh(txn);
	else if (goes_out(txn))
		txn->outbound = outbound_eoh(txn);
}

bool
txn_body(struct txn *txn, const char *p, size_t n)
{
	bool more;

	txn_eoh(txn);
	more = bodyhash_feed(txn->bodyhash, p, n);
	if (txn->inbound != NULL)
		inbound_body(txn);
	if (txn->outbound == NULL && txn->inbound == NULL)
		return more;
	/* All of it is looked at, also where no digest needs more. */
	submission_body(&txn->submission, p, n);
	return true;
}

void
txn_insert(struct txn *txn, const char *name, struct slice value)
{
	*vec_add(txn->pool, &txn->edits) = (struct edit){ EDIT_INSERT, 0, name, value };
}

void
txn_refuse(struct txn *txn, enum action action, const char *code, const char *xcode,
	const char *text)
{
	struct slice line = slice_sub(slice_of(text), 0, REPLY_MAX);

	txn->verdict.action = action;
	snprintf(txn->verdict.code, sizeof(txn->verdict.code), "%s", code);
	snprintf(txn->verdict.xcode, sizeof(txn->verdict.xcode), "%s", xcode);
	txn->verdict.text = pool_show(txn->pool, line, REPLY_MAX);
}

/* S29: what hides in a field stays in it. Only of mail that comes in: what we sign goes out
 * as it was signed. */
static void
close_hidden(struct txn *txn)
{
	const struct cleanse_mends *mends = cleanse_mends(txn->cleanse);

	for (size_t i = 0; txn->inbound != NULL && i < mends->n; i++)
		*vec_add(txn->pool, &txn->edits) = (struct edit){ EDIT_CHANGE,
			mends->v[i].ordinal, mends->v[i].name, mends->v[i].value };
}

/* Fields that could pass for ours go, before ours come. A message that this host hands
 * back keeps them: they are ours. Without a check of our own we have nothing to put in
 * their place, and another instance of us may just have written them. */
static void
remove_forged(struct txn *txn)
{
	if (txn->inbound == NULL && txn->results.route.route != ROUTE_OUTBOUND)
		return;
	for (size_t i = 0; i < cleanse_count(txn->cleanse); i++) {
		struct cleanse_field field = cleanse_at(txn->cleanse, i);

		*vec_add(txn->pool, &txn->edits) = (struct edit){
			.op = EDIT_DELETE, .index = field.ordinal, .name = field.name
		};
	}
	txn->results.removed = *cleanse_values(txn->cleanse);
}

/* "spf-fail, dmarc" */
static struct slice
reasons_text(struct txn *txn)
{
	struct str text = STR_POOL(txn->pool);

	for (size_t i = 0; i < txn->results.reasons.n; i++)
		str_addf(&text, "%s%s", i > 0 ? ", " : "", txn->results.reasons.v[i]);
	return str_slice(&text);
}

static void
quarantine(struct txn *txn)
{
	struct slice why = reasons_text(txn);

	if (txn->policy->opt.quarantine == QUARANTINE_HOLD)
		*vec_add(txn->pool, &txn->edits) =
			(struct edit){ .op = EDIT_QUARANTINE, .value = why };
	else
		txn_insert(txn, QUARANTINE_FIELD,
			slice_of(pool_printf(txn->pool, " %.*s", SLICE_ARG(why))));
}

static void
end_inbound(struct txn *txn, const char *queue_id)
{
	inbound_end(txn);
	if (txn->results.route.route == ROUTE_INBOUND &&
		(txn->author == NULL || !policy_is_exempt(txn->policy, txn->author)))
		judge_inbound(txn);
	if (txn->verdict.action == ACTION_QUARANTINE)
		quarantine(txn);
	inbound_report(txn, queue_id);
}

/* Shall the world be told who logged in? */
static bool
writes_login(const struct txn *txn)
{
	return txn->policy->opt.submission_results && txn->auth_user != NULL &&
	       txn->results.route.authenticated;
}

const struct verdict *
txn_end(struct txn *txn, const char *queue_id)
{
	struct verdict *v = &txn->verdict;

	txn_eoh(txn);
	bodyhash_end(txn->bodyhash);
	submission_end(&txn->submission);
	close_hidden(txn);
	remove_forged(txn);
	if (txn->inbound != NULL)
		end_inbound(txn, queue_id);
	if (txn->outbound != NULL)
		outbound_end(txn);
	if (txn->inbound == NULL && writes_login(txn))
		txn_insert(txn, "Authentication-Results", arfield_print(txn, queue_id));
	if (v->action != ACTION_REJECT && v->action != ACTION_TEMPFAIL) {
		v->edits = txn->edits.v;
		v->nedits = txn->edits.n;
	}
	if (txn->shadow)
		shadow_compare(txn);
	v->log = report_print(txn, queue_id);
	/* What the line says would have been done is not done. */
	if (txn->shadow)
		*v = (struct verdict){ .action = ACTION_ACCEPT, .log = v->log };
	return v;
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
		pool_free(txn->pool);
}
