/*
 * check/json - findings as JSON
 *
 * Failure: nothing.
 */
#ifndef TOOL_CHECK_JSON_H
#define TOOL_CHECK_JSON_H

#include "base/base.h"
#include "tool/check/check.h"

#include <jansson.h>

/* [{id, status, found, wanted, remedy, record, details}] of the findings of this status
 * and worse. The remedy holds the record too, as a line of a zone file. */
json_t *check_json(const struct check *, enum check_status least);

#endif
