/*
 * dns_fixed - a DNS of a few TXT records, by value
 *
 * For a question of what would be, were these records there: whether a signature is one
 * of our own keys, or what SPF would say of a record that is to be published. Other names
 * are asked of another DNS, or do not exist.
 *
 * Failure: an outcome (dns.h).
 */
#ifndef DNS_DNS_FIXED_H
#define DNS_DNS_FIXED_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "dns/dns.h"

struct dns_txt {
	const char *name; /* in any case */
	struct slice text;
};

/* below: for other names; NULL: none exists. The records must outlive it. It lives in the
 * pool; need not be closed, and closes nothing below. */
struct dns *dns_fixed_new(
	struct pool *, const struct dns_txt *records, size_t n, struct dns *below);

#endif
