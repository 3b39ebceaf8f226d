/*
 * args - the command line of a command, and its help
 *
 * What was given is asked for with tool_value() (tool.h).
 *
 * Failure: an exit status other than 0; tool_fail has been called.
 */
#ifndef TOOL_ARGS_H
#define TOOL_ARGS_H

#include "base/base.h"
#include "tool/tool.h"

/* Takes the words behind the command's name apart. */
int args_read(struct tool *, int argc, char **argv);

/* Are there not too many arguments, and is --now a time? */
int args_check(struct tool *);

/* What `sekimori COMMAND -h` says. Gives 0 back. */
int args_print_help(const struct command *);

/* The flags that every command takes, a line each, for the lint of the manual. */
void args_print_names(void);

/* A word, and what it means in a column of its own. */
void args_print_row(FILE *, const char *word, int column, const char *help);

#endif
