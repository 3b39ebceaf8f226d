/*
 * findings/json - findings as JSON
 *
 * Failure: nothing.
 */
#ifndef TOOL_FINDINGS_JSON_H
#define TOOL_FINDINGS_JSON_H

#include "base/base.h"
#include "tool/findings/findings.h"

#include <jansson.h>

/* [{id, status, found, wanted, remedy, record, details}] of the findings of this status
 * and worse. The remedy holds the record too, as a line of a zone file. */
json_t *findings_json(const struct findings *, enum finding_status least);

#endif
