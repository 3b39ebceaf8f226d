/*
 * Between two stars lies a plain run; each run is looked for from where the one before it
 * ended, and the leftmost place is always good enough, because a star swallows whatever
 * comes after. So there is no going back, and a pattern of k runs costs at most k passes
 * over what is left of the text. A translation into regular expressions, as elsewhere,
 * can be made to go back for ever.
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

/* Numbers of rows, in order. */
struct row_list VEC_OF(size_t);

struct patterns {
	struct pool *pool;
	VEC(struct pattern) all;
	struct map *plain;    /* without a star: text -> row_list */
	struct map *tails;    /* "*@tail" with a plain tail: tail -> row_list */
	struct map *below;    /* "*@*.tail", the same for what lies below it */
	struct row_list rest; /* the others, one after the other */
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
	patterns->tails = map_new(pool);
	patterns->below = map_new(pool);
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

/* Is it `head` and a domain without a star? */
static bool
is_tail_of(struct slice pattern, const char *head)
{
	struct slice tail = slice_from(pattern, strlen(head));

	return slice_starts(pattern, head) && slice_find(tail, '*') < 0 &&
	       slice_find(tail, '@') < 0;
}

void
patterns_add(struct patterns *patterns, struct slice pattern, const void *thing)
{
	struct pool *pool = patterns->pool;
	char *text = pool_copy(pool, pattern);
	struct slice lower = slice_make(text, pattern.n);
	struct row_list *list = &patterns->rest;

	for (size_t i = 0; i < pattern.n; i++)
		text[i] = ascii_lower(text[i]);
	if (slice_find(lower, '*') < 0)
		list = list_under(pool, patterns->plain, lower);
	else if (is_tail_of(lower, "*@"))
		list = list_under(pool, patterns->tails, slice_from(lower, 2));
	else if (is_tail_of(lower, "*@*."))
		list = list_under(pool, patterns->below, slice_from(lower, 4));
	*vec_add(pool, list) = patterns->all.n;
	*vec_add(pool, &patterns->all) = (struct pattern){ lower, thing };
}

size_t
patterns_slow(const struct patterns *patterns)
{
	return patterns->rest.n;
}

size_t
patterns_count(const struct patterns *patterns)
{
	return patterns->all.n;
}

/* The least number in the list that is not below `from`; `none` when there is no such. */
static size_t
list_next(const struct row_list *list, size_t from, size_t none)
{
	size_t low = 0, high = list != NULL ? list->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->v[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	return list != NULL && low < list->n ? list->v[low] : none;
}

const void *
patterns_next(const struct patterns *patterns, struct slice text, size_t *from)
{
	size_t none = patterns->all.n, row;
	ptrdiff_t sign = slice_rfind(text, '@');

	row = list_next(map_get(patterns->plain, text), *from, none);
	if (sign >= 0) {
		struct slice tail = slice_from(text, (size_t)sign + 1);

		row = MIN(row, list_next(map_get(patterns->tails, tail), *from, none));
		for (ptrdiff_t dot; (dot = slice_find(tail, '.')) >= 0;) {
			tail = slice_from(tail, (size_t)dot + 1);
			row = MIN(row,
				list_next(map_get(patterns->below, tail), *from, none));
		}
	}
	for (size_t at = list_next(&patterns->rest, *from, none); at < row;
		at = list_next(&patterns->rest, at + 1, none))
		if (pattern_match(patterns->all.v[at].text, text))
			row = at;
	*from = row + 1;
	return row < none ? patterns->all.v[row].thing : NULL;
}
