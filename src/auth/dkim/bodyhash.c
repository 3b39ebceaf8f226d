/*
 * Two stages: one canonical machine for each form that a wish names, and after it one
 * digest for each wish of that form. A digest with a limit is satisfied when it has seen
 * one byte more than it hashes, for then it is known that the signature leaves something
 * out.
 */
#include "base/base.h"
#include "auth/dkim/bodyhash.h"

#include "base/msg.h"
#include "base/vec.h"

#define FORMS 2

struct wish {
	enum canon_form form;
	uint64_t limit, hashed;
	bool has_more;
	struct digest *digest;
	unsigned char result[DIGEST_SIZE];
	const char *bad;
};

enum stage {
	STAGE_WISHES,
	STAGE_BODY,
	STAGE_DONE,
};

struct form_stream {
	struct bodyhash *hash;
	enum canon_form form;
	struct canon_body *machine; /* NULL: no wish names this form */
};

struct bodyhash {
	struct pool *pool;
	enum stage stage;
	VEC(struct wish) wishes;
	struct form_stream streams[FORMS];
};

struct bodyhash *
bodyhash_new(struct pool *pool)
{
	struct bodyhash *hash = pool_alloc(pool, sizeof(*hash));

	hash->pool = pool;
	return hash;
}

/* Canonical bytes for one wish. */
static void
wish_take(struct wish *wish, const char *p, size_t n)
{
	uint64_t room = wish->limit - wish->hashed;

	if (n > room) {
		wish->has_more = true;
		n = (size_t)room;
	}
	digest_feed(wish->digest, p, n);
	wish->hashed += n;
}

/* Canonical bytes of one form, for all who want them. */
static void
stream_take(void *arg, const char *p, size_t n)
{
	const struct form_stream *stream = arg;
	struct bodyhash *hash = stream->hash;

	for (size_t i = 0; i < hash->wishes.n; i++)
		if (hash->wishes.v[i].form == stream->form)
			wish_take(&hash->wishes.v[i], p, n);
}

static void
stream_open(struct bodyhash *hash, enum canon_form form)
{
	struct form_stream *stream = &hash->streams[form];

	if (stream->machine != NULL)
		return;
	stream->hash = hash;
	stream->form = form;
	stream->machine = pool_alloc(hash->pool, sizeof(*stream->machine));
	canon_body_init(
		stream->machine, form, (struct canon_sink){ stream_take, stream });
}

/* Asks for a digest. */
size_t
bodyhash_want(struct bodyhash *hash, enum canon_form form, uint64_t limit)
{
	struct wish *wish;

	if (hash->stage != STAGE_WISHES)
		panic("bodyhash_want: the body has begun");
	for (size_t i = 0; i < hash->wishes.n; i++)
		if (hash->wishes.v[i].form == form && hash->wishes.v[i].limit == limit)
			return i;
	stream_open(hash, form);
	wish = vec_add(hash->pool, &hash->wishes);
	wish->form = form;
	wish->limit = limit;
	wish->digest = digest_new(hash->pool);
	return hash->wishes.n - 1;
}

/* Takes the next bytes of the body. */
bool
bodyhash_feed(struct bodyhash *hash, const char *p, size_t n)
{
	bool wants_more = false;

	hash->stage = STAGE_BODY;
	for (size_t i = 0; i < FORMS; i++)
		if (hash->streams[i].machine != NULL)
			canon_body_feed(hash->streams[i].machine, p, n);
	for (size_t i = 0; i < hash->wishes.n; i++)
		wants_more = wants_more || !hash->wishes.v[i].has_more;
	return wants_more;
}

/* The body is over, or no digest needs more of it. */
void
bodyhash_end(struct bodyhash *hash)
{
	if (hash->stage == STAGE_DONE)
		return;
	hash->stage = STAGE_DONE;
	for (size_t i = 0; i < FORMS; i++)
		if (hash->streams[i].machine != NULL)
			canon_body_end(hash->streams[i].machine);
	for (size_t i = 0; i < hash->wishes.n; i++) {
		struct wish *wish = &hash->wishes.v[i];

		wish->bad = digest_end(wish->digest, wish->result);
	}
}

static const struct wish *
wish_of(const struct bodyhash *hash, size_t wish)
{
	if (hash->stage != STAGE_DONE || wish >= hash->wishes.n)
		panic("bodyhash: asked for wish %zu before the end", wish);
	return &hash->wishes.v[wish];
}

const char *
bodyhash_digest(
	const struct bodyhash *hash, size_t wish, unsigned char digest[DIGEST_SIZE])
{
	memcpy(digest, wish_of(hash, wish)->result, DIGEST_SIZE);
	return wish_of(hash, wish)->bad;
}

uint64_t
bodyhash_length(const struct bodyhash *hash, size_t wish)
{
	return wish_of(hash, wish)->hashed;
}

bool
bodyhash_has_more(const struct bodyhash *hash, size_t wish)
{
	return wish_of(hash, wish)->has_more;
}
