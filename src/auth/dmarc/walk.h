/*
 * dmarc/walk - the DNS tree walk
 *
 * Asks for a DMARC record at a name and at the names above it, eight questions at most,
 * and tells the organizational domain from what is found. Walks of one message share what
 * they have learnt, so no name is asked for twice.
 *
 * Standards: RFC 9989 4.10, 4.10.2, 11.8
 * Failure:   a walk that met DNS trouble says so; the trouble's name and reason are kept.
 */
#ifndef AUTH_DMARC_WALK_H
#define AUTH_DMARC_WALK_H

#include "auth/dmarc/record.h"
#include "base/base.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/vec.h"
#include "dns/dns.h"

#define DMARC_WALK_LIMIT 8

/* What the DNS has at one name. */
struct dmarc_node {
	const char *domain; /* without the _dmarc label */
	enum dns_status status;
	const char *reason; /* of TEMPFAIL */
	bool alias;         /* the name asked for is a CNAME */
	size_t found;       /* DMARC records there; only one counts */
	const struct dmarc_record *record; /* NULL: none that counts */
};

struct dmarc_nodes VEC_OF(const struct dmarc_node *);

/* What a message's walks share. */
struct dmarc_walker {
	struct dns *dns;
	struct pool *pool;
	int64_t deadline;
	struct map *nodes;
	int asked; /* questions put to the DNS */
};

struct dmarc_walk {
	const char *start;
	struct dmarc_nodes nodes;          /* in the order of asking, the start first */
	const char *organizational_domain; /* NULL: DNS trouble, it cannot be told */
	const struct dmarc_node *trouble;  /* the first name that could not be asked */
};

void dmarc_walker_init(
	struct dmarc_walker *, struct dns *, struct pool *, int64_t deadline);

/* start: a checked domain. */
void dmarc_walk(struct dmarc_walker *, const char *start, struct dmarc_walk *);

/* Begins to ask all that a walk from here may ask. */
void dmarc_walk_prefetch(struct dns *, const char *start);

/* The i-th name that a walk from `start` asks about, NULL past the last one. Points into
 * `start`. */
const char *dmarc_walk_name(const char *start, int i);

#endif
