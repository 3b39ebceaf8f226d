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

#include "auth/received_spf.h"
#include "base/vec.h"
#include "mail/authres_parse.h"

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
	int seen[KINDS];
	struct VEC_OF(int) gone[KINDS]; /* ordinals, ascending */
	struct slices values;
	size_t kept; /* bytes of these */
	bool says_outside;
};

/* Begins with no field seen. */
struct cleanse *
cleanse_new(struct pool *pool, const struct authres_ids *ids, const char *receiver)
{
	struct cleanse *c = pool_alloc(pool, sizeof(*c));

	c->pool = pool;
	c->ids = ids;
	c->receiver = receiver;
	return c;
}

/* Does the field tell of a login and nothing else? */
static bool
is_login_only(struct slice value)
{
	struct pool *pool = pool_new();
	struct authres parsed = { 0 };
	bool login = authres_parse(pool, value, &parsed) == NULL && parsed.results.n > 0;

	for (size_t i = 0; login && i < parsed.results.n; i++)
		login = strcmp(parsed.results.v[i].method, "auth") == 0;
	pool_free(pool);
	return login;
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

static bool
is_forged_authres(struct cleanse *c, struct slice value)
{
	struct pool *scratch = pool_new();
	bool foreign = authres_owner(scratch, c->ids, value) == AUTHRES_FOREIGN;

	pool_free(scratch);
	if (foreign)
		return false;
	if (!is_login_only(slice_sub(value, 0, CLEANSE_VALUE_MAX)))
		c->says_outside = true;
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

/* Looks at the next field of the message. */
void
cleanse_header(struct cleanse *c, struct slice name, struct slice value)
{
	name = slice_trim(name);
	for (int k = 0; k < KINDS; k++) {
		if (!slice_caseis(name, kind_names[k]))
			continue;
		c->seen[k]++;
		if (is_forged(c, (enum kind)k, value))
			*vec_add(c->pool, &c->gone[k]) = c->seen[k];
	}
}

bool
cleanse_says_outside(const struct cleanse *c)
{
	return c->says_outside;
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
