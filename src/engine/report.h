/*
 * report - the log line of a message
 *
 * Standards: design 13 (key=value, logline.h)
 * Failure:   nothing.
 */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

#include "base/base.h"

struct txn;

/* The line, in the transaction's pool. */
const char *report_print(struct txn *, const char *queue_id);

#endif
