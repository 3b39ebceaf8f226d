/*
 * dns_live - questions to the network
 *
 * One thread owns the resolver library (c-ares) and all its sockets; everyone else hands
 * questions to it. Meant to be asked by a dns_cache. Truncated answers are asked again
 * over TCP. Where the nameservers come from resolv.conf, that file is read again when it
 * changes. Start it after the process has become a daemon: threads do not survive a fork.
 *
 * Failure: a complaint when it cannot start; later, outcomes.
 */
#ifndef DNS_DNS_LIVE_H
#define DNS_DNS_LIVE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "dns/dns_cache.h"

struct dns_live_params {
	const char *nameservers; /* "ADDR[:PORT] ...", blanks or commas between, IPv6 with
	                          * a port in []; NULL or "": resolv.conf */
	const char *resolv_conf; /* NULL: /etc/resolv.conf */
	int port;                /* of resolv.conf's nameservers; 0: 53 */
	int try_ms; /* patience before asking again, doubled each time; 0: 1500 */
	int tries;  /* 0: 3 */
};

const struct reason *dns_live_new(
	struct pool *, const struct dns_live_params *, struct dns_backend **);

/* Whom it asks, for people: "127.0.0.1", "192.0.2.1:5353, ::1". */
const char *dns_live_servers(struct pool *, const struct dns_backend *);

/* Is this a nameserver list as above? NULL, or what is wrong with it. */
const struct reason *dns_live_check(struct pool *, const char *nameservers);

#endif
