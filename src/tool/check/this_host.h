/*
 * check/this_host - the host that the program runs on
 *
 * It may be anybody's: what is found on it says something of a domain only where one of
 * its addresses sends for the domain.
 *
 * Failure: nothing: a host whose addresses cannot be read has none.
 */
#ifndef TOOL_CHECK_THIS_HOST_H
#define TOOL_CHECK_THIS_HOST_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/vec.h"

struct facts;

struct this_host {
	VEC(struct ip) ips; /* public ones */
	struct ip hidden;   /* a private IPv4 address; IP_NONE: none */
	bool has_ipv4;      /* of the public ones */
};

void this_host_read(struct pool *, struct this_host *);

/* Is one of the addresses that send for the domain this host's? */
bool this_host_sends(const struct facts *);

#endif
