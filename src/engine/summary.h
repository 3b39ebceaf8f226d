/*
 * summary - what the checks of a message come to, in the words that the rules use
 *
 * Several results become a few yes and no: did anything pass, does what passed speak for
 * the author, and could what is not known have done so. The rules (disposition) read
 * these, not the results.
 *
 * Standards: RFC 9989 4.4
 * Failure:   nothing. A check that was not made says nothing.
 */
#ifndef ENGINE_SUMMARY_H
#define ENGINE_SUMMARY_H

#include "base/base.h"
#include "auth/dmarc/record.h"
#include "auth/outcome.h"
#include "engine/results.h"

struct dns;

struct summary {
	bool spf_pass, spf_fail, dkim_pass;
	bool aligned, aligned_dkim; /* something that passed speaks for the author */
	bool dns_trouble;           /* a check could not be made */
	bool aligned_trouble;       /* one whose pass would have spoken for the author */
	bool resolver_silent;       /* and it is our own resolver that is to blame */
	bool checked_dmarc;         /* false: DMARC says nothing */
	enum auth_code dmarc;
	enum dmarc_policy disposition; /* of the owner, for this message */
	bool excused; /* dmarc=permerror, but the only author it can have has passed */
};

/* author: the domain; NULL: it cannot be told. dns: the one that was asked. */
struct summary summarise(const struct results *, const char *author, struct dns *);

#endif
