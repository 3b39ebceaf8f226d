/*
 * results - everything that was found out about one message
 *
 * For those who show it: the tool and the tests. A check that was not made is NULL.
 *
 * Failure: nothing.
 */
#ifndef ENGINE_RESULTS_H
#define ENGINE_RESULTS_H

#include "base/base.h"
#include "base/slice.h"
#include "base/vec.h"
#include "base/words.h"
#include "engine/route.h"
#include "engine/shadow.h"

struct dkim_results;
struct dmarc_result;
struct iprev_result;
struct spf_result;
struct txn;

/* A reason beside the rules' names: a table has no answer. */
#define TABLE_UNAVAILABLE "table-unavailable"

struct slices VEC_OF(struct slice);

struct results {
	struct route_decision route;
	const struct spf_result *spf;      /* MAIL FROM; HELO's for the null sender */
	const struct spf_result *spf_helo; /* HELO */
	const struct dkim_results *dkim;
	const struct iprev_result *iprev;
	const struct dmarc_result *dmarc;
	const char *authentication_results; /* our field's value, with the space that
	                                       follows the colon; NULL: none is written */
	struct slices removed; /* values of the Authentication-Results to delete, in the
	                          message's order */
	struct slices signatures; /* values of the DKIM-Signature fields that we add, the
	                             first one on top */
	bool resolver_silent; /* a check failed for want of DNS, and this host's resolver
	                         answers nobody */
	struct words reasons; /* why the action is not "accept": "spf-fail", "dmarc" */
	struct differences
		differs;    /* Mode shadow: what another filter decided otherwise */
	const char *unread; /* "keytable:12", which may say more of a policy that was asked
	                       for and cannot be read; or NULL */
	const struct reason *unavailable;  /* which table has no answer on what holds for
	                                      mail from outside, and why; or NULL */
	const struct reason *unsigned_why; /* why mail in the name of a domain with a key
	                                      is not signed; NULL: it is, or nobody
	                                      would expect it */
};

/* Whole after txn_end; lives until txn_free. */
const struct results *txn_results(const struct txn *);

#endif
