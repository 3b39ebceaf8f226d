/*
 * dns_servers - a list of nameservers
 *
 * Failure: a reason for what is not a nameserver.
 */
#ifndef DNS_DNS_SERVERS_H
#define DNS_DNS_SERVERS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/str.h"

/* Reads "ADDR[:PORT] ..." (blanks or commas between, IPv6 with a port in []) and adds it
 * to csv as c-ares wants it. */
const struct reason *dns_servers_parse(struct pool *, const char *text, struct str *csv);

#endif
