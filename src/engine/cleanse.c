/*
 * CVE-2022-48521 came from deleting in ascending order: each deletion shifts the rest. A
 * second way to be wrong is to number only the fields that are to go. So every instance
 * is numbered when it arrives, and the list is handed out from its end.
 *
 * A field goes by the first token of its value; what follows is never a reason to keep it
 * (OpenDKIM kept what its parser or its buffer could not take).
 */
#include "base/base.h"
#include "engine/cleanse.h"

#include "auth/spf/received_spf.h"
#include "base/ascii.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/hidden.h"

enum kind { KIND_AUTHRES, KIND_RECEIVED_SPF, KIND_QUARANTINE, KINDS };

static const char *const kind_names[KINDS] = {
	[KIND_AUTHRES] = "Authentication-Results",
	[KIND_RECEIVED_SPF] = "Received-SPF",
	[KIND_QUARANTINE] = QUARANTINE_FIELD,
};

struct cleanse {
	struct pool *pool;
	const struct authres_ids *ids;
	const char *receiver;
	struct VEC_OF(int) gone[KINDS]; /* ordinals, ascending */
	struct map *counts; /* of every name, in lower case: int */
	struct cleanse_mends mends;
	struct slices values;
	size_t kept; /* bytes of these */
	struct testimony testimony;
};

/* Begins with no field seen. */
struct cleanse *
cleanse_new(struct pool *pool, const struct authres_ids *ids, const char *receiver)
{
	struct cleanse *c = pool_alloc(pool, sizeof(*c));

	c->pool = pool;
	c->ids = ids;
	c->receiver = receiver;
	c->counts = map_new(pool);
	return c;
}

/* The value for the report. A message may be forged fields and nothing else, past every
 * limit: in the end only their number is kept. */
static void
keep_value(struct cleanse *c, struct slice value)
{
	value = slice_sub(value, 0, MIN(CLEANSE_VALUE_MAX, CLEANSE_VALUES_MAX - c->kept));
	c->kept += value.n;
	*vec_add(c->pool, &c->values) =
		value.n > 0 ? pool_slice(c->pool, value) : SLICE_EMPTY;
}

/* Whatever may be taken for ours goes; only what is ours is believed. */
static bool
is_forged_authres(struct cleanse *c, struct slice value)
{
	struct pool *scratch = pool_new();
	enum authres_owner owner = authres_owner(scratch, c->ids, value);

	pool_free(scratch);
	if (owner == AUTHRES_FOREIGN)
		return false;
	if (owner == AUTHRES_OURS)
		testimony_add(&c->testimony, c->pool, value);
	keep_value(c, value);
	return true;
}

static bool
is_forged(struct cleanse *c, enum kind kind, struct slice value)
{
	switch (kind) {
	case KIND_AUTHRES:
		return is_forged_authres(c, value);
	case KIND_RECEIVED_SPF:
		return c->receiver != NULL && received_spf_names(value, c->receiver);
	case KIND_QUARANTINE:
		return true;
	case KINDS:
		break;
	}
	return false;
}

/* Which one of its name the field is, from 1 on. */
static int
count(struct cleanse *c, struct slice name)
{
	struct slice key = pool_lower(c->pool, name);
	int *n;

	if ((n = map_get(c->counts, key)) == NULL) {
		n = pool_alloc(c->pool, sizeof(*n));
		map_put(c->counts, key, n);
	}
	return ++*n;
}

/* Looks at the next field of the message. */
void
cleanse_header(struct cleanse *c, struct slice name, struct slice value)
{
	int ordinal;

	name = slice_trim(name);
	ordinal = count(c, name);
	for (int k = 0; k < KINDS; k++) {
		if (!slice_caseis(name, kind_names[k]))
			continue;
		if (is_forged(c, (enum kind)k, value)) {
			*vec_add(c->pool, &c->gone[k]) = ordinal;
			return;
		}
	}
	/* One without a name cannot be changed, and no mail server has one. */
	if (name.n > 0 && hidden_is_in(value, c->ids, c->receiver))
		*vec_add(c->pool, &c->mends) = (struct cleanse_mend){
			pool_copy(c->pool, name), ordinal, hidden_closed(c->pool, value)
		};
}

const struct cleanse_mends *
cleanse_mends(const struct cleanse *c)
{
	return &c->mends;
}

const struct testimony *
cleanse_testimony(const struct cleanse *c)
{
	return &c->testimony;
}

/* How many fields must go. */
size_t
cleanse_count(const struct cleanse *c)
{
	size_t n = 0;

	for (int k = 0; k < KINDS; k++)
		n += c->gone[k].n;
	return n;
}

/* The i-th deletion: kind by kind, the highest ordinal first. */
struct cleanse_field
cleanse_at(const struct cleanse *c, size_t i)
{
	int k = 0;

	while (i >= c->gone[k].n)
		i -= c->gone[k++].n;
	return (struct cleanse_field){ kind_names[k],
		c->gone[k].v[c->gone[k].n - 1 - i] };
}

const struct slices *
cleanse_values(const struct cleanse *c)
{
	return &c->values;
}
