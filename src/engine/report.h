/*
 * report - the log line of a message
 *
 * key=value, as logline.h writes it and sekimorid(8) explains it.
 *
 * Failure: nothing.
 */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

#include "base/base.h"
#include "engine/message_record.h"

/* The line, in the mail object's pool. */
const char *report_print(const struct message_record *);

#endif
