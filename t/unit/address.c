/* Mailboxes of the header and paths of the envelope. */
#include "base/base.h"

#include "base/str.h"
#include "mail/address.h"

#include "tap.h"

/* want: "local@domain ..."; a literal's domain is "[]"; NULL: a complaint. */
static const struct {
	const char *name;
	struct slice text;
	const char *want;
} lists[] = {
	{ "an addr-spec", SLICE_LIT("jiro@example.jp"), "jiro@example.jp" },
	{ "a name and an angle", SLICE_LIT(" Jiro <jiro@example.jp>"),
		"jiro@example.jp" },
	{ "only an angle", SLICE_LIT("<jiro@example.jp>"), "jiro@example.jp" },
	{ "DM-7 the domain's case and dot", SLICE_LIT("Jiro@Example.JP."),
		"Jiro@example.jp" },
	{ "DM-8 two addresses", SLICE_LIT("a@b.example, C <c@d.example>"),
		"a@b.example c@d.example" },
	{ "DM-9 '@' in a quoted name", SLICE_LIT("\"a@b.example\" <c@d.example>"),
		"c@d.example" },
	{ "DM-9 an angle in a quoted name", SLICE_LIT("\"<a@b.example>\" <c@d.example>"),
		"c@d.example" },
	{ "DM-9 '@' in a bare name", SLICE_LIT("a@b.example <c@d.example>"), NULL },
	{ "DM-9 '@' in a bare name, the same domain",
		SLICE_LIT("x@b.example <a@B.example>, c@d.example"),
		"a@b.example c@d.example" },
	{ "DM-9 a bare name that is a literal",
		SLICE_LIT("x@[192.0.2.1] <a@[192.0.2.1]>"), NULL },
	{ "DM-9 a bare name below the domain", SLICE_LIT("x@c.b.example <a@b.example>"),
		NULL },
	{ "DM-9 two bare names", SLICE_LIT("x@b.example y@b.example <a@b.example>"),
		NULL },
	{ "DM-9 a word behind a bare name", SLICE_LIT("x@b.example y <a@b.example>"),
		NULL },
	{ "DM-9 a bare name and a broken angle", SLICE_LIT("x@b.example <a@b.example"),
		NULL },
	{ "DM-9 a bare name and two angles",
		SLICE_LIT("x@b.example <a@b.example> <c@d.example>"), NULL },
	{ "DM-9 a comment", SLICE_LIT("(x) a (y) @ (z) b.example (w)"), "a@b.example" },
	{ "DM-9 nested comments", SLICE_LIT("a@b.example (x (y \\) \" ) z)"),
		"a@b.example" },
	{ "an address in a comment", SLICE_LIT("a@b.example (c@d.example)"),
		"a@b.example" },
	{ "a comment that does not end", SLICE_LIT("a@b.example (x"), NULL },
	{ "a comment ended twice", SLICE_LIT("a@b.example (x))"), NULL },
	{ "a comment inside an atom", SLICE_LIT("a(x)b@c.example"), NULL },
	{ "DM-9 an encoded word as name", SLICE_LIT("=?utf-8?B?5LiA?= <a@b.example>"),
		"a@b.example" },
	{ "espoofer a15 an encoded word as address",
		SLICE_LIT("=?utf-8?B?PGFAYi5leGFtcGxlPg==?=, <c@d.example>"), NULL },
	{ "espoofer a15 an encoded word as local part",
		SLICE_LIT("=?utf-8?q?boss=40legit.example?=@attack.example"), NULL },
	{ "espoofer a15 one in a quoted local part",
		SLICE_LIT("<\"x =?utf-8?q?boss=40legit.example?=\"@attack.example>"),
		NULL },
	{ "what only looks like one", SLICE_LIT("prvs=?a=x?b@c.example"),
		"prvs=?a=x?b@c.example" },
	{ "espoofer a16 a source route",
		SLICE_LIT("<@legit.example,@any.example:'any@attack.example>"), NULL },
	{ "espoofer a17 a backslash and a comma",
		SLICE_LIT("<admin@legit.example>\\,<second@attack.example>"), NULL },
	{ "espoofer a18 an addr-spec before an angle",
		SLICE_LIT("admin@legit.example,<second@attack.example>"),
		"admin@legit.example second@attack.example" },
	{ "espoofer a19 an address behind an angle",
		SLICE_LIT("<admin@legit.example>second@attack.example"), NULL },
	{ "S17 an angle too many", SLICE_LIT("user@legit.example>"), NULL },
	{ "S17 two angles too many", SLICE_LIT("<<user@legit.example>>"), NULL },
	{ "S17 an angle that does not end", SLICE_LIT("<user@legit.example"), NULL },
	{ "S17 two angles", SLICE_LIT("<a@b.example> <c@d.example>"), NULL },
	{ "S17 two angles touching", SLICE_LIT("<a@b.example><c@d.example>"), NULL },
	{ "S23 two '@'", SLICE_LIT("a@b.example@c.example"), NULL },
	{ "S23 two '@' touching", SLICE_LIT("a@@b.example"), NULL },
	{ "S23 a ';' for a ','", SLICE_LIT("a@b.example; c@d.example"), NULL },
	{ "nothing", SLICE_LIT(""), NULL },
	{ "blanks", SLICE_LIT(" \t"), NULL },
	{ "only a name", SLICE_LIT("Jiro"), NULL },
	{ "DM-9 an empty angle", SLICE_LIT("<>"), NULL },
	{ "a name and an empty angle", SLICE_LIT("Jiro <>"), NULL },
	{ "no local part", SLICE_LIT("@b.example"), NULL },
	{ "no domain", SLICE_LIT("a@"), NULL },
	{ "an empty element", SLICE_LIT("a@b.example,,c@d.example"), NULL },
	{ "a comma at the end", SLICE_LIT("a@b.example,"), NULL },
	{ "a comma at the beginning", SLICE_LIT(",a@b.example"), NULL },
	{ "DM-9 a group", SLICE_LIT("List: a@b.example, C <c@d.example>; (x)"),
		"a@b.example c@d.example" },
	{ "DM-9 an empty group", SLICE_LIT("undisclosed-recipients:;"), "" },
	{ "an empty group with a comment", SLICE_LIT("x: (y) ; "), "" },
	{ "a group and a mailbox", SLICE_LIT("x:a@b.example;, c@d.example"),
		"a@b.example c@d.example" },
	{ "a group that does not end", SLICE_LIT("x: a@b.example"), NULL },
	{ "a group in a group", SLICE_LIT("x: y: a@b.example;;"), NULL },
	{ "a group without a name", SLICE_LIT(": a@b.example;"), NULL },
	{ "a comma at the end of a group", SLICE_LIT("x: a@b.example,;"), NULL },
	{ "something behind a group", SLICE_LIT("x:; a@b.example"), NULL },
	{ "a quoted local part", SLICE_LIT("\"a b\\\"c@d\"@e.example"),
		"a b\"c@d@e.example" },
	{ "an empty quoted local part", SLICE_LIT("\"\"@e.example"), "@e.example" },
	{ "a quoted name that does not end", SLICE_LIT("\"Jiro <a@b.example>"), NULL },
	{ "a backslash at the end of a name", SLICE_LIT("\"Jiro\\"), NULL },
	{ "a quoted string and an atom as local part", SLICE_LIT("\"a\".b@c.example"),
		NULL },
	{ "two words as local part", SLICE_LIT("a b@c.example"), NULL },
	{ "a fold in the middle", SLICE_LIT("\"J\r\n X\"\r\n\t<a@b.example>"),
		"a@b.example" },
	{ "a CRLF without a blank", SLICE_LIT("J\r\n<a@b.example>"), NULL },
	{ "a bare LF", SLICE_LIT("J\n <a@b.example>"), NULL },
	{ "a bare CR", SLICE_LIT("J\r <a@b.example>"), NULL },
	{ "a NUL", SLICE_LIT("a@b.example\0.c.example"), NULL },
	{ "a NUL in a name", SLICE_LIT("\"J\0\" <a@b.example>"), NULL },
	{ "a NUL in a comment", SLICE_LIT("(\0) <a@b.example>"), NULL },
	{ "an escape character", SLICE_LIT("\x1b$B <a@b.example>"), NULL },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$BF|K\\B@O:\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$BF|K\\B@O:\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B$\"$$$&$($*>&E9\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B$\"$$$&$($*>&E9\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B:4F#2V;R\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B:4F#2V;R\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B3t<02q<R%F%9%H\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B3t<02q<R%F%9%H\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B$*5RMM%5%]!<%H%;%s%\?!<\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B$*5RMM%5%]!<%H%;%s%\?!<\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B$*CN$i$;\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B$*CN$i$;\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B%a!<%k%^%,%8%s\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B%a!<%k%^%,%8%s\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B$*Ld$$9g$o$;Ak8}\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B$*Ld$$9g$o$;Ak8}\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B%+%9%\?%^!<%;%s%\?!<\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B%+%9%\?%^!<%;%s%\?!<\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B<+F0G[\?.\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B<+F0G[\?.\033(B)"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in quotes",
		SLICE_LIT("\"\033$B@>ED%U%)!<%`\033(B\" <info@example.jp>"),
		"info@example.jp" },
	{ "raw ISO-2022-JP in a comment",
		SLICE_LIT("info@example.jp (\033$B@>ED%U%)!<%`\033(B)"),
		"info@example.jp" },
	{ "4.1 each control character in quotes",
		SLICE_LIT("\"\1\2\3\4\5\6\7\b\t\v\f\16\17\20\21\22\23\24\25\26\27\30\31"
			  "\32\33\34\35\36\37\177\" <a@b.example>"),
		"a@b.example" },
	{ "4.1 each control character in a comment",
		SLICE_LIT("a@b.example (\1\2\3\4\5\6\7\b\t\v\f\16\17\20\21\22\23\24\25\26"
			  "\27\30\31\32\33\34\35\36\37\177)"),
		"a@b.example" },
	{ "4.1 quoted ones", SLICE_LIT("\"\\\33\\\1\" <a@b.example> (\\\177)"),
		"a@b.example" },
	{ "a quoted NUL", SLICE_LIT("\"\\\0\" <a@b.example>"), NULL },
	{ "a quoted CR", SLICE_LIT("\"\\\r\" <a@b.example>"), NULL },
	{ "a quoted LF", SLICE_LIT("\"\\\n\" <a@b.example>"), NULL },
	{ "a bare CR in quotes", SLICE_LIT("\"x\r\" <a@b.example>"), NULL },
	{ "a bare LF in quotes", SLICE_LIT("\"x\n\" <a@b.example>"), NULL },
	{ "a CR in a comment", SLICE_LIT("(x\r) a@b.example"), NULL },
	{ "raw ISO-2022-JP in a comment of its angle's",
		SLICE_LIT("Taro <a@b.example> (\033$BF|K\\\033(B 2)"), "a@b.example" },
	{ "raw ISO-2022-JP of the older escape sequences",
		SLICE_LIT("a@b.example (\033$@F|K\\\033(J)"), "a@b.example" },
	{ "an address in such a comment",
		SLICE_LIT("a@b.example (\033$BF|K\\\033(B c@d.example)"), NULL },
	{ "an address behind such a comment",
		SLICE_LIT("a@b.example (\033$BF|K\\\033(B), c@d.example"), NULL },
	{ "such a comment before the address",
		SLICE_LIT("(\033$BF|K\\\033(B) a@b.example"), "a@b.example" },
	{ "a '\"' among the kanji in quotes",
		SLICE_LIT("\"\033$B$\"$$\033(B\" <a@b.example>"), "a@b.example" },
	{ "a '@' among the kanji in a comment",
		SLICE_LIT("a@b.example (\033$B@>ED\033(B)"), "a@b.example" },
	{ "a '@' among the kanji in quotes, and a '\"'",
		SLICE_LIT("\"\033$B$\"@>\033(B\" <a@b.example>"), NULL },
	{ "quotes that hide its end from some readers",
		SLICE_LIT("(\033(B) \"x)\" <a@b.example> (\" <c@d.example>)"), NULL },
	{ "the same with kanji",
		SLICE_LIT("(\033$BF|\033(B) \"x)\" <a@b.example> (\" <c@d.example>)"),
		NULL },
	{ "an address that some readers see in kanji behind a ')'",
		SLICE_LIT("a@b.example (\033$B%)X,b@ba\033(B)"), NULL },
	{ "a '@' among the kanji before a '\"'",
		SLICE_LIT("\"\033$B@>$\"\033(B\" <a@b.example>"), "a@b.example" },
	{ "an address that some readers see in kanji before the other",
		SLICE_LIT("\"\033$B$\"X,b@ba\033(B\" <a@b.example>"), NULL },
	{ "a '@' in kanji behind other kanji",
		SLICE_LIT("(\033$BF|\033(B) \"x)\033$B@>\033(B\" <a@b.example>"), NULL },
	{ "kanji without quotes", SLICE_LIT("\033$BF|K\\\033(B <a@b.example>"), NULL },
	{ "a local part of kanji", SLICE_LIT("\"\033$B$\"$$\033(B\"@b.example"), NULL },
	{ "kanji that do not end", SLICE_LIT("a@b.example (\033$BF|K\\)"), NULL },
	{ "half a kanji", SLICE_LIT("a@b.example (\033$BF|K\033(B)"), NULL },
	{ "dots in a name", SLICE_LIT("John Q. Public <a@b.example>"), "a@b.example" },
	{ "dots of Japanese carriers", SLICE_LIT("a..b.@mobile.example"),
		"a..b.@mobile.example" },
	{ "blanks around the dots of a domain", SLICE_LIT("a@b . example"), NULL },
	{ "a comment in a domain (S7)", SLICE_LIT("a@legit.example(.attack.example)"),
		"a@legit.example" },
	{ "an open parenthesis in a domain (S7)",
		SLICE_LIT("a@legit.example(.attack.example"), NULL },
	{ "a quote in a domain (espoofer a4)",
		SLICE_LIT("a@legit.example'a.attack.example"), NULL },
	{ "an empty label", SLICE_LIT("a@b..example"), NULL },
	{ "one label", SLICE_LIT("root@localhost"), "root@localhost" },
	{ "a literal", SLICE_LIT("a@[192.0.2.1]"), "a@[]" },
	{ "a literal that does not end", SLICE_LIT("a@[192.0.2.1"), NULL },
	{ "a literal and more", SLICE_LIT("a@[192.0.2.1]b.example"), NULL },
	{ "EAI: UTF-8 on both sides",
		SLICE_LIT("\xe4\xb8\x80@\xe4\xbe\x8b\xe3\x81\x88.jp"),
		"\xe4\xb8\x80@xn--r8jz45g.jp" },
	{ "a local part that is not UTF-8", SLICE_LIT("\xfc@b.example"), NULL },
	{ "a name that is not UTF-8", SLICE_LIT("J\xfcrg <a@b.example>"), "a@b.example" },
	{ "all that an atom may have", SLICE_LIT("!#$%&'*+-/=?^_`{|}~1aZ@b.example"),
		"!#$%&'*+-/=?^_`{|}~1aZ@b.example" },
	{ "a bracket in a name", SLICE_LIT("[x] <a@b.example>"), NULL },
	{ "a backslash outside quotes", SLICE_LIT("a\\b@c.example"), NULL },
	{ "a word behind an angle", SLICE_LIT("<a@b.example> x"), NULL },
};

/* "local@domain" of each, with blanks between. */
static const char *
print(struct pool *pool, const struct addresses *list)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < list->n; i++) {
		const struct address *a = &list->v[i];

		str_addf(&out, "%s%.*s@%s", i > 0 ? " " : "", SLICE_ARG(a->local),
			a->domain != NULL ? a->domain : "[]");
	}
	return out.p;
}

static void
test_lists(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct addresses list;
		const char *bad = address_list_parse(pool, lists[i].text, 100, &list);

		tap_is(bad == NULL ? print(pool, &list) : NULL, lists[i].want, "%s",
			lists[i].name);
	}
}

/* want: "local@domain"; "-" for no domain; NULL: a complaint. */
static const struct {
	const char *name, *text, *want;
} paths[] = {
	{ "in angles", "<jiro@example.jp>", "jiro@example.jp" },
	{ "without", "Jiro@EXAMPLE.jp.", "Jiro@example.jp" },
	{ "the null path", "<>", "@-" },
	{ "nothing", "", "@-" },
	{ "no domain", "<postmaster>", "postmaster@-" },
	{ "a source route is passed over", "<@a.example,@b.example:c@d.example>",
		"c@d.example" },
	{ "espoofer a2 a parenthesis is no null path", "<(any@legit.example>",
		"(any@legit.example" },
	{ "espoofer a5 a parenthesis in the domain",
		"<any@legit.example(.attack.example>", NULL },
	{ "espoofer a6 two '@'", "<any@legit.example'@any.attack.example>",
		"any@legit.example'@any.attack.example" },
	{ "espoofer a7 a source route",
		"<@legit.example,@any.example:'any@attack.example>",
		"'any@attack.example" },
	{ "a quoted local part", "<\"a@b \\\" c\"@d.example>", "a@b \" c@d.example" },
	{ "a quoted part that is not all", "<\"a@b\"c@d.example>", "\"a@b\"c@d.example" },
	{ "a quote that does not end", "<\"a@d.example>", NULL },
	{ "a literal", "<a@[192.0.2.1]>", "a@-" },
	{ "an angle missing", "<a@d.example", NULL },
	{ "an angle too many", "a@d.example>", NULL },
	{ "two angles", "<<a@d.example>>", NULL },
	{ "an empty domain", "<a@>", NULL },
	{ "a blank in the domain", "<a@b c>", NULL },
	{ "only a domain", "<@d.example>", "@d.example" },
	{ "EAI", "<\xe4\xb8\x80@\xe4\xbe\x8b\xe3\x81\x88.jp>",
		"\xe4\xb8\x80@xn--r8jz45g.jp" },
	{ "one angle", "<", NULL },
	{ "CR LF in the domain (S8)", "<a@b.example\r\nX: y>", NULL },
};

static void
test_paths(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct address a;
		const char *bad = address_path_parse(pool, slice_of(paths[i].text), &a);
		const char *got = pool_printf(pool, "%.*s@%s", SLICE_ARG(a.local),
			a.domain != NULL ? a.domain : "-");

		tap_is(bad == NULL ? got : NULL, paths[i].want, "path: %s",
			paths[i].name);
		if (bad != NULL)
			tap_is_slice(
				a.local, slice_of(paths[i].text), "all of it is kept");
	}
}

static void
test_domains(struct pool *pool)
{
	struct addresses list;
	struct domains domains;

	address_list_parse(pool,
		SLICE_LIT("a@b.example, c@[192.0.2.1], d@e.example, f@B.example."), 9,
		&list);
	address_domains(pool, &list, &domains);
	tap_is_int((int64_t)domains.n, 2, "DM-8 each domain once");
	tap_is(domains.v[0], "b.example", "the first");
	tap_is(domains.v[1], "e.example", "the second");
}

/* A megabyte of each is answered at once. */
static void
test_limits(struct pool *pool)
{
	static const char *const units[] = { "(", "()", "\"", "\"\" ", "a ", "a,", "<",
		"\\", "a@b.example,", "x:", "x:;,", ".", "\r\n ", "@",
		"a@b.example(x)," };
	struct str text = STR_POOL(pool);
	struct addresses list;

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		str_cut(&text, 0);
		while (text.n < 1000000)
			str_add(&text, units[i]);
		tap_ok(address_list_parse(pool, str_slice(&text), 1000, &list) != NULL,
			"S11 a megabyte of '%s'", units[i]);
	}
	str_cut(&text, 0);
	for (int i = 0; i < 100000; i++)
		str_addf(&text, "%sa%d@b%d.example", i > 0 ? "," : "", i, i);
	tap_ok(address_list_parse(pool, str_slice(&text), 1000, &list) != NULL,
		"S21 100,000 addresses are too many");
	tap_is_int((int64_t)list.n, 1000, "and are not kept");
	tap_ok(address_list_parse(pool, SLICE_LIT("a@b.example,c@d.example"), 2, &list) ==
			NULL,
		"S21 as many as may be");
	tap_ok(address_list_parse(pool, SLICE_LIT("a@b.example,c@d.example"), 1, &list) !=
			NULL,
		"S21 one more");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_lists(pool);
	test_paths(pool);
	test_domains(pool);
	test_limits(pool);
	pool_free(pool);
	return tap_done();
}
