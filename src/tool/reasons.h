/*
 * reasons - what the checks say, in the language of the reader
 *
 * auth/, config/, dns/ and engine/ give their reasons in English and know of no other
 * language: log lines and header fields bear them too. Here the commonest are known by
 * their form, so that the tool can say them in the words of a catalogue.
 *
 * Failure: nothing: a reason that is not known stays as it is.
 */
#ifndef TOOL_REASONS_H
#define TOOL_REASONS_H

#include "base/base.h"
#include "base/pool.h"

/* NULL for NULL. */
const char *reason_text(struct pool *, const char *reason);

#endif
