/*
 * dkim/signature - one DKIM-Signature field, read
 *
 * What could be read is there even when the field as a whole is not valid, so that a
 * report can say whose broken signature it was.
 *
 * Standards: RFC 6376 3.2, 3.5, 6.1.1, RFC 8301 3.1, RFC 8463 3, RFC 8616 5
 * Failure:   an outcome.
 */
#ifndef AUTH_DKIM_SIGNATURE_H
#define AUTH_DKIM_SIGNATURE_H

#include "base/base.h"
#include "auth/dkim/canon.h"
#include "auth/outcome.h"
#include "base/pool.h"
#include "base/slice.h"
#include "crypto/pubkey.h"
#include "mail/header.h"

#define DKIM_SIG_NAMES 10000 /* as many field names of h= are read at all */

/* "rsa-sha256", "ed25519-sha256" */
const char *dkim_algorithm_name(enum key_type);

struct dkim_sig {
	const struct header *field;
	const char *algorithm; /* what a= says, lower case, if it is a word; else NULL */
	enum key_type type;    /* what it asks for */
	enum canon_form canon_header, canon_body;
	const char *domain, *selector; /* checked; NULL: not valid */
	struct slice identity; /* i= decoded, with a checked domain; "" if invalid */
	bool is_own_domain;    /* the domain of i= is d= itself, not below it */
	const struct slice *names; /* h=, lower case */
	size_t nnames;
	uint64_t limit;             /* l=, or BODYHASH_ALL */
	int64_t signed_at, expires; /* t=, x=; -1: not there */
	struct slice signature;     /* b=, decoded */
	struct slice bodyhash;      /* bh=, decoded */
	struct slice b_text;        /* b= without white space */
	struct slice b_place;       /* where b= is in the field's value */
};

/* NONE: the field is well-formed and can be examined. */
struct outcome dkim_sig_parse(struct pool *, const struct header *, struct dkim_sig *);

/* Only d=, cheaply, to choose whom to examine: a checked domain or NULL. */
const char *dkim_sig_domain(struct pool *, const struct header *);

/* The name whose TXT record holds the key; NULL when there cannot be one. */
const char *dkim_sig_key_name(struct pool *, const struct dkim_sig *);

#endif
