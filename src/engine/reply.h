/*
 * reply - what a sender is told whose message is refused or deferred
 *
 * One line that says who was refused, for which check, and what that check found: the
 * sender's postmaster reads it in a bounce and has nothing else. Nowhere else is a code
 * chosen.
 *
 * Standards: RFC 7372 3, RFC 9989 7.2, RFC 3463
 * Failure:   nothing.
 */
#ifndef ENGINE_REPLY_H
#define ENGINE_REPLY_H

#include "base/base.h"
#include "config/rules.h"
#include "engine/mail_object.h"
#include "engine/results.h"
#include "engine/verdict.h"

/* What is done with the message; the rest is empty unless that is REJECT or TEMPFAIL. */
struct reply {
	enum action action;
	char code[4], xcode[8]; /* "550", "5.7.26" */
	const char *text;       /* one line of printable ASCII; NULL: there is none */
};

/* text: any bytes, made fit for a reply here. */
struct reply reply_make(struct pool *, enum action, const char *code, const char *xcode,
	const char *text);

/* For a rule of the key table that refuses, or (RULE_DNS_ERROR) defers. */
struct reply reply_of_rule(
	enum rule_kind, const struct mail_object *, const struct results *);

/* For what DKIM came to (On- options). action: REJECT or TEMPFAIL. */
struct reply reply_of_dkim(enum action, struct pool *, const struct dkim_results *);

/* Mail of ours that should be signed and cannot be. subject, detail: of the enhanced code
 * (RFC 3463), "7.5". */
struct reply reply_unsigned(
	enum action, struct pool *, const char *detail, const char *text);

/* A table has no answer: on the key of this author, or (NULL) on what is asked of mail
 * from outside. */
struct reply reply_unknown(struct pool *, const char *author);

#endif
