/*
 * endpoint - where the daemon listens, as text
 *
 *     inet:8891@localhost   inet:localhost:8891   inet:8891   inet6:8891@::1
 *     inet:[::1]:8891       local:/run/x.sock     unix:/run/x.sock     /run/x.sock
 *
 * Milters write the port first, Postfix writes the host first; both are read, so that the
 * same text can stand here and in main.cf. Without a host every interface is meant. An
 * IPv6 address in brackets makes "inet" mean IPv6.
 *
 * Failure: a complaint.
 */
#ifndef CONFIG_ENDPOINT_H
#define CONFIG_ENDPOINT_H

#include "base/base.h"
#include "base/slice.h"

#define ENDPOINT_PATH_SIZE 108
#define ENDPOINT_HOST_SIZE 256
#define ENDPOINT_PORT_SIZE 32

enum endpoint_kind { ENDPOINT_LOCAL, ENDPOINT_INET, ENDPOINT_INET6 };

struct endpoint {
	enum endpoint_kind kind;
	char path[ENDPOINT_PATH_SIZE]; /* of LOCAL */
	char host[ENDPOINT_HOST_SIZE]; /* "": every interface */
	char port[ENDPOINT_PORT_SIZE]; /* a number, or the name of a service */
};

const char *endpoint_parse(struct slice text, struct endpoint *);

#endif
