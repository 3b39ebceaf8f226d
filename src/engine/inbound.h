/*
 * inbound - checks a message that comes from outside
 *
 * The questions to the DNS begin as early as the message lets them: SPF at MAIL FROM, a
 * key at its DKIM-Signature, DMARC at From; what an answer leads on to is asked for while
 * the message still comes. The judging is at the end, in the order of the standards.
 *
 * Standards: RFC 7208, 6376, 9989, 8601
 * Failure:   outcomes in the results.
 */
#ifndef ENGINE_INBOUND_H
#define ENGINE_INBOUND_H

#include "base/base.h"
#include "base/slice.h"
#include "base/str.h"
#include "engine/mail_object.h"
#include "engine/results.h"

struct bodyhash;
struct dns;
struct inbound;

/* At MAIL FROM. The mail object is looked into as it fills. */
struct inbound *inbound_begin(const struct mail_object *, struct dns *);

/* A field has come; kinds that need the DNS are asked for at once. */
void inbound_header(struct inbound *, struct slice name, struct slice value);

/* The header is whole: wishes for body hashes. */
void inbound_eoh(struct inbound *, struct bodyhash *);

/* A part of the body has come: time for further questions. */
void inbound_body(struct inbound *);

/* The body is whole: fills spf, spf_helo, dkim, dmarc and iprev of the results. */
void inbound_end(struct inbound *, struct results *);

/* Our Received-SPF field's value, with the space that follows the colon. */
void inbound_received_spf(
	const struct inbound *, const struct spf_result *, struct str *value);

#endif
