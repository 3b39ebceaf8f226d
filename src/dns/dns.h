/*
 * dns - one question, one answer
 *
 * The interface that every check asks through. Implementations stack: dns_cache over
 * dns_live; dns_zone alone, or as an overlay over another. An answer is one of exactly
 * four outcomes; its records are copied into the asker's pool.
 *
 * Names are bytes with dots between labels, as a macro or a message made them, without
 * escapes; a final dot is allowed. A name that cannot be asked (label of 0 or over 63,
 * more than 253, a NUL) is NXDOMAIN, and nothing is sent. Neither is a name sent to the
 * network that a resolver library would not take (dns_wire.h).
 *
 * Standards: RFC 1035 2.3.4, RFC 2308 2, RFC 7208 3.3
 * Failure:   an outcome.
 */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"

enum dns_status {
	DNS_OK,       /* at least one record of the type */
	DNS_NODATA,   /* the name exists, without this type */
	DNS_NXDOMAIN, /* the name does not exist */
	DNS_TEMPFAIL, /* nothing is known: time-out, SERVFAIL, REFUSED, FORMERR, a lying
	                 packet */
};

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52,
	DNS_SPF = 99, /* only so that zone files that hold it can be read */
};

struct dns_record {
	struct slice data;   /* A, AAAA: 4 or 16 bytes; TLSA: as it is sent; TXT: its
	                      * strings joined;
	                      * MX, PTR, NS, CNAME: the name, without final dot, "" for the
	                      * root */
	uint16_t preference; /* MX */
};

struct dns_answer {
	enum dns_status status;
	const char *reason; /* of TEMPFAIL, a form: "time-out", "SERVFAIL" ...; else
	                       NULL */
	uint32_t ttl;       /* seconds, the least of the chain */
	bool authentic;     /* the resolver said so (AD) */
	bool alias;         /* the name is a CNAME: it exists, whatever the status says of
	                       where it leads */
	const struct dns_record *records;
	size_t n;
};

/* The reason of a TEMPFAIL. */
const struct reason *dns_answer_reason(struct pool *, const struct dns_answer *);

struct dns;

struct dns_ops {
	void (*query)(struct dns *, struct slice name, enum dns_type, int64_t deadline,
		struct pool *, struct dns_answer *);
	void (*prefetch)(struct dns *, struct slice name, enum dns_type);
	void (*close)(struct dns *);
	bool (*answers)(struct dns *);
};

struct dns {
	const struct dns_ops *ops;
};

/* Blocks until there is an answer, or until deadline (clock_monotonic_ms):
 * then TEMPFAIL. */
void dns_query(struct dns *, struct slice name, enum dns_type, int64_t deadline,
	struct pool *, struct dns_answer *);

/* Begins to ask, so that a later dns_query finds the answer there. Never blocks. */
void dns_prefetch(struct dns *, struct slice name, enum dns_type);

/* The answer if it is there, or comes within `ms` milliseconds; TEMPFAIL else, though the
 * question goes on. For looking at what was prefetched. */
void dns_peek(struct dns *, struct slice name, enum dns_type, int ms, struct pool *,
	struct dns_answer *);

/* Where a question came to nothing: does this host's resolver answer others? False:
 * nobody got an answer in the last seconds, nor does a question that has nothing to do
 * with any sender. Blocks for a second at most. */
bool dns_answers(struct dns *);

void dns_close(struct dns *);

/* Can this name be asked for at all? */
bool dns_name_is_askable(struct slice name);

#endif
