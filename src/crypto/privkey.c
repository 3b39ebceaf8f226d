/*
 * One object of the library holds a key for its whole life; signing makes only the small
 * context of one operation, so threads share the key without a lock of ours. A key is
 * tried once when it is read: one that cannot sign must be found out by whoever starts
 * the daemon, not by the first message.
 *
 * Whatever held the key's bytes on the way is wiped: buffers here by OPENSSL_clear_free,
 * the library's own by itself.
 */
#include "base/base.h"
#include "crypto/privkey.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/msg.h"
#include "base/str.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define TEXT_MAX (64 * 1024)

struct privkey {
	enum key_type type;
	int bits;
	EVP_PKEY *object;
};

/* What a PEM block may be instead of a private key that we can use. */
static const struct label {
	const char *text, *complaint;
} labels[] = {
	{ "-----BEGIN ENCRYPTED PRIVATE KEY-----",
		N_("the key is encrypted, and nobody is there to be asked for its "
		   "passphrase: "
		   "decrypt it with 'openssl pkey'") },
	{ "Proc-Type: 4,ENCRYPTED", N_("the key is encrypted, and nobody is there to be "
				       "asked for its passphrase: "
				       "decrypt it with 'openssl pkey'") },
	{ "-----BEGIN PUBLIC KEY-----", N_("this is a public key, not a private one") },
	{ "-----BEGIN RSA PUBLIC KEY-----",
		N_("this is a public key, not a private one") },
	{ "-----BEGIN CERTIFICATE-----", N_("this is a certificate, not a private key") },
	{ "-----BEGIN OPENSSH PRIVATE KEY-----",
		N_("this is a key for OpenSSH: convert it with 'ssh-keygen -p -m PEM'") },
	{ "-----BEGIN EC PRIVATE KEY-----",
		N_("this is neither an RSA nor an Ed25519 key") },
};

/* The library asks this one for a passphrase: there is none. */
static int
no_passphrase(char *buf UNUSED, int size UNUSED, int is_write UNUSED, void *arg UNUSED)
{
	return -1;
}

/* The place of a text, or -1. */
static ptrdiff_t
place_of(struct slice in, const char *text)
{
	const char *at = in.n == 0 ? NULL : memmem(in.p, in.n, text, strlen(text));

	return at == NULL ? -1 : at - in.p;
}

/* Reads the one PEM block of a text. What stands before it is a remark; nothing may
 * follow.
 */
static const char *
pem_parse(struct slice text, EVP_PKEY **object)
{
	struct slice block = slice_from(text, (size_t)place_of(text, "-----BEGIN "));
	ptrdiff_t end = place_of(block, "-----END ");
	struct slice tail;
	BIO *bio;

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (place_of(block, labels[i].text) >= 0)
			return labels[i].complaint;
	if (end < 0)
		return N_("the key's text is cut off: it has no END line");
	tail = slice_from(block, (size_t)end + strlen("-----END "));
	if ((end = place_of(tail, "-----")) < 0)
		return N_("the key's text is cut off: its END line is not whole");
	tail = slice_from(tail, (size_t)end + strlen("-----"));
	if (slice_trim(tail).n != 0)
		return N_("something follows the key's END line");
	block.n -= tail.n;
	if ((bio = BIO_new_mem_buf(block.p, (int)block.n)) == NULL)
		return N_("the crypto library has no memory");
	*object = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	return *object == NULL ? N_("this is no private key that can be read") : NULL;
}

/* Only digits, padding and blanks? The library would stop at some others in silence. */
static bool
is_base64(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!ascii_is_alnum(c) && !ascii_is_space(c) && c != '+' && c != '/' &&
			c != '=')
			return false;
	}
	return true;
}

/* Decodes base64 into memory that will be wiped; -1: it is not base64. */
static int
decode(struct slice text, unsigned char *out)
{
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	int n = 0, rest = 0;
	bool good;

	if (ctx == NULL)
		return -1;
	EVP_DecodeInit(ctx);
	good = EVP_DecodeUpdate(
		       ctx, out, &n, (const unsigned char *)text.p, (int)text.n) >= 0 &&
	       EVP_DecodeFinal(ctx, out + n, &rest) == 1;
	EVP_ENCODE_CTX_free(ctx);
	return good ? n + rest : -1;
}

/* Reads the DER that is left of a PEM block without its lines. */
static const char *
der_parse(struct slice text, EVP_PKEY **object)
{
	const char *bad = NULL;
	unsigned char *der = OPENSSL_malloc(text.n + 64);
	const unsigned char *at = der;
	int n;

	if (der == NULL)
		return N_("the crypto library has no memory");
	if (!is_base64(text) || (n = decode(text, der)) <= 0)
		bad = N_("this is neither PEM nor base64");
	else if ((*object = d2i_AutoPrivateKey(NULL, &at, n)) == NULL)
		bad = N_("this is no private key that can be read");
	else if (at != der + n)
		bad = N_("something follows the key");
	OPENSSL_clear_free(der, text.n + 64);
	return bad;
}

/* Is it of a kind and size that may sign? */
static const char *
measure(struct privkey *key)
{
	int id = EVP_PKEY_get_base_id(key->object);

	key->bits = EVP_PKEY_get_bits(key->object);
	if (id == EVP_PKEY_ED25519) {
		key->type = KEY_ED25519;
		key->bits = 256;
		return NULL;
	}
	if (id != EVP_PKEY_RSA)
		return N_("this is neither an RSA nor an Ed25519 key");
	key->type = KEY_RSA;
	if (key->bits < PRIVKEY_MIN_BITS)
		return N_("the RSA key has fewer than 1024 bits: nobody accepts its "
			  "signatures");
	if (key->bits > PRIVKEY_MAX_BITS)
		return N_("the RSA key has more than 8192 bits: verifiers refuse its "
			  "signatures");
	return NULL;
}

/* Does what it signs verify with the public part that would be published? */
static const char *
try_once(const struct privkey *key, struct pool *pool)
{
	static const unsigned char digest[32];
	static const struct pubkey_limits limits = { PRIVKEY_MIN_BITS, PRIVKEY_MAX_BITS };
	struct slice text, bytes, signature;
	struct pubkey *public;
	const char *bad;
	bool is_good;

	if ((bad = privkey_public(key, pool, &text)) != NULL ||
		(bad = base64_parse(pool, text, &bytes)) != NULL ||
		(bad = privkey_sign(key, digest, pool, &signature)) != NULL)
		return bad;
	if (pubkey_parse(pool, key->type, bytes, &limits, &public) != PUBKEY_GOOD)
		return N_("nobody can use the key's public part");
	if ((bad = pubkey_verify(public, digest, signature, &is_good)) != NULL)
		return bad;
	return is_good ? NULL : N_("the key is damaged: its signatures do not verify");
}

/* Measures and tries a key; takes the object over. */
static const char *
adopt(EVP_PKEY *object, struct privkey **key)
{
	struct privkey *got = calloc(1, sizeof(*got));
	struct pool *pool;
	const char *bad;

	if (got == NULL) {
		EVP_PKEY_free(object);
		return N_("no memory for a key");
	}
	got->object = object;
	if ((bad = measure(got)) == NULL) {
		pool = pool_new();
		bad = try_once(got, pool);
		pool_free(pool);
	}
	if (bad != NULL) {
		privkey_free(got);
		got = NULL;
	}
	*key = got;
	return bad;
}

/* Reads a key. */
const char *
privkey_parse(struct slice text, struct privkey **key)
{
	EVP_PKEY *object = NULL;
	const char *bad;

	*key = NULL;
	if (text.n > TEXT_MAX)
		return N_("the key's text is longer than 64 KB");
	text = slice_trim(text);
	if (text.n == 0)
		return N_("there is no key in it");
	if (place_of(text, "-----BEGIN ") >= 0)
		bad = pem_parse(text, &object);
	else
		bad = der_parse(text, &object);
	ERR_clear_error();
	if (bad != NULL) {
		EVP_PKEY_free(object);
		return bad;
	}
	return adopt(object, key);
}

/* Makes a key. */
const char *
privkey_generate(enum key_type type, int bits, struct privkey **key)
{
	EVP_PKEY *object = NULL;

	*key = NULL;
	switch (type) {
	case KEY_RSA:
		if (bits < PRIVKEY_MIN_BITS || bits > PRIVKEY_MAX_BITS)
			return N_("an RSA key has 1024 to 8192 bits");
		object = EVP_RSA_gen((unsigned)bits);
		break;
	case KEY_ED25519:
		object = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	}
	ERR_clear_error();
	return object == NULL ? N_("the crypto library cannot make a key")
	                      : adopt(object, key);
}

void
privkey_free(struct privkey *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->object);
	free(key);
}

enum key_type
privkey_type(const struct privkey *key)
{
	return key->type;
}

int
privkey_bits(const struct privkey *key)
{
	return key->bits;
}

/* What its DNS record says after p=. */
const char *
privkey_public(const struct privkey *key, struct pool *pool, struct slice *base64)
{
	unsigned char raw[32], *der = NULL;
	struct str text = STR_POOL(pool);
	size_t size = sizeof(raw);
	int n = -1;

	switch (key->type) {
	case KEY_RSA:
		if ((n = i2d_PUBKEY(key->object, &der)) > 0)
			base64_print(&text, der, (size_t)n);
		OPENSSL_free(der);
		break;
	case KEY_ED25519:
		if (EVP_PKEY_get_raw_public_key(key->object, raw, &size) == 1)
			base64_print(&text, raw, size);
		break;
	}
	ERR_clear_error();
	*base64 = str_slice(&text);
	return text.n == 0 ? N_("the crypto library cannot print a public key") : NULL;
}

/* Writes all of it, whatever a signal interrupts. */
static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* Writes it for a key file. */
const char *
privkey_write(const struct privkey *key, int fd)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	const char *bad = NULL;
	char *p;
	long n;

	if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(
				   bio, key->object, NULL, NULL, 0, NULL, NULL) != 1)
		bad = N_("the crypto library cannot print a private key");
	else if ((n = BIO_get_mem_data(bio, &p)) <= 0 || !write_all(fd, p, (size_t)n))
		bad = N_("cannot write the key");
	BIO_free(bio);
	ERR_clear_error();
	return bad;
}

static int
rsa_sign(EVP_PKEY *object, const unsigned char digest[32], unsigned char *out, size_t *n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(object, NULL);
	int answer = -1;

	if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)
		answer = EVP_PKEY_sign(ctx, out, n, digest, 32);
	EVP_PKEY_CTX_free(ctx);
	return answer;
}

static int
ed25519_sign(
	EVP_PKEY *object, const unsigned char digest[32], unsigned char *out, size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int answer = -1;

	if (ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, object) == 1)
		answer = EVP_DigestSign(ctx, out, n, digest, 32);
	EVP_MD_CTX_free(ctx);
	return answer;
}

/* Signs a digest. */
const char *
privkey_sign(const struct privkey *key, const unsigned char digest[32], struct pool *pool,
	struct slice *signature)
{
	size_t n = (size_t)EVP_PKEY_get_size(key->object);
	unsigned char *out = pool_alloc(pool, n);
	int answer = -1;

	switch (key->type) {
	case KEY_RSA:
		answer = rsa_sign(key->object, digest, out, &n);
		break;
	case KEY_ED25519:
		answer = ed25519_sign(key->object, digest, out, &n);
		break;
	}
	ERR_clear_error();
	*signature = slice_make((const char *)out, answer == 1 ? n : 0);
	return answer == 1 ? NULL : N_("the crypto library cannot sign with this key");
}
