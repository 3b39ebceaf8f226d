/*
 * cleanse - which fields of a message must go because they could pass for ours
 *
 * Or be mended, because they hide one that could.
 *
 * Sees every field as it comes, also those past the header limit, and counts each name as
 * the MTA does: over all its instances, the ones that stay included. The deletions come
 * out with the highest ordinal first, which is right for an MTA that closes the gaps and
 * for one that does not.
 *
 * Standards: RFC 8601 5, RFC 7208 9.1
 * Failure:   nothing.
 */
#ifndef ENGINE_CLEANSE_H
#define ENGINE_CLEANSE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "engine/results.h"
#include "engine/testimony.h"
#include "mail/authres_id.h"

#define QUARANTINE_FIELD "X-Sekimori-Quarantine"

struct cleanse;

/* ids: whose Authentication-Results are ours. receiver: what our Received-SPF calls
 * itself; NULL: we write none. */
struct cleanse *cleanse_new(
	struct pool *, const struct authres_ids *ids, const char *receiver);

void cleanse_header(struct cleanse *, struct slice name, struct slice value);

/* What the fields of ours that were there say of the author. A field that must go, and
 * whose id is not ours, is nobody's testimony. */
const struct testimony *cleanse_testimony(const struct cleanse *);

struct cleanse_field {
	const char *name; /* as the MTA shall look for it */
	int ordinal;      /* 1-based among the fields of that name */
};

/* What must go, in the order in which it must be deleted. */
size_t cleanse_count(const struct cleanse *);
struct cleanse_field cleanse_at(const struct cleanse *, size_t i);

/* A field that stays, with a value in which nothing hides (engine/hidden.h). */
struct cleanse_mend {
	const char *name;
	int ordinal;
	struct slice value;
};

struct cleanse_mends VEC_OF(struct cleanse_mend);

/* To be changed before anything is deleted. */
const struct cleanse_mends *cleanse_mends(const struct cleanse *);

/* The values of the Authentication-Results among them, in the message's order, each cut
 * to CLEANSE_VALUE_MAX, and all together to CLEANSE_VALUES_MAX. */
#define CLEANSE_VALUE_MAX 65536
#define CLEANSE_VALUES_MAX ((size_t)1 << 20)
const struct slices *cleanse_values(const struct cleanse *);

#endif
