/* Keys by number: who holds one can have something signed, and the number is its own. */
#include "base/base.h"

#include "base/base64.h"
#include "base/str.h"
#include "crypto/signer.h"

#include "tap.h"
#include "test_keys.h"
#include "tmpdir.h"

#include <pthread.h>

static const struct {
	const char *name, *text, *complaint; /* complaint: a part of it; NULL: none */
	enum key_type type;
	int bits;
	bool weak;
} keys[] = {
	{ "RSA", TEST_RSA_2048, NULL, KEY_RSA, 2048, false },
	{ "a small RSA key", TEST_RSA_1024_PKCS1, NULL, KEY_RSA, 1024, true },
	{ "Ed25519", TEST_ED25519, NULL, KEY_ED25519, 256, false },
	{ "too small", TEST_RSA_512, "fewer than 1024", KEY_RSA, 0, false },
	{ "nothing", " ", "no key", KEY_RSA, 0, false },
};

/* A text of the pool's, which is wiped. */
static struct slice
text_of(struct pool *pool, const char *text)
{
	return slice_of(pool_strdup(pool, text));
}

static const struct keyref *
open_text(struct signer *signer, struct pool *pool, const char *text)
{
	struct key_source source = { .text = text_of(pool, text) };
	const struct keyref *key;
	const struct reason *why;

	(void)signer_open(signer, &source, pool, &key, &why);
	return key;
}

/* Does the public half of the reference say that this signature is right? */
static bool
verifies(struct pool *pool, const struct keyref *key, const unsigned char digest[32],
	struct slice signature)
{
	static const struct pubkey_limits limits = { 1024, 8192 };
	struct pubkey *public;
	struct slice bytes;
	bool good = false;

	return base64_parse(pool, key->public, &bytes) == NULL &&
	       pubkey_parse(pool, key->type, bytes, &limits, &public) == PUBKEY_GOOD &&
	       pubkey_verify(public, digest, signature, &good) == NULL && good;
}

static const char *
sign(struct signer *signer, const struct keyref *key, struct pool *pool,
	struct slice *signature)
{
	struct signer_request request = { key->number, signer_algorithm(key), { 7 } };

	return signer_sign(signer, &request, pool, signature);
}

static void
test_key(size_t i)
{
	struct pool *pool = pool_new();
	struct signer *signer = signer_local(pool);
	struct key_source source = { .text = text_of(pool, keys[i].text) };
	static const unsigned char digest[32] = { 7 };
	const struct keyref *key;
	struct slice signature;
	const struct reason *why = NULL;
	enum key_fault fault = signer_open(signer, &source, pool, &key, &why);

	tap_ok(source.text.p[0] == '\0', "%s: the text is wiped", keys[i].name);
	if (keys[i].complaint != NULL) {
		tap_ok(fault == KEY_UNUSABLE && key == NULL &&
				strstr(reason_text(pool, why, NULL), keys[i].complaint) !=
					NULL,
			"%s: refused", keys[i].name);
		pool_free(pool);
		return;
	}
	tap_is_int(fault, KEY_OPENED, "%s: opened", keys[i].name);
	tap_is_int(key->type, keys[i].type, "%s: its type", keys[i].name);
	tap_is_int(key->bits, keys[i].bits, "%s: its bits", keys[i].name);
	tap_ok(keyref_is_weak(key) == keys[i].weak, "%s: weak?", keys[i].name);
	tap_is(sign(signer, key, pool, &signature), NULL, "%s: it signs", keys[i].name);
	tap_ok(verifies(pool, key, digest, signature),
		"%s: its public half is that of the key that signed", keys[i].name);
	pool_free(pool);
}

/* A file that is no key, and one that is not there, are two things. */
static void
test_files(void)
{
	struct pool *pool = pool_new();
	struct signer *signer = signer_local(pool);
	const char *dir = tmpdir_new(pool);
	const struct reason *why;
	struct key_source source = { .path = tmpdir_key(pool, dir, "k", "ed25519", 0) };
	const struct keyref *key;

	tap_is_int(signer_open(signer, &source, pool, &key, &why), KEY_OPENED,
		"a key in a file");
	source.path = tmpdir_write(pool, dir, "x", 0600, "nothing\n");
	tap_is_int(signer_open(signer, &source, pool, &key, &why), KEY_UNUSABLE,
		"a file with something else");
	source.path = pool_printf(pool, "%s/none", dir);
	tap_ok(signer_open(signer, &source, pool, &key, &why) == KEY_UNREADABLE &&
			strstr(reason_text(pool, why, NULL), "/none") != NULL,
		"no file: %s", reason_text(pool, why, NULL));
	source.path =
		tmpdir_write(pool, dir, "large", 0600, pool_printf(pool, "%070000d", 1));
	tap_ok(signer_open(signer, &source, pool, &key, &why) == KEY_UNUSABLE &&
			strstr(reason_text(pool, why, NULL), "too large") != NULL,
		"a file of 70,000 bytes: %s", reason_text(pool, why, NULL));
	pool_free(pool);
}

/* A reference lasts as long as its pool, and its number is never another key's. */
static void
test_references(void)
{
	struct pool *pool = pool_new(), *first = pool_new(), *second = pool_new();
	struct signer *signer = signer_local(pool);
	const struct keyref *key = open_text(signer, first, TEST_ED25519), *again;
	struct keyref gone = *key;
	struct signer_request wrong = { gone.number, SIGNER_RSA_SHA256, { 0 } };
	struct slice signature;

	tap_is(signer_sign(signer, &wrong, pool, &signature),
		"the key is of another type", "another algorithm than the key's");
	again = signer_hold(signer, key, second);
	pool_free(first);
	tap_is(sign(signer, again, pool, &signature), NULL,
		"held once more, it outlives its first owner");
	tap_ok(again->number == gone.number && again->public.n == 44,
		"as the same key, with its public half");
	pool_free(second);
	tap_is(sign(signer, &gone, pool, &signature), "the signer does not know the key",
		"and is gone with the last");
	key = open_text(signer, pool, TEST_RSA_1024_PKCS1);
	tap_ok(key->number != gone.number, "the next key has a number of its own");
	tap_is(sign(signer, &gone, pool, &signature), "the signer does not know the key",
		"so that the old one does not lead there");
	for (int i = 0; i < 100; i++)
		again = open_text(signer, pool, TEST_ED25519);
	tap_is(sign(signer, key, pool, &signature), NULL,
		"with 100 more, it still signs");
	tap_is(sign(signer, again, pool, &signature), NULL, "and so does the last");
	pool_free(pool);
}

/* A policy may be let go of after whoever made the signer. */
static void
test_order(void)
{
	struct pool *pool = pool_new(), *late = pool_new();
	struct signer *signer = signer_local(pool);
	const struct keyref *key = open_text(signer, late, TEST_ED25519);
	struct slice signature;

	pool_free(pool);
	tap_is(sign(signer, key, late, &signature), NULL,
		"a reference keeps the signer alive");
	pool_free(late);
}

struct job {
	struct signer *signer;
	int good;
};

/* Opens, signs and gives back, as the keys with "%" in their path do. */
static void *
sign_much(void *arg)
{
	static const unsigned char digest[32] = { 7 };
	struct job *job = arg;

	for (int i = 0; i < 50; i++) {
		struct pool *pool = pool_new();
		const struct keyref *key = open_text(job->signer, pool, TEST_ED25519);
		struct slice signature;

		job->good += sign(job->signer, key, pool, &signature) == NULL &&
		             verifies(pool, key, digest, signature);
		pool_free(pool);
	}
	return NULL;
}

struct race {
	struct signer *signer;
	struct keyref key; /* somebody else's, who may give it back */
	int wrong;
};

static void *
sign_until_gone(void *arg)
{
	static const unsigned char digest[32] = { 7 };
	struct race *race = arg;
	const char *why = NULL;

	while (why == NULL) {
		struct pool *pool = pool_new();
		struct slice signature;

		why = sign(race->signer, &race->key, pool, &signature);
		if (why == NULL)
			race->wrong += !verifies(pool, &race->key, digest, signature);
		else
			race->wrong += strcmp(why, "the signer does not know the key") != 0;
		pool_free(pool);
	}
	return NULL;
}

/* A key may be given back while it signs: it signs to its end, or it is not known. */
static void
test_given_back(void)
{
	struct pool *pool = pool_new();
	struct signer *signer = signer_local(pool);
	int wrong = 0;

	for (int round = 0; round < 20; round++) {
		struct pool *owner = pool_new();
		const struct keyref *key = open_text(signer, owner, TEST_ED25519);
		struct race races[4];
		pthread_t threads[4];
		struct keyref copy = *key;

		copy.public = slice_of(pool_copy(pool, key->public));
		for (size_t i = 0; i < ARRAY_LEN(races); i++) {
			races[i] = (struct race){ signer, copy, 0 };
			pthread_create(&threads[i], NULL, sign_until_gone, &races[i]);
		}
		pool_free(owner);
		for (size_t i = 0; i < ARRAY_LEN(races); i++) {
			pthread_join(threads[i], NULL);
			wrong += races[i].wrong;
		}
	}
	tap_is_int(wrong, 0, "a key that is given back while it signs");
	pool_free(pool);
}

static void
test_threads(void)
{
	struct pool *pool = pool_new();
	struct signer *signer = signer_local(pool);
	struct job jobs[4];
	pthread_t threads[4];
	int good = 0;

	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		jobs[i] = (struct job){ signer, 0 };
		pthread_create(&threads[i], NULL, sign_much, &jobs[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		pthread_join(threads[i], NULL);
		good += jobs[i].good;
	}
	tap_is_int(good, 200, "four threads share a signer");
	pool_free(pool);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		test_key(i);
	test_files();
	test_references();
	test_order();
	test_threads();
	test_given_back();
	return tap_done();
}
