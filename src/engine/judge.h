/*
 * judge - from results to what is done with the message
 *
 * Each recipient's rules are held against the results; the severest that applies is that
 * recipient's action, and the mildest of the recipients' actions is the message's. What
 * the author's domain says of impersonation, and the On- options, hold for all of them.
 *
 * Standards: RFC 7372 3, RFC 9989 5.4, 7.2, 7.4, 8; DM-26..DM-31, SPF-36, dossier 12
 * Failure:   nothing.
 */
#ifndef ENGINE_JUDGE_H
#define ENGINE_JUDGE_H

#include "base/base.h"

struct txn;

/* Sets action, reply, reasons and the row that decided. */
void judge_inbound(struct txn *);

#endif
