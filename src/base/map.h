/*
 * map - from names to things
 *
 * Keys are compared byte for byte; who wants case folded folds it first. The hash of
 * each map is keyed with random bytes, so that no sender can choose names that
 * collide. Things keep the order in which they were put: walk them with map_at.
 *
 * Failure: panic when memory runs out.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct map;

struct map *map_new(struct pool *);

/* The thing, or NULL. */
void *map_get(const struct map *, struct slice key);

/* Puts a thing (not NULL) under a key, which is copied. Returns the thing that had been
 * there, or NULL. */
void *map_put(struct map *, struct slice key, void *thing);

size_t map_count(const struct map *);

/* The i-th thing in the order of putting, and its key where wanted. */
void *map_at(const struct map *, size_t i, struct slice *key);

/* The keyed hash itself, for other tables: draw a key once, for the table's life. */
struct map_key {
	uint64_t word[2];
};

void map_key_draw(struct map_key *);
uint64_t map_hash(const struct map_key *, struct slice key);

#endif
