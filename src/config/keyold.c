#include "base/base.h"
#include "config/keyold.h"

#include "base/map.h"
#include "crypto/signer.h"

/* An old row of this NAME; of another domain it is another row. */
static const struct key_row *
find_name(const struct keytable *old, const struct key_row *row)
{
	struct asker nobody = { 0 };
	const struct key_row *found;

	if (keytable_name(old, &nobody, slice_of(row->name), &found) != ROW_FOUND ||
		strcmp(found->name, row->name) != 0)
		return NULL;
	return row->domain == NULL || strcmp(found->domain, row->domain) == 0 ? found
	                                                                      : NULL;
}

/* An old row of this domain and selector. */
static const struct key_row *
find_key(const struct keytable *old, const struct key_row *row)
{
	struct asker nobody = { 0 };
	const struct key_domain *domain;

	if (row->domain == NULL ||
		keytable_domain(old, &nobody, row->domain, &domain) != ROW_FOUND)
		return NULL;
	for (size_t i = 0; i < domain->all.n; i++) {
		const struct key_row *found = domain->all.v[i];

		if (found->selector == NULL || row->selector == NULL
				? found->selector == row->selector
				: strcmp(found->selector, row->selector) == 0)
			return found;
	}
	return NULL;
}

static const char *
copy(struct pool *pool, const char *text)
{
	return text != NULL ? pool_strdup(pool, text) : NULL;
}

static const struct map *
copy_users(struct pool *pool, const struct map *users)
{
	struct map *out = map_new(pool);
	struct slice user;

	for (size_t i = 0; i < map_count(users); i++) {
		const struct words *from = map_at(users, i, &user);
		struct words *to = pool_alloc(pool, sizeof(*to));

		for (size_t k = 0; k < from->n; k++)
			*vec_add(pool, to) = pool_strdup(pool, from->v[k]);
		map_put(out, user, to);
	}
	return out;
}

/* The old row where the new one stands. */
static struct key_row *
copy_row(struct pool *pool, struct signer *signer, const struct key_row *old,
	const struct key_row *place)
{
	struct key_row *row = pool_alloc(pool, sizeof(*row));

	*row = *old;
	row->name = place->name;
	row->at = place->at;
	row->where = place->where;
	row->domain = pool_strdup(pool, old->domain);
	row->selector = copy(pool, old->selector);
	row->key_path = copy(pool, old->key_path);
	row->login_where = copy(pool, old->login_where);
	row->login_file = copy(pool, old->login_file);
	if (old->login_users != NULL)
		row->login_users = copy_users(pool, old->login_users);
	for (size_t kind = 0; kind < RULE_KINDS; kind++)
		if (row->rules.v[kind].is_set)
			row->rules.v[kind].where = place->where;
	if (old->key != NULL)
		row->key = signer_hold(signer, old->key, pool);
	return row;
}

struct key_row *
keyold_row(struct pool *pool, const struct keytable_params *params,
	const struct key_row *row, bool by_name)
{
	const struct keytable *old = params->old;
	const struct key_row *found = NULL;

	/* What a live table said before holds no longer. */
	if (old != NULL && keytable_is_live(old))
		old = NULL;
	if (old != NULL && by_name)
		found = find_name(old, row);
	if (old != NULL && found == NULL)
		found = find_key(old, row);
	return found != NULL ? copy_row(pool, params->signer, found, row) : NULL;
}
