/* The canonical forms, and the digests over them. */
#include "base/base.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/canon.h"
#include "auth/dkim/headers.h"
#include "base/base64.h"
#include "base/str.h"
#include "mail/header.h"

#include "tap.h"

static void
to_str(void *arg, const char *p, size_t n)
{
	str_addn(arg, p, n);
}

static const struct {
	const char *name, *field, *value, *simple, *relaxed;
} fields[] = {
	{ "DKV-29 first field", "A", " X", "A: X", "a:X" },
	{ "DKV-29 second field", "B ", " Y\t\r\n\tZ  ", "B : Y\t\r\n\tZ  ", "b:Y Z" },
	{ "DKV-23 DKV-24 nothing", "Subject", "", "Subject:", "subject:" },
	{ "DKV-24 only blanks", "S", " \t \r\n ", "S: \t \r\n ", "s:" },
	{ "DKV-24 no blank", "S", "x", "S:x", "s:x" },
	{ "DKV-24 runs", "S", "  a  \t b\tc ", "S:  a  \t b\tc ", "s:a b c" },
	{ "DKV-24 folds in a row", "S", " a\r\n \r\n b", "S: a\r\n \r\n b", "s:a b" },
	{ "DKV-24 bare LF and CR are text", "S", " a\n b\r c", "S: a\n b\r c",
		"s:a\n b\r c" },
	{ "DKV-24 8-bit", "S\303\211", " \303\211", "S\303\211: \303\211",
		"s\303\211:\303\211" },
	{ "DKV-24 the CRLF at the end", "S", " a \r\n", "S: a \r\n", "s:a" },
};

static void
test_fields(void)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct str out = STR_INIT;
		struct canon_sink sink = { to_str, &out };
		struct header field = { slice_of(fields[i].field),
			slice_of(fields[i].value) };

		canon_header(CANON_SIMPLE, &field, &sink);
		tap_is(out.p, fields[i].simple, "%s, simple", fields[i].name);
		str_cut(&out, 0);
		canon_header(CANON_RELAXED, &field, &sink);
		tap_is(out.p, fields[i].relaxed, "%s, relaxed", fields[i].name);
		str_release(&out);
	}
}

static const struct {
	const char *name, *body, *simple, *relaxed;
} bodies[] = {
	{ "DKV-25 DKV-26 nothing", "", "\r\n", "" },
	{ "DKV-25 DKV-26 an empty line", "\r\n", "\r\n", "" },
	{ "DKV-25 DKV-26 empty lines", "\r\n\r\n\r\n", "\r\n", "" },
	{ "DKV-26 a blank", " ", " \r\n", "" },
	{ "DKV-26 blank lines", " \r\n\t\r\n", " \r\n\t\r\n", "" },
	{ "DKV-29", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n" },
	{ "DKV-25 no final line end", "a", "a\r\n", "a\r\n" },
	{ "DKV-25 empty lines inside", "\r\na\r\n\r\nb\r\n\r\n", "\r\na\r\n\r\nb\r\n",
		"\r\na\r\n\r\nb\r\n" },
	{ "DKV-28 bare LF", "a \n\n", "a \n\n\r\n", "a \n\n\r\n" },
	{ "DKV-28 bare CR", "a \r\r", "a \r\r\r\n", "a \r\r\r\n" },
	{ "DKV-28 CR CR LF", "a\r\r\n", "a\r\r\n", "a\r\r\n" },
	{ "DKV-28 other blanks", "a\v\f \r\n", "a\v\f \r\n", "a\v\f\r\n" },
};

/* The canonical form of a body that comes in pieces, cut at the places given. */
static struct slice
canonical(struct str *out, enum canon_form form, struct slice body, size_t a, size_t b)
{
	struct canon_body machine;

	str_cut(out, 0);
	canon_body_init(&machine, form, (struct canon_sink){ to_str, out });
	canon_body_feed(&machine, body.p, a);
	canon_body_feed(&machine, body.p + a, b - a);
	canon_body_feed(&machine, body.p + b, body.n - b);
	canon_body_end(&machine);
	return str_slice(out);
}

static void
test_bodies(void)
{
	struct str out = STR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct slice body = slice_of(bodies[i].body);
		bool same = true;

		for (size_t a = 0; a <= body.n; a++)
			for (size_t b = a; b <= body.n; b++)
				same = same &&
				       slice_is(canonical(&out, CANON_SIMPLE, body, a, b),
					       bodies[i].simple) &&
				       slice_is(
					       canonical(&out, CANON_RELAXED, body, a, b),
					       bodies[i].relaxed);
		tap_ok(same, "%s, in any pieces", bodies[i].name);
	}
	str_release(&out);
}

/* One line as the form wants it, by the letter of the standard. */
static void
slow_line(struct str *out, enum canon_form form, struct slice line)
{
	size_t from = out->n;

	for (size_t i = 0; i < line.n; i++) {
		bool is_blank = line.p[i] == ' ' || line.p[i] == '\t';

		if (form == CANON_SIMPLE || !is_blank)
			str_addc(out, line.p[i]);
		else if (i == 0 || (line.p[i - 1] != ' ' && line.p[i - 1] != '\t'))
			str_addc(out, ' ');
	}
	if (form == CANON_RELAXED && out->n > from && out->p[out->n - 1] == ' ')
		str_cut(out, out->n - 1);
	str_add(out, "\r\n");
}

/* The same by whole lines and slowly: what the machine is compared with. */
static void
slow(struct str *out, enum canon_form form, struct slice body)
{
	str_cut(out, 0);
	while (body.n > 0) {
		const char *end = memmem(body.p, body.n, "\r\n", 2);
		size_t n = end == NULL ? body.n : (size_t)(end - body.p);

		slow_line(out, form, slice_sub(body, 0, n));
		body = slice_from(body, end == NULL ? n : n + 2);
	}
	while (out->n >= 4 && memcmp(out->p + out->n - 4, "\r\n\r\n", 4) == 0)
		str_cut(out, out->n - 2);
	if (form == CANON_RELAXED && slice_is(str_slice(out), "\r\n"))
		str_cut(out, 0);
	if (form == CANON_SIMPLE && out->n == 0)
		str_add(out, "\r\n");
}

/* Every body of up to seven of these bytes, in two pieces at each place. */
static void
test_all_small_bodies(void)
{
	static const char bytes[] = "\r\n a";
	struct str want = STR_INIT, got = STR_INIT;
	size_t bad = 0;

	for (unsigned n = 0; n <= 7; n++)
		for (unsigned number = 0; number < 1u << (2 * n); number++) {
			char body[8];

			for (unsigned i = 0; i < n; i++)
				body[i] = bytes[number >> (2 * i) & 3];
			for (int form = 0; form < 2; form++) {
				slow(&want, (enum canon_form)form, slice_make(body, n));
				for (size_t a = 0; a <= n; a++)
					bad += !slice_eq(str_slice(&want),
						canonical(&got, (enum canon_form)form,
							slice_make(body, n), a, n));
			}
		}
	tap_is_int((int64_t)bad, 0, "DKV-28 all bodies of up to seven bytes");
	str_release(&want);
	str_release(&got);
}

/* The digest of a body, in base64. */
static const char *
hash_of(struct pool *pool, struct slice body, enum canon_form form, uint64_t limit)
{
	struct bodyhash *hash = bodyhash_new(pool);
	size_t wish = bodyhash_want(hash, form, limit);
	unsigned char digest[DIGEST_SIZE];
	struct str text = STR_POOL(pool);

	bodyhash_feed(hash, body.p, body.n);
	bodyhash_end(hash);
	if (bodyhash_digest(hash, wish, digest) != NULL)
		return NULL;
	base64_print(&text, digest, sizeof(digest));
	return text.p;
}

static void
test_bodyhash(void)
{
	struct pool *pool = pool_new();
	struct slice body = SLICE_LIT(" C \r\nD \t E\r\n\r\n\r\n");

	tap_is(hash_of(pool, SLICE_EMPTY, CANON_SIMPLE, BODYHASH_ALL),
		"frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", "DKV-25 hash of nothing");
	tap_is(hash_of(pool, SLICE_EMPTY, CANON_RELAXED, BODYHASH_ALL),
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "DKV-26 hash of nothing");
	tap_is(hash_of(pool, body, CANON_SIMPLE, BODYHASH_ALL),
		"NOeivbQlDH9TmNKJUw7D53wZfsk8YMZ/hTuVVwTgi8s=", "DKV-29 simple");
	tap_is(hash_of(pool, body, CANON_RELAXED, BODYHASH_ALL),
		"unak6JHq0wL+Q1HP7dW1tjBx9FLA6DffoZ0qrLwbbpo=", "DKV-29 relaxed");
	tap_is(hash_of(pool, body, CANON_RELAXED, 0),
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "DKV-27 l=0");
	tap_is(hash_of(pool, body, CANON_RELAXED, 9),
		"unak6JHq0wL+Q1HP7dW1tjBx9FLA6DffoZ0qrLwbbpo=",
		"DKV-27 the length counts canonical bytes");
	pool_free(pool);
}

static void
test_limits(void)
{
	struct pool *pool = pool_new();
	struct bodyhash *hash = bodyhash_new(pool);
	size_t four = bodyhash_want(hash, CANON_RELAXED, 4);
	size_t three = bodyhash_want(hash, CANON_SIMPLE, 3);
	size_t nine = bodyhash_want(hash, CANON_SIMPLE, 9);

	tap_is_int((int64_t)bodyhash_want(hash, CANON_RELAXED, 4), (int64_t)four,
		"an equal wish is the same wish");
	tap_ok(bodyhash_feed(hash, "ab", 2), "more is needed");
	bodyhash_feed(hash, "\r\n", 2);
	bodyhash_feed(hash, "\r\n", 2);
	bodyhash_end(hash);
	tap_is_int((int64_t)bodyhash_length(hash, four), 4, "l= met exactly");
	tap_ok(!bodyhash_has_more(hash, four), "S30 nothing is left unsigned");
	tap_is_int((int64_t)bodyhash_length(hash, three), 3, "l= below");
	tap_ok(bodyhash_has_more(hash, three), "S30 a byte is left unsigned");
	tap_is_int((int64_t)bodyhash_length(hash, nine), 4, "DKV-8 l= beyond the body");
	hash = bodyhash_new(pool);
	tap_ok(!bodyhash_feed(hash, "a", 1), "nobody wants a digest");
	hash = bodyhash_new(pool);
	bodyhash_want(hash, CANON_SIMPLE, 2);
	bodyhash_want(hash, CANON_RELAXED, 1);
	for (int i = 0; i < 3 * CANON_BUFFER / 2; i++)
		bodyhash_feed(hash, "x", 1);
	tap_ok(!bodyhash_feed(hash, "x", 1), "no digest needs more");
	bodyhash_end(hash);
	pool_free(pool);
}

/* A body far larger than any buffer costs no more memory than a small one. */
static void
test_memory(void)
{
	struct pool *pool = pool_new();
	struct bodyhash *hash = bodyhash_new(pool);
	static char block[65536];
	size_t before;

	memset(block, 'x', sizeof(block));
	bodyhash_want(hash, CANON_SIMPLE, BODYHASH_ALL);
	bodyhash_want(hash, CANON_RELAXED, BODYHASH_ALL);
	before = pool_size(pool);
	for (int i = 0; i < 64; i++)
		bodyhash_feed(hash, block, sizeof(block));
	bodyhash_end(hash);
	tap_is_int((int64_t)pool_size(pool), (int64_t)before, "memory is constant");
	tap_is_int(
		(int64_t)bodyhash_length(hash, 0), 64 * 65536 + 2, "the body was hashed");
	pool_free(pool);
}

static void
add(struct pool *pool, struct headers *all, const char *name, const char *value)
{
	struct header *field = pool_alloc(pool, sizeof(*field));

	*field = (struct header){ slice_of(name), slice_of(value) };
	*vec_add(pool, all) = field;
}

/* Is the digest over these names the digest of this text? */
static void
is_digest_of(struct hdrhash *hash, const struct hdrhash_wish *wish, const char *text,
	const char *name)
{
	struct pool *pool = pool_new();
	struct digest *digest = digest_new(pool);
	unsigned char got[DIGEST_SIZE], want[DIGEST_SIZE];

	digest_feed(digest, text, strlen(text));
	digest_end(digest, want);
	tap_ok(hdrhash_digest(hash, wish, got) == NULL &&
			memcmp(got, want, sizeof(got)) == 0,
		"%s", name);
	pool_free(pool);
}

static void
test_hdrhash(void)
{
	static const char sig[] = " a=1; b=XX\r\n YY ; c=2";
	struct slice names[] = { SLICE_LIT("to"), SLICE_LIT("X"), SLICE_LIT("TO"),
		SLICE_LIT("to"), SLICE_LIT("from"), SLICE_LIT("dkim-signature"),
		SLICE_LIT("dkim-signature") };
	struct pool *pool = pool_new();
	struct headers all = VEC_INIT;
	struct hdrhash *hash;
	struct hdrhash_wish wish = { CANON_SIMPLE, names, 5, NULL, SLICE_EMPTY };

	add(pool, &all, "To", " one");
	add(pool, &all, "From", " f");
	add(pool, &all, "DKIM-Signature", sig);
	add(pool, &all, "DKIM-Signature", " other");
	add(pool, &all, "TO ", " two");
	hash = hdrhash_new(pool, &all);
	wish.signature = all.v[2];
	wish.b = slice_make(sig + 8, 8);
	tap_is_int(
		(int64_t)hdrhash_count(hash, SLICE_LIT("tO")), 2, "fields are counted");
	is_digest_of(hash, &wish,
		"TO : two\r\nTo: one\r\nFrom: f\r\nDKIM-Signature: a=1; b=; c=2",
		"DKV-30 DKV-31 from below, absent ones add nothing");
	is_digest_of(hash, &wish,
		"TO : two\r\nTo: one\r\nFrom: f\r\nDKIM-Signature: a=1; b=; c=2",
		"the same again");
	wish.form = CANON_RELAXED;
	wish.nnames = 7;
	is_digest_of(hash, &wish,
		"to:two\r\nto:one\r\nfrom:f\r\ndkim-signature:other\r\n"
		"dkim-signature:a=1; b=; c=2",
		"DKV-32 the signature does not sign itself as a field");
	pool_free(pool);
}

/* S21, S25: time that grew with names times fields would show here: 100,000 fields, and
 * signatures of 256 names each. */
static void
test_many(void)
{
	struct pool *pool = pool_new();
	struct headers all = VEC_INIT;
	struct slice names[256];
	struct header signature = { SLICE_LIT("DKIM-Signature"), SLICE_LIT("b=") };
	struct hdrhash_wish wish = { CANON_RELAXED, names, 256, &signature, SLICE_EMPTY };
	struct hdrhash *hash;
	unsigned char digest[DIGEST_SIZE];
	int good = 0;

	for (int i = 0; i < 100000; i++)
		add(pool, &all, i % 2 ? "x" : pool_printf(pool, "x%d", i), "v");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		names[i] = SLICE_LIT("X");
	hash = hdrhash_new(pool, &all);
	for (int i = 0; i < 20; i++)
		good += hdrhash_digest(hash, &wish, digest) == NULL;
	tap_is_int(good, 20, "S21 100,000 fields");
	tap_is_int((int64_t)hdrhash_count(hash, SLICE_LIT("X")), 50000, "of two kinds");
	pool_free(pool);
}

int
main(void)
{
	enum canon_form form;

	tap_ok(canon_parse(SLICE_LIT("Relaxed"), &form) && form == CANON_RELAXED,
		"a word");
	tap_ok(!canon_parse(SLICE_LIT("nowsp"), &form), "DKV-4 an unknown word");
	test_fields();
	test_bodies();
	test_all_small_bodies();
	test_bodyhash();
	test_limits();
	test_memory();
	test_hdrhash();
	test_many();
	return tap_done();
}
