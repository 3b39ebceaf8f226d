/* What we write is read back as what we meant, whatever the wire said. */
#include "base/base.h"

#include "base/ascii.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/authres.h"
#include "mail/authres_parse.h"

#include "tap.h"

static const struct {
	const char *name;
	struct slice value;
	const char *want; /* how it is written */
} values[] = {
	{ "AR-4 a domain", SLICE_LIT("mx.example.jp"), "mx.example.jp" },
	{ "AR-4 an address", SLICE_LIT("jiro+x@example.jp"), "jiro+x@example.jp" },
	{ "AR-4 only a domain", SLICE_LIT("@example.jp"), "@example.jp" },
	{ "AR-4 IPv4", SLICE_LIT("192.0.2.1"), "192.0.2.1" },
	{ "AR-4 IPv6", SLICE_LIT("2001:db8::1"), "\"2001:db8::1\"" },
	{ "AR-4 base64", SLICE_LIT("aB+c"), "aB+c" },
	{ "AR-4 base64 with a slash", SLICE_LIT("aB/c"), "\"aB/c\"" },
	{ "AR-4 base64 with padding", SLICE_LIT("aBc="), "\"aBc=\"" },
	{ "AR-4 nothing", SLICE_LIT(""), "\"\"" },
	{ "AR-4 a local part with '='", SLICE_LIT("b=x@example.jp"),
		"\"b=x@example.jp\"" },
	{ "AR-4 dots that are no dot-atom", SLICE_LIT("a..b@example.jp"),
		"\"a..b@example.jp\"" },
	{ "AR-4 a dot at the end", SLICE_LIT("a.@example.jp"), "\"a.@example.jp\"" },
	{ "AR-4 a quoted local part", SLICE_LIT("\"a b\"@example.jp"),
		"\"\\\"a b\\\"@example.jp\"" },
	{ "AR-4 two '@'", SLICE_LIT("a@b@example.jp"), "\"a@b@example.jp\"" },
	{ "AR-4 no domain", SLICE_LIT("a@"), "\"a@\"" },
	{ "S7 a parenthesis", SLICE_LIT("example.net(.example.com"),
		"\"example.net(.example.com\"" },
	{ "S7 a semicolon", SLICE_LIT("x; dkim=pass header.d=victim.example"),
		"\"x; dkim=pass header.d=victim.example\"" },
	{ "S7 a quote", SLICE_LIT("x\"; dkim=pass"), "\"x\\\"; dkim=pass\"" },
	{ "S7 a backslash at the end", SLICE_LIT("x\\"), "\"x\\\\\"" },
	{ "S7 an apostrophe (espoofer a4)", SLICE_LIT("legit.example'a.attack.example"),
		"\"legit.example'a.attack.example\"" },
	{ "S8 CR LF", SLICE_LIT("x\r\nX-Evil: y"), "\"x  X-Evil: y\"" },
	{ "S8 NUL", SLICE_LIT("x\0y"), "\"x y\"" },
	{ "S8 DEL and escape", SLICE_LIT("\x7f\x1b[1m"), "\"  [1m\"" },
	{ "AR-5 UTF-8", SLICE_LIT("\xe4\xb8\x80@\xe4\xbe\x8b.jp"),
		"\"\xe4\xb8\x80@\xe4\xbe\x8b.jp\"" },
	{ "AR-5 not UTF-8", SLICE_LIT("J\xfcrg"), "\"J?rg\"" },
	{ "AR-5 UTF-8 that is cut", SLICE_LIT("\xe4\xb8"), "\"??\"" },
	{ "a comment's end", SLICE_LIT(")"), "\")\"" },
};

static void
test_values(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct authres a = { .authserv_id = SLICE_LIT("mx") };
		struct str out = STR_POOL(pool);

		authres_property(pool, authres_add(pool, &a, "dkim", "fail"), "header",
			"i", values[i].value);
		authres_print(&a, &out);
		tap_is(out.p,
			pool_printf(
				pool, "mx;\r\n\tdkim=fail header.i=%s", values[i].want),
			"%s", values[i].name);
	}
}

static void
test_field(struct pool *pool)
{
	struct authres a = { .authserv_id = SLICE_LIT("mx.example.jp") };
	struct authres_result *r;
	struct str out = STR_POOL(pool), big = STR_POOL(pool);

	authres_print(&a, &out);
	tap_is(out.p, "mx.example.jp; none", "AR-3 nothing was checked");
	a.version = 1;
	str_cut(&out, 0);
	authres_print(&a, &out);
	tap_is(out.p, "mx.example.jp 1; none", "AR-2 a version");
	a = (struct authres){ .authserv_id = SLICE_LIT("a b@c"), .instance = 3 };
	str_cut(&out, 0);
	authres_print(&a, &out);
	tap_is(out.p, "i=3; \"a b@c\"; none", "AR-10 an id that is no token");

	a = (struct authres){ .authserv_id = SLICE_LIT("mx.example.jp") };
	r = authres_add(pool, &a, "spf", "pass");
	authres_property(pool, r, "smtp", "mailfrom", SLICE_LIT("jiro@example.net"));
	r = authres_add(pool, &a, "dkim", "fail");
	r->version = 1;
	r->reason = SLICE_LIT("the body has been changed");
	authres_property(
		pool, r, "header", "d", SLICE_LIT("a-long-name.mailing.example.net"));
	authres_property(
		pool, r, "header", "i", SLICE_LIT("@a-long-name.mailing.example.net"));
	authres_property(pool, r, "header", "b", SLICE_LIT("abcd/fgh"));
	str_cut(&out, 0);
	authres_print(&a, &out);
	tap_is(out.p,
		"mx.example.jp;\r\n"
		"\tspf=pass smtp.mailfrom=jiro@example.net;\r\n"
		"\tdkim/1=fail reason=\"the body has been changed\"\r\n"
		"\theader.d=a-long-name.mailing.example.net\r\n"
		"\theader.i=@a-long-name.mailing.example.net header.b=\"abcd/fgh\"",
		"AR-13 folded at the results");

	for (int i = 0; i < 1000; i++)
		str_add(&big, "\xc3\xbc");
	a = (struct authres){ .authserv_id = SLICE_LIT("mx.example.jp") };
	r = authres_add(pool, &a, "spf", "pass");
	authres_property(pool, r, "smtp", "mailfrom", str_slice(&big));
	authres_property(pool, r, "smtp", "helo", SLICE_LIT("x"));
	str_cut(&out, 0);
	authres_print(&a, &out);
	tap_is(out.p, "mx.example.jp;\r\n\tspf=pass smtp.helo=x",
		"a value that is too long");
	a = (struct authres){ .authserv_id = SLICE_LIT("mx.example.jp") };
	r = authres_add(pool, &a, "spf", "pass");
	r->reason = slice_from(str_slice(&big), 1);
	str_cut(&out, 0);
	authres_print(&a, &out);
	tap_ok(utf8_is_valid(str_slice(&out)), "a reason is cut at a character");
}

/* Numbers that are the same in every run (xorshift). */
static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A text of syntax and other trouble; `clean` ones can be given back exactly. */
static struct slice
random_text(struct pool *pool, uint64_t *state, bool clean)
{
	static const char *const parts[] = { "a", "Z", "9", ".", "-", "_", "+", "@", "=",
		"/", ";", "; dkim=pass", "(", ")", "\"", "\\", " ", "<", ">", ",", ":",
		"[", "]", "?", "example.jp", "header.d=", "\xc3\xbc", "\xe4\xb8\x80",
		"\xf0\x9f\x93\xa7", "reason=", "none", "1", "'", "%", "&", "*", "i=1;" };
	static const char *const dirty[] = { "\r\n ", "\r", "\n", "\t", "\x01", "\x7f",
		"\xff", "\xc3", "\x80", "\xed\xa0\x80", "\r\nX: y" };
	struct str out = STR_POOL(pool);
	uint64_t n = next(state) % 12;

	for (uint64_t i = 0; i < n; i++) {
		if (!clean && next(state) % 4 == 0)
			str_add(&out, dirty[next(state) % ARRAY_LEN(dirty)]);
		else if (!clean && next(state) % 16 == 0)
			str_addc(&out, '\0');
		else
			str_add(&out, parts[next(state) % ARRAY_LEN(parts)]);
	}
	return out.n > 0 ? str_slice(&out) : slice_make("", 0);
}

static void
random_authres(struct pool *pool, uint64_t *state, bool clean, struct authres *a)
{
	static const char *const methods[] = { "spf", "dkim", "dmarc", "iprev", "x-a-1" };
	static const char *const results[] = { "pass", "fail", "none", "temperror" };
	static const char *const types[] = { "smtp", "header", "policy" };
	static const char *const names[] = { "mailfrom", "helo", "d", "remote-ip" };
	uint64_t n = next(state) % 5;

	*a = (struct authres){ .authserv_id = random_text(pool, state, clean),
		.version = (unsigned)(next(state) % 3),
		.instance = (unsigned)(next(state) % 3) };
	if (a->authserv_id.n == 0)
		a->authserv_id = SLICE_LIT("mx");
	for (uint64_t i = 0; i < n; i++) {
		struct authres_result *r =
			authres_add(pool, a, methods[next(state) % ARRAY_LEN(methods)],
				results[next(state) % ARRAY_LEN(results)]);
		uint64_t m = next(state) % 5;

		r->version = (unsigned)(next(state) % 2);
		if (next(state) % 2 == 0)
			r->reason = random_text(pool, state, clean);
		for (uint64_t j = 0; j < m; j++)
			authres_property(pool, r, types[next(state) % ARRAY_LEN(types)],
				names[next(state) % ARRAY_LEN(names)],
				random_text(pool, state, clean));
	}
}

/* The same result; of the values only where they could be given back exactly. */
static bool
same_result(const struct authres_result *a, const struct authres_result *b, bool clean)
{
	if (strcmp(a->method, b->method) != 0 || strcmp(a->result, b->result) != 0 ||
		a->version != b->version || a->properties.n != b->properties.n ||
		(a->reason.p != NULL) != (b->reason.p != NULL))
		return false;
	if (clean && !slice_eq(a->reason, b->reason))
		return false;
	for (size_t i = 0; i < a->properties.n; i++) {
		const struct authres_property *p = &a->properties.v[i],
					      *q = &b->properties.v[i];

		if (strcmp(p->type, q->type) != 0 || strcmp(p->name, q->name) != 0 ||
			(clean && !slice_eq(p->value, q->value)))
			return false;
	}
	return true;
}

static bool
same(const struct authres *a, const struct authres *b, bool clean)
{
	if (a->version != b->version || a->instance != b->instance ||
		a->results.n != b->results.n ||
		(clean && !slice_eq(a->authserv_id, b->authserv_id)))
		return false;
	for (size_t i = 0; i < a->results.n; i++)
		if (!same_result(&a->results.v[i], &b->results.v[i], clean))
			return false;
	return true;
}

/* Every line is short, begins with a TAB, and has no control character or bad UTF-8. */
static bool
is_safe(struct slice text)
{
	for (size_t i = 0, column = 24; i < text.n; i++, column++) {
		if (text.p[i] == '\r' && text.n - i > 3 &&
			memcmp(text.p + i, "\r\n\t", 3) == 0) {
			i += 2;
			column = 0;
		} else if (ascii_is_ctl(text.p[i]) || column >= 998) {
			return false;
		}
	}
	return utf8_is_valid(text);
}

static void
test_random(void)
{
	uint64_t state = 20261122;
	int good = 0, rounds = 8000;

	for (int i = 0; i < rounds; i++) {
		struct pool *pool = pool_new();
		struct authres in, out;
		struct str text = STR_POOL(pool);
		bool clean = i % 2 == 0, fine;

		random_authres(pool, &state, clean, &in);
		authres_print(&in, &text);
		fine = is_safe(str_slice(&text)) &&
		       authres_parse(pool, str_slice(&text), &out) == NULL &&
		       same(&in, &out, clean);
		good += fine;
		if (!fine)
			tap_note("round %d: %s", i, text.p);
		pool_free(pool);
	}
	tap_is_int(good, rounds, "S7 S8 random results are read back, none added");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_values(pool);
	test_field(pool);
	test_random();
	pool_free(pool);
	return tap_done();
}
