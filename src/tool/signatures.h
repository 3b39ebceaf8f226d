/*
 * signatures - the DKIM signatures of a message at hand, judged now
 *
 * Failure: nothing; each signature has its outcome.
 */
#ifndef TOOL_SIGNATURES_H
#define TOOL_SIGNATURES_H

#include "base/base.h"
#include "auth/dkim_sig.h"
#include "auth/dkim_verify.h"
#include "base/vec.h"

struct check;

struct signature {
	struct dkim_result result;
	struct dkim_sig sig; /* what could be read of the field */
};

struct signatures VEC_OF(struct signature);

/* Those of check->fields over check->body. */
void signatures_read(struct check *, struct signatures *);

/* Does it cover the field of this name (lower case)? */
bool signature_has(const struct signature *, const char *name);

#endif
