/*
 * CVE-2022-48521 came from deleting in ascending order: each deletion shifts the rest. A
 * second way to be wrong is to number only the fields that are to go. So every field is
 * numbered when it arrives, and the list is handed out from its end.
 *
 * The authserv-id decides (RFC 8601 5); what follows it is never a reason to keep a field
 * (OpenDKIM kept what its parser or its buffer could not take).
 */
#include "base/base.h"
#include "engine/removal.h"

#include "auth/spf/received_spf.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/hidden.h"

enum kind { KIND_AUTHRES, KIND_RECEIVED_SPF, KIND_QUARANTINE, KINDS };

static const char *const kind_names[KINDS] = {
	[KIND_AUTHRES] = "Authentication-Results",
	[KIND_RECEIVED_SPF] = "Received-SPF",
	[KIND_QUARANTINE] = QUARANTINE_FIELD,
};

struct removal {
	struct pool *pool;
	const struct authres_ids *ids;
	const char *receiver;
	struct VEC_OF(int) gone[KINDS]; /* ordinals, ascending */
	struct map *counts;             /* of every name, in lower case: int */
	struct removal_repairs repairs;
	struct slices values;
	size_t kept; /* bytes of these */
	struct testimony testimony;
};

/* Begins with no field seen. */
struct removal *
removal_new(struct pool *pool, const struct authres_ids *ids, const char *receiver)
{
	struct removal *r = pool_alloc(pool, sizeof(*r));

	r->pool = pool;
	r->ids = ids;
	r->receiver = receiver;
	r->counts = map_new(pool);
	return r;
}

/* The value for the report. A message may be forged fields and nothing else, past every
 * limit: in the end only their number is kept. */
static void
keep_value(struct removal *r, struct slice value)
{
	value = slice_sub(value, 0, MIN(REMOVAL_VALUE_MAX, REMOVAL_VALUES_MAX - r->kept));
	r->kept += value.n;
	*vec_add(r->pool, &r->values) =
		value.n > 0 ? pool_slice(r->pool, value) : SLICE_EMPTY;
}

/* A field that is ours or unclear is removed; only one that is ours is believed. */
static bool
is_forged_authres(struct removal *r, struct slice value)
{
	struct pool *scratch = pool_new();
	enum authres_owner owner = authres_owner(scratch, r->ids, value);

	pool_free(scratch);
	if (owner == AUTHRES_FOREIGN)
		return false;
	if (owner == AUTHRES_OURS)
		testimony_add(&r->testimony, r->pool, value);
	keep_value(r, value);
	return true;
}

static bool
is_forged(struct removal *r, enum kind kind, struct slice value)
{
	switch (kind) {
	case KIND_AUTHRES:
		return is_forged_authres(r, value);
	case KIND_RECEIVED_SPF:
		return r->receiver != NULL && received_spf_names(value, r->receiver);
	case KIND_QUARANTINE:
		return true;
	case KINDS:
		break;
	}
	return false;
}

/* The field's number among those of its name, from 1 on. */
static int
count(struct removal *r, struct slice name)
{
	struct slice key = pool_lower(r->pool, name);
	int *n;

	if ((n = map_get(r->counts, key)) == NULL) {
		n = pool_alloc(r->pool, sizeof(*n));
		map_put(r->counts, key, n);
	}
	return ++*n;
}

/* Looks at the next field of the message. */
void
removal_header(struct removal *r, struct slice name, struct slice value)
{
	int ordinal;

	name = slice_trim(name);
	ordinal = count(r, name);
	for (int k = 0; k < KINDS; k++) {
		if (!slice_caseis(name, kind_names[k]))
			continue;
		if (is_forged(r, (enum kind)k, value)) {
			*vec_add(r->pool, &r->gone[k]) = ordinal;
			return;
		}
	}
	/* A field without a name cannot be changed, and no mail server has one. */
	if (name.n > 0 && hidden_is_in(value, r->ids, r->receiver))
		*vec_add(r->pool, &r->repairs) =
			(struct removal_repair){ pool_copy(r->pool, name), ordinal,
				hidden_closed(r->pool, value) };
}

const struct removal_repairs *
removal_repairs(const struct removal *r)
{
	return &r->repairs;
}

const struct testimony *
removal_testimony(const struct removal *r)
{
	return &r->testimony;
}

/* How many fields are removed. */
size_t
removal_count(const struct removal *r)
{
	size_t n = 0;

	for (int k = 0; k < KINDS; k++)
		n += r->gone[k].n;
	return n;
}

/* The i-th deletion: kind by kind, the highest ordinal first. */
struct removal_field
removal_at(const struct removal *r, size_t i)
{
	int k = 0;

	while (i >= r->gone[k].n)
		i -= r->gone[k++].n;
	return (struct removal_field){ kind_names[k],
		r->gone[k].v[r->gone[k].n - 1 - i] };
}

const struct slices *
removal_values(const struct removal *r)
{
	return &r->values;
}
