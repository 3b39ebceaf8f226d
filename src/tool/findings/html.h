/*
 * findings/html - findings as a page that can be mailed or printed
 *
 * Failure: nothing.
 */
#ifndef TOOL_FINDINGS_HTML_H
#define TOOL_FINDINGS_HTML_H

#include "base/base.h"
#include "base/str.h"
#include "tool/findings/findings.h"

/* now: when the mail was checked, in seconds. */
void findings_html(const struct findings *, int64_t now, struct str *out);

#endif
