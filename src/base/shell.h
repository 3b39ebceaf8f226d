/*
 * shell - words of commands that an operator is to paste
 *
 * A command that we print holds paths and names that others may have chosen: every such
 * word goes through here, so that a shell takes it as the one word it is.
 *
 * Failure: nothing.
 */
#ifndef BASE_SHELL_H
#define BASE_SHELL_H

#include "base/base.h"
#include "base/pool.h"

/* In single quotes, whatever it holds. */
const char *shell_quote(struct pool *, const char *text);

/* The same, but a word that says itself to every shell stays as it is. */
const char *shell_word(struct pool *, const char *text);

#endif
