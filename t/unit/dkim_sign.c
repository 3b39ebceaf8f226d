/* Signatures that we make. */
#include "base/base.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/headers.h"
#include "auth/dkim/sign.h"
#include "auth/dkim/signature.h"
#include "base/base64.h"
#include "base/str.h"
#include "crypto/signer.h"
#include "mail/message.h"

#include "tap.h"
#include "test_keys.h"

#define NOW 1528637909

static const struct dkim_fields no_fields = { NULL, 0 };

/* A message, and what signing it needs. */
struct fixture {
	struct pool *pool;
	struct headers fields;
	struct slice body;
	struct signer *signer;
	const struct keyref *key;
	struct dkim_sign_params params;
};

static void
begin(struct fixture *f, const char *text, const char *key)
{
	struct key_source source;
	const struct reason *bad;

	f->pool = pool_new();
	f->signer = signer_local(f->pool);
	source = (struct key_source){ .text = slice_of(pool_strdup(f->pool, key)) };
	if (signer_open(f->signer, &source, f->pool, &f->key, &bad) != KEY_OPENED)
		tap_ok(false, "test key: %s", reason_text(f->pool, bad, NULL));
	message_split(f->pool, slice_of(text), &f->fields, &f->body);
	f->params = (struct dkim_sign_params){ .domain = "football.example.com",
		.selector = "brisbane",
		.canon_header = CANON_RELAXED,
		.canon_body = CANON_RELAXED,
		.sign = &dkim_sign_default,
		.oversign = &no_fields,
		.oversign_present = &no_fields,
		.key = f->key };
}

static void
end(struct fixture *f)
{
	pool_free(f->pool);
}

/* The value of the signature, NUL-terminated; NULL with *bad set. */
static const char *
sign(struct fixture *f, const char **bad)
{
	struct hdrhash *headers = hdrhash_new(f->pool, &f->fields);
	struct bodyhash *body = bodyhash_new(f->pool);
	struct dkim_sign *one = dkim_sign_begin(f->pool, &f->params, headers, body, NOW);
	struct slice value;

	bodyhash_feed(body, f->body.p, f->body.n);
	bodyhash_end(body);
	*bad = dkim_sign_end(one, f->signer, &value);
	return *bad == NULL ? pool_copy(f->pool, value) : NULL;
}

/* What the signature says of itself. */
static struct dkim_sig
parsed(struct fixture *f, const char *value)
{
	struct header *field = pool_alloc(f->pool, sizeof(*field));
	struct dkim_sig sig;
	struct outcome outcome;

	*field = (struct header){ SLICE_LIT("DKIM-Signature"), slice_of(value) };
	outcome = dkim_sig_parse(f->pool, field, &sig);
	tap_ok(outcome.code == AUTH_NONE, "what was signed can be read");
	return sig;
}

/* Its h=, written together. */
static const char *
names_of(struct fixture *f, const char *value)
{
	struct dkim_sig sig = parsed(f, value);
	struct str h = STR_POOL(f->pool);

	for (size_t k = 0; k < sig.nnames; k++) {
		str_add(&h, k == 0 ? "" : ":");
		str_add_slice(&h, sig.names[k]);
	}
	return h.p;
}

/* Does the public half of the key say that the signature is right? */
static bool
verifies(struct fixture *f, const char *value)
{
	static const struct pubkey_limits limits = { 1024, 8192 };
	struct dkim_sig sig = parsed(f, value);
	struct hdrhash_wish wish = { sig.canon_header, sig.names, sig.nnames, sig.field,
		sig.b_place };
	unsigned char digest[DIGEST_SIZE];
	struct slice bytes;
	struct pubkey *key;
	bool good = false;

	if (hdrhash_digest(hdrhash_new(f->pool, &f->fields), &wish, digest) != NULL ||
		base64_parse(f->pool, f->key->public, &bytes) != NULL)
		return false;
	pubkey_parse(f->pool, sig.type, bytes, &limits, &key);
	return pubkey_verify(key, digest, sig.signature, &good) == NULL && good;
}

#define MESSAGE_8463                                                       \
	"From: Joe SixPack <joe@football.example.com>\r\n"                 \
	"To: Suzie Q <suzie@shopping.example.net>\r\n"                     \
	"Subject: Is dinner ready?\r\n"                                    \
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                  \
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n" \
	"\r\n"                                                             \
	"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n\r\n"

static const char *const names_8463[] = { "From", "To", "Subject", "Date", "Message-ID" };
static const char *const oversign_8463[] = { "From", "Subject" };
static const struct dkim_fields fields_8463 = { names_8463, ARRAY_LEN(names_8463) };
static const struct dkim_fields over_8463 = { oversign_8463, ARRAY_LEN(oversign_8463) };

static void
test_rfc8463(void)
{
	static const char *const keys[] = { TEST_RFC8463_RSA, TEST_RFC8463_ED25519 };
	struct fixture f;
	const char *bad;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *value, *again;

		begin(&f, MESSAGE_8463, keys[i]);
		f.params.sign = &fields_8463;
		f.params.oversign = &over_8463;
		value = sign(&f, &bad);
		again = sign(&f, &bad);
		tap_ok(value != NULL &&
				strstr(value,
					"bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVO"
					"zv8=;") != NULL,
			"DKS-1 RFC 8463 A.3: the body hash");
		tap_is(again, value, "DKV-33 signatures are deterministic");
		tap_ok(value != NULL && verifies(&f, value), "it verifies");
		end(&f);
	}
}

static const struct {
	const char *name, *text;
	bool oversign;
	const char *h;
} selections[] = {
	{ "DKS-2 From alone", "From: a@a.example\r\n\r\n", false, "from" },
	{ "DKS-2 the default set in its order",
		"X-A: 1\r\nlist-unsubscribe: <x>\r\nSubject: s\r\nFROM: "
		"a@a.example\r\nto: "
		"b\r\n\r\n",
		false, "from:to:subject:list-unsubscribe" },
	{ "DKS-2 each instance", "To: a\r\nFrom: a@a.example\r\nTo: b\r\nTo: c\r\n\r\n",
		false, "from:to:to:to" },
	{ "DKS-3 oversigning", "From: a@a.example\r\nSubject: s\r\n\r\n", true,
		"from:from:to:cc:subject:subject:mime-version:content-type:content-"
		"transfer-encoding" },
	{ "DKS-3 only if present: Date, Message-ID, Reply-To, List-Unsubscribe(-Post)",
		"From: a@a.example\r\nDate: d\r\nMessage-Id: m\r\nReply-To: "
		"r\r\nList-Unsubscribe: "
		"u\r\nList-Unsubscribe-Post: p\r\nReferences: r\r\n\r\n",
		true,
		"from:from:to:cc:subject:date:date:reply-to:reply-to:message-id:message-"
		"id:"
		"references:mime-version:content-type:content-transfer-encoding:"
		"list-unsubscribe:list-unsubscribe:list-unsubscribe-post:"
		"list-unsubscribe-post" },
	{ "DKS-4 what others may change is not signed",
		"Received: r\r\nReturn-Path: p\r\nAuthentication-Results: "
		"a\r\nDKIM-Signature: d\r\nX-Spam: "
		"s\r\nBcc: b\r\nResent-From: r\r\nComments: c\r\nKeywords: k\r\nFrom: "
		"a@a.example\r\n\r\n",
		false, "from" },
};

static void
test_selection(void)
{
	for (size_t i = 0; i < ARRAY_LEN(selections); i++) {
		struct fixture f;
		const char *bad, *value;

		begin(&f, selections[i].text, TEST_ED25519);
		if (selections[i].oversign) {
			f.params.oversign = &dkim_oversign_default;
			f.params.oversign_present = &dkim_oversign_present_default;
		}
		value = sign(&f, &bad);
		tap_is(value == NULL ? NULL : names_of(&f, value), selections[i].h, "%s",
			selections[i].name);
		end(&f);
	}
}

/* Names that are given twice, or in two lists, count once; From is never left out. */
static void
test_lists(void)
{
	static const char *const a[] = { "Subject", "SUBJECT", "To" };
	static const char *const b[] = { "to", "X-Y", "x-y" };
	static const struct dkim_fields sign_list = { a, 3 }, over_list = { b, 3 };
	struct fixture f;
	const char *bad, *value;

	begin(&f, "From: a@a.example\r\nSubject: s\r\nTo: t\r\nX-Y: 1\r\n\r\n",
		TEST_ED25519);
	f.params.sign = &sign_list;
	f.params.oversign = &over_list;
	f.params.oversign_present = &over_list;
	value = sign(&f, &bad);
	tap_is(value == NULL ? NULL : names_of(&f, value), "from:subject:to:to:x-y:x-y",
		"DKS-2 lists that overlap");
	end(&f);
}

static void
test_form(void)
{
	struct fixture f;
	const char *bad, *value;
	size_t column = strlen("DKIM-Signature:"), longest = 0;

	begin(&f, "From: a@a.example\r\n\r\nbody\r\n", TEST_RSA_2048);
	f.params.domain = "a-rather-long-name-of-a-domain.football.example.com";
	f.params.identity =
		"j;=oe x@sub.a-rather-long-name-of-a-domain.football.example.com";
	f.params.expire = 86400;
	f.params.canon_header = CANON_SIMPLE;
	f.params.oversign = &dkim_oversign_default;
	value = sign(&f, &bad);
	tap_ok(value != NULL &&
			strncmp(value, " v=1; a=rsa-sha256; c=simple/relaxed;", 37) == 0,
		"DKS-5 v= comes first");
	for (const char *p = value; p != NULL && *p != '\0'; p++) {
		column = *p == '\n' ? 0 : column + (*p != '\r');
		longest = MAX(longest, column);
	}
	tap_ok(longest <= 78, "DKS-6 no line is longer than 78 (%zu)", longest);
	tap_ok(value != NULL && strstr(value, "t=1528637909; x=1528724309;") != NULL,
		"DKS-5 S31 t= and x=");
	tap_ok(value != NULL && strstr(value, "i=j=3B=3Doe=20x@sub.") != NULL,
		"DKV-6 i= is quoted");
	tap_ok(value != NULL && strstr(value, "l=") == NULL, "DKS-5 S30 no l=");
	tap_ok(value != NULL && verifies(&f, value), "DKS-6 and it verifies, simple");
	end(&f);
}

static const char *
sign_fails(struct signer *signer UNUSED, const struct signer_request *request UNUSED,
	struct pool *pool UNUSED, struct slice *signature UNUSED)
{
	return "broken";
}

static void
test_failures(void)
{
	static const struct signer_ops ops = { .sign = sign_fails };
	struct signer broken = { &ops };
	struct fixture f;
	static const char *const no_names[] = { "", "to cc", "to;x=y", "to:cc",
		"t\xc3\xb6" };
	struct bodyhash *body;
	struct dkim_sign *one;
	struct slice value;
	const char *bad;

	begin(&f, "Subject: s\r\n\r\n", TEST_ED25519);
	tap_ok(sign(&f, &bad) == NULL && strstr(bad, "no From") != NULL,
		"DKS-8 no From, no signature");
	end(&f);
	begin(&f, "From: s\r\n\r\n", TEST_ED25519);
	f.params.identity = "@example.com";
	tap_ok(sign(&f, &bad) == NULL && strstr(bad, "identity") != NULL,
		"DKV-6 i= outside d=, no signature");
	f.params.identity = "a\tb@football.example.com";
	tap_ok(sign(&f, &bad) == NULL && strstr(bad, "control") != NULL,
		"DKV-6 a tab in i=, no signature");
	f.params.identity = pool_printf(f.pool, "%0302d@football.example.com", 1);
	tap_ok(sign(&f, &bad) == NULL && strstr(bad, "long") != NULL,
		"an i= longer than an address, no signature");
	f.params.identity = NULL;
	for (size_t i = 0; i < ARRAY_LEN(no_names); i++) {
		struct dkim_fields exact = { &no_names[i], 1 };

		f.params.exact = &exact;
		tap_ok(sign(&f, &bad) == NULL && strstr(bad, "no name") != NULL,
			"DKV-7 h= with '%s', no signature", no_names[i]);
	}
	f.params.exact = NULL;
	body = bodyhash_new(f.pool);
	one = dkim_sign_begin(
		f.pool, &f.params, hdrhash_new(f.pool, &f.fields), body, NOW);
	bodyhash_end(body);
	tap_is(dkim_sign_end(one, &broken, &value), "broken",
		"a signer that fails is a complaint");
	tap_is_int((int64_t)value.n, 0, "and gives nothing to insert");
	end(&f);
}

int
main(void)
{
	test_rfc8463();
	test_selection();
	test_lists();
	test_form();
	test_failures();
	return tap_done();
}
