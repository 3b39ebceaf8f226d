/*
 * evidence - what the checks of a message come to, in the words that the rules use
 *
 * Several results become a few yes and no: did anything pass, does what passed speak for
 * the author, and could what is not known have done so. The rules (judge) read these, not
 * the results.
 *
 * Standards: RFC 9989 4.4
 * Failure:   nothing. A check that was not made says nothing.
 */
#ifndef ENGINE_EVIDENCE_H
#define ENGINE_EVIDENCE_H

#include "base/base.h"
#include "auth/outcome.h"

struct txn;

struct evidence {
	struct txn *txn;
	bool spf_pass, spf_fail, dkim_pass;
	bool aligned, aligned_dkim; /* something that passed speaks for the author */
	bool dns_trouble;           /* a check could not be made */
	bool aligned_trouble;       /* one whose pass would have spoken for the author */
	bool resolver_silent;       /* and it is our own resolver that is to blame */
	enum auth_code dmarc;
};

/* Reads the results of the checks. */
void evidence_read(struct evidence *, struct txn *);

#endif
