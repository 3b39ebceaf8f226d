/*
 * refusal - what a refused sender is told
 *
 * One line that says who was refused, for which check, and what that check found: the
 * sender's postmaster reads it in a bounce and has nothing else.
 *
 * Standards: RFC 7372 3, RFC 9989 7.2, RFC 3463; dossier 12
 * Failure:   nothing.
 */
#ifndef ENGINE_REFUSAL_H
#define ENGINE_REFUSAL_H

#include "base/base.h"
#include "config/keytable.h"
#include "engine/verdict.h"

struct txn;

/* Refuses or defers for a rule of the key table. */
void refusal_of_rule(struct txn *, enum rule_kind);

/* Refuses or defers for what DKIM came to (On- options). */
void refusal_of_dkim(struct txn *, enum action);

#endif
