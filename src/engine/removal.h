/*
 * removal - which fields of a message are removed because they could pass for ours
 *
 * And which are repaired, because a line inside them could pass for ours (hidden.h).
 *
 * Sees every field as it comes, also those past the header limit, and counts each name as
 * the MTA does: all fields of a name, those that stay included. The deletions come out
 * with the highest ordinal first, which is right for an MTA that closes the gaps and for
 * one that does not.
 *
 * Standards: RFC 8601 5, RFC 7208 9.1
 * Failure:   nothing.
 */
#ifndef ENGINE_REMOVAL_H
#define ENGINE_REMOVAL_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "engine/results.h"
#include "engine/testimony.h"
#include "mail/authres_id.h"

#define QUARANTINE_FIELD "X-Sekimori-Quarantine"

struct removal;

/* ids: whose Authentication-Results are ours. receiver: what our Received-SPF calls
 * itself; NULL: we write none. */
struct removal *removal_new(
	struct pool *, const struct authres_ids *ids, const char *receiver);

void removal_header(struct removal *, struct slice name, struct slice value);

/* What the removed fields say of the author: those whose id is ours. One whose id is
 * unclear is removed and says nothing. */
const struct testimony *removal_testimony(const struct removal *);

struct removal_field {
	const char *name; /* as the MTA shall look for it */
	int ordinal;      /* 1-based among the fields of that name */
};

/* The fields to remove, in the order in which they must be deleted. */
size_t removal_count(const struct removal *);
struct removal_field removal_at(const struct removal *, size_t i);

/* A field that stays, with a value that hides no other field (engine/hidden.h). */
struct removal_repair {
	const char *name;
	int ordinal;
	struct slice value;
};

struct removal_repairs VEC_OF(struct removal_repair);

/* The fields to repair, before any is deleted. */
const struct removal_repairs *removal_repairs(const struct removal *);

/* The values of the Authentication-Results among them, in the message's order, each cut
 * to REMOVAL_VALUE_MAX, and all together to REMOVAL_VALUES_MAX. */
#define REMOVAL_VALUE_MAX 65536
#define REMOVAL_VALUES_MAX ((size_t)1 << 20)
const struct slices *removal_values(const struct removal *);

#endif
