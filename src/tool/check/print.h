/*
 * check/print - how findings are named and shown, for all who show them
 *
 * Failure: nothing.
 */
#ifndef TOOL_CHECK_PRINT_H
#define TOOL_CHECK_PRINT_H

#include "base/base.h"
#include "base/str.h"
#include "tool/check/check.h"

/* The heading that a finding belongs under. */
const char *check_part_name(const char *id);

/* The status in a word for people. */
const char *check_status_word(enum check_status);

/* The name as a form wants it that adds the domain by itself; "@" for the domain; NULL:
 * it is not below the domain. */
const char *check_relative_name(const struct check *, const char *name);

/* Is standard output a terminal whose owner has nothing against colours? */
bool check_wants_colour(void);

size_t check_count(const struct check *, enum check_status);

/* "example.jp: failures: 2, warnings: 1, good: 12" */
const char *check_summary(const struct check *);

/* The findings of this status and worse. */
void check_print_findings(
	const struct check *, enum check_status least, bool colour, struct str *);

#endif
