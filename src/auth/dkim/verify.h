/*
 * dkim/verify - every DKIM signature of one message, judged
 *
 * begin reads the fields and wishes for body hashes, end asks for the keys and judges.
 * There is one result for each DKIM-Signature, in the message's order; a message without
 * any gives none. At most max_signatures are examined: when there are more, those whose
 * d= could align with the author's domain come first, and the rest are `policy`.
 *
 * Standards: RFC 6376 4.2, 6, 8.2, RFC 8601 2.7.1, RFC 6008 4
 * Failure:   an outcome for each signature.
 */
#ifndef AUTH_DKIM_VERIFY_H
#define AUTH_DKIM_VERIFY_H

#include "base/base.h"
#include "auth/outcome.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "crypto/pubkey.h"

struct bodyhash;
struct dns;
struct message;

struct dkim_verify_params {
	size_t max_signatures;     /* how many are examined at most */
	size_t max_names;          /* field names in h= */
	size_t max_key_record;     /* bytes of a key record */
	struct pubkey_limits bits; /* of RSA keys */
	int64_t skew;              /* seconds that t= and x= may be off */
	int64_t now;
};

#define DKIM_VERIFY_PARAMS_DEFAULT                                             \
	{                                                                      \
		.max_signatures = 8, .max_names = 256, .max_key_record = 4096, \
		.bits = { 1024, 8192 }, .skew = 300,                           \
	}

struct dkim_result {
	struct outcome outcome;
	const char *domain, *selector; /* checked; NULL: none that is valid */
	const char *algorithm;         /* the word of a=, or NULL; [a-z0-9-] only */
	/* i= decoded (any bytes before its last @), or the default */
	struct slice identity;
	struct slice b;   /* b= without white space; may be empty */
	struct slice b_short; /* what tells it apart from the others: for header.b */
	int key_bits;         /* 0: no key was seen */
	bool testing;         /* t=y in the key record: nothing may rest on it */
	bool examined;        /* false: POLICY, there were too many before it */
	int asked;            /* DNS questions */
};

struct dkim_results VEC_OF(struct dkim_result);

struct dkim_verify;

/* Begins to ask for the key of one DKIM-Signature, as soon as the field has come. The
 * caller stops after max_signatures fields. */
void dkim_prefetch(struct dns *, struct slice field_value);

/* author_domain: of the From field; NULL: there is none. */
struct dkim_verify *dkim_verify_begin(struct pool *, const struct dkim_verify_params *,
	const struct message *, const char *author_domain, struct bodyhash *);

/* Begins to ask for the keys of all that will be examined. */
void dkim_verify_prefetch(const struct dkim_verify *, struct dns *);

/* After bodyhash_end. deadline: for DNS, clock_monotonic_ms. */
void dkim_verify_end(struct dkim_verify *, struct dns *, int64_t deadline,
	struct dkim_results *results);

#endif
