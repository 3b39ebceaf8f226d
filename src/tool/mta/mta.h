/*
 * mta/mta - what `sekimori postfix` and `sekimori sendmail` share
 *
 * A look at an MTA's configuration: findings as those of `sekimori check`, and the
 * commands that mend them, in an order in which they can be pasted. Nothing is changed.
 *
 * Failure: tool_fail has been called.
 */
#ifndef TOOL_MTA_MTA_H
#define TOOL_MTA_MTA_H

#include "base/base.h"
#include "base/words.h"
#include "config/endpoint.h"
#include "config/opendkim_peer.h"
#include "tool/findings/findings.h"

struct other_milters;
struct tool;

/* One filter in an MTA's list. */
struct milter {
	const char *text;   /* as it is written */
	const char *action; /* when it is away: "tempfail"; NULL: the MTA's default */
	struct endpoint end;
	struct slice more; /* what else stands in its braces: ", connect_timeout=5s" */
	bool is_known;     /* `end` is set */
	bool is_ours;
	bool is_off;      /* nobody answers, and its service is disabled */
	const char *away; /* why nobody answers; NULL: somebody does */
	const char *name; /* "rspamd"; NULL: we do not know it */
	unsigned does;    /* enum milter_does */
};

struct milters VEC_OF(struct milter);

/* A list in the order that we propose. */
struct milter_order {
	const char *list; /* what the mail server calls it */
	struct milters milters;
};

struct mta {
	struct tool *tool;
	struct findings findings;
	const struct other_milters *others; /* that we know */
	struct words commands;              /* to paste */
	struct endpoint socket;             /* where our daemon listens */
	struct endpoint future; /* where it should, by our advice; else the same */
	const char *base; /* where a relative path of a socket begins; NULL: nowhere */
	const char *etc;  /* where the configurations of other milters are */
	const char *host; /* the mail server's name; NULL: unknown */
	struct opendkim_peer opendkim; /* OpenDKIM on this host */
	bool is_opendkim_away; /* it does not run: nothing of ours changes for it */
	VEC(struct milter_order) orders;
	size_t changes; /* commands that change our configuration */
};

/* Reads our configuration and OpenDKIM's. False: tool_fail has been called. */
bool mta_begin(struct tool *, struct mta *, int *status);

/* A finding with what was wanted and what to do about it; a command that mends it, or
 * NULL. */
void mta_add(struct mta *, enum finding_status, const char *id, const char *found);
void mta_remedy(
	struct mta *, const char *wanted, const char *remedy, const char *command);

/* Fills in what is known of it, from a place as the MTA writes it. */
void mta_place(const struct mta *, struct slice place, struct milter *);

/* What of an absolute path follows this directory, "/x.sock"; NULL: it is elsewhere. */
const char *mta_below(const char *path, const char *directory);

/* The same socket? base: for relative paths. */
bool mta_is_same(const struct mta *, const struct endpoint *, const struct endpoint *);

/* Is OpenDKIM in one of the lists, and in our way? Does OpenDMARC behind us know our
 * name? id: "postfix.", "sendmail." and so on. */
void mta_check_opendkim(
	struct mta *, const char *id, const struct milters *const lists[], size_t n);
void mta_check_opendmarc(
	struct mta *, const char *id, const struct milters *const lists[], size_t n);

/* Why nobody answers, the MTA's user, at a place on this host; NULL: somebody does, or it
 * cannot be known. */
const char *mta_nobody_at(const struct mta *, const struct endpoint *, const char *user);

/* The same of a service that is no milter. */
const char *mta_refused_at(const struct mta *, const struct endpoint *, const char *user);

/* A place as the MTA writes it, "unix:below/the/queue". False: it is none. */
bool mta_endpoint(struct slice place, struct endpoint *);

/* Fills in whether it answers, and whether its service is disabled. */
void mta_look_for(const struct mta *, struct milter *, const char *user);

/* Takes for ours a place that was: the port that our documents name, where nobody
 * answers, and that no OpenDKIM here claims, whose usual one it is, too. */
void mta_claim(const struct mta *, struct milter *);

const struct milter *mta_ours_in(const struct milters *);

/* Tries our socket as `user`. */
void mta_check_socket(struct mta *, const char *id, const char *user, const char *chroot);

/* Is there a key to sign with? */
void mta_check_key(struct mta *, const char *id);

/* Is there a key for what this host sends in its own name? */
void mta_check_host_key(struct mta *, const char *id, const char *host);

/* Prints, and gives the exit status. reload: the command that makes the MTA read its
 * configuration, after a command that changes it; NULL: none. */
int mta_end(struct mta *, const char *title, const char *reload);

#endif
