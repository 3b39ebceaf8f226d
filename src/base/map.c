/*
 * Open addressing over an array of indices into a vec of entries. The hash is SipHash-1-3
 * with a key of the map's own: fast enough for short names, and who does not know the
 * key cannot choose names that collide.
 */
#include "base/base.h"
#include "base/map.h"

#include "base/msg.h"
#include "base/vec.h"

#include <sys/random.h>

struct entry {
	struct slice key;
	uint64_t hash;
	void *thing;
};

struct map {
	struct pool *pool;
	struct map_key key;
	VEC(struct entry) entries;
	uint32_t *slots; /* index into entries + 1, or 0 */
	size_t nslots;   /* a power of two */
};

void
map_key_draw(struct map_key *key)
{
	if (getrandom(key, sizeof(*key), 0) != (ssize_t)sizeof(*key))
		panic("the system gives no random bytes");
}

static inline uint64_t
rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1], v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1], v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

uint64_t
map_hash(const struct map_key *secret, struct slice key)
{
	uint64_t v[4], word;
	size_t i;

	v[0] = secret->word[0] ^ UINT64_C(0x736f6d6570736575);
	v[1] = secret->word[1] ^ UINT64_C(0x646f72616e646f6d);
	v[2] = secret->word[0] ^ UINT64_C(0x6c7967656e657261);
	v[3] = secret->word[1] ^ UINT64_C(0x7465646279746573);
	for (i = 0; i + 8 <= key.n; i += 8) {
		memcpy(&word, key.p + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)key.n << 56;
	for (size_t k = 0; i + k < key.n; k++)
		word |= (uint64_t)(unsigned char)key.p[i + k] << (8 * k);
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int k = 0; k < 3; k++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct map *
map_new(struct pool *pool)
{
	struct map *map = pool_alloc(pool, sizeof(*map));

	map->pool = pool;
	map_key_draw(&map->key);
	map->nslots = 16;
	map->slots = pool_array(pool, map->nslots, sizeof(*map->slots));
	return map;
}

/* The slot of a key: where it is, or the free one where it would be. */
static size_t
map_slot(const struct map *map, struct slice key, uint64_t hash)
{
	size_t at = hash & (map->nslots - 1);

	while (map->slots[at] != 0) {
		const struct entry *e = &map->entries.v[map->slots[at] - 1];

		if (e->hash == hash && slice_eq(e->key, key))
			break;
		at = (at + 1) & (map->nslots - 1);
	}
	return at;
}

void *
map_get(const struct map *map, struct slice key)
{
	uint32_t index = map->slots[map_slot(map, key, map_hash(&map->key, key))];

	return index != 0 ? map->entries.v[index - 1].thing : NULL;
}

static void
map_enlarge(struct map *map)
{
	map->nslots *= 2;
	map->slots = pool_array(map->pool, map->nslots, sizeof(*map->slots));
	for (size_t i = 0; i < map->entries.n; i++) {
		const struct entry *e = &map->entries.v[i];

		map->slots[map_slot(map, e->key, e->hash)] = (uint32_t)(i + 1);
	}
}

void *
map_put(struct map *map, struct slice key, void *thing)
{
	uint64_t hash = map_hash(&map->key, key);
	size_t at = map_slot(map, key, hash);
	void *before;

	if (thing == NULL)
		panic("a map was given nothing to keep");
	if (map->slots[at] != 0) {
		before = map->entries.v[map->slots[at] - 1].thing;
		map->entries.v[map->slots[at] - 1].thing = thing;
		return before;
	}
	*vec_add(map->pool, &map->entries) =
		(struct entry){ pool_slice(map->pool, key), hash, thing };
	map->slots[at] = (uint32_t)map->entries.n;
	if (map->entries.n * 2 > map->nslots)
		map_enlarge(map);
	return NULL;
}

size_t
map_count(const struct map *map)
{
	return map->entries.n;
}

void *
map_at(const struct map *map, size_t i, struct slice *key)
{
	if (i >= map->entries.n)
		panic("a map of %zu things was asked for number %zu", map->entries.n, i);
	if (key != NULL)
		*key = map->entries.v[i].key;
	return map->entries.v[i].thing;
}
