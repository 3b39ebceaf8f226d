/*
 * signatures - the DKIM signatures of a message at hand, judged
 *
 * Failure: nothing; each signature has its outcome.
 */
#ifndef TOOL_SIGNATURES_H
#define TOOL_SIGNATURES_H

#include "base/base.h"
#include "auth/dkim/signature.h"
#include "auth/dkim/verify.h"
#include "base/vec.h"

struct dns;
struct message;

/* What is judged, and how. */
struct signed_text {
	const struct headers *fields;
	struct slice body;
	const char *author; /* a checked domain, or NULL */
	struct dkim_verify_params params;
	struct dns *dns;
	int64_t timeout; /* of the DNS, in seconds */
};

/* message gets the fields. */
void signatures_judge(struct pool *, const struct signed_text *, struct message *message,
	struct dkim_results *);

struct signature {
	struct dkim_result result;
	struct dkim_sig sig; /* what could be read of the field */
};

struct signatures VEC_OF(struct signature);

/* Does it cover the field of this name (lower case)? */
bool signature_has(const struct signature *, const char *name);

#endif
