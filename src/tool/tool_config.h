/*
 * tool_config - the configuration that a command speaks of
 *
 * Failure: tool_fail has been called, and *status is set.
 */
#ifndef TOOL_TOOL_CONFIG_H
#define TOOL_TOOL_CONFIG_H

#include "base/base.h"

struct key_user;
struct place;
struct policy;
struct problems;
struct tool;

/* That of --config, else the one that the daemon reads. */
const char *conf_file(const struct tool *);

/* Its policy; the built-in defaults where neither --config was given nor the daemon's
 * file exists. Every error is shown. Released by the caller. */
const struct policy *conf_policy(struct tool *, int *status);

/* Where an option is set, for people; a default says so in their language. */
const char *conf_place(struct tool *, struct place);

/* When the checks that begin now must be done (DNSTimeout), on the monotonic clock. */
int64_t conf_dns_deadline(const struct policy *);

/* One line a problem, on standard error. */
void conf_show_problems(const struct problems *);

/* tool_fail for a configuration with errors, after all of its problems. */
int conf_fail(struct tool *, const struct problems *);

/* SyslogName of the configuration: what the daemon is called in a log. */
const char *conf_syslog_name(struct tool *);

/* Who the daemon runs as: UserID of the configuration, else the packaged user. False: we
 * are not root, or there is no such user. */
bool conf_user(struct tool *, struct key_user *);

#endif
