/*
 * received - the way a message took, by its Received fields
 *
 * Every host on the way adds one at the top, in words of its own. Read is what almost all
 * of them say: who handed the message over, by which name and address, and whether it
 * came over TLS.
 *
 * Standards: RFC 5321 4.4
 * Failure:   nothing: what cannot be made out is NULL, or IP_NONE.
 */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/vec.h"
#include "mail/header.h"

struct hop {
	const char *from, *by;  /* checked domains, or NULL */
	struct slice recipient; /* "for": points into the field; empty: not said */
	struct ip ip;           /* who handed it over */
	int64_t time;           /* when, if is_dated */
	bool is_dated;
	bool tls;
	bool is_border; /* between two parties: a public address, not of `by` itself */
};

struct hops VEC_OF(struct hop);

/* The newest first, as in the message. At most HOPS_MAX. */
enum { HOPS_MAX = 100 };
void received_read(struct pool *, const struct headers *, struct hops *);

/* The hop by which the message reached its receiver; NULL: none is seen. */
const struct hop *received_last(const struct hops *);

#endif
