/*
 * vec - a growing array in a pool
 *
 *     VEC(struct header) all = VEC_INIT;
 *     *vec_add(pool, &all) = (struct header){ name, value };
 *     for (size_t i = 0; i < all.n; i++) ... all.v[i] ...
 *
 * A struct with such an array names it once: `struct headers VEC_OF(struct header);`
 *
 * Failure: panic when memory runs out.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/base.h"
#include "base/pool.h"

#define VEC_OF(type)           \
	{                      \
		type *v;       \
		size_t n, cap; \
	}
#define VEC(type) struct VEC_OF(type)
#define VEC_INIT           \
	{                  \
		NULL, 0, 0 \
	}

/* A pointer to a new last element, set to zero. */
#define vec_add(pool, vec)                                                    \
	((vec)->v = vec_room(                                                 \
		 (pool), (vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v)), \
		&(vec)->v[(vec)->n++])

/* The array with room for one more element than n. */
void *vec_room(struct pool *, void *v, size_t n, size_t *cap, size_t size);

#endif
