/*
 * compare/compare_print - the counts of `sekimori compare` for people and as JSON
 *
 * Failure: nothing.
 */
#ifndef TOOL_COMPARE_COMPARE_PRINT_H
#define TOOL_COMPARE_COMPARE_PRINT_H

#include "base/base.h"

struct compare;
struct tool;

void compare_print(struct tool *, const struct compare *);

#endif
