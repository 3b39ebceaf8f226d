/*
 * message_record - everything that is told of one message when it is over
 *
 * For those who write it down: the log line (report), and what another filter decided
 * otherwise (shadow).
 *
 * Failure: nothing.
 */
#ifndef ENGINE_MESSAGE_RECORD_H
#define ENGINE_MESSAGE_RECORD_H

#include "base/base.h"
#include "engine/mail_object.h"
#include "engine/outbound.h"
#include "engine/reply.h"
#include "engine/results.h"
#include "engine/submission.h"

struct message_record {
	const char *queue_id; /* NULL: unknown */
	const struct mail_object *mail;
	const struct results *results;
	const struct submission *submission;
	bool is_verified;          /* it was checked as mail from outside */
	bool has_hidden;           /* a field hid one that could pass for ours */
	struct reply reply;        /* what was done */
	const char *where;         /* "keytable:12", the row that decided; NULL: none */
	bool is_mixed;             /* recipients differed, the mildest action was taken */
	const struct reason *note; /* on signing; NULL: none */
	struct signings signed_by; /* the rows whose signatures were made */
	int dns_asked;             /* different questions */
	int64_t dns_ms;            /* waited for answers */
};

#endif
