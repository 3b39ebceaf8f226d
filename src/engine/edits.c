/*
 * Edits are kept in the order in which they were made: ordinals count what was there
 * before, and the adaptor plays them as they are.
 */
#include "base/base.h"
#include "engine/edits.h"

void
edits_change(struct edits *edits, struct pool *pool, const char *name, int ordinal,
	struct slice value)
{
	*vec_add(pool, edits) = (struct edit){ EDIT_CHANGE, ordinal, name, value };
}

void
edits_delete(struct edits *edits, struct pool *pool, const char *name, int ordinal)
{
	*vec_add(pool, edits) = (struct edit){ EDIT_DELETE, ordinal, name, SLICE_EMPTY };
}

void
edits_insert(struct edits *edits, struct pool *pool, const char *name, struct slice value)
{
	*vec_add(pool, edits) = (struct edit){ EDIT_INSERT, 0, name, value };
}

void
edits_hold(struct edits *edits, struct pool *pool, struct slice why)
{
	*vec_add(pool, edits) = (struct edit){ EDIT_QUARANTINE, 0, NULL, why };
}
