/*
 * tap - what every unit test needs to speak TAP
 *
 * Failure: a test that is not ok, and exit status 1 at the end.
 */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include "base/base.h"
#include "base/reason.h"
#include "base/slice.h"

/* A reason as a row of a table may hold it. */
#define TAP_REASON(text) (&(const struct reason){ .form = (text) })

/* One test. Gives `ok` back. */
bool tap_ok(bool ok, const char *format, ...) PRINTF_LIKE(2, 3);

/* One test each: equal, or the difference is shown. NULL equals only NULL. */
bool tap_is(const char *got, const char *want, const char *format, ...) PRINTF_LIKE(3, 4);
bool tap_is_reason(const struct reason *got, const char *want, const char *format, ...)
	PRINTF_LIKE(3, 4);
bool tap_is_int(int64_t got, int64_t want, const char *format, ...) PRINTF_LIKE(3, 4);
bool tap_is_slice(struct slice got, struct slice want, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Milliseconds of processor time that this program took: no busy machine stretches them. */
int64_t tap_cpu_ms(void);

/* A line of explanation. */
void tap_note(const char *format, ...) PRINTF_LIKE(1, 2);

/* The plan; `return tap_done();` ends main. */
int tap_done(void);

#endif
