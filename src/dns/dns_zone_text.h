/*
 * dns_zone_text - the reader of zone text
 *
 * Only for dns_zone, which says what the text looks like.
 *
 * Failure: a complaint with file and line.
 */
#ifndef DNS_DNS_ZONE_TEXT_H
#define DNS_DNS_ZONE_TEXT_H

#include "base/base.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "base/vec.h"
#include "dns/dns.h"

struct zone_record {
	enum dns_type type;
	uint32_t ttl;
	struct dns_record data;
};

struct zone_failure {
	int type; /* 0: all types */
	const char *reason;
};

struct zone_node {
	VEC(struct zone_record) records;
	VEC(struct zone_failure) failures;
};

/* Puts what the text lists into nodes (by folded name), all of it in `keep`; the
 * complaint comes from `pool`. */
const struct reason *zone_text_read(struct pool *keep, struct map *nodes,
	struct slice text, const char *file, struct pool *pool);

/* "TXT", or "TYPE" for a type without a word. */
const char *zone_type_name(enum dns_type);

#endif
