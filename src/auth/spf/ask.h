/*
 * spf/ask - the state of an SPF check, and its questions to the DNS
 *
 * What a term asks, and what of it counts: terms that ask, void answers. Only the files
 * of the SPF check include this.
 *
 * Standards: RFC 7208 4.6.4, 4.8, 5
 * Failure:   spf_eval_stopped() is true from then on, and the code says which kind.
 */
#ifndef AUTH_SPF_ASK_H
#define AUTH_SPF_ASK_H

#include "base/base.h"
#include "auth/outcome.h"
#include "auth/spf/check.h"
#include "auth/spf/macro.h"
#include "auth/spf/prefetch.h"
#include "base/vec.h"
#include "dns/lookup.h"

struct spf_eval;
struct spf_frame;

/* An engine: the code of the term that matches, AUTH_NONE when none does or the check
 * was stopped. It calls spf_eval_term for each term in turn, until one decides. */
typedef enum auth_code spf_run(struct spf_eval *, struct spf_frame *);

/* The client's names; each is validated when a term first needs it. */
struct spf_name {
	struct slice name;
	bool asked, valid;
};

struct spf_eval {
	struct lookup *lookup;
	const struct spf_query *query;
	struct spf_result *result;
	spf_run *run;
	struct spf_vars vars;
	struct spf_prefetch prefetch;
	bool ascii_local;    /* the local part is (RFC 8616 4) */
	struct outcome stop; /* AUTH_NONE: go on */
	bool names_known, explaining;
	bool term_is_void; /* the present term had an empty answer, which counted */
	struct spf_names VEC_OF(struct spf_name) names;
};

enum spf_match { SPF_NO_MATCH, SPF_MATCH, SPF_STOPPED };

struct spf_addresses VEC_OF(struct ip);

/* Asks; a void answer does not count. False: the check was stopped. */
bool spf_eval_ask(
	struct spf_eval *, struct slice name, enum dns_type, struct dns_answer *);

/* Asks for a term; a void answer counts. False: the check was stopped. */
bool spf_eval_ask_term(
	struct spf_eval *, struct slice name, enum dns_type, struct dns_answer *);

/* Asks, and never stops the check: DNS trouble is like no answer, a void one does not
 * count. */
void spf_eval_ask_nofail(
	struct spf_eval *, struct slice name, enum dns_type, struct dns_answer *);

/* A term that asks the DNS. False: one too many. */
bool spf_eval_count_term(struct spf_eval *);

/* A void answer: counts the term that got it, once. False: one too many. */
bool spf_eval_count_void(struct spf_eval *);

/* Ends the check. The first reason stays. */
enum spf_match spf_eval_stop(struct spf_eval *, enum auth_code, const struct reason *why);

bool spf_eval_stopped(const struct spf_eval *);

/* Does this answer hold an address in the client's network of that prefix? */
bool spf_eval_has_client(const struct dns_answer *, const struct ip *, int prefix,
	struct pool *, struct spf_addresses *seen);

/* A for an IPv4 client, AAAA for an IPv6 one. */
enum dns_type spf_eval_address_type(const struct ip *client);

/* client.c: is one of the client's validated names this domain or below it? */
bool spf_client_is_within(struct spf_eval *, struct slice domain);

/* %{p}: of the client's validated names the domain itself, else one below it, else any;
 * "unknown" without. arg: the struct spf_eval, as struct spf_vars hands it on. */
struct slice spf_client_name(void *arg, struct slice domain);

#endif
