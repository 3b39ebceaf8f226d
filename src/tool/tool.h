/*
 * tool - what the commands of `sekimori` share
 *
 * A command is a struct command at the end of its cmd_*.c: its name, its arguments, its
 * own flags and its function; main.c lists them. main reads the command line by that row
 * and by the common flags; a command asks for what was given with tool_value() and finds
 * its other arguments in args. Help, and the list that the man page is held against, come
 * from the same rows.
 *
 * Texts for people go through _() (base/texts.h). With --json a command prints one object
 * with every key that its row of the manual names; an error is an object as well.
 *
 * Failure: exit statuses of <sysexits.h>: EX_USAGE 64, EX_DATAERR 65, EX_NOINPUT 66,
 *          EX_TEMPFAIL 75, EX_CONFIG 78. tool_fail() says why and gives the status back.
 */
#ifndef TOOL_TOOL_H
#define TOOL_TOOL_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "base/vec.h"
#include "base/texts.h"

#include <jansson.h>
#include <sysexits.h>

#define _(text) texts_of(text)

struct headers;
struct dns;
struct policy;
struct services;
struct sockaddr;
struct sockaddr_storage;

struct flag {
	const char *name;     /* without the "--" */
	const char *argument; /* what to call its value in the help; NULL: takes none */
	const char *help;
};

struct flag_value {
	const char *name, *value;
};

struct tool {
	struct pool *pool;
	const struct command *command;
	VEC(struct flag_value) given; /* flags, in the order of the command line */
	char **args;                  /* what is not a flag */
	int nargs;
	bool json;
	int64_t now;
	struct dns *dns;             /* tool_dns() fills it */
	const char *nameservers;     /* whom it asks; NULL: no network */
	const struct policy *policy; /* tool_policy() does */
};

struct command {
	const char *name;
	const char *arguments; /* "[FILE]" */
	const char *summary;   /* one line for people */
	const struct flag *flags;
	size_t nflags;
	int (*run)(struct tool *);
	const char *keys; /* of the JSON object, separated by blanks */
};

/* The value of a flag ("" for one that takes none), the last one given; NULL when it was
 * not given. */
const char *tool_value(const struct tool *, const char *flag);

/* The i-th value of a flag that may be repeated, or NULL. */
const char *tool_value_at(const struct tool *, const char *flag, size_t i);

/* Says what is wrong (standard error, or {"error": ...} with --json); gives status back.
 */
int tool_fail(struct tool *, int status, const char *format, ...) PRINTF_LIKE(3, 4);

/* Prints the object, gives it up, and gives 0 back. */
int tool_print(struct tool *, json_t *);

/* The bytes of a file, or of standard input for NULL and "-"; false: tool_fail has been
 * called and *status is set. */
bool tool_read(struct tool *, const char *file, struct slice *text, int *status);

/* The same as a message: false where it is none, too. */
bool tool_read_message(struct tool *, const char *file, struct headers *fields,
	struct slice *body, int *status);

/* The policy of --config, or the defaults, with --authserv-id laid over it; NULL:
 * tool_fail has been called and *status is set. Lives as long as the program. */
const struct policy *tool_policy(struct tool *, int *status);

/* The DNS of --zone, --overlay, --nameserver; else the system's. NULL: see tool_policy.
 */
struct dns *tool_dns(struct tool *, const struct policy *, int *status);

/* The world for the engine: tool_dns, the keys in this process, --now. */
bool tool_services(struct tool *, const struct policy *, struct services *, int *status);

/* --ip (IP_NONE when not given); one value of it that must be public, as receivers see
 * it; and the first as a socket address (NULL for none). */
bool tool_ip(struct tool *, struct ip *, int *status);
bool tool_public_ip(struct tool *, const char *text, struct ip *, int *status);
const struct sockaddr *tool_sockaddr(const struct ip *, struct sockaddr_storage *);

/* --mail-from without angle brackets; p == NULL: not given. */
struct slice tool_mail_from(const struct tool *);

/* A reason in the reader's language. NULL for NULL. */
const char *tool_reason(struct pool *, const struct reason *);

/* A reason in English, as programs read it, or null. */
json_t *tool_json_reason(const struct reason *);

/* Text or null; bytes that are not UTF-8 become U+0000..U+00FF one by one. */
json_t *tool_json_text(const char *);
json_t *tool_json_bytes(struct slice);

/* The commands: each file defines its row. main.c lists them. */
extern const struct command command_authres, command_check, command_compare,
	command_config, command_dmarc, command_explain, command_import, command_keygen,
	command_postfix, command_sendmail, command_sign, command_spf, command_verify,
	command_why;

#endif
