#include "base/base.h"
#include "dkim_fixture.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/headers.h"
#include "auth/dkim/signature.h"
#include "base/base64.h"
#include "base/str.h"
#include "crypto/privkey.h"

void
begin(struct fixture *f)
{
	f->pool = pool_new();
	message_init(&f->message, f->pool, 1 << 20);
	f->body = SLICE_LIT("hello  world \r\nbye\r\n\r\n");
	f->dns = dns_zone_new();
	f->author = "example.com";
	f->params = (struct dkim_verify_params)DKIM_VERIFY_PARAMS_DEFAULT;
	f->params.now = NOW;
}

void
end(struct fixture *f)
{
	dns_close(f->dns);
	pool_free(f->pool);
}

void
add(struct fixture *f, const char *name, const char *value)
{
	message_add(&f->message, slice_of(name), slice_of(value));
}

void
zone(struct fixture *f, const char *text)
{
	const struct reason *bad = dns_zone_add(f->dns, f->pool, "zone", slice_of(text));

	if (bad != NULL)
		tap_ok(false, "test zone: %s", reason_text(f->pool, bad, NULL));
}

/* A TXT record of any length for the key name. */
void
key_record(struct fixture *f, const char *name, const char *txt)
{
	struct str line = STR_POOL(f->pool);

	str_addf(&line, "%s 300 IN TXT", name);
	for (size_t n = strlen(txt), i = 0; i < n || i == 0; i += 200)
		str_addf(&line, " \"%.*s\"", (int)MIN(n - i, 200), txt + i);
	str_add(&line, "\n");
	zone(f, line.p);
}

/* The text with the first `mark` replaced. */
static const char *
filled(struct pool *pool, const char *text, const char *mark, const char *with)
{
	const char *at = strstr(text, mark);

	if (at == NULL)
		return text;
	return pool_printf(
		pool, "%.*s%s%s", (int)(at - text), text, with, at + strlen(mark));
}

static const char *
base64(struct pool *pool, struct slice bytes)
{
	struct str text = STR_POOL(pool);

	base64_print(&text, bytes.p, bytes.n);
	return text.p;
}

/* The hash of the body as the signature wants it. */
static const char *
hash_body(struct fixture *f, const struct dkim_sig *sig)
{
	struct bodyhash *body = bodyhash_new(f->pool);
	unsigned char digest[DIGEST_SIZE];
	size_t wish = bodyhash_want(body, sig->canon_body, sig->limit);

	bodyhash_feed(body, f->body.p, f->body.n);
	bodyhash_end(body);
	bodyhash_digest(body, wish, digest);
	return base64(f->pool, slice_make((const char *)digest, sizeof(digest)));
}

/* A field of any text, made valid: <bh> and <b> are filled in over the fields that the
 * message has by now, and the field is added. */
void
add_signed(struct fixture *f, const char *text, const char *key_text)
{
	struct header field = { SLICE_LIT("DKIM-Signature"), SLICE_EMPTY };
	struct dkim_sig sig;
	struct hdrhash_wish wish;
	struct privkey *key;
	struct slice signature;
	unsigned char digest[DIGEST_SIZE];

	field.value = slice_of(
		filled(f->pool, filled(f->pool, text, "<bh>", "AA=="), "<b>", "AA=="));
	dkim_sig_parse(f->pool, &field, &sig);
	text = filled(f->pool, text, "<bh>", hash_body(f, &sig));
	field.value = slice_of(filled(f->pool, text, "<b>", "AA=="));
	dkim_sig_parse(f->pool, &field, &sig);
	wish = (struct hdrhash_wish){ sig.canon_header, sig.names, sig.nnames, &field,
		sig.b_place };
	hdrhash_digest(hdrhash_new(f->pool, &f->message.all), &wish, digest);
	privkey_parse(slice_of(key_text), &key);
	privkey_sign(key, digest, f->pool, &signature);
	privkey_free(key);
	add(f, "DKIM-Signature",
		filled(f->pool, text, "<b>", base64(f->pool, signature)));
}

/* Judges the message; the first result. */
const struct dkim_result *
judge(struct fixture *f)
{
	struct bodyhash *body = bodyhash_new(f->pool);
	struct dkim_verify *verify =
		dkim_verify_begin(f->pool, &f->params, &f->message, f->author, body);

	dkim_verify_prefetch(verify, f->dns);
	for (size_t i = 0; i < f->body.n; i++)
		bodyhash_feed(body, f->body.p + i, 1);
	bodyhash_end(body);
	dkim_verify_end(verify, f->dns, INT64_MAX, &f->results);
	return f->results.n > 0 ? &f->results.v[0] : NULL;
}

/* One test: the outcome, a part of its reason, and that only pass goes without. */
void
is_outcome(struct outcome got, enum auth_code code, const char *reason, const char *name)
{
	struct pool *pool = pool_new();
	const char *text = reason_text(pool, got.reason, NULL);
	bool good = got.code == code && (text == NULL) == (code == AUTH_PASS) &&
	            (reason == NULL || (text != NULL && strstr(text, reason) != NULL));

	if (!tap_ok(good, "%s: %s", name, auth_code_name(code)))
		tap_note("got %s: %s", auth_code_name(got.code),
			text != NULL ? text : "-");
	pool_free(pool);
}
