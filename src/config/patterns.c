/*
 * Between two stars lies a plain run; each run is looked for from where the one before it
 * ended, and the leftmost place is always good enough, because a star swallows whatever
 * comes after. So there is no going back, and a pattern of k runs costs at most k passes
 * over what is left of the text. A translation into regular expressions, as elsewhere,
 * can be made to go back for ever.
 *
 * A text can match only those patterns whose head (what stands before the first star) it
 * begins with and whose tail (what stands behind the last) it ends in. So each pattern
 * lies under one of the two, that which fewer share; a text is asked for as many heads
 * and tails as there are lengths of them, and only what lies there is tried.
 */
#include "base/base.h"
#include "config/patterns.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/vec.h"

struct pattern {
	struct slice text; /* in lower case */
	const void *thing;
};

/* Numbers, in order. */
struct row_list VEC_OF(size_t);

/* Patterns under their heads, or under their tails. */
struct ends {
	struct map *rows;        /* the plain text -> row_list */
	struct row_list lengths; /* of these texts, each once */
};

struct patterns {
	struct pool *pool;
	VEC(struct pattern) all;
	struct map *plain; /* without a star: text -> row_list */
	struct ends heads, tails;
	size_t slow; /* most that lie under one end, beyond the first */
};

static bool
run_ends(struct slice text, struct slice run)
{
	return run.n <= text.n && slice_eq(slice_from(text, text.n - run.n), run);
}

bool
pattern_match(struct slice pattern, struct slice text)
{
	ptrdiff_t star = slice_find(pattern, '*');
	struct slice run;

	if (star < 0)
		return slice_eq(pattern, text);
	run = slice_sub(pattern, 0, (size_t)star);
	if (run.n > text.n || !slice_eq(slice_sub(text, 0, run.n), run))
		return false;
	text = slice_from(text, run.n);
	for (;;) {
		const char *at;

		pattern = slice_from(pattern, (size_t)star + 1);
		star = slice_find(pattern, '*');
		if (star < 0)
			return run_ends(text, pattern);
		run = slice_sub(pattern, 0, (size_t)star);
		if (run.n == 0)
			continue;
		at = text.n >= run.n ? memmem(text.p, text.n, run.p, run.n) : NULL;
		if (at == NULL)
			return false;
		text = slice_from(text, (size_t)(at - text.p) + run.n);
	}
}

struct patterns *
patterns_new(struct pool *pool)
{
	struct patterns *patterns = pool_alloc(pool, sizeof(*patterns));

	patterns->pool = pool;
	patterns->plain = map_new(pool);
	patterns->heads.rows = map_new(pool);
	patterns->tails.rows = map_new(pool);
	return patterns;
}

/* The list under a key of the map, made when it is not there. */
static struct row_list *
list_under(struct pool *pool, struct map *map, struct slice key)
{
	struct row_list *list = map_get(map, key);

	if (list == NULL) {
		list = pool_alloc(pool, sizeof(*list));
		map_put(map, key, list);
	}
	return list;
}

/* How many lie under this end? */
static size_t
ends_count(const struct ends *ends, struct slice end)
{
	const struct row_list *list = map_get(ends->rows, end);

	return list != NULL ? list->n : 0;
}

static struct row_list *
ends_list(struct pool *pool, struct ends *ends, struct slice end)
{
	for (size_t i = 0; i < ends->lengths.n; i++)
		if (ends->lengths.v[i] == end.n)
			return list_under(pool, ends->rows, end);
	*vec_add(pool, &ends->lengths) = end.n;
	return list_under(pool, ends->rows, end);
}

/* Where a pattern with a star lies. */
static struct row_list *
find_place(struct patterns *patterns, struct slice pattern)
{
	struct slice head = slice_sub(pattern, 0, (size_t)slice_find(pattern, '*'));
	struct slice tail = slice_from(pattern, (size_t)slice_rfind(pattern, '*') + 1);
	struct row_list *list;

	if (head.n > 0 &&
		ends_count(&patterns->heads, head) < ends_count(&patterns->tails, tail))
		list = ends_list(patterns->pool, &patterns->heads, head);
	else
		list = ends_list(patterns->pool, &patterns->tails, tail);
	patterns->slow = MAX(patterns->slow, list->n);
	return list;
}

void
patterns_add(struct patterns *patterns, struct slice pattern, const void *thing)
{
	struct pool *pool = patterns->pool;
	struct slice lower = pool_lower(pool, pattern);
	struct row_list *list;

	if (slice_find(lower, '*') < 0)
		list = list_under(pool, patterns->plain, lower);
	else
		list = find_place(patterns, lower);
	*vec_add(pool, list) = patterns->all.n;
	*vec_add(pool, &patterns->all) = (struct pattern){ lower, thing };
}

size_t
patterns_slow(const struct patterns *patterns)
{
	return patterns->slow;
}

size_t
patterns_count(const struct patterns *patterns)
{
	return patterns->all.n;
}

/* The first in the list from number `from` on, and below `none`, whose pattern matches;
 * `none` when there is no such. */
static size_t
list_next(const struct patterns *patterns, const struct row_list *list, struct slice text,
	size_t from, size_t none)
{
	size_t low = 0, high = list != NULL ? list->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->v[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	for (; list != NULL && low < list->n && list->v[low] < none; low++)
		if (pattern_match(patterns->all.v[list->v[low]].text, text))
			return list->v[low];
	return none;
}

const void *
patterns_next(const struct patterns *patterns, struct slice text, size_t *from)
{
	const struct ends *heads = &patterns->heads, *tails = &patterns->tails;
	size_t row = list_next(
		patterns, map_get(patterns->plain, text), text, *from, patterns->all.n);

	for (size_t i = 0; i < heads->lengths.n; i++)
		if (heads->lengths.v[i] <= text.n)
			row = list_next(patterns,
				map_get(heads->rows,
					slice_sub(text, 0, heads->lengths.v[i])),
				text, *from, row);
	for (size_t i = 0; i < tails->lengths.n; i++)
		if (tails->lengths.v[i] <= text.n)
			row = list_next(patterns,
				map_get(tails->rows,
					slice_from(text, text.n - tails->lengths.v[i])),
				text, *from, row);
	*from = row + 1;
	return row < patterns->all.n ? patterns->all.v[row].thing : NULL;
}
