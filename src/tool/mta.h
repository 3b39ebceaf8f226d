/*
 * mta - what `sekimori postfix` and `sekimori sendmail` share
 *
 * A look at an MTA's configuration: findings as those of `sekimori check`, and the
 * commands that mend them, in an order in which they can be pasted. Nothing is changed.
 *
 * Failure: tool_fail has been called.
 */
#ifndef TOOL_MTA_H
#define TOOL_MTA_H

#include "base/base.h"
#include "base/words.h"
#include "config/beside.h"
#include "config/endpoint.h"
#include "tool/check.h"

struct tool;

/* One filter in an MTA's list. */
struct milter {
	const char *text;   /* as it is written */
	const char *action; /* when it is away: "tempfail"; NULL: the MTA's default */
	struct endpoint end;
	bool is_known; /* `end` is set */
	bool is_ours;
};

struct milters VEC_OF(struct milter);

struct mta {
	struct tool *tool;
	struct check check;     /* its findings; pool, policy */
	struct words commands;  /* to paste */
	struct endpoint socket; /* where our daemon listens */
	const char *base; /* where a relative path of a socket begins; NULL: nowhere */
	struct beside beside; /* OpenDKIM on this host */
};

/* Reads our configuration and OpenDKIM's. False: tool_fail has been called. */
bool mta_begin(struct tool *, struct mta *, int *status);

/* A finding with what was wanted and what to do about it; a command that mends it, or
 * NULL. */
void mta_add(struct mta *, enum check_status, const char *id, const char *found);
void mta_mend(struct mta *, const char *wanted, const char *remedy, const char *command);

/* Fills in `end` and `is_ours` from a place as the MTA writes it. */
void mta_place(const struct mta *, struct slice place, struct milter *);

/* The same socket? base: for relative paths. */
bool mta_is_same(const struct mta *, const struct endpoint *, const struct endpoint *);

/* Is OpenDKIM in the list, and in our way? */
void mta_check_opendkim(struct mta *, const char *id, const struct milters *);

/* Tries our socket as `user`. */
void mta_check_socket(struct mta *, const char *id, const char *user, const char *chroot);

/* Prints, and gives the exit status. */
int mta_end(struct mta *, const char *title);

#endif
