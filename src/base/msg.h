/*
 * msg - what a program says about itself
 *
 * Two ways out: syslog, or standard error (with the program's name). The parts that judge
 * mail never call these; they return complaints. Messages begin with a small letter and
 * have no full stop; what failed comes first, its subject in quotes, file:line if there
 * is one.
 *
 * Failure: fatal() ends the program with status 78, panic() aborts it: the first is the
 *          operator's to mend, the second ours.
 */
#ifndef BASE_MSG_H
#define BASE_MSG_H

#include "base/base.h"

enum msg_level { MSG_ERROR, MSG_WARN, MSG_INFO, MSG_DEBUG };

/* Sends messages to standard error, each line with the program's name before it. */
void msg_to_stderr(const char *program);

/* Sends messages to syslog; facility is one of syslog.h's LOG_*. */
void msg_to_syslog(const char *program, int facility);

/* Does anybody listen where syslog's messages go? Without one they are lost. */
bool msg_has_syslog(void);

/* Messages below this level are dropped. Default: MSG_INFO. */
void msg_set_level(enum msg_level);

void msg_error(const char *format, ...) PRINTF_LIKE(1, 2);
void msg_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void msg_info(const char *format, ...) PRINTF_LIKE(1, 2);
void msg_debug(const char *format, ...) PRINTF_LIKE(1, 2);

/* The operator's start-up mistake: says so and exits with status 78 (EX_CONFIG). For
 * programs of one job, as the drivers of t/interop; the daemon and the tool give
 * complaints back. */
void fatal(const char *format, ...) PRINTF_LIKE(1, 2) NORETURN;

/* A call that must not happen: says so and aborts. */
void panic(const char *format, ...) PRINTF_LIKE(1, 2) NORETURN;

#endif
