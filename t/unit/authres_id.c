/* Whose Authentication-Results field is it? */
#include "base/base.h"

#include "base/str.h"
#include "mail/authres_id.h"

#include "tap.h"

/* Ours are mx.example.jp, the U-label below, and "cluster" (not a domain of dots). */
static const struct {
	const char *name;
	struct slice text;
	enum authres_owner want;
} cases[] = {
	{ "as we write it", SLICE_LIT(" mx.example.jp;\r\n\tspf=pass"), AUTHRES_OURS },
	{ "no blank", SLICE_LIT("mx.example.jp;spf=pass"), AUTHRES_OURS },
	{ "nothing behind it", SLICE_LIT("mx.example.jp"), AUTHRES_OURS },
	{ "capitals", SLICE_LIT(" MX.EXAMPLE.JP; spf=pass"), AUTHRES_OURS },
	{ "mixed case", SLICE_LIT(" mX.Example.jP; spf=pass"), AUTHRES_OURS },
	{ "S2 a final dot", SLICE_LIT(" mx.example.jp.; spf=pass"), AUTHRES_OURS },
	{ "S2 a final dot in capitals", SLICE_LIT(" MX.EXAMPLE.JP.; spf=pass"),
		AUTHRES_OURS },
	{ "S2 quoted", SLICE_LIT(" \"mx.example.jp\"; spf=pass"), AUTHRES_OURS },
	{ "S2 quoted with a final dot", SLICE_LIT(" \"mx.example.jp.\"; x=y"),
		AUTHRES_OURS },
	{ "S2 quoted-pairs", SLICE_LIT(" \"m\\x.exam\\ple.jp\"; x=y"), AUTHRES_OURS },
	{ "S2 a quoted-pair of the dot", SLICE_LIT(" \"mx\\.example.jp\"; x=y"),
		AUTHRES_OURS },
	{ "S2 blanks in the quotes", SLICE_LIT(" \" mx.example.jp\t\"; x=y"),
		AUTHRES_OURS },
	{ "S2 a fold in the quotes", SLICE_LIT(" \"mx.example.jp\r\n \"; x=y"),
		AUTHRES_OURS },
	{ "S2 a comment before", SLICE_LIT(" (x) mx.example.jp; x=y"), AUTHRES_OURS },
	{ "S2 a comment touching", SLICE_LIT(" (x)mx.example.jp(y) 1; x=y"),
		AUTHRES_OURS },
	{ "S2 nested comments", SLICE_LIT(" (x (y \\) z)) mx.example.jp; x=y"),
		AUTHRES_OURS },
	{ "S2 another id in a comment", SLICE_LIT(" (other.example;) mx.example.jp; x=y"),
		AUTHRES_OURS },
	{ "S2 a version", SLICE_LIT(" mx.example.jp 1; x=y"), AUTHRES_OURS },
	{ "S2 another version", SLICE_LIT(" mx.example.jp 99; x=y"), AUTHRES_OURS },
	{ "S2 a comment and a version", SLICE_LIT(" mx.example.jp (x) 1 (y) ; x=y"),
		AUTHRES_OURS },
	{ "S2 folded before", SLICE_LIT("\r\n mx.example.jp; x=y"), AUTHRES_OURS },
	{ "S2 folded behind", SLICE_LIT(" mx.example.jp\r\n ; x=y"), AUTHRES_OURS },
	{ "S2 folded twice", SLICE_LIT("\r\n \r\n\tmx.example.jp; x=y"), AUTHRES_OURS },
	{ "S2 tabs", SLICE_LIT("\tmx.example.jp\t;\tx=y"), AUTHRES_OURS },
	{ "S2 a job id", SLICE_LIT(" mx.example.jp/4cXy1Z; x=y"), AUTHRES_OURS },
	{ "S2 a job id of odd characters", SLICE_LIT(" mx.example.jp/a@b; x=y"),
		AUTHRES_OURS },
	{ "S2 a job id in quotes", SLICE_LIT(" \"mx.example.jp/4cXy1Z\"; x=y"),
		AUTHRES_OURS },
	{ "S2 a dot and a job id", SLICE_LIT(" mx.example.jp./1; x=y"), AUTHRES_OURS },
	{ "S2 a comment inside a label", SLICE_LIT(" mx.exam(x)ple.jp; x=y"),
		AUTHRES_OURS },
	{ "S2 a comment at a dot", SLICE_LIT(" mx.(x)example.jp; x=y"), AUTHRES_OURS },
	{ "S2 blanks around the dots", SLICE_LIT(" mx . example . jp; x=y"),
		AUTHRES_OURS },
	{ "S2 a fold at a dot", SLICE_LIT(" mx.\r\n example.jp; x=y"), AUTHRES_OURS },
	{ "S2 a fold inside a label", SLICE_LIT(" mx.exa\r\n mple.jp; x=y"),
		AUTHRES_OURS },
	{ "S2 words and a version", SLICE_LIT(" mx .example.jp 1; x=y"), AUTHRES_OURS },
	{ "S2 quoted words", SLICE_LIT(" \"mx\" .example.jp; x=y"), AUTHRES_OURS },
	{ "S2 an address behind it", SLICE_LIT(" mx.example.jp@evil; x=y"),
		AUTHRES_OURS },
	{ "S2 a '=' behind it", SLICE_LIT(" mx.example.jp=x; x=y"), AUTHRES_OURS },
	{ "S2 a comma behind it", SLICE_LIT(" mx.example.jp, x=y"), AUTHRES_OURS },
	{ "S2 a word behind it", SLICE_LIT(" mx.example.jp evil; x=y"), AUTHRES_OURS },
	{ "S2 a NUL behind it", SLICE_LIT(" mx.example.jp\0; x=y"), AUTHRES_OURS },
	{ "S2 an open comment behind it", SLICE_LIT(" mx.example.jp (x; x=y"),
		AUTHRES_OURS },
	{ "AR-8 our U-label",
		SLICE_LIT(" b\xc3\xbc"
			  "cher.example; x=y"),
		AUTHRES_OURS },
	{ "AR-8 our U-label in capitals",
		SLICE_LIT(" B\xc3\x9c"
			  "CHER.example; x=y"),
		AUTHRES_OURS },
	{ "AR-8 its A-label", SLICE_LIT(" xn--bcher-kva.example; x=y"), AUTHRES_OURS },
	{ "AR-8 its A-label in capitals", SLICE_LIT(" XN--BCHER-KVA.example.; x=y"),
		AUTHRES_OURS },
	{ "AR-8 its U-label in quotes",
		SLICE_LIT(" \"b\xc3\xbc"
			  "cher.example\"; x=y"),
		AUTHRES_OURS },
	{ "AR-8 full-width letters", SLICE_LIT(" \xef\xbd\x8dx.example.jp; x=y"),
		AUTHRES_OURS },
	{ "AR-8 an ideographic full stop", SLICE_LIT(" mx.example\xe3\x80\x82jp; x=y"),
		AUTHRES_OURS },
	{ "AR-8 another id of ours", SLICE_LIT(" cluster; x=y"), AUTHRES_OURS },
	{ "AR-8 the same in capitals and quotes", SLICE_LIT(" \"CLUSTER\" 1; x=y"),
		AUTHRES_OURS },

	{ "another", SLICE_LIT(" other.example; spf=pass"), AUTHRES_FOREIGN },
	{ "another with all its parts",
		SLICE_LIT(" (x) \"other.example\"(y) 1 ; spf=pass"), AUTHRES_FOREIGN },
	{ "ours later", SLICE_LIT(" other.example; x=y; mx.example.jp; z=w"),
		AUTHRES_FOREIGN },
	{ "ours in a comment", SLICE_LIT(" other.example (mx.example.jp); x=y"),
		AUTHRES_FOREIGN },
	{ "a longer first label", SLICE_LIT(" amx.example.jp; x=y"), AUTHRES_FOREIGN },
	{ "a name below ours", SLICE_LIT(" a.mx.example.jp; x=y"), AUTHRES_FOREIGN },
	{ "our parent", SLICE_LIT(" example.jp; x=y"), AUTHRES_FOREIGN },
	{ "ours and more", SLICE_LIT(" mx.example.jp.evil.example; x=y"),
		AUTHRES_FOREIGN },
	{ "a hyphen behind ours", SLICE_LIT(" mx.example.jp-x; x=y"), AUTHRES_FOREIGN },
	{ "an underscore for a dot", SLICE_LIT(" mx_example.jp; x=y"), AUTHRES_FOREIGN },
	{ "two final dots", SLICE_LIT(" mx.example.jp..; x=y"), AUTHRES_FOREIGN },
	{ "a digit behind ours", SLICE_LIT(" mx.example.jp1; x=y"), AUTHRES_FOREIGN },
	{ "a version is no part of the id", SLICE_LIT(" mx.example 1; x=y"),
		AUTHRES_FOREIGN },
	{ "one label and a version", SLICE_LIT(" cluste 1; x=y"), AUTHRES_FOREIGN },
	{ "another domain of letters",
		SLICE_LIT(" b\xc3\xb6"
			  "cher.example; x=y"),
		AUTHRES_FOREIGN },
	{ "a look-alike letter (Cyrillic)", SLICE_LIT(" mx.ex\xd0\xb0mple.jp; x=y"),
		AUTHRES_FOREIGN },
	{ "a foreign job id", SLICE_LIT(" other.example/mx.example.jp; x=y"),
		AUTHRES_FOREIGN },
	{ "a foreign id that is no domain", SLICE_LIT(" \"the host!\"; x=y"),
		AUTHRES_FOREIGN },
	{ "S3 a foreign one however broken", SLICE_LIT(" other.example; ;;=(\"\0"),
		AUTHRES_FOREIGN },
	{ "a foreign one with junk before ';'", SLICE_LIT(" other.example foo=bar; x=y"),
		AUTHRES_FOREIGN },

	{ "S2 a backslash between its words", SLICE_LIT(" mx.example. \\jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S2 a backslash inside a word", SLICE_LIT(" mx. ex\\ample.jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S2 a stray ')' between its words", SLICE_LIT(" mx.example. )jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S2 a form feed between its words", SLICE_LIT(" mx \f.example.jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S2 a vertical tab between its words", SLICE_LIT(" mx.example .\vjp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S2 a bare CR between its words", SLICE_LIT(" mx.example.\rjp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 a comment between its words is open",
		SLICE_LIT(" mx.example. (\\) jp; x=y"), AUTHRES_UNCLEAR },

	{ "nothing", SLICE_LIT(""), AUTHRES_UNCLEAR },
	{ "blanks", SLICE_LIT(" \t"), AUTHRES_UNCLEAR },
	{ "no id", SLICE_LIT(" ; spf=pass"), AUTHRES_UNCLEAR },
	{ "an empty quoted id", SLICE_LIT(" \"\"; spf=pass"), AUTHRES_UNCLEAR },
	{ "a result for an id", SLICE_LIT(" spf=pass smtp.mailfrom=x; dkim=pass"),
		AUTHRES_UNCLEAR },
	{ "S3 an open comment", SLICE_LIT(" (mx.example.jp; spf=pass"), AUTHRES_UNCLEAR },
	{ "S3 an open comment behind", SLICE_LIT(" other.example (; spf=pass"),
		AUTHRES_UNCLEAR },
	{ "S3 an open quote", SLICE_LIT(" \"mx.example.jp; spf=pass"), AUTHRES_UNCLEAR },
	{ "S2 a ';' in the quotes", SLICE_LIT(" \"mx.example.jp;\"; spf=pass"),
		AUTHRES_UNCLEAR },
	{ "S2 a comment in the quotes", SLICE_LIT(" \"mx.example.jp (x)\" 1; spf=pass"),
		AUTHRES_UNCLEAR },
	{ "S2 a quote in the quotes", SLICE_LIT(" \"mx.example.jp\\\"\"; spf=pass"),
		AUTHRES_UNCLEAR },
	{ "S3 a NUL before", SLICE_LIT(" \0mx.example.jp; spf=pass"), AUTHRES_UNCLEAR },
	{ "S3 a NUL inside", SLICE_LIT(" mx.exam\0ple.jp; spf=pass"), AUTHRES_UNCLEAR },
	{ "S3 a NUL in quotes", SLICE_LIT(" \"mx.example.jp\0\"; spf=pass"),
		AUTHRES_UNCLEAR },
	{ "S3 a NUL in a comment", SLICE_LIT(" (\0) mx.example.jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 a control character", SLICE_LIT(" \x01mx.example.jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 one in a comment", SLICE_LIT(" (\x1b$B) mx.example.jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 one in a comment before another", SLICE_LIT(" (\v) other.example; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 one in a comment behind another", SLICE_LIT(" other.example (\f); x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 one in quotes", SLICE_LIT(" \"mx.example.jp\x7f\"; x=y"), AUTHRES_UNCLEAR },
	{ "S3 one in quotes of another", SLICE_LIT(" \"other.ex\x01" "ample\"; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 a quoted one", SLICE_LIT(" \"other.example\\\x1b\"; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 a bare CR", SLICE_LIT("\rmx.example.jp; x=y"), AUTHRES_UNCLEAR },
	{ "S3 a bare LF", SLICE_LIT(" other.example\n; x=y"), AUTHRES_UNCLEAR },
	{ "S3 8-bit that is no UTF-8", SLICE_LIT(" m\xfcx.example.jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 a no-break space", SLICE_LIT(" mx.example.jp\xc2\xa0; x=y"),
		AUTHRES_UNCLEAR },
	{ "S3 8-bit behind the id", SLICE_LIT(" other.example \xc3\xbc; x=y"),
		AUTHRES_UNCLEAR },
	{ "a backslash outside quotes", SLICE_LIT(" m\\x.example.jp; x=y"),
		AUTHRES_UNCLEAR },
	{ "an encoded word", SLICE_LIT(" =?utf-8?q?mx=2Eexample=2Ejp?=; x=y"),
		AUTHRES_UNCLEAR },
	{ "an angle", SLICE_LIT(" <mx.example.jp>; x=y"), AUTHRES_UNCLEAR },
	{ "quotes touching", SLICE_LIT(" \"mx\"\".example.jp\"; x=y"), AUTHRES_UNCLEAR },
	{ "an instance", SLICE_LIT(" i=1; mx.example.jp; x=y"), AUTHRES_UNCLEAR },
};

static void
test_owner(struct pool *pool, const struct authres_ids *ours)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		tap_is_int(authres_owner(pool, ours, cases[i].text), cases[i].want, "%s",
			cases[i].name);
}

/* S3: size decides nothing. */
static void
test_sizes(struct pool *pool, const struct authres_ids *ours)
{
	static const size_t sizes[] = { 4096, 65536, 1048576 };
	static const char *const units[] = { ";", "x", "(", "\"", " ", "\r\n ", "()",
		"\"\"", "x ", "\xc3\xbc", "." };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct str text = STR_POOL(pool);

		str_add(&text, "mx.example.jp.; dkim=pass header.d=victim.example x.y=");
		while (text.n < sizes[i])
			str_addc(&text, 'a');
		tap_is_int(authres_owner(pool, ours, str_slice(&text)), AUTHRES_OURS,
			"S3 ours of %zu bytes", sizes[i]);
	}
	for (size_t n = 1; n <= 100000; n *= 10) {
		struct str text = STR_POOL(pool);

		str_add(&text, "mx.example.jp");
		for (size_t i = 0; i < n; i++)
			str_addf(&text, "; x-%zu=pass", i);
		tap_is_int(authres_owner(pool, ours, str_slice(&text)), AUTHRES_OURS,
			"S3 ours with %zu results", n);
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct str text = STR_POOL(pool), late = STR_POOL(pool);

		while (text.n < 1000000)
			str_add(&text, units[i]);
		str_addf(&late, "%s mx.example.jp; x=y", text.p);
		tap_ok(authres_owner(pool, ours, str_slice(&late)) != AUTHRES_FOREIGN,
			"S3 a megabyte of '%s' before ours", units[i]);
		str_cut(&late, 0);
		str_addf(&late, "mx.example.jp %s", text.p);
		tap_is_int(authres_owner(pool, ours, str_slice(&late)), AUTHRES_OURS,
			"S3 and behind ours");
	}
}

/* S1: each field is judged alone; 60 forged ones are 60 times ours. */
static void
test_many(struct pool *pool, const struct authres_ids *ours)
{
	int n = 0;

	for (int i = 0; i < 60; i++) {
		const char *text =
			pool_printf(pool, "%*s\"MX.example.jp.\" (%d) 1; x=y", i, "", i);

		n += authres_owner(pool, ours, slice_of(text)) == AUTHRES_OURS;
	}
	tap_is_int(n, 60, "S1 sixty forged fields");
}

static void
test_ids(struct pool *pool)
{
	struct authres_ids ids = VEC_INIT;

	tap_ok(authres_ids_add(pool, &ids, SLICE_EMPTY) != NULL, "AR-10 an empty id");
	tap_ok(authres_ids_add(pool, &ids, SLICE_LIT(".")) != NULL, "AR-10 only a dot");
	tap_ok(authres_ids_add(pool, &ids, SLICE_LIT("a\nb")) != NULL,
		"AR-10 a line end");
	tap_ok(authres_ids_add(pool, &ids, SLICE_LIT("\xfc")) != NULL, "AR-10 not UTF-8");
	tap_ok(authres_ids_add(pool, &ids, SLICE_LIT("MX.example.jp.")) == NULL,
		"AR-10 an id");
	tap_is(ids.v[0], "mx.example.jp", "AR-10 in the form in which it is compared");
	tap_is_int((int64_t)ids.n, 1, "AR-10 bad ones are not added");
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct authres_ids ours = VEC_INIT;

	authres_ids_add(pool, &ours, SLICE_LIT("mx.example.jp"));
	authres_ids_add(pool, &ours,
		SLICE_LIT("b\xc3\xbc"
			  "cher.example"));
	authres_ids_add(pool, &ours, SLICE_LIT("cluster"));
	test_owner(pool, &ours);
	test_sizes(pool, &ours);
	test_many(pool, &ours);
	test_ids(pool);
	pool_free(pool);
	return tap_done();
}
