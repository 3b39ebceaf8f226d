/*
 * dkim/sign - one DKIM-Signature for one message
 *
 * Between begin (all header fields are there) and end the body goes through the bodyhash.
 * What is hashed is byte for byte what is given back.
 *
 * Standards: RFC 6376 3.5, 5, RFC 8301 3, RFC 8463 3, RFC 8616 5
 * Failure:   a complaint at the end; a message must then not leave unsigned.
 */
#ifndef AUTH_DKIM_SIGN_H
#define AUTH_DKIM_SIGN_H

#include "base/base.h"
#include "auth/dkim/canon.h"
#include "base/pool.h"
#include "base/slice.h"

struct bodyhash;
struct hdrhash;
struct message;
struct keyref;
struct signer;

/* Names of header fields, in the order of h=. */
struct dkim_fields {
	const char *const *names;
	size_t n;
};

extern const struct dkim_fields dkim_sign_default;             /* signed where present */
extern const struct dkim_fields dkim_oversign_default;         /* and once more, always */
extern const struct dkim_fields dkim_oversign_present_default; /* once more if present */

struct dkim_sign_params {
	const char *domain, *selector; /* checked domains (A-labels) */
	const char *identity;          /* i=, NULL: none */
	enum canon_form canon_header, canon_body;
	const struct dkim_fields *sign, *oversign, *oversign_present;
	const struct dkim_fields *exact; /* h= word for word, in place of these three (From
	                                    is added if it is not there); NULL: not so */
	int64_t expire; /* seconds until x=; 0: no x= */
	const struct keyref *key;
};

struct dkim_sign;

/* From is signed whether listed or not. params and message must live until the end; the
 * hdrhash of the message is shared by all its signatures. now: for t=. */
struct dkim_sign *dkim_sign_begin(struct pool *, const struct dkim_sign_params *,
	struct hdrhash *, struct bodyhash *, int64_t now);

/* How many names its h= has. */
size_t dkim_sign_names(const struct dkim_sign *);

/* The value of the field to insert at the top: begins with the space after the colon,
 * folds as CRLF + WSP. Several signatures of a message do not sign each other. */
const char *dkim_sign_end(struct dkim_sign *, struct signer *, struct slice *value);

#endif
