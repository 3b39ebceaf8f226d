/*
 * The keys of this process, by number. A number is a slot and how often that slot has
 * been used: one that was given back stays unknown, and never becomes the number of the
 * key that lies there next. The lock is held for finding a slot, not while a key is read
 * or signs; who signs holds the key meanwhile, so that its owner may give it back.
 *
 * The signer outlives its pool as long as there is a reference, because a policy may be
 * let go of after whoever made the signer.
 */
#include "base/base.h"
#include "crypto/signer.h"

#include <pthread.h>

#include "base/file.h"
#include "base/msg.h"
#include "crypto/privkey.h"

#define TEXT_LIMIT 65536

struct slot {
	struct privkey *key; /* NULL: free */
	unsigned holders;
	uint32_t used; /* how often */
	size_t next;   /* of the free ones */
};

struct local {
	struct signer signer;
	pthread_mutex_t lock;
	struct slot *slots;
	size_t nslots, room;
	size_t free;    /* the first free slot; nslots: none */
	size_t holders; /* the pool, and each key */
};

static struct local *
local_of(struct signer *signer)
{
	return (struct local *)(void *)signer;
}

static void
local_destroy(struct local *local)
{
	pthread_mutex_destroy(&local->lock);
	free(local->slots);
	free(local);
}

/* The slot of a number; NULL: no key has it. Under the lock, as what follows. */
static struct slot *
slot_find(const struct local *local, uint64_t number)
{
	size_t i = (size_t)(number & UINT32_MAX);
	struct slot *slot = i < local->nslots ? &local->slots[i] : NULL;

	return slot != NULL && slot->key != NULL && slot->used == number >> 32 ? slot
	                                                                       : NULL;
}

/* Takes a free slot, or a new one. */
static size_t
slot_take(struct local *local)
{
	size_t i = local->free;

	if (i < local->nslots) {
		local->free = local->slots[i].next;
		return i;
	}
	if (local->nslots == local->room) {
		size_t room = local->room > 0 ? 2 * local->room : 16;
		struct slot *slots = reallocarray(local->slots, room, sizeof(*slots));

		if (slots == NULL || room > UINT32_MAX)
			panic("out of memory");
		local->slots = slots;
		local->room = room;
	}
	local->slots[local->nslots] = (struct slot){ .used = 0 };
	local->free = ++local->nslots;
	return i;
}

static uint64_t
local_put(struct local *local, struct privkey *key)
{
	struct slot *slot;
	uint64_t number;

	pthread_mutex_lock(&local->lock);
	number = slot_take(local);
	slot = &local->slots[number];
	slot->key = key;
	slot->holders = 1;
	slot->used++;
	local->holders++;
	number |= (uint64_t)slot->used << 32;
	pthread_mutex_unlock(&local->lock);
	return number;
}

/* The key of a number, held; NULL: there is none. */
static const struct privkey *
local_borrow(struct local *local, uint64_t number)
{
	const struct privkey *key = NULL;
	struct slot *slot;

	pthread_mutex_lock(&local->lock);
	if ((slot = slot_find(local, number)) != NULL) {
		slot->holders++;
		key = slot->key;
	}
	pthread_mutex_unlock(&local->lock);
	return key;
}

static void
local_hold(struct signer *signer, uint64_t number)
{
	if (local_borrow(local_of(signer), number) == NULL)
		panic("no key has the number %" PRIu64, number);
}

static void
local_close(struct signer *signer, uint64_t number)
{
	struct local *local = local_of(signer);
	struct privkey *key = NULL;
	struct slot *slot;
	bool last = false;

	pthread_mutex_lock(&local->lock);
	slot = slot_find(local, number);
	if (slot == NULL)
		panic("no key has the number %" PRIu64, number);
	if (--slot->holders == 0) {
		key = slot->key;
		slot->key = NULL;
		slot->next = local->free;
		local->free = (size_t)(number & UINT32_MAX);
		last = --local->holders == 0;
	}
	pthread_mutex_unlock(&local->lock);
	privkey_free(key);
	if (last)
		local_destroy(local);
}

/* The owner of the signer has gone. */
static void
local_leave(void *thing)
{
	struct local *local = thing;
	bool last;

	pthread_mutex_lock(&local->lock);
	last = --local->holders == 0;
	pthread_mutex_unlock(&local->lock);
	if (last)
		local_destroy(local);
}

static void
wipe(struct slice text)
{
	/* Memory of a pool that nobody else writes. */
	if (text.n > 0)
		explicit_bzero((void *)(uintptr_t)text.p, text.n);
}

/* The key itself, and its public half. */
static const char *
parse(struct slice text, const char *too_much, struct pool *pool, struct privkey **key,
	struct keyref *ref)
{
	const char *bad = text.n > TEXT_LIMIT ? too_much : privkey_parse(text, key);

	wipe(text);
	if (bad != NULL)
		return bad;
	ref->type = privkey_type(*key);
	ref->bits = privkey_bits(*key);
	if ((bad = privkey_public(*key, pool, &ref->public)) != NULL)
		privkey_free(*key);
	return bad;
}

static enum key_fault
local_open(struct signer *signer, const struct key_source *source, struct pool *pool,
	struct keyref *ref, const struct reason **why)
{
	struct pool *scratch = pool_new(); /* the file need not live as long as its key */
	struct slice text = source->text;
	enum key_fault fault = KEY_OPENED;
	struct privkey *key = NULL;
	const char *too_much =
		source->path != NULL ? N_("it is too large") : N_("it is too long");

	*why = source->path != NULL ? file_read(scratch, source->path, &text) : NULL;
	if (*why != NULL) {
		*why = reason_copy(pool, *why);
		fault = KEY_UNREADABLE;
	} else if ((*why = reason_of(pool, parse(text, too_much, pool, &key, ref))) != NULL) {
		fault = KEY_UNUSABLE;
	} else {
		ref->number = local_put(local_of(signer), key);
	}
	pool_free(scratch);
	return fault;
}

static const char *
local_sign(struct signer *signer, const struct signer_request *request, struct pool *pool,
	struct slice *signature)
{
	static const enum key_type types[] = {
		[SIGNER_RSA_SHA256] = KEY_RSA,
		[SIGNER_ED25519_SHA256] = KEY_ED25519,
	};
	const struct privkey *key = local_borrow(local_of(signer), request->number);
	const char *bad = N_("the key is of another type");

	*signature = SLICE_EMPTY;
	if (key == NULL)
		return N_("the signer does not know the key");
	if (privkey_type(key) == types[request->algorithm])
		bad = privkey_sign(key, request->digest, pool, signature);
	local_close(signer, request->number);
	return bad;
}

static const struct signer_ops local_ops = { local_open, local_hold, local_close,
	local_sign };

struct signer *
signer_local(struct pool *pool)
{
	struct local *local = calloc(1, sizeof(*local));

	if (local == NULL)
		panic("out of memory");
	local->signer.ops = &local_ops;
	local->holders = 1;
	pthread_mutex_init(&local->lock, NULL);
	pool_on_free(pool, local_leave, local);
	return &local->signer;
}
