/*
 * session - one SMTP connection, as far as its messages share it
 *
 * Who the client is, what it calls itself, and which policy was in force when it began:
 * a message is judged by that one to its end. Every function copies what it is given.
 *
 * Failure: nothing.
 */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/slice.h"
#include "engine/services.h"

struct authres_ids;
struct policy;
struct sockaddr;

struct session {
	struct pool *pool;
	const struct policy *policy;
	const struct services *services;
	struct ip client;        /* IP_NONE: the MTA has none */
	const char *client_name; /* NULL: unknown */
	const char *mta_name;    /* NULL: unknown */
	bool is_postfix;         /* it said so */
	struct slice helo;       /* of the latest HELO or EHLO */
};

/* rdns: the client's name as the MTA gives it, for lists of names and the log; NULL:
 * unknown. client: NULL where the MTA has none (a local submission). mta_name: the macro
 * j; NULL: unknown. The policy must outlive the session. */
struct session *session_new(const struct policy *, const struct services *,
	const char *rdns, const struct sockaddr *client, const char *mta_name);
/* version: the macro v; NULL: unknown. */
void session_mta_version(struct session *, const char *version);
void session_helo(struct session *, const char *name);
void session_free(struct session *);

/* The authserv-id of our own field (RFC 8601 2.5). */
const char *session_authserv_id(const struct session *);

/* Every authserv-id whose fields are ours: that one, and those of RemoveARFrom. */
void session_ids(const struct session *, struct pool *, struct authres_ids *);

#endif
