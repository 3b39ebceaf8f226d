/*
 * mta/handshake - does a milter answer at this socket, for the MTA?
 *
 * Connects as the MTA would and negotiates, then takes leave; no mail is sent. Where
 * this process is root it does so as the MTA's user, with that user's groups, below the
 * directory that the MTA's process is confined to: so what fails for the MTA fails here.
 *
 * Failure: a complaint, with the system's own words.
 */
#ifndef TOOL_MTA_HANDSHAKE_H
#define TOOL_MTA_HANDSHAKE_H

#include "base/base.h"
#include "base/pool.h"
#include "config/endpoint.h"

struct handshake {
	const struct endpoint *end;
	const char *user;   /* the MTA's; NULL: as whoever we are */
	const char *chroot; /* NULL: the process is not confined */
	const char *path;   /* of a local socket, as seen from there */
	bool only_connects; /* it need not be a milter */
	/* found out */
	bool as_user;     /* it was tried as that user */
	int error;        /* of a connection that did not come about (errno), else 0 */
	unsigned version; /* of the milter protocol */
};

const char *handshake_try(struct pool *, struct handshake *);

/* What keeps that user from a local socket: a directory above it, or the socket. */
struct obstacle {
	const char *path, *owner; /* "root:mail" */
	unsigned mode;
	bool is_socket;
	bool is_member;    /* the user is in its group */
	const char *group; /* a group of the user */
};

/* By owners and modes, as root. False: nothing that these show. */
bool handshake_obstacle(struct pool *, const struct handshake *, struct obstacle *);

#endif
