/*
 * opendkim_peer - the OpenDKIM on this host, and where it and we are in each other's way
 *
 * Two programs of one kind can harm each other twice: under one authserv-id each removes
 * the other's results, and with one key in both a message gets two signatures of it. Its
 * configuration and its tables are read by the loader that reads ours. Whether the mail
 * server asks it, and in which order, cannot be known here: `sekimori postfix` knows.
 *
 * Failure: nothing. A configuration that is not there, or cannot be read, says nothing.
 */
#ifndef CONFIG_OPENDKIM_PEER_H
#define CONFIG_OPENDKIM_PEER_H

#include "base/base.h"
#include "base/pool.h"
#include "config/endpoint.h"

#define OPENDKIM_CONF "/etc/opendkim.conf"

struct policy;
struct problems;

/* Where it is. conf NULL: do not look. */
struct opendkim_place {
	const char *conf;
	bool has_program; /* a removed package leaves its configuration */
};

/* OPENDKIM_CONF, and whether there is an opendkim to run. */
struct opendkim_place opendkim_place(void);

struct opendkim_peer {
	struct opendkim_place at; /* conf NULL: there is no configuration but ours */
	bool checks, signs;
	const char *authserv_id; /* NULL: the mail server's name */
	bool with_job_id;        /* and the queue id behind it */
	const char *same_key;    /* "d=example.jp s=s2026": both sign with it, or NULL */
	bool has_no_rows;        /* it has a key table, and we see no row of it */
	bool is_stopped;         /* it names a PidFile, and no such process runs */
	bool has_socket;
	struct endpoint socket;
};

void opendkim_peer_read(struct pool *, struct opendkim_place, const struct policy *ours,
	struct opendkim_peer *);

/* Do both write results under one name? mta: the mail server's name, NULL: unknown. */
bool opendkim_peer_has_our_id(
	const struct opendkim_peer *, const struct policy *ours, const char *mta);

/* What of it an administrator should know. refuse: one name for the results of both is an
 * error where OpenDKIM is installed; else all are notes. */
void opendkim_peer_review(const struct opendkim_peer *, const struct policy *ours,
	bool refuse, struct problems *);

#endif
