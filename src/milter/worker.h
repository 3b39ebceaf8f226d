/*
 * worker - the process that talks to MTAs
 *
 * It runs libmilter on the supervisor's socket, and does what the supervisor asks over
 * the control socket, one byte a message: read the configuration again, say whether it
 * still answers, or finish what was begun and stop. When the supervisor is gone it
 * finishes and stops too.
 *
 * Failure: an exit status; what is wrong is logged.
 */
#ifndef MILTER_WORKER_H
#define MILTER_WORKER_H

#include "base/base.h"

/* What supervisor and worker say to each other. */
enum control {
	CONTROL_RELOAD = 'R', /* to the worker: read the configuration again */
	CONTROL_DRAIN = 'D',  /* to the worker: finish and stop */
	CONTROL_CALL = 'C',   /* to the worker: does it answer its socket? */
	CONTROL_READY =
		'r', /* from it: the configuration is read, connections may come */
	CONTROL_LOADED = 'l', /* from it: the new configuration is in force */
	CONTROL_KEPT = 'k',   /* from it: the new one has errors, the old one stays */
	CONTROL_HERE = 'h',   /* from it: called, it answered */
};

/* How the daemon was told to run. */
struct setup {
	const char *file;    /* the configuration */
	bool foreground;     /* -f */
	bool syslog;         /* messages go there, else to standard error */
	int facility;        /* of syslog */
	const char *program; /* the name in messages */
	int pid_fd;          /* the lock of the pid file; -1: there is none */
	int64_t drain_ms;    /* patience with messages that were begun */
	int64_t probe_ms;    /* how often to ask a worker whether it answers */
};

/* Runs until it is drained; gives the exit status. first: problems are shown to whoever
 * started the daemon, and only then syslog is used. */
int worker_run(const struct setup *, int listen_fd, int control_fd, bool first);

/* Says where messages go from now on. */
void setup_log(const struct setup *);

#endif
