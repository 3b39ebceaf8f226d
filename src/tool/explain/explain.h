/*
 * explain/explain - what is known of a refused message, and what it comes to
 *
 * cmd_explain fills it from the text and from the checks; explain_print shows it. What is
 * not known is NULL, or IP_NONE.
 *
 * Failure: nothing; explain_print returns the status of the command.
 */
#ifndef TOOL_EXPLAIN_EXPLAIN_H
#define TOOL_EXPLAIN_EXPLAIN_H

#include "base/base.h"
#include "base/ip.h"
#include "base/words.h"
#include "tool/check/check.h"
#include "tool/explain/bounce.h"
#include "tool/explain/forward.h"
#include "tool/explain/original.h"
#include "tool/signatures.h"

struct tool;

struct explain {
	struct tool *tool;
	struct bounce bounce;
	struct bounces others; /* what it says besides, of other recipients */
	struct original original;
	struct forward forward;
	struct signatures signatures; /* of the original, judged now */
	struct subject subject;       /* what is looked at for it */
	struct facts facts;
	struct findings findings;
	const char *domain;  /* whose records matter; NULL: not known */
	struct ip ip;        /* that sent; IP_NONE: not known */
	const char *meaning; /* NULL: nothing to say */
	struct words remedies;
};

/* Is forwarding what the reply, or the result of the receiver, is about? */
bool explain_is_forwarding(const struct explain *);

/* The signature of the author's domain that still holds; NULL: none, or not known. */
const char *explain_survivor(const struct explain *);

/* What the reply means, and the remedies. */
void explain_reply(struct explain *);

/* Prints all of it, as JSON where that is asked for. */
int explain_print(struct explain *);

#endif
