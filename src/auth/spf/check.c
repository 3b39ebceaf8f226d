/*
 * Here the identity becomes a domain and the values of the macros. spf_eval evaluates the
 * record; then the result gets its reason, and a fail its explanation.
 */
#include "base/base.h"
#include "auth/spf/check.h"

#include "auth/spf/terms.h"
#include "mail/domain.h"

#define LOCAL_LIMIT 255
#define HELO_LIMIT 255
#define EXPLANATION_LIMIT 200
#define SHOWN_TERM 100

/* The parts of an identity. */
struct sender {
	struct slice local;
	struct slice domain_text;
	const char *domain; /* NULL: not a domain */
};

/* RFC 7208 2.3, 2.4, 4.3: "postmaster" is the local part of HELO and of the null sender.
 * The domain is what follows the last '@'; a source route (@a,@b:) does not count. */
static void
find_sender(struct pool *pool, const struct spf_query *query, enum spf_identity identity,
	struct sender *sender)
{
	struct slice path = query->mail_from;
	ptrdiff_t at;

	if (identity == SPF_HELO || path.n == 0) {
		sender->local = SLICE_EMPTY;
		sender->domain_text = query->helo;
	} else {
		if (path.p[0] == '@' && slice_find(path, ':') > 0)
			path = slice_from(path, (size_t)slice_find(path, ':') + 1);
		at = slice_rfind(path, '@');
		sender->local = at < 0 ? SLICE_EMPTY : slice_sub(path, 0, (size_t)at);
		sender->domain_text = slice_from(path, (size_t)(at + 1));
	}
	sender->local = slice_sub(sender->local, 0, LOCAL_LIMIT);
	if (sender->local.n == 0)
		sender->local = SLICE_LIT("postmaster");
	if (domain_parse(pool, sender->domain_text, &sender->domain) != NULL)
		sender->domain = NULL;
}

/* RFC 8616 4: U-labels become A-labels for %{h} too; what is not a domain stays. */
static struct slice
plain_helo(struct pool *pool, struct slice helo)
{
	const char *domain;

	helo = slice_sub(helo, 0, HELO_LIMIT);
	if (slice_is_ascii(helo) || domain_parse(pool, helo, &domain) != NULL)
		return helo;
	return slice_of(domain);
}

static void
fill_vars(struct pool *pool, const struct spf_query *query, const struct sender *sender,
	struct spf_vars *vars)
{
	*vars = (struct spf_vars){
		.client = query->client,
		.local = sender->local,
		.sender_domain = slice_of(sender->domain),
		.domain = slice_of(sender->domain),
		.helo = plain_helo(pool, query->helo),
		.receiver = query->receiver,
		.now = query->now,
	};
	vars->sender = slice_of(
		pool_printf(pool, "%.*s@%s", SLICE_ARG(sender->local), sender->domain));
}

/* Is there something to check? Otherwise the result says why not. */
static bool
may_check(const struct spf_query *query, const struct sender *sender)
{
	return query->client->bits != 0 && sender->domain != NULL &&
	       domain_labels(sender->domain) > 1;
}

/* RFC 7208 6.2: the domain's own words, if exactly one record is there and expands. */
static const char *
fetch_explanation(struct spf_eval *eval, const struct spf_frame *frame)
{
	struct pool *pool = eval->lookup->pool;
	struct dns_answer answer;
	struct slice name, text;

	if (frame->record.exp.n == 0 ||
		(!eval->ascii_local && spf_macro_uses(frame->record.exp, "sl")))
		return NULL;
	eval->explaining = true;
	eval->vars.domain = frame->domain;
	name = spf_macro_name(pool, frame->record.exp, &eval->vars);
	spf_eval_ask_nofail(eval, name, DNS_TXT, &answer);
	if (answer.status != DNS_OK || answer.n != 1)
		return NULL;
	text = answer.records[0].data;
	if (spf_macro_check(text, SPF_MACRO_TEXT) != NULL)
		return NULL;
	text = spf_macro_text(pool, text, &eval->vars, EXPLANATION_LIMIT);
	return pool_show(pool, text, EXPLANATION_LIMIT);
}

static void
explain(struct spf_eval *eval, const struct spf_frame *frame)
{
	struct spf_result *result = eval->result;

	if (result->outcome.code != AUTH_FAIL)
		return;
	if (eval->query->explain)
		result->explanation = fetch_explanation(eval, frame);
	if (result->explanation == NULL)
		result->explanation = eval->query->default_explanation;
}

/* The reason of a result. */
static void
conclude(struct spf_eval *eval, const struct spf_frame *frame, enum auth_code code)
{
	struct spf_result *result = eval->result;
	struct pool *pool = eval->lookup->pool;
	const char *domain = pool_show(pool, frame->domain, EXPLANATION_LIMIT);

	result->outcome = auth_outcome(code, NULL);
	if (spf_eval_stopped(eval)) {
		result->outcome = eval->stop;
		return;
	}
	if (frame->matched != NULL)
		result->mechanism = pool_show(pool, frame->matched->text, SHOWN_TERM);
	if (code == AUTH_PASS || code == AUTH_NONE)
		return;
	if (result->mechanism != NULL)
		result->outcome.reason = reason_make(
			pool, "'%s' of %s matched", result->mechanism, domain);
	else
		result->outcome.reason =
			reason_make(pool, "no term of %s matched", domain);
}

void
spf_check(struct lookup *lookup, const struct spf_query *query,
	enum spf_identity identity, struct spf_result *result)
{
	struct spf_eval eval = { .lookup = lookup, .query = query, .result = result };
	struct spf_frame frame = { 0 };
	struct sender sender;

	*result = (struct spf_result){ .identity = identity };
	result->null_sender = identity == SPF_MAIL_FROM && query->mail_from.n == 0;
	find_sender(lookup->pool, query, identity, &sender);
	result->domain = sender.domain;
	if (!may_check(query, &sender))
		return;
	fill_vars(lookup->pool, query, &sender, &eval.vars);
	spf_prefetch_init(&eval.prefetch, lookup->dns, lookup->pool, &eval.vars);
	eval.vars.validated = spf_client_name;
	eval.vars.arg = &eval;
	eval.ascii_local = slice_is_ascii(sender.local);
	eval.run = query->engine == SPF_ENGINE_BUILTIN ? spf_builtin_run : spf_engine_run;
	frame.domain = slice_of(sender.domain);
	conclude(&eval, &frame, spf_eval_domain(&eval, &frame));
	explain(&eval, &frame);
}

void
spf_prefetch(struct dns *dns, const struct spf_query *query)
{
	struct pool *pool = pool_new();

	for (int identity = SPF_HELO; identity <= SPF_MAIL_FROM; identity++) {
		struct spf_prefetch prefetch;
		struct spf_vars vars;
		struct sender sender;

		find_sender(pool, query, (enum spf_identity)identity, &sender);
		if (!may_check(query, &sender))
			continue;
		fill_vars(pool, query, &sender, &vars);
		spf_prefetch_init(&prefetch, dns, pool, &vars);
		spf_prefetch_domain(&prefetch, slice_of(sender.domain));
		spf_prefetch_more(&prefetch, 0);
	}
	pool_free(pool);
}

const char *
spf_found_name(const struct spf_step *step)
{
	static const char *const names[] = {
		[SPF_FOUND_RECORD] = "record",
		[SPF_FOUND_NONE] = "none",
		[SPF_FOUND_MATCH] = N_("match"),
		[SPF_FOUND_NO_MATCH] = N_("no match"),
		[SPF_FOUND_REDIRECT] = "redirect",
	};

	return step->found == SPF_FOUND_ERROR ? auth_code_name(step->stop.code)
	                                      : names[step->found];
}

const char *
spf_identity_name(const struct spf_result *result)
{
	return result->identity == SPF_HELO || result->null_sender ? "helo" : "mailfrom";
}
