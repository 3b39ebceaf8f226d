/*
 * dkim/key - a key record of a selector
 *
 * Standards: RFC 6376 3.6.1, 6.1.2, RFC 8301 3.2, RFC 8463 4
 * Failure:   a complaint (dkim_key_parse), an outcome (dkim_key_fits).
 */
#ifndef AUTH_DKIM_KEY_H
#define AUTH_DKIM_KEY_H

#include "base/base.h"
#include "auth/outcome.h"
#include "base/pool.h"
#include "base/slice.h"
#include "crypto/pubkey.h"

#define DKIM_KEY_SIZE 65535 /* a longer record is refused unread */

struct dkim_sig;

struct dkim_key {
	struct slice type; /* k=, "rsa" when absent */
	struct slice p;    /* decoded; "" when revoked */
	bool revoked;      /* p= is there and empty */
	bool testing;      /* t=y */
	bool exact_domain; /* t=s */
	bool for_mail;     /* s= lists email or * */
	bool for_sha256;   /* h= is absent or lists it */
};

/* Where the key of a selector is published (RFC 6376 3.6.2.1). */
const char *dkim_key_name(struct pool *, const char *selector, const char *domain);

/* The record that publishes a key (RFC 6376 3.6.1). type: "rsa", "ed25519"; p: base64. */
const char *dkim_key_text(struct pool *, const char *type, struct slice p);

const char *dkim_key_parse(struct pool *, struct slice txt, struct dkim_key *);

/* May this signature be checked with that key? NONE: yes, with *pubkey. Of a key whose
 * size is the trouble *pubkey tells the bits; otherwise it is NULL. */
struct outcome dkim_key_fits(struct pool *, const struct dkim_key *,
	const struct dkim_sig *, const struct pubkey_limits *, struct pubkey **pubkey);

#endif
