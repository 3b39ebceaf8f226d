/*
 * ownkeys - a DNS that knows the public halves of our own keys
 *
 * For the question whether a signature that a message bears is one of ours, without
 * asking the network: a name that is no selector of these rows does not exist.
 *
 * Failure: an outcome (dns.h).
 */
#ifndef ENGINE_OWNKEYS_H
#define ENGINE_OWNKEYS_H

#include "base/base.h"
#include "base/pool.h"

struct dns;
struct signing;

/* Lives in the pool; need not be closed. */
struct dns *ownkeys_new(struct pool *, const struct signing *rows, size_t n);

#endif
