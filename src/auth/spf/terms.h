/*
 * spf/terms - what both engines of an SPF check share
 *
 * An engine walks the terms of one record and says which one decides. Everything around
 * that is here: fetching and reading records, what each term matches, includes and
 * redirects, the trace.
 *
 * Standards: RFC 7208 4, 5, 6.1, RFC 8616 4
 * Failure:   as of spf/ask.
 */
#ifndef AUTH_SPF_TERMS_H
#define AUTH_SPF_TERMS_H

#include "base/base.h"
#include "auth/spf/ask.h"
#include "auth/spf/record.h"

/* No include or engine goes deeper, whatever the limits are set to. */
#define SPF_DEPTH 10

/* One record being evaluated. */
struct spf_frame {
	struct slice domain; /* whose record */
	int depth;
	bool redirected;
	struct spf_record record;
	const struct spf_term *matched;
};

spf_run spf_builtin_run, spf_engine_run;

/* Evaluates the record of frame->domain, redirects included. AUTH_NONE: it has none. */
enum auth_code spf_eval_domain(struct spf_eval *, struct spf_frame *);

/* Evaluates one term. `seen` gets the addresses that an `a` or `mx` was compared with. */
enum spf_match spf_eval_term(struct spf_eval *, struct spf_frame *,
	const struct spf_term *, struct spf_addresses *seen);

#endif
