/*
 * An include is a call of spf_eval_domain with a deeper frame; a redirect replaces the
 * frame's domain and goes round again. Terms are counted where they are evaluated, in
 * one counter for the whole tree, so neither loops nor trees of includes get far.
 */
#include "base/base.h"
#include "auth/spf/terms.h"

#include "base/msg.h"

#define SHOWN_TERM 100
#define SHOWN_DOMAIN 253
#define SHOWN_RECORD 450
#define GRACE_MS 10

/* A new line of the trace; its index, for the end of the term. */
static size_t
begin_step(struct spf_eval *eval, const struct spf_frame *frame, struct slice text)
{
	struct pool *pool = eval->lookup->pool;
	struct spf_step *step;

	if (!eval->query->trace)
		return 0;
	step = vec_add(pool, &eval->result->trace);
	step->depth = frame->depth;
	step->domain = pool_show(pool, frame->domain, SHOWN_DOMAIN);
	step->term = pool_show(pool, text, SHOWN_TERM);
	return eval->result->trace.n - 1;
}

static void
end_step(struct spf_eval *eval, size_t index, enum spf_found found, const char *record)
{
	struct spf_step *step;

	if (!eval->query->trace)
		return;
	step = &eval->result->trace.v[index];
	step->found = found;
	step->record = record;
	if (spf_eval_stopped(eval)) {
		step->found = SPF_FOUND_ERROR;
		step->stop = eval->stop;
	}
	step->lookups = eval->result->lookups;
	step->void_lookups = eval->result->void_lookups;
}

/* RFC 7208 4.4: the TXT records of a domain. The first question of all is not a term's,
 * so a void answer to it does not count. */
static bool
ask_for_record(
	struct spf_eval *eval, const struct spf_frame *frame, struct dns_answer *answer)
{
	if (frame->depth == 0 && !frame->redirected)
		return spf_eval_ask(eval, frame->domain, DNS_TXT, answer);
	return spf_eval_ask_term(eval, frame->domain, DNS_TXT, answer);
}

/* Fetches and reads the record. AUTH_PASS: it is in the frame. */
static enum auth_code
fetch_record(struct spf_eval *eval, struct spf_frame *frame, const char **record)
{
	struct pool *pool = eval->lookup->pool;
	struct dns_answer answer;
	struct slice text;
	const struct reason *bad;
	size_t found;

	*record = NULL;
	/* RFC 7208 4.3, single label: none, for include and redirect as well. */
	if (slice_find(frame->domain, '.') < 0)
		return AUTH_NONE;
	if (!ask_for_record(eval, frame, &answer))
		return eval->stop.code;
	found = spf_record_select(&answer, &text);
	if (found == 0)
		return AUTH_NONE;
	*record = pool_show(pool, text, SHOWN_RECORD);
	bad = found > 1 ? REASON("several SPF records")
	                : spf_record_parse(pool, text, &frame->record);
	if (bad == NULL)
		return AUTH_PASS;
	spf_eval_stop(eval, AUTH_PERMERROR,
		reason_make(pool, "%p at %s", bad,
			pool_show(pool, frame->domain, SHOWN_DOMAIN)));
	return AUTH_PERMERROR;
}

/* The same with its line of the trace, and with prefetching. */
static enum auth_code
enter_record(struct spf_eval *eval, struct spf_frame *frame)
{
	size_t step = begin_step(eval, frame, SLICE_EMPTY);
	const char *record;
	enum auth_code code = fetch_record(eval, frame, &record);

	end_step(eval, step, code == AUTH_PASS ? SPF_FOUND_RECORD : SPF_FOUND_NONE,
		record);
	if (code == AUTH_PASS) {
		spf_prefetch_terms(&eval->prefetch, frame->domain, &frame->record);
		spf_prefetch_more(&eval->prefetch, frame->depth > 0 ? GRACE_MS : 0);
	}
	return code;
}

/* RFC 8616 4: no name can be made of a local part that is not ASCII: %{s} and %{l} match
 * nothing then. */
static bool
has_target(const struct spf_eval *eval, const struct spf_term *term)
{
	return eval->ascii_local || !spf_macro_uses(term->target, "sl");
}

static struct slice
target_of(
	struct spf_eval *eval, const struct spf_frame *frame, const struct spf_term *term)
{
	if (term->target.n == 0)
		return frame->domain;
	eval->vars.domain = frame->domain;
	return spf_macro_name(eval->lookup->pool, term->target, &eval->vars);
}

static enum spf_match
match_addresses(struct spf_eval *eval, struct slice name, const struct spf_term *term,
	struct spf_addresses *seen)
{
	const struct ip *client = eval->query->client;
	struct dns_answer answer;

	if (!spf_eval_ask_term(eval, name, spf_eval_address_type(client), &answer))
		return SPF_STOPPED;
	return spf_eval_has_client(&answer, client, spf_term_prefix(term, client),
		       eval->lookup->pool, seen)
	               ? SPF_MATCH
	               : SPF_NO_MATCH;
}

/* By preference, then by name: an answer has its records in any order. */
static int
compare_mx(const void *a, const void *b)
{
	const struct dns_record *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return slice_compare(x->data, y->data);
}

/* RFC 7208 4.6.4, 5.4: the addresses of ten MX hosts; an eleventh is an error. */
static enum spf_match
match_mx(struct spf_eval *eval, struct slice name, const struct spf_term *term,
	struct spf_addresses *seen)
{
	struct pool *pool = eval->lookup->pool;
	int limit = eval->query->limits.mx;
	struct dns_record *hosts;
	struct dns_answer answer;
	enum spf_match match;

	if (!spf_eval_ask_term(eval, name, DNS_MX, &answer))
		return SPF_STOPPED;
	hosts = pool_array(pool, answer.n, sizeof(*hosts));
	for (size_t i = 0; i < answer.n; i++)
		hosts[i] = answer.records[i];
	if (answer.n > 1)
		qsort(hosts, answer.n, sizeof(*hosts), compare_mx);
	for (size_t i = 0; i < answer.n && i < (size_t)MAX(limit, 0); i++)
		dns_prefetch(eval->lookup->dns, hosts[i].data,
			spf_eval_address_type(eval->query->client));
	for (size_t i = 0; i < answer.n; i++) {
		if (i >= (size_t)MAX(limit, 0))
			return spf_eval_stop(eval, AUTH_PERMERROR,
				reason_make(pool, "more than %d MX hosts", limit));
		match = match_addresses(eval, hosts[i].data, term, seen);
		if (match != SPF_NO_MATCH)
			return match;
	}
	return SPF_NO_MATCH;
}

static enum spf_match
match_exists(struct spf_eval *eval, struct slice name)
{
	struct dns_answer answer;

	/* RFC 7208 5.7: A, for IPv6 clients too. */
	if (!spf_eval_ask_term(eval, name, DNS_A, &answer))
		return SPF_STOPPED;
	return answer.n > 0 ? SPF_MATCH : SPF_NO_MATCH;
}

/* RFC 7208 5.2: what each result of the included record means. */
static enum spf_match
match_include(struct spf_eval *eval, const struct spf_frame *outer, struct slice name)
{
	struct spf_frame inner = { .domain = name, .depth = outer->depth + 1 };
	struct pool *pool = eval->lookup->pool;

	if (inner.depth > SPF_DEPTH)
		return spf_eval_stop(
			eval, AUTH_PERMERROR, REASON("includes are nested too deep"));
	switch (spf_eval_domain(eval, &inner)) {
	case AUTH_PASS:
		return SPF_MATCH;
	case AUTH_FAIL:
	case AUTH_SOFTFAIL:
	case AUTH_NEUTRAL:
		return SPF_NO_MATCH;
	case AUTH_NONE:
		return spf_eval_stop(eval, AUTH_PERMERROR,
			reason_make(pool, "included domain %s has no SPF record",
				pool_show(pool, name, SHOWN_DOMAIN)));
	case AUTH_TEMPERROR:
	case AUTH_PERMERROR:
	case AUTH_POLICY:
		break;
	}
	return SPF_STOPPED;
}

static enum spf_match
match_term(struct spf_eval *eval, const struct spf_frame *frame,
	const struct spf_term *term, struct spf_addresses *seen)
{
	struct slice name;

	if (!spf_term_asks(term))
		return spf_term_has_client(term, eval->query->client) ? SPF_MATCH
		                                                      : SPF_NO_MATCH;
	if (!spf_eval_count_term(eval))
		return SPF_STOPPED;
	if (!has_target(eval, term))
		return SPF_NO_MATCH;
	name = target_of(eval, frame, term);
	if (spf_eval_stopped(eval))
		return SPF_STOPPED;
	switch (term->kind) {
	case SPF_TERM_INCLUDE:
		return match_include(eval, frame, name);
	case SPF_TERM_A:
		return match_addresses(eval, name, term, seen);
	case SPF_TERM_MX:
		return match_mx(eval, name, term, seen);
	case SPF_TERM_EXISTS:
		return match_exists(eval, name);
	case SPF_TERM_PTR:
		return spf_client_is_within(eval, name) ? SPF_MATCH : SPF_NO_MATCH;
	case SPF_TERM_ALL:
	case SPF_TERM_IP4:
	case SPF_TERM_IP6:
	case SPF_TERM_REDIRECT:
		break;
	}
	panic("a term of kind %d asks the DNS", (int)term->kind);
}

enum spf_match
spf_eval_term(struct spf_eval *eval, struct spf_frame *frame, const struct spf_term *term,
	struct spf_addresses *seen)
{
	size_t step = begin_step(eval, frame, term->text);
	bool outer_is_void = eval->term_is_void;
	enum spf_match match;

	eval->term_is_void = false;
	match = match_term(eval, frame, term, seen);
	eval->term_is_void = outer_is_void;
	if (spf_eval_stopped(eval))
		match = SPF_STOPPED;
	if (match == SPF_MATCH)
		frame->matched = term;
	end_step(eval, step, match == SPF_MATCH ? SPF_FOUND_MATCH : SPF_FOUND_NO_MATCH,
		NULL);
	return match;
}

/* RFC 7208 6.1: the redirect's target takes the place of the record. False: the target
 * has no record, or the check was stopped. */
static bool
follow_redirect(struct spf_eval *eval, struct spf_frame *frame)
{
	size_t step = begin_step(eval, frame, frame->record.redirect.text);
	bool follow =
		spf_eval_count_term(eval) && has_target(eval, &frame->record.redirect);
	struct slice name = SLICE_EMPTY;

	eval->term_is_void = false;
	if (follow)
		name = target_of(eval, frame, &frame->record.redirect);
	end_step(eval, step, follow ? SPF_FOUND_REDIRECT : SPF_FOUND_NO_MATCH, NULL);
	if (!follow || spf_eval_stopped(eval))
		return false;
	frame->domain = name;
	frame->redirected = true;
	return true;
}

enum auth_code
spf_eval_domain(struct spf_eval *eval, struct spf_frame *frame)
{
	struct pool *pool = eval->lookup->pool;
	enum auth_code code;

	while ((code = enter_record(eval, frame)) == AUTH_PASS) {
		code = eval->run(eval, frame);
		if (spf_eval_stopped(eval))
			return eval->stop.code;
		if (code != AUTH_NONE)
			return code;
		/* RFC 7208 4.7: where nothing matches the result is neutral. */
		if (frame->record.redirect.text.n == 0 || frame->record.has_all ||
			!follow_redirect(eval, frame))
			return spf_eval_stopped(eval) ? eval->stop.code : AUTH_NEUTRAL;
	}
	if (code == AUTH_NONE && frame->redirected) {
		spf_eval_stop(eval, AUTH_PERMERROR,
			reason_make(pool, "redirect leads to %s, which has no SPF record",
				pool_show(pool, frame->domain, SHOWN_DOMAIN)));
		return AUTH_PERMERROR;
	}
	return code;
}
