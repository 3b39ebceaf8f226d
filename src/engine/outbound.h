/*
 * outbound - signs a message that goes out
 *
 * One signature for each row of the key table that the author's address leads to, RSA
 * first. That a message is not signed is always a decision with a reason; that it should
 * be and cannot be defers it: nothing that should be signed leaves unsigned.
 *
 * Standards: RFC 6376 5, RFC 8301, RFC 8463; DKS-1..DKS-10, S33, espoofer client_a1..a3
 * Failure:   the message is deferred.
 */
#ifndef ENGINE_OUTBOUND_H
#define ENGINE_OUTBOUND_H

#include "base/base.h"

struct txn;

/* The header is whole: decides, and begins the signatures. NULL: not to be signed, and
 * the results say why. */
struct outbound *outbound_eoh(struct txn *);

/* The body is whole: makes the signatures and inserts them. */
void outbound_end(struct txn *);

#endif
