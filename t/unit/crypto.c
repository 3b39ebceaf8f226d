/* digest, pubkey and privkey. */
#include "base/base.h"

#include "base/base64.h"
#include "base/pool.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "crypto/privkey.h"
#include "crypto/pubkey.h"

#include "tap.h"
#include "test_keys.h"

#include <pthread.h>

static const struct pubkey_limits limits = { 1024, 8192 };

static void
test_digest(void)
{
	static const unsigned char want[DIGEST_SIZE] = { 0xba, 0x78, 0x16, 0xbf, 0x8f,
		0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
		0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2,
		0x00, 0x15, 0xad };
	struct pool *pool = pool_new();
	struct digest *digest = digest_new(pool), *other = digest_new(pool);
	unsigned char got[DIGEST_SIZE];

	digest_feed(digest, "a", 1);
	digest_feed(other, "xyz", 3);
	digest_feed(digest, NULL, 0);
	digest_feed(digest, "bc", 2);
	tap_ok(digest_end(digest, got) == NULL && memcmp(got, want, sizeof(got)) == 0,
		"SHA-256 of abc in pieces, another one beside it");
	tap_ok(digest_end(digest, got) != NULL, "a digest ends once");
	pool_free(pool);
}

static const struct {
	const char *name, *text, *complaint; /* complaint: a part of it; NULL: none */
	enum key_type type;
	int bits;
} private_keys[] = {
	{ "DKS-1 RSA, PKCS#8", TEST_RSA_2048, NULL, KEY_RSA, 2048 },
	{ "DKS-1 RSA, PKCS#1", TEST_RSA_1024_PKCS1, NULL, KEY_RSA, 1024 },
	{ "DKS-1 Ed25519", TEST_ED25519, NULL, KEY_ED25519, 256 },
	{ "a remark before the key", "# made for a test\n" TEST_ED25519, NULL,
		KEY_ED25519, 256 },
	{ "blanks behind the key", TEST_ED25519 " \r\n\n", NULL, KEY_ED25519, 256 },
	{ "base64 without PEM lines",
		" MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK\n9JLsLMREScVpezJpGXA7rAMcrn9g ",
		NULL, KEY_ED25519, 256 },
	{ "DKS-1 RSA below 1024", TEST_RSA_512, "fewer than 1024", KEY_RSA, 0 },
	{ "encrypted PKCS#8", TEST_ENCRYPTED, "encrypted", KEY_RSA, 0 },
	{ "encrypted PKCS#1", TEST_ENCRYPTED_PKCS1, "encrypted", KEY_RSA, 0 },
	{ "an EC key", TEST_EC, "neither an RSA nor an Ed25519", KEY_RSA, 0 },
	{ "an EC key, PKCS#8", TEST_EC_PKCS8, "neither an RSA nor an Ed25519", KEY_RSA,
		0 },
	{ "two keys", TEST_ED25519 TEST_ED25519, "something follows", KEY_RSA, 0 },
	{ "garbage behind the key", TEST_ED25519 "x", "something follows", KEY_RSA, 0 },
	{ "no END line", "-----BEGIN PRIVATE KEY-----\nMC4C", "cut off", KEY_RSA, 0 },
	{ "half an END line", "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIV",
		"cut off", KEY_RSA, 0 },
	{ "a public key",
		"-----BEGIN PUBLIC KEY-----\n"
		"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
		"-----END PUBLIC KEY-----\n",
		"public key", KEY_RSA, 0 },
	{ "DER cut short", "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v", "no private key", KEY_RSA, 0 },
	{ "bytes behind the DER",
		"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9gAAAA",
		"something follows", KEY_RSA, 0 },
	{ "base64 that stops", "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK-", "neither PEM",
		KEY_RSA, 0 },
	{ "no base64", "/etc/keys/\377", "neither PEM", KEY_RSA, 0 },
	{ "nothing", " \n", "no key", KEY_RSA, 0 },
};

static void
test_privkey(void)
{
	for (size_t i = 0; i < ARRAY_LEN(private_keys); i++) {
		const char *name = private_keys[i].name,
			   *want = private_keys[i].complaint;
		struct privkey *key;
		const char *bad = privkey_parse(slice_of(private_keys[i].text), &key);

		if (want != NULL) {
			tap_ok(bad != NULL && strstr(bad, want) != NULL && key == NULL,
				"%s is refused", name);
			continue;
		}
		if (!tap_ok(bad == NULL && key != NULL, "%s is read", name))
			tap_note("%s", bad);
		if (key == NULL)
			continue;
		tap_is_int(privkey_type(key), private_keys[i].type, "%s: type", name);
		tap_is_int(privkey_bits(key), private_keys[i].bits, "%s: bits", name);
		privkey_free(key);
	}
}

/* The public part as a verifier would read it from DNS. */
static struct pubkey *
public_of(struct pool *pool, const struct privkey *key)
{
	struct slice text, bytes;
	struct pubkey *public = NULL;

	if (privkey_public(key, pool, &text) == NULL &&
		base64_parse(pool, text, &bytes) == NULL)
		pubkey_parse(pool, privkey_type(key), bytes, &limits, &public);
	return public;
}

static const char *const signing_keys[] = { TEST_RSA_2048, TEST_RSA_1024_PKCS1,
	TEST_ED25519, TEST_RFC8463_RSA, TEST_RFC8463_ED25519 };

static void
test_sign(void)
{
	unsigned char digest[32] = { 1, 2, 3 }, other[32] = { 1, 2, 4 };

	for (size_t i = 0; i < ARRAY_LEN(signing_keys); i++) {
		struct pool *pool = pool_new();
		struct privkey *key;
		struct pubkey *public;
		struct slice signature;
		bool good;

		privkey_parse(slice_of(signing_keys[i]), &key);
		public = public_of(pool, key);
		tap_ok(privkey_sign(key, digest, pool, &signature) == NULL,
			"DKV-33 key %zu signs", i);
		tap_ok(pubkey_verify(public, digest, signature, &good) == NULL && good,
			"its signature verifies");
		tap_ok(pubkey_verify(public, other, signature, &good) == NULL && !good,
			"not for another digest");
		signature.n--;
		tap_ok(pubkey_verify(public, digest, signature, &good) == NULL && !good,
			"not when cut");
		tap_ok(pubkey_verify(public, digest, SLICE_EMPTY, &good) == NULL && !good,
			"not when empty");
		privkey_free(key);
		pool_free(pool);
	}
}

/* DER of an RSAPublicKey with a modulus of n bytes and this exponent; wrapped: as
 * SubjectPublicKeyInfo. */
static struct slice
rsa_der(struct pool *pool, size_t n, unsigned char top, struct slice exponent,
	bool wrapped)
{
	struct str body = STR_POOL(pool), key = STR_POOL(pool), all = STR_POOL(pool);
	static const char algorithm[] =
		"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

	str_addf(&body, "%c%c%c%c", 0x02, 0x82, (int)((n + 1) >> 8),
		(int)((n + 1) & 0xff));
	str_addc(&body, '\0');
	str_addc(&body, (char)top);
	for (size_t i = 1; i < n; i++)
		str_addc(&body, '\xff');
	str_addf(&body, "%c%c", 0x02, (int)exponent.n);
	str_add_slice(&body, exponent);
	str_addf(&key, "%c%c%c%c", 0x30, 0x82, (int)(body.n >> 8), (int)(body.n & 0xff));
	str_add_slice(&key, str_slice(&body));
	if (!wrapped)
		return str_slice(&key);
	body = (struct str)STR_POOL(pool);
	str_addn(&body, algorithm, sizeof(algorithm) - 1);
	str_addf(&body, "%c%c%c%c%c", 0x03, 0x82, (int)((key.n + 1) >> 8),
		(int)((key.n + 1) & 0xff), 0);
	str_add_slice(&body, str_slice(&key));
	str_addf(&all, "%c%c%c%c", 0x30, 0x82, (int)(body.n >> 8), (int)(body.n & 0xff));
	str_add_slice(&all, str_slice(&body));
	return str_slice(&all);
}

static const struct {
	const char *name;
	size_t n;
	unsigned char top;
	struct slice exponent;
	enum pubkey_fault fault;
	int bits;
} public_keys[] = {
	{ "1024 bits", 128, 0x80, { "\1\0\1", 3 }, PUBKEY_GOOD, 1024 },
	{ "1023 bits", 128, 0x40, { "\1\0\1", 3 }, PUBKEY_TOO_SMALL, 1023 },
	{ "512 bits", 64, 0xff, { "\1\0\1", 3 }, PUBKEY_TOO_SMALL, 512 },
	{ "8192 bits", 1024, 0xff, { "\1\0\1", 3 }, PUBKEY_GOOD, 8192 },
	{ "8193 bits", 1025, 0x01, { "\1\0\1", 3 }, PUBKEY_TOO_LARGE, 8193 },
	{ "16384 bits", 2048, 0xff, { "\1\0\1", 3 }, PUBKEY_TOO_LARGE, 16384 },
	{ "exponent 3", 128, 0x80, { "\3", 1 }, PUBKEY_GOOD, 1024 },
	{ "exponent 1", 128, 0x80, { "\1", 1 }, PUBKEY_EXPONENT, 1024 },
	{ "exponent 0", 128, 0x80, { "\0", 1 }, PUBKEY_EXPONENT, 1024 },
	{ "exponent 65536", 128, 0x80, { "\1\0\0", 3 }, PUBKEY_EXPONENT, 1024 },
	{ "exponent 2^32 - 1", 128, 0x80, { "\0\377\377\377\377", 5 }, PUBKEY_GOOD,
		1024 },
	{ "exponent 2^32 + 1", 128, 0x80, { "\1\0\0\0\1", 5 }, PUBKEY_EXPONENT, 1024 },
	{ "exponent of 6 bytes", 128, 0x80, { "\1\0\0\0\0\1", 6 }, PUBKEY_EXPONENT,
		1024 },
	{ "a negative exponent", 128, 0x80, { "\201", 1 }, PUBKEY_BAD, 0 },
	{ "no exponent", 128, 0x80, { "", 0 }, PUBKEY_BAD, 0 },
};

static void
test_pubkey(void)
{
	for (size_t i = 0; i < ARRAY_LEN(public_keys); i++)
		for (int wrapped = 0; wrapped < 2; wrapped++) {
			struct pool *pool = pool_new();
			struct slice der = rsa_der(pool, public_keys[i].n,
				public_keys[i].top, public_keys[i].exponent, wrapped);
			struct pubkey *key;

			tap_is_int(pubkey_parse(pool, KEY_RSA, der, &limits, &key),
				public_keys[i].fault, "DKV-22 DKV-18 S21 %s, %s",
				public_keys[i].name,
				wrapped ? "SubjectPublicKeyInfo" : "RSAPublicKey");
			tap_is_int(pubkey_bits(key), public_keys[i].bits, "its bits");
			pool_free(pool);
		}
}

/* Nothing may be read past the end, whatever is cut off or changed. */
static void
test_pubkey_total(void)
{
	struct pool *pool = pool_new();
	struct slice whole = rsa_der(pool, 128, 0x80, SLICE_LIT("\1\0\1"), true);
	struct pubkey *key;
	size_t good = 0;

	for (size_t n = 0; n < whole.n; n++) {
		char *part = malloc(n + 1);

		memcpy(part, whole.p, n);
		good += pubkey_parse(pool, KEY_RSA, slice_make(part, n), &limits, &key) !=
		        PUBKEY_BAD;
		free(part);
	}
	tap_is_int((int64_t)good, 0, "DKV-18 no part of a key is a key");
	for (size_t n = 0; n < 64; n++)
		good += pubkey_parse(pool, KEY_ED25519, slice_sub(whole, 0, n), &limits,
				&key) == PUBKEY_GOOD;
	tap_is_int((int64_t)good, 1,
		"DKV-18 an Ed25519 key has 32 bytes and no other number");
	pool_free(pool);
}

/* With an Ed25519 key of small order anybody signs any message; with one beyond the field
 * two libraries may see two keys. */
static void
test_small_order(void)
{
	static const struct {
		const char *name, *key; /* base64 */
	} keys[] = {
		{ "order one", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
		{ "order one, the sign set",
			"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA=" },
		{ "order two", "7P///////////////////////////////////////38=" },
		{ "order four", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
		{ "order four, the sign set",
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA=" },
		{ "order eight", "JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/AU=" },
		{ "order eight, the sign set",
			"JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/IU=" },
		{ "order eight, the other",
			"xxdqcD1N2E+6PAt2DRBnDyogU/osOczGTsf9d5KsA3o=" },
		{ "order four, beyond the field",
			"7f///////////////////////////////////////38=" },
		{ "order one, beyond the field",
			"7v///////////////////////////////////////38=" },
		{ "beyond the field", "8P///////////////////////////////////////38=" },
	};
	struct pool *pool = pool_new();
	struct pubkey *key;
	struct slice bytes;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		base64_parse(pool, slice_of(keys[i].key), &bytes);
		tap_is_int((int64_t)bytes.n, 32, "an Ed25519 key of %s has 32 bytes",
			keys[i].name);
		tap_is_int(pubkey_parse(pool, KEY_ED25519, bytes, &limits, &key),
			PUBKEY_BAD, "RFC 8032 5.1.3: an Ed25519 key of %s is none",
			keys[i].name);
	}
	pool_free(pool);
}

static void
test_generate(void)
{
	struct pool *pool = pool_new();
	struct privkey *key, *again;
	char text[4096];
	FILE *file = tmpfile();
	size_t n;

	tap_ok(privkey_generate(KEY_RSA, 512, &key) != NULL && key == NULL,
		"DKS-1 no small key is made");
	tap_ok(privkey_generate(KEY_ED25519, 0, &key) == NULL, "an Ed25519 key is made");
	tap_ok(file != NULL && privkey_write(key, fileno(file)) == NULL, "and written");
	rewind(file);
	n = fread(text, 1, sizeof(text), file);
	fclose(file);
	tap_ok(privkey_parse(slice_make(text, n), &again) == NULL, "and read again");
	if (again != NULL) {
		struct slice a, b;

		privkey_public(key, pool, &a);
		privkey_public(again, pool, &b);
		tap_is_slice(b, a, "it is the same key");
		tap_is_int(
			(int64_t)a.n, 44, "DKV-18 its public part is the raw 32 bytes");
	}
	privkey_free(again);
	privkey_free(key);
	tap_ok(privkey_generate(KEY_RSA, 1024, &key) == NULL, "an RSA key is made");
	tap_ok(public_of(pool, key) != NULL, "its public part can be read");
	privkey_free(key);
	pool_free(pool);
}

struct job {
	const struct privkey *key;
	const struct pubkey *public;
	int good;
};

static void *
sign_much(void *arg)
{
	struct job *job = arg;

	for (int i = 0; i < 20; i++) {
		struct pool *pool = pool_new();
		unsigned char digest[32] = { (unsigned char)i };
		struct slice signature;
		bool good = false;

		if (privkey_sign(job->key, digest, pool, &signature) == NULL)
			pubkey_verify(job->public, digest, signature, &good);
		job->good += good;
		pool_free(pool);
	}
	return NULL;
}

static void
test_threads(void)
{
	struct pool *pool = pool_new();
	struct privkey *key;
	struct job jobs[4];
	pthread_t threads[4];
	int good = 0;

	privkey_parse(SLICE_LIT(TEST_RSA_1024_PKCS1), &key);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		jobs[i] = (struct job){ key, public_of(pool, key), 0 };
		pthread_create(&threads[i], NULL, sign_much, &jobs[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		pthread_join(threads[i], NULL);
		good += jobs[i].good;
	}
	tap_is_int(good, 80, "four threads share a key");
	privkey_free(key);
	pool_free(pool);
}

int
main(void)
{
	test_digest();
	test_privkey();
	test_sign();
	test_pubkey();
	test_pubkey_total();
	test_small_order();
	test_generate();
	test_threads();
	return tap_done();
}
