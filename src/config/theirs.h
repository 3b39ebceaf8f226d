/*
 * theirs - what a configuration written for OpenDKIM means otherwise here
 *
 * Some defaults are not OpenDKIM's, and a few options have no place for all that they do
 * there. Who brings such a file along is told, by the import and by sekimorid -n alike.
 *
 * Failure: nothing.
 */
#ifndef CONFIG_THEIRS_H
#define CONFIG_THEIRS_H

#include "base/base.h"
#include "base/words.h"
#include "config/policy.h"

/* Was the file written for OpenDKIM? Its name says so, or those of its user, its socket
 * or its pid file. */
bool theirs_is(const struct policy *);

/* Adds the texts that apply: constant ones, of which the tool has translations. */
void theirs_notes(const struct policy *, struct pool *, struct words *notes);

/* The same as notes on the file, where it was written for OpenDKIM. */
void theirs_review(const struct policy *, struct problems *);

#endif
