/* Authentication-Results fields, read. */
#include "base/base.h"

#include "base/str.h"
#include "mail/authres_parse.h"

#include "tap.h"

/* want: "id [version] {method[/version]=result [(reason)] [type.name=value]...}...";
 * NULL: a complaint. The examples of RFC 8601 appendix B come first. */
static const struct {
	const char *name;
	struct slice text;
	const char *want;
} cases[] = {
	{ "8601 B.2", SLICE_LIT(" example.org 1; none"), "example.org 1" },
	{ "8601 B.3",
		SLICE_LIT("example.com;\r\n          spf=pass smtp.mailfrom=example.net"),
		"example.com {spf=pass [smtp.mailfrom=example.net]}" },
	{ "8601 B.4",
		SLICE_LIT("example.com;\r\n          auth=pass (cram-md5)"
			  " smtp.auth=sender@example.net;\r\n          spf=pass"
			  " smtp.mailfrom=example.net"),
		"example.com {auth=pass [smtp.auth=sender@example.net]}"
		" {spf=pass [smtp.mailfrom=example.net]}" },
	{ "8601 B.4 iprev",
		SLICE_LIT(
			"example.com; iprev=pass\r\n          policy.iprev=192.0.2.200"),
		"example.com {iprev=pass [policy.iprev=192.0.2.200]}" },
	{ "8601 B.6",
		SLICE_LIT("example.com;\r\n      dkim=pass reason=\"good signature\"\r\n"
			  "        header.i=@mail-router.example.net;\r\n      dkim=fail"
			  " reason=\"bad signature\"\r\n        "
			  "header.i=@newyork.example.com"),
		"example.com {dkim=pass (good signature) "
		"[header.i=@mail-router.example.net]}"
		" {dkim=fail (bad signature) [header.i=@newyork.example.com]}" },
	{ "8601 B.7 AR-1 CFWS everywhere",
		SLICE_LIT(
			"foo.example.net (foobar) 1 (baz);\r\n    dkim (Because I like "
			"it) / 1"
			" (One yay) = (wait for it) fail\r\n      policy (A dot can go "
			"here) ."
			" (like that) expired\r\n      (this surprised me) = (as I wasn't"
			" expecting it) 1362471462"),
		"foo.example.net 1 {dkim/1=fail [policy.expired=1362471462]}" },
	{ "8617 B an ARC field",
		SLICE_LIT("i=3; clochette.example.org; spf=fail\r\n    "
			  "smtp.from=jqd@d1.example;"
			  " dkim=fail (512-bit key)\r\n    header.i=@d1.example; "
			  "dmarc=fail;"
			  " arc=pass (as.2.gmail.example=pass,\r\n "
			  "ams.1.lists.example.org=fail"
			  " (message has been altered))"),
		"i=3 clochette.example.org {spf=fail [smtp.from=jqd@d1.example]}"
		" {dkim=fail [header.i=@d1.example]} {dmarc=fail} {arc=pass}" },

	{ "AR-1 a comment before the id", SLICE_LIT(" (x (y)) mx.example.jp; none"),
		"mx.example.jp" },
	{ "AR-1 nothing around ';' and '='", SLICE_LIT("mx;spf=pass;dkim=none"),
		"mx {spf=pass} {dkim=none}" },
	{ "AR-1 ';' in a comment", SLICE_LIT("mx; spf=pass (a; dkim=pass) smtp.helo=x"),
		"mx {spf=pass [smtp.helo=x]}" },
	{ "AR-1 ';' in a quoted string",
		SLICE_LIT("mx; spf=pass smtp.helo=\"a; dkim=pass\""),
		"mx {spf=pass [smtp.helo=a; dkim=pass]}" },
	{ "AR-1 an escape in a comment", SLICE_LIT("mx; spf=pass (\\)) smtp.helo=x"),
		"mx {spf=pass [smtp.helo=x]}" },
	{ "a comment that does not end", SLICE_LIT("mx; spf=pass (x; dkim=pass"), NULL },
	{ "a comment ended twice", SLICE_LIT("mx; spf=pass (x)); dkim=pass"), NULL },
	{ "a quoted string that does not end", SLICE_LIT("mx; spf=pass smtp.helo=\"x"),
		NULL },
	{ "a quoted id", SLICE_LIT("\"mx.example.jp\"; none"), "mx.example.jp" },
	{ "a quoted id that does not end", SLICE_LIT(" \"mx.example.jp"), NULL },
	{ "an id with a job id", SLICE_LIT("mx.example.jp/4cXy1; none"),
		"mx.example.jp/4cXy1" },
	{ "controls in a comment", SLICE_LIT("mx; spf=pass (\033$B\177)"),
		"mx {spf=pass}" },
	{ "controls in a reason", SLICE_LIT("mx; spf=pass reason=\"a\033b\\\1c\""),
		"mx {spf=pass (a b c)}" },
	{ "a control in the id", SLICE_LIT("\"mx\033\"; spf=pass"), NULL },
	{ "a NUL in a reason", SLICE_LIT("mx; spf=pass reason=\"a\0b\""), NULL },
	{ "no id", SLICE_LIT("; none"), NULL },
	{ "an empty id", SLICE_LIT("\"\"; none"), NULL },
	{ "nothing", SLICE_LIT(""), NULL },
	{ "only a comment", SLICE_LIT("(x)"), NULL },
	{ "no id but a result", SLICE_LIT("spf=pass smtp.mailfrom=x; dkim=none"), NULL },
	{ "an address as id", SLICE_LIT("a@mx; none"), NULL },
	{ "AR-2 a version that is none", SLICE_LIT("mx x; none"), NULL },
	{ "AR-2 something behind the version", SLICE_LIT("mx 1 x; none"), NULL },
	{ "AR-2 a version that is too large", SLICE_LIT("mx 99999999999; none"), NULL },
	{ "AR-2 another version", SLICE_LIT("mx 2; none"), "mx 2" },
	{ "AR-2 a method's version", SLICE_LIT("mx; dkim/2=pass"), "mx {dkim/2=pass}" },
	{ "AR-2 a method's version with a dot", SLICE_LIT("mx; dkim/1.0=pass"), NULL },
	{ "AR-2 a method's version that is none", SLICE_LIT("mx; dkim/x=pass"), NULL },
	{ "AR-3 words in capitals", SLICE_LIT("MX; SPF=Pass SMTP.MailFrom=A"),
		"MX {spf=pass [smtp.mailfrom=A]}" },
	{ "AR-3 hyphens in words", SLICE_LIT("mx; x-a-b=c-d smtp.remote-ip=1"),
		"mx {x-a-b=c-d [smtp.remote-ip=1]}" },
	{ "AR-3 a hyphen at the end", SLICE_LIT("mx; x-=pass"), NULL },
	{ "AR-3 none and more", SLICE_LIT("mx; none; spf=pass"), NULL },
	{ "AR-3 none behind a result", SLICE_LIT("mx; spf=pass; none"), NULL },
	{ "AR-3 none in capitals with a comment", SLICE_LIT("mx; NONE (x)"), "mx" },
	{ "AR-3 a method that is called none", SLICE_LIT("mx; none=pass"),
		"mx {none=pass}" },
	{ "no method", SLICE_LIT("mx; =pass"), NULL },
	{ "a method that is no word", SLICE_LIT("mx; ."), NULL },
	{ "no result", SLICE_LIT("mx; spf="), NULL },
	{ "no '='", SLICE_LIT("mx; spf"), NULL },
	{ "two words for a method", SLICE_LIT("mx; spf x=pass"), NULL },
	{ "a result that is no word", SLICE_LIT("mx; spf=."), NULL },
	{ "a quoted result", SLICE_LIT("mx; spf=\"pass\""), NULL },
	{ "two results", SLICE_LIT("mx; spf=pass fail"), NULL },
	{ "a comma for a ';'", SLICE_LIT("mx; spf=pass, dkim=pass"), NULL },
	{ "an empty element", SLICE_LIT("mx; spf=pass;; dkim=pass"), NULL },

	{ "AR-5 a bare reason", SLICE_LIT("mx; spf=pass reason=good"),
		"mx {spf=pass (good)}" },
	{ "AR-5 a reason with CFWS",
		SLICE_LIT("mx; spf=pass reason (x) = (y) \"a b\" (z)"),
		"mx {spf=pass (a b)}" },
	{ "AR-5 a reason with escapes",
		SLICE_LIT("mx; spf=pass reason=\"a \\\"b\\\\c\\\"\""),
		"mx {spf=pass (a \"b\\c\")}" },
	{ "AR-5 a reason behind a property",
		SLICE_LIT("mx; spf=pass smtp.helo=a reason=b"),
		"mx {spf=pass (b) [smtp.helo=a]}" },
	{ "AR-5 two reasons", SLICE_LIT("mx; spf=pass reason=a reason=b"), NULL },
	{ "a type that is called reason", SLICE_LIT("mx; spf=pass reason.x=a"),
		"mx {spf=pass [reason.x=a]}" },
	{ "a reason in two words", SLICE_LIT("mx; spf=pass reason=not good"), NULL },

	{ "AR-4 addresses", SLICE_LIT("mx; a=b c.d=e@f.example g.h=@i.example j.k=l"),
		"mx {a=b [c.d=e@f.example] [g.h=@i.example] [j.k=l]}" },
	{ "AR-4 all that a local part may have",
		SLICE_LIT("mx; a=b c.d=SRS0=x=y=z.example=j@f.example"),
		"mx {a=b [c.d=SRS0=x=y=z.example=j@f.example]}" },
	{ "AR-4 a quoted local part", SLICE_LIT("mx; a=b c.d=\"e; f\"@g.example h.i=j"),
		"mx {a=b [c.d=\"e; f\"@g.example] [h.i=j]}" },
	{ "AR-4 a quoted local part without domain",
		SLICE_LIT("mx; a=b c.d=\"e\"@ h.i=j"), NULL },
	{ "AR-4 a quoted local part with a fold and escapes",
		SLICE_LIT("mx; a=b c.d=\"e\r\n \\f\\\"\"@g.example"),
		"mx {a=b [c.d=\"e f\\\"\"@g.example]}" },
	{ "AR-4 an empty quoted value", SLICE_LIT("mx; a=b c.d=\"\" e.f=g"),
		"mx {a=b [c.d=] [e.f=g]}" },
	{ "AR-4 a folded quoted value", SLICE_LIT("mx; a=b c.d=\"e\r\n f\""),
		"mx {a=b [c.d=e f]}" },
	{ "AR-4 a token of odd characters", SLICE_LIT("mx; a=b c.d=!#$%&'*+-.^_`{|}~"),
		"mx {a=b [c.d=!#$%&'*+-.^_`{|}~]}" },
	{ "deployed: bare base64", SLICE_LIT("mx; dkim=pass header.b=a/B+c= header.d=x"),
		"mx {dkim=pass [header.b=a/B+c=] [header.d=x]}" },
	{ "deployed: bare IPv6", SLICE_LIT("mx; iprev=pass policy.iprev=2001:db8::1 (x)"),
		"mx {iprev=pass [policy.iprev=2001:db8::1]}" },
	{ "deployed: a bare path", SLICE_LIT("mx; spf=pass smtp.mailfrom=<a@b.example>"),
		"mx {spf=pass [smtp.mailfrom=<a@b.example>]}" },
	{ "deployed: a bare null path",
		SLICE_LIT("mx; spf=none smtp.mailfrom=<> smtp.helo=x"),
		"mx {spf=none [smtp.mailfrom=<>] [smtp.helo=x]}" },
	{ "an empty value at the end", SLICE_LIT("mx; spf=none smtp.mailfrom="), NULL },
	{ "an empty value before a ';'", SLICE_LIT("mx; spf=none smtp.mailfrom=; a=b"),
		NULL },
	{ "an empty reason", SLICE_LIT("mx; spf=none reason="), NULL },
	{ "an empty reason before a ';'", SLICE_LIT("mx; spf=none reason=;"), NULL },
	{ "an empty value in the middle has two meanings",
		SLICE_LIT("mx; spf=none smtp.mailfrom= smtp.helo=x"), NULL },
	{ "deployed: a ';' at the end", SLICE_LIT("mx; spf=pass;"), "mx {spf=pass}" },
	{ "deployed: a ';' and a comment at the end", SLICE_LIT("mx; spf=pass; (x)"),
		"mx {spf=pass}" },
	{ "two ';' at the end", SLICE_LIT("mx; spf=pass;;"), NULL },
	{ "deployed: no results", SLICE_LIT("mx.example.jp"), "mx.example.jp" },
	{ "deployed: no results but a version", SLICE_LIT("mx.example.jp 1"),
		"mx.example.jp 1" },
	{ "deployed: no results but a ';'", SLICE_LIT("mx.example.jp;"),
		"mx.example.jp" },
	{ "deployed: a bare URI",
		SLICE_LIT("mx; bimi=pass policy.authority-uri=\r\n "
			  "https://a.example/b.pem"),
		"mx {bimi=pass [policy.authority-uri=https://a.example/b.pem]}" },
	{ "deployed: numbers with a slash",
		SLICE_LIT("mx; x-tls=pass smtp.version=TLSv1.2 smtp.bits=128/128"),
		"mx {x-tls=pass [smtp.version=TLSv1.2] [smtp.bits=128/128]}" },
	{ "a property without type",
		SLICE_LIT("mx; dmarc=pass action=none header.from=x"), NULL },
	{ "a property without name", SLICE_LIT("mx; dmarc=pass header.=x"), NULL },
	{ "a property without '='", SLICE_LIT("mx; dmarc=pass header.from"), NULL },
	{ "a property without '.'", SLICE_LIT("mx; dmarc=pass header"), NULL },
	{ "two dots", SLICE_LIT("mx; dmarc=pass header.from.x=y"), NULL },
	{ "a property that touches a value", SLICE_LIT("mx; a=b c.d=\"e\"f.g=h"), NULL },
	{ "a comment between them", SLICE_LIT("mx; a=b c.d=\"e\"(x)f.g=h"),
		"mx {a=b [c.d=e] [f.g=h]}" },
	{ "a backslash in a bare value", SLICE_LIT("mx; a=b c.d=e\\f"), NULL },
	{ "a NUL", SLICE_LIT("mx; a=b c.d=e\0f"), NULL },
	{ "a bare LF", SLICE_LIT("mx; a=b\n; c=d"), NULL },
	{ "a CRLF without blank", SLICE_LIT("mx; a=b\r\n; c=d"), NULL },
	{ "a CRLF at the end", SLICE_LIT("mx; a=b\r\n"), "mx {a=b}" },
	{ "an LF at the beginning", SLICE_LIT("\nmx; a=b"), NULL },
	{ "EAI: UTF-8", SLICE_LIT("mx; a=b c.d=\xe4\xb8\x80@\xe4\xbe\x8b.jp"),
		"mx {a=b [c.d=\xe4\xb8\x80@\xe4\xbe\x8b.jp]}" },
	{ "EAI: a quoted id", SLICE_LIT("\"\xe4\xbe\x8b.jp\"; none"), "\xe4\xbe\x8b.jp" },
	{ "EAI: a bare id is a token, and tokens are ASCII",
		SLICE_LIT("\xe4\xbe\x8b.jp; none"), NULL },
	{ "EAI: UTF-8 in a comment and a reason",
		SLICE_LIT("mx (\xc3\xa9); a=b reason=\"\xc3\xa9\""),
		"mx {a=b (\xc3\xa9)}" },
	{ "EAI: a bare U-label", SLICE_LIT("mx; a=b c.d=Blo\xc3\x9f.example"),
		"mx {a=b [c.d=Blo\xc3\x9f.example]}" },
	{ "bytes that are not UTF-8", SLICE_LIT("mx; a=b c.d=\xfc"), NULL },
	{ "an id that is not UTF-8", SLICE_LIT("\"\xfc\"; none"), NULL },

	{ "8617 CFWS around the instance",
		SLICE_LIT(" (a) i (b) = (c) 12 (d) ; (e) mx; none"), "i=12 mx" },
	{ "8617 an instance without number", SLICE_LIT("i="), NULL },
	{ "8617 an instance that is no number", SLICE_LIT("i=abc; mx"), NULL },
	{ "8617 another separator", SLICE_LIT("i=1: mx"), NULL },
	{ "8617 only an instance", SLICE_LIT("i=5"), NULL },
	{ "8617 only an instance and ';'", SLICE_LIT("i=5;"), NULL },
	{ "8617 two instances", SLICE_LIT("i=5; i=1; mx; none"), NULL },
	{ "8617 instance 0", SLICE_LIT("i=0; mx; none"), NULL },
	{ "8617 instance 50", SLICE_LIT("i=50; mx; none"), "i=50 mx" },
	{ "8617 instance 51", SLICE_LIT("i=51; mx; none"), NULL },
	{ "an id that is i", SLICE_LIT("i; spf=pass"), "i {spf=pass}" },
	{ "8617 another tag", SLICE_LIT("x=5; mx"), NULL },
};

static void
print(const struct authres *a, struct str *out)
{
	if (a->instance != 0)
		str_addf(out, "i=%u ", a->instance);
	str_add_slice(out, a->authserv_id);
	if (a->version != 0)
		str_addf(out, " %u", a->version);
	for (size_t i = 0; i < a->results.n; i++) {
		const struct authres_result *r = &a->results.v[i];

		str_addf(out, " {%s", r->method);
		if (r->version != 0)
			str_addf(out, "/%u", r->version);
		str_addf(out, "=%s", r->result);
		if (r->reason.p != NULL)
			str_addf(out, " (%.*s)", SLICE_ARG(r->reason));
		for (size_t j = 0; j < r->properties.n; j++)
			str_addf(out, " [%s.%s=%.*s]", r->properties.v[j].type,
				r->properties.v[j].name,
				SLICE_ARG(r->properties.v[j].value));
		str_add(out, "}");
	}
}

static void
test_parse(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str got = STR_POOL(pool);
		struct authres authres;
		const char *bad = authres_parse(pool, cases[i].text, &authres);

		if (bad == NULL)
			print(&authres, &got);
		tap_is(bad == NULL ? got.p : NULL, cases[i].want, "%s", cases[i].name);
	}
}

/* A megabyte of each is answered at once, and within the limits. */
static void
test_limits(struct pool *pool)
{
	static const char *const units[] = { ";", "; a=b", " a.b=c", "(", "()", "\"",
		"\\", "\r\n ", "1", "=", ".", "@", "/", "a ", "; a=b c.d=\"e\"" };
	struct authres authres;

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct str text = STR_POOL(pool);

		str_add(&text, "mx; a=b");
		while (text.n < 1000000)
			str_add(&text, units[i]);
		authres_parse(pool, str_slice(&text), &authres);
		tap_ok(authres.results.n <= 1000, "S6 a megabyte of '%s'", units[i]);
	}
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_parse(pool);
	test_limits(pool);
	pool_free(pool);
	return tap_done();
}
