/*
 * inbound - checks a message that comes from outside
 *
 * The questions to the DNS begin as early as the message lets them: SPF at MAIL FROM, a
 * key at its DKIM-Signature, DMARC at From; what an answer leads on to is asked for while
 * the message still comes. The judging is at the end, in the order of
 * the standards.
 *
 * Standards: RFC 7208, 6376, 9989, 8601; dossier 13
 * Failure:   outcomes in the results.
 */
#ifndef ENGINE_INBOUND_H
#define ENGINE_INBOUND_H

#include "base/base.h"
#include "base/slice.h"

struct txn;

/* At MAIL FROM. */
struct inbound *inbound_begin(struct txn *);

/* A field has come; kinds that need the DNS are asked for at once. */
void inbound_header(struct txn *, struct slice name, struct slice value);

/* The header is whole: wishes for body hashes. */
void inbound_eoh(struct txn *);

/* A part of the body has come: time for further questions. */
void inbound_body(struct txn *);

/* The body is whole: fills the results. */
void inbound_end(struct txn *);

/* Adds our Received-SPF and Authentication-Results fields on top. */
void inbound_report(struct txn *, const char *queue_id);

#endif
