/*
 * findings/print - findings as text for people, and how they are named there
 *
 * Failure: nothing.
 */
#ifndef TOOL_FINDINGS_PRINT_H
#define TOOL_FINDINGS_PRINT_H

#include "base/base.h"
#include "base/str.h"
#include "tool/findings/findings.h"

/* The heading that a finding belongs under. */
const char *finding_heading(const char *id);

/* The status in a word for people. */
const char *finding_status_word(enum finding_status);

/* Is standard output a terminal whose owner has nothing against colours? */
bool findings_wants_colour(void);

/* "example.jp: failures: 2, warnings: 1, good: 12" */
const char *findings_summary(const struct findings *);

/* The findings of this status and worse. */
void findings_text(
	const struct findings *, enum finding_status least, bool colour, struct str *);

/* All of them, and the summary. */
void findings_print(const struct findings *, FILE *out, bool colour);

#endif
