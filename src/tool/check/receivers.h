/*
 * check/receivers - what each receiver demands of those who send to it
 *
 * The file `demands` (tool/table_file.h), a row a receiver: its ID, its name for people,
 * what a demand that is not met comes to, and the demands.
 *
 *     gmail  "Gmail, all senders"  failure  spf|dkim ptr tls form
 *
 * Failure: complaints on standard error; the other rows count.
 */
#ifndef TOOL_CHECK_RECEIVERS_H
#define TOOL_CHECK_RECEIVERS_H

#include "base/base.h"
#include "base/pool.h"

struct demands;

const struct demands *demands_read(struct pool *);

#endif
