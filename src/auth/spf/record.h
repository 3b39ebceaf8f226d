/*
 * spf/record - one SPF record, read to its end
 *
 * A record is all right or it is not: an error in its last term spoils it even where an
 * earlier term would have decided. Nothing is judged here.
 *
 * Standards: RFC 7208 4.5, 4.6, 5, 6, 7.1, 12
 * Failure:   a complaint that names the term.
 */
#ifndef AUTH_SPF_RECORD_H
#define AUTH_SPF_RECORD_H

#include "base/base.h"
#include "auth/outcome.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "base/vec.h"
#include "dns/dns.h"

enum spf_kind {
	SPF_TERM_ALL,
	SPF_TERM_INCLUDE,
	SPF_TERM_A,
	SPF_TERM_MX,
	SPF_TERM_PTR,
	SPF_TERM_IP4,
	SPF_TERM_IP6,
	SPF_TERM_EXISTS,
	SPF_TERM_REDIRECT,
};

struct spf_term {
	enum spf_kind kind;
	enum auth_code code;  /* what a match gives, by the qualifier */
	struct slice text;    /* as written */
	struct slice target;  /* a checked domain-spec; empty: the domain itself */
	struct ip net;        /* ip4, ip6; of ip6 also where it is an IPv4-mapped one */
	int prefix4, prefix6; /* a, mx, ip4, ip6 */
};

struct spf_record {
	struct spf_terms VEC_OF(struct spf_term) terms; /* mechanisms, in their order */
	struct spf_term redirect;                       /* text.n == 0: there is none */
	struct slice exp; /* a checked domain-spec; empty: there is none */
	bool has_all;     /* then redirect does not count */
};

/* The records of a TXT answer that are SPF records: how many, and the first one. */
size_t spf_record_select(const struct dns_answer *, struct slice *text);

/* The record's slices point into the text. */
const struct reason *spf_record_parse(
	struct pool *, struct slice text, struct spf_record *);

/* Does the term ask the DNS, so that the limit counts it? */
bool spf_term_asks(const struct spf_term *);

/* Is the client in the network of this term? For all: yes; for terms that ask: no. */
bool spf_term_has_client(const struct spf_term *, const struct ip *client);

/* The prefix length that counts for this client. */
int spf_term_prefix(const struct spf_term *, const struct ip *client);

#endif
