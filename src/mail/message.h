/*
 * message - the header fields of one message
 *
 * Fields are copied into the pool as they come and the kinds that a check asks for are
 * sorted out once, here. Past a limit nothing is copied any more but the author; the
 * message is then known to be too large, and the checks say so instead of judging a part
 * of it.
 *
 * Standards: RFC 5322 3.6
 * Failure:   nothing.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include "base/base.h"
#include "base/pool.h"
#include "mail/header.h"

struct message {
	struct pool *pool;
	struct headers all;          /* in the message's order */
	struct headers from;         /* From, in every obsolete spelling of the name; past
	                              * the limit too, as many bytes again */
	struct headers dkim;         /* DKIM-Signature */
	struct headers authres;      /* Authentication-Results */
	struct headers received_spf; /* Received-SPF */
	struct headers quarantine;   /* X-Sekimori-Quarantine */
	size_t bytes;                /* of names, colons, values, CRLF */
	size_t limit;                /* of the same */
	size_t most_fields;          /* MESSAGE_FIELDS unless set after message_init */
	size_t late;                 /* bytes of From fields past the limit */
	bool too_large;
};

/* A field takes memory besides its bytes: many small ones count, too. */
#define MESSAGE_FIELDS 32768

void message_init(struct message *, struct pool *, size_t limit);

/* Takes the next field. value: the bytes after the colon, folds as CRLF + WSP. */
void message_add(struct message *, struct slice name, struct slice value);

/* Splits a whole message text into fields and body, for those who read one from a file.
 * LF alone ends a line like CRLF where the text has no CRLF at all. The header ends at an
 * empty line, or before the first line that is neither a field nor a continuation. An
 * mbox "From " line at the very top is passed over. The fields lie in the pool; body
 * points into it, with CRLF line ends. */
void message_split(
	struct pool *, struct slice text, struct headers *fields, struct slice *body);

#endif
