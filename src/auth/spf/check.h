/*
 * spf/check - may this client send mail for this domain?
 *
 * A transaction has two identities, and each is checked and reported apart: the name the
 * client gave in HELO, and the domain of the reverse-path. The null reverse-path stands
 * for postmaster at the HELO name; it is still the MAIL FROM identity, the one that DMARC
 * reads, but the domain that was judged (and that a report names) came from HELO.
 *
 *     spf_prefetch(dns, &query);                       at MAIL FROM, and again at leisure
 *     spf_check(&lookup, &query, SPF_MAIL_FROM, &result);
 *
 * Two engines judge alike: libspf2, guarded, and a loop of our own. Both see only
 * records that our own parser has read to the end.
 *
 * Standards: RFC 7208 2 to 7, RFC 8616 4
 * Failure:   an outcome. A limit that the sender's records exceed is permerror; a failed
 *            or late answer is temperror, and its cause says so.
 */
#ifndef AUTH_SPF_CHECK_H
#define AUTH_SPF_CHECK_H

#include "base/base.h"
#include "auth/outcome.h"
#include "base/ip.h"
#include "base/slice.h"
#include "base/vec.h"
#include "dns/dns.h"
#include "dns/lookup.h"

enum spf_identity { SPF_HELO, SPF_MAIL_FROM };

enum spf_engine { SPF_ENGINE_LIBSPF2, SPF_ENGINE_BUILTIN };

/* RFC 7208 4.6.4. A check whose lookup holds fewer questions than these allow ends in
 * permerror when it runs out; SPF_QUESTIONS is always enough. */
struct spf_limits {
	int terms; /* that ask the DNS: include a mx ptr exists redirect */
	int voids; /* terms that got an answer without a record */
	int mx;    /* hosts of one mx term */
	int ptr;   /* names of the client */
};

/* RFC 7208 4.6.4 */
#define SPF_TERMS_LIMIT 10
#define SPF_VOID_LIMIT 2
#define SPF_MX_LIMIT 10
#define SPF_PTR_LIMIT 10
#define SPF_LIMITS_DEFAULT    \
	((struct spf_limits){ \
		SPF_TERMS_LIMIT, SPF_VOID_LIMIT, SPF_MX_LIMIT, SPF_PTR_LIMIT })

/* The most questions that a check within these limits can ask: each term one and, if it
 * is mx, one a host; the first record, the client's name and addresses, the explanation.
 */
#define SPF_QUESTIONS(limits) ((limits).terms * (1 + (limits).mx) + (limits).ptr + 3)

struct spf_query {
	const struct ip *client;
	struct slice helo;               /* the argument of HELO or EHLO */
	struct slice mail_from;          /* the reverse-path without <>; empty for <> */
	const char *receiver;            /* our host name, for %{r}; NULL: "unknown" */
	int64_t now;                     /* Unix time, for %{t} */
	const char *default_explanation; /* where the domain gives none; may be NULL */
	bool explain;                    /* ask for the domain's explanation of a fail */
	bool trace;                      /* fill result->trace */
	struct spf_limits limits;
	enum spf_engine engine;
};

/* What came of a step. */
enum spf_found {
	SPF_FOUND_RECORD,
	SPF_FOUND_NONE, /* no record */
	SPF_FOUND_MATCH,
	SPF_FOUND_NO_MATCH,
	SPF_FOUND_REDIRECT,
	SPF_FOUND_ERROR, /* the check ends here */
};

/* One term, in the order of evaluation; what an include holds follows it, deeper. */
struct spf_step {
	int depth; /* 0: the record of the domain itself, and where it redirects */
	const char *domain; /* whose record */
	const char *term;   /* as written; "" for the record's own look-up */
	enum spf_found found;
	const char *record;  /* of the record's own look-up, as published; or NULL */
	struct outcome stop; /* of SPF_FOUND_ERROR */
	int lookups, void_lookups; /* counted so far */
};

struct spf_result {
	struct outcome outcome;
	enum spf_identity identity; /* which was checked */
	bool null_sender;           /* MAIL FROM was <>: domain is the HELO name */
	const char *domain;      /* a checked domain, or NULL: there was none to check */
	const char *mechanism;   /* that decided, as written; NULL: none matched */
	const char *explanation; /* of a fail: printable ASCII, at most 200; or NULL */
	int lookups;             /* terms that asked the DNS */
	int void_lookups;
	struct spf_steps VEC_OF(struct spf_step) trace;
};

/* Everything in the result is static or lies in the lookup's pool. */
void spf_check(struct lookup *, const struct spf_query *, enum spf_identity,
	struct spf_result *);

/* Asks ahead what both checks will want, as far as the answers that are there already
 * tell. Never waits; may be called again when time has passed, and gets further then. */
void spf_prefetch(struct dns *, const struct spf_query *);

/* "record", "match" ..., "temperror", "permerror". */
const char *spf_found_name(const struct spf_step *);

/* What a report calls the identity: "helo" for a null sender too. */
const char *spf_identity_name(const struct spf_result *);

#endif
