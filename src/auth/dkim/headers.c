/*
 * A signature names the fields it signs; the n-th mention of a name means the n-th field
 * of that name from below. One table by name, built once, with the fields of each name in
 * the message's order: a mention is then one look-up and one step of a counter. The
 * counter belongs to one signature, and is known to be old by the number of the
 * signature, so nothing has to be reset between them.
 */
#include "base/base.h"
#include "auth/dkim/headers.h"

#include "base/ascii.h"
#include "base/map.h"

struct same_name {
	struct headers fields;
	size_t left; /* not yet used by the signature of this turn */
	size_t turn;
};

struct hdrhash {
	struct pool *pool;
	struct map *names;
	size_t turn;
};

#define SHORT_NAME 128

/* The key of a name: in small letters, in buf if it fits there. */
static struct slice
key_of(struct pool *pool, struct slice name, char buf[SHORT_NAME])
{
	char *p = name.n <= SHORT_NAME ? buf : pool_alloc(pool, name.n);

	for (size_t i = 0; i < name.n; i++)
		p[i] = ascii_lower(name.p[i]);
	return slice_make(p, name.n);
}

/* Sorts the fields by name. */
struct hdrhash *
hdrhash_new(struct pool *pool, const struct headers *all)
{
	struct hdrhash *hash = pool_alloc(pool, sizeof(*hash));
	char buf[SHORT_NAME];

	hash->pool = pool;
	hash->names = map_new(pool);
	for (size_t i = 0; i < all->n; i++) {
		struct slice key = key_of(pool, header_name(all->v[i]), buf);
		struct same_name *same = map_get(hash->names, key);

		if (same == NULL) {
			same = pool_alloc(pool, sizeof(*same));
			map_put(hash->names, key, same);
		}
		*vec_add(pool, &same->fields) = all->v[i];
	}
	return hash;
}

static struct same_name *
find(const struct hdrhash *hash, struct slice name)
{
	char buf[SHORT_NAME];

	return map_get(hash->names, key_of(hash->pool, name, buf));
}

size_t
hdrhash_count(const struct hdrhash *hash, struct slice name)
{
	const struct same_name *same = find(hash, name);

	return same == NULL ? 0 : same->fields.n;
}

/* RFC 6376 5.4.2: the lowest field of this name that is not used yet; NULL: none is
 * left. */
static const struct header *
next_of(struct hdrhash *hash, struct slice name, const struct header *except)
{
	struct same_name *same = find(hash, name);

	if (same == NULL)
		return NULL;
	if (same->turn != hash->turn) {
		same->turn = hash->turn;
		same->left = same->fields.n;
	}
	while (same->left > 0)
		if (same->fields.v[--same->left] != except)
			return same->fields.v[same->left];
	return NULL;
}

static void
to_digest(void *arg, const char *p, size_t n)
{
	digest_feed(arg, p, n);
}

/* The field as it is hashed: with b= empty (RFC 6376 3.7). */
static struct header
without_b(struct pool *pool, const struct header *signature, struct slice b)
{
	struct header field = *signature;
	size_t before = b.p == NULL ? field.value.n : (size_t)(b.p - field.value.p);
	size_t after = field.value.n - before - b.n;
	char *value = pool_alloc(pool, before + after);

	memcpy(value, field.value.p, before);
	memcpy(value + before, field.value.p + before + b.n, after);
	field.value = slice_make(value, before + after);
	return field;
}

/* The digest that a signature signs. */
const char *
hdrhash_digest(struct hdrhash *hash, const struct hdrhash_wish *wish,
	unsigned char digest[DIGEST_SIZE])
{
	struct digest *sum = digest_new(hash->pool);
	struct canon_sink sink = { to_digest, sum };
	struct header last = without_b(hash->pool, wish->signature, wish->b);

	hash->turn++;
	for (size_t i = 0; i < wish->nnames; i++) {
		const struct header *field =
			next_of(hash, wish->names[i], wish->signature);

		/* A name without a field signs that there is none: it adds no byte. */
		if (field == NULL)
			continue;
		canon_header(wish->form, field, &sink);
		digest_feed(sum, "\r\n", 2);
	}
	canon_header(wish->form, &last, &sink);
	return digest_end(sum, digest);
}
