/*
 * The DER of an RSA key is read here, not by the library: its decoders are slow, take
 * numbers of any size, and would have to be asked twice for the two forms in use. What is
 * left of the key are the two numbers; the library's object is made of them only when a
 * signature is checked, so a key is a plain value that needs no release.
 */
#include "base/base.h"
#include "crypto/pubkey.h"

#include "base/names.h"
#include "base/scan.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#define ED25519_SIZE 32
#define EXPONENT_MAX (UINT64_C(1) << 32)

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_SEQUENCE = 0x30,
};

struct pubkey {
	enum key_type type;
	int bits;
	struct slice modulus; /* or the bytes of the Ed25519 key */
	struct slice exponent;
};

static const struct name_code type_names[] = {
	{ "rsa", KEY_RSA },
	{ "ed25519", KEY_ED25519 },
};

static const unsigned char *
bytes_of(struct slice s)
{
	return (const unsigned char *)s.p;
}

/* The word of k=. */
const char *
key_type_name(enum key_type type)
{
	return code_name(type_names, ARRAY_LEN(type_names), (int)type);
}

/* Takes the length of a DER element. More bytes than it needs are no harm. */
static bool
der_length(struct scan *s, size_t *length)
{
	int first = scan_peek(s);
	size_t n = 0;

	if (first < 0)
		return false;
	s->p++;
	if (first < 0x80) {
		*length = (size_t)first;
		return true;
	}
	if (first == 0x80 || first > 0x84)
		return false;
	for (int i = first & 0x7f; i > 0; i--) {
		if (scan_is_end(s))
			return false;
		n = n << 8 | (unsigned char)*s->p++;
	}
	*length = n;
	return true;
}

/* Takes one element with this tag. */
static bool
der_take(struct scan *s, enum der_tag tag, struct slice *content)
{
	struct scan try = *s;
	size_t n;

	if (!scan_char(&try, (char)tag) || !der_length(&try, &n) ||
		n > (size_t)(try.end - try.p))
		return false;
	*content = slice_make(try.p, n);
	s->p = try.p + n;
	return true;
}

/* Takes a number that is not negative, without its leading zero bytes. */
static bool
der_number(struct scan *s, struct slice *number)
{
	if (!der_take(s, DER_INTEGER, number) || number->n == 0 ||
		(number->p[0] & 0x80) != 0)
		return false;
	while (number->n > 0 && number->p[0] == 0)
		*number = slice_from(*number, 1);
	return true;
}

/* RSAPublicKey: the two numbers and nothing else. */
static bool
rsa_numbers(struct slice der, struct pubkey *key)
{
	struct scan s = scan_of(der);
	struct slice body;
	struct scan in;

	if (!der_take(&s, DER_SEQUENCE, &body) || !scan_is_end(&s))
		return false;
	in = scan_of(body);
	return der_number(&in, &key->modulus) && der_number(&in, &key->exponent) &&
	       scan_is_end(&in);
}

/* What a SubjectPublicKeyInfo for RSA wraps. */
static bool
spki_content(struct slice der, struct slice *content)
{
	/* rsaEncryption, with its NULL; some writers leave the NULL out */
	static const char oid[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
	struct scan s = scan_of(der), in, alg;
	struct slice body, algorithm;

	if (!der_take(&s, DER_SEQUENCE, &body) || !scan_is_end(&s))
		return false;
	in = scan_of(body);
	if (!der_take(&in, DER_SEQUENCE, &algorithm) ||
		!der_take(&in, DER_BIT_STRING, content) || !scan_is_end(&in))
		return false;
	alg = scan_of(algorithm);
	if (!scan_text(&alg, oid))
		return false;
	if (!scan_is_end(&alg) &&
		!slice_eq(scan_rest(&alg), (struct slice){ "\x05\0", 2 }))
		return false;
	/* The first byte counts the unused bits at the end. */
	if (content->n == 0 || content->p[0] != 0)
		return false;
	*content = slice_from(*content, 1);
	return true;
}

/* How many bits a number has that begins with a byte other than 0. */
static int
number_bits(struct slice number)
{
	int bits = 0;

	if (number.n == 0 || number.n > INT_MAX / 8)
		return number.n == 0 ? 0 : INT_MAX;
	for (unsigned char top = (unsigned char)number.p[0]; top != 0; top >>= 1)
		bits++;
	return bits + 8 * (int)(number.n - 1);
}

static bool
exponent_is_good(struct slice exponent)
{
	uint64_t e = 0;

	if (exponent.n > 5)
		return false;
	for (size_t i = 0; i < exponent.n; i++)
		e = e << 8 | (unsigned char)exponent.p[i];
	return e >= 3 && e <= EXPONENT_MAX && (e & 1) == 1;
}

static enum pubkey_fault
rsa_parse(struct slice der, const struct pubkey_limits *limits, struct pubkey *key)
{
	struct slice content;

	/* The text of the standard asks for the one, most keys in use are the other. */
	if (spki_content(der, &content))
		der = content;
	if (!rsa_numbers(der, key) || key->modulus.n == 0 ||
		(key->modulus.p[key->modulus.n - 1] & 1) == 0)
		return PUBKEY_BAD;
	key->bits = number_bits(key->modulus);
	if (key->bits < limits->min_bits)
		return PUBKEY_TOO_SMALL;
	if (key->bits > limits->max_bits)
		return PUBKEY_TOO_LARGE;
	return exponent_is_good(key->exponent) ? PUBKEY_GOOD : PUBKEY_EXPONENT;
}

/* Does the key's number, without the bit of its sign, lie from 2^255 - 20 on? The first
 * of these stands for the point of order two, the others for none (RFC 8032 5.1.3); the
 * library takes them all. */
static bool
is_beyond_field(const unsigned char *p)
{
	if (p[0] < 0xec || (p[ED25519_SIZE - 1] & 0x7f) != 0x7f)
		return false;
	for (size_t i = 1; i < ED25519_SIZE - 1; i++)
		if (p[i] != 0xff)
			return false;
	return true;
}

/* The other points of small order, whatever their sign. With such a key anybody can make
 * a signature that fits any message. */
static const unsigned char small_points[][ED25519_SIZE] = {
	{ 0 },
	{ 1 },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2,
		0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1,
		0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d,
		0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e,
		0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
};

static bool
is_small_point(const unsigned char *p)
{
	for (size_t i = 0; i < ARRAY_LEN(small_points); i++)
		if (memcmp(p, small_points[i], ED25519_SIZE - 1) == 0 &&
			(p[ED25519_SIZE - 1] & 0x7f) == small_points[i][ED25519_SIZE - 1])
			return true;
	return false;
}

static enum pubkey_fault
ed25519_parse(struct slice bytes, struct pubkey *key)
{
	if (bytes.n != ED25519_SIZE || is_beyond_field(bytes_of(bytes)) ||
		is_small_point(bytes_of(bytes)))
		return PUBKEY_BAD;
	key->bits = 256;
	key->modulus = bytes;
	return PUBKEY_GOOD;
}

/* Reads a key and measures it. */
enum pubkey_fault
pubkey_parse(struct pool *pool, enum key_type type, struct slice bytes,
	const struct pubkey_limits *limits, struct pubkey **key)
{
	struct pubkey *got = pool_alloc(pool, sizeof(*got));

	*key = got;
	got->type = type;
	bytes = pool_slice(pool, bytes);
	switch (type) {
	case KEY_RSA:
		return rsa_parse(bytes, limits, got);
	case KEY_ED25519:
		return ed25519_parse(bytes, got);
	}
	return PUBKEY_BAD;
}

int
pubkey_bits(const struct pubkey *key)
{
	return key->bits;
}

/* The library's form of an RSA key, or NULL. */
static EVP_PKEY *
rsa_object(const struct pubkey *key)
{
	BIGNUM *n = BN_bin2bn(bytes_of(key->modulus), (int)key->modulus.n, NULL);
	BIGNUM *e = BN_bin2bn(bytes_of(key->exponent), (int)key->exponent.n, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *object = NULL;

	if (n == NULL || e == NULL || build == NULL || ctx == NULL)
		goto out;
	if (OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		goto out;
	params = OSSL_PARAM_BLD_to_param(build);
	if (params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &object, EVP_PKEY_PUBLIC_KEY, params) != 1)
		object = NULL;
out:
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_BLD_free(build);
	BN_free(e);
	BN_free(n);
	return object;
}

/* As the library says it: 1 good, 0 not, below 0 trouble. */
static int
rsa_verify(EVP_PKEY *object, const unsigned char digest[32], struct slice signature)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(object, NULL);
	int answer = -1;

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)
		answer = EVP_PKEY_verify(
			ctx, bytes_of(signature), signature.n, digest, 32);
	EVP_PKEY_CTX_free(ctx);
	return answer;
}

/* The same. */
static int
ed25519_verify(EVP_PKEY *object, const unsigned char digest[32], struct slice signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int answer = -1;

	if (ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, object) == 1)
		answer = EVP_DigestVerify(
			ctx, bytes_of(signature), signature.n, digest, 32);
	EVP_MD_CTX_free(ctx);
	return answer;
}

/* Is this the signature of the digest? */
const char *
pubkey_verify(const struct pubkey *key, const unsigned char digest[32],
	struct slice signature, bool *is_good)
{
	EVP_PKEY *object = NULL;
	int answer = -1;

	*is_good = false;
	switch (key->type) {
	case KEY_RSA:
		if (signature.n != key->modulus.n)
			return NULL;
		if ((object = rsa_object(key)) != NULL)
			answer = rsa_verify(object, digest, signature);
		break;
	case KEY_ED25519:
		if (signature.n != 64)
			return NULL;
		object = EVP_PKEY_new_raw_public_key(
			EVP_PKEY_ED25519, NULL, bytes_of(key->modulus), ED25519_SIZE);
		if (object != NULL)
			answer = ed25519_verify(object, digest, signature);
		break;
	}
	EVP_PKEY_free(object);
	ERR_clear_error();
	*is_good = answer == 1;
	return answer < 0 ? N_("the crypto library cannot check a signature") : NULL;
}
