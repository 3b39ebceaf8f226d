/*
 * check/facts - what the parts of a check have learnt so far
 *
 * Failure: nothing.
 */
#ifndef TOOL_CHECK_FACTS_H
#define TOOL_CHECK_FACTS_H

#include "base/base.h"
#include "auth/spf/check.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "tool/zone_record.h"

struct keyref;
struct relay;

/* What a receiver may demand. */
enum fact {
	FACT_SPF,
	FACT_DKIM,
	FACT_DMARC,
	FACT_ALIGNED,
	FACT_HOLDS, /* DMARC passes, or there is nothing to pass */
	FACT_PTR,
	FACT_TLS,
	FACT_FORM,
	FACT_UNSUBSCRIBE,
	FACT_HELO, /* SPF of the name in HELO */
	FACT_IPV4, /* the SPF record names IPv4 addresses */
	FACT_BIMI,
	FACT_COUNT
};

enum known { KNOWN_NOT, KNOWN_YES, KNOWN_NO };

/* A key of the domain and what became of it. */
struct check_key {
	const char *domain, *selector;
	const struct keyref *key;   /* NULL: only its name is known */
	bool is_good;               /* published, and usable */
	const char *publish, *make; /* what to do so that it is published, or made */
	struct zone_record record;  /* of our own key */
};

/* An address that sends. */
struct check_address {
	struct ip ip;
	const char *name; /* of its PTR; NULL: none, or not asked yet */
	const struct relay *relay;
	struct spf_result spf;
};

struct facts {
	struct pool *pool;
	VEC(struct check_address) addresses;
	VEC(struct check_key) keys;
	bool is_enforced; /* DMARC: quarantine or reject */
	bool is_parked;   /* it says that it sends nothing, and nobody says otherwise */
	enum known known[FACT_COUNT];
	struct slice spf_text; /* the SPF record as published, or empty */
};

/* Learns a fact; one that is missing once is missing. */
void facts_learn(struct facts *, enum fact, bool is_there);

/* Is there a key of this host's? One that was only named with --selector may be
 * anybody's. */
bool facts_have_own_key(const struct facts *);

/* Takes the address once. */
void facts_add_address(struct facts *, const struct ip *);

#endif
