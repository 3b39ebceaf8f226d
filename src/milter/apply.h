/*
 * apply - a verdict, said in libmilter's words
 *
 * Failure: what the MTA does not let us do, or what libmilter refuses, is an error in the
 *          log and a temporary failure for the message: it is never let through half
 *          done.
 */
#ifndef MILTER_APPLY_H
#define MILTER_APPLY_H

#include "base/base.h"
#include "engine/verdict.h"

#include <libmilter/mfapi.h>

/* What this MTA granted when the connection began. */
struct granted {
	unsigned long actions; /* SMFIF_* */
	unsigned long steps;   /* SMFIP_* */
};

/* Plays the edits, or refuses the message; gives what xxfi_eom must return. queue_id: for
 * the log. */
sfsistat apply_verdict(
	SMFICTX *, const struct granted *, const struct verdict *, const char *queue_id);

/* Refuses a command: code "451" or "550", xcode "4.3.2", text as it shall be read. */
sfsistat apply_reply(SMFICTX *, const char *code, const char *xcode, const char *text);

#endif
