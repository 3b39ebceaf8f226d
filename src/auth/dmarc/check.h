/*
 * dmarc/check - does an authenticated domain speak for the author's?
 *
 * The author domain comes from one From field with one or more addresses of one domain;
 * anything else is permerror, never pass and never none, since the sender chooses it. One
 * thing is none: a report of a mail server whose From has no domain, which forges
 * no one. And of a field that is malformed, but can only mean one address, the
 * result says whether that one would have passed.
 * Only an identifier that passed can align; a failed look-up counts (as temperror) only
 * where the identifier that it belongs to would align, so dead DNS at an attacker's own
 * domain suspends no policy.
 *
 * Three policies are told apart: `policy` is what the owner has published and what
 * applies to this name (p, sp or np); `applied` is that after t=y has softened it by a
 * step; `disposition` is what the owner wishes for this very message: `applied` where
 * DMARC fails, else none. RFC 9989 7.4 forbids a receiver to reject for p=reject alone:
 * that softening is the receiver's and not done here.
 *
 * Standards: RFC 9989 4.4, 4.7, 4.10, 5.3, 5.4, 11.5
 * Failure:   an outcome: pass fail none temperror permerror.
 */
#ifndef AUTH_DMARC_CHECK_H
#define AUTH_DMARC_CHECK_H

#include "auth/dmarc/record.h"
#include "auth/dmarc/walk.h"
#include "auth/outcome.h"
#include "base/base.h"
#include "base/pool.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/header.h"

enum dmarc_method { DMARC_BY_SPF, DMARC_BY_DKIM };

/* One identity that another check judged: SPF's MAIL FROM domain (never HELO's own
 * result), or the d= of one signature. */
struct dmarc_identity {
	enum dmarc_method method;
	const char *domain; /* checked; NULL: it has none, and cannot align */
	enum auth_code code;
	bool dns_failed; /* its result is what it is because the DNS failed */
};

struct dmarc_identities VEC_OF(struct dmarc_identity);

struct dmarc_input {
	const struct headers *from; /* every From field of the message; not read where
	                             * from_domain is given */
	const char *from_domain;    /* checked; NULL: from `from` */
	bool too_large;             /* the header was over the limit: permerror */
	bool null_sender;           /* the reverse-path is there, and null */
	struct dmarc_identities identities;
};

struct dmarc_result {
	struct outcome outcome;
	const char *from_domain; /* NULL: it cannot be told */
	const char *
		organizational_domain; /* of the author domain; NULL: it cannot be told */
	const char *policy_domain;     /* where the policy's record is, or NULL */
	enum dmarc_policy policy;      /* p, sp or np, as published */
	enum dmarc_policy applied;     /* after t= */
	enum dmarc_policy disposition; /* for this message */
	bool aligned_spf, aligned_dkim; /* by an identity that passed */
	const char *signer; /* d= of the first signature that did; NULL: none */
	bool testing;       /* t=y */
	bool excused; /* permerror, but the only author it can have has an aligned pass */
	const struct dmarc_record *record; /* of the policy, or NULL */
	struct dmarc_walk walk;            /* of the author domain; start NULL: none */
	int questions;                     /* asked of the DNS */
};

/* The author of the From fields: NULL and their first address, whose domain all have, or
 * a complaint (in the pool) that names what is wrong, and no domain. */
const struct reason *dmarc_author(
	struct pool *, const struct headers *from, struct address *author);

/* Begins to ask what dmarc_check will want to know of an author domain. */
void dmarc_prefetch(struct dns *, const char *domain);

void dmarc_check(struct dns *, struct pool *, int64_t deadline,
	const struct dmarc_input *, struct dmarc_result *);

#endif
