/* "name=value; name=value". */
#include "base/base.h"

#include "base/str.h"
#include "base/utf8.h"
#include "mail/taglist.h"

#include "tap.h"

static const struct {
	const char *name;
	struct slice text;
	const char *want; /* "[name|value|raw]..."; NULL: a complaint */
} cases[] = {
	{ "plain", SLICE_LIT("v=1;a=b"), "[v|1|1][a|b|b]" },
	{ "DKV-1 white space around all", SLICE_LIT(" v = 1 ; \t a\t=\tb\t"),
		"[v|1| 1 ][a|b|\tb\t]" },
	{ "DKV-1 folds around all", SLICE_LIT("\r\n v\r\n =\r\n 1\r\n ;\r\n\ta=b\r\n "),
		"[v|1|\r\n 1\r\n ][a|b|b\r\n ]" },
	{ "several folds in a row", SLICE_LIT("\r\n \r\n v=1"), "[v|1|1]" },
	{ "DKV-1 one ';' at the end", SLICE_LIT("v=1;"), "[v|1|1]" },
	{ "blanks behind it", SLICE_LIT("v=1; \r\n "), "[v|1|1]" },
	{ "DKV-1 two ';' at the end", SLICE_LIT("v=1;;"), NULL },
	{ "DKV-1 an empty element", SLICE_LIT("v=1;;a=b"), NULL },
	{ "DKV-1 an empty element with a blank", SLICE_LIT("v=1; ;a=b"), NULL },
	{ "a ';' at the beginning", SLICE_LIT(";v=1"), NULL },
	{ "nothing", SLICE_LIT(""), NULL },
	{ "blanks", SLICE_LIT("  "), NULL },
	{ "only a ';'", SLICE_LIT(";"), NULL },
	{ "DKV-1 a name twice", SLICE_LIT("v=1; a=b; v=1"), NULL },
	{ "DKV-1 names keep their case", SLICE_LIT("v=1;V=2"), "[v|1|1][V|2|2]" },
	{ "DKV-1 an empty value", SLICE_LIT("p=; s= ;x="), "[p||][s|| ][x||]" },
	{ "an '=' in a value", SLICE_LIT("b=AA==;c=d=e"), "[b|AA==|AA==][c|d=e|d=e]" },
	{ "a fold inside a value", SLICE_LIT("b=AA\r\n BB"), "[b|AA\r\n BB|AA\r\n BB]" },
	{ "no '='", SLICE_LIT("v=1; a"), NULL },
	{ "no '=' at once", SLICE_LIT("v"), NULL },
	{ "no name", SLICE_LIT("v=1; =b"), NULL },
	{ "a name that begins with a digit", SLICE_LIT("1a=b"), NULL },
	{ "a name that begins with an underscore", SLICE_LIT("_a=b"), NULL },
	{ "a name with digits and underscores", SLICE_LIT("a_1=b"), "[a_1|b|b]" },
	{ "a name with a hyphen", SLICE_LIT("a-b=c"), NULL },
	{ "a blank inside a name", SLICE_LIT("a b=c"), NULL },
	{ "a NUL in a value (S35)", SLICE_LIT("s=a\0b"), NULL },
	{ "a bare CR in a value", SLICE_LIT("s=a\rb"), NULL },
	{ "a bare LF in a value", SLICE_LIT("s=a\nb"), NULL },
	{ "CRLF and no blank", SLICE_LIT("s=a\r\nb=c"), NULL },
	{ "CRLF at the end", SLICE_LIT("s=a\r\n"), NULL },
	{ "UTF-8 in a value (8616)",
		SLICE_LIT("d=b\xc3\xbc"
			  "cher.example"),
		"[d|b\xc3\xbc"
		"cher.example|b\xc3\xbc"
		"cher.example]" },
	{ "bytes that are not UTF-8", SLICE_LIT("d=b\xfc"), NULL },
	{ "a no-break space is no white space", SLICE_LIT("d=a\xc2\xa0;e=f"),
		"[d|a\xc2\xa0|a\xc2\xa0][e|f|f]" },
};

static void
test_parse(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str got = STR_POOL(pool);
		struct taglist list;
		const char *bad = taglist_parse(pool, cases[i].text, &list);

		tap_ok((bad == NULL) == (cases[i].want != NULL), "%s", cases[i].name);
		for (size_t j = 0; bad == NULL && j < list.n; j++)
			str_addf(&got, "[%.*s|%.*s|%.*s]", SLICE_ARG(list.v[j].name),
				SLICE_ARG(list.v[j].value), SLICE_ARG(list.v[j].raw));
		if (bad == NULL)
			tap_is(got.p, cases[i].want, "its tags");
	}
}

/* DKV-31: what lies before and behind the raw value, put together, is the field with b=
 * emptied. */
static void
test_cut(struct pool *pool)
{
	struct slice text = SLICE_LIT(" bh=x; b\r\n\t= AA\r\n BB ; c=b=q");
	struct str cut = STR_POOL(pool);
	struct taglist list;
	const struct tag *b;

	tap_ok(taglist_parse(pool, text, &list) == NULL, "DKV-31 parses");
	b = taglist_find(&list, "b");
	str_addn(&cut, text.p, (size_t)(b->raw.p - text.p));
	str_add_slice(&cut, slice_from(text, (size_t)(b->raw.p + b->raw.n - text.p)));
	tap_is(cut.p, " bh=x; b\r\n\t=; c=b=q", "DKV-31 b= is cut out");
	text = SLICE_LIT("a=1; b=");
	tap_ok(taglist_parse(pool, text, &list) == NULL, "DKV-31 an empty b= parses");
	tap_ok(taglist_find(&list, "b")->raw.p == text.p + text.n, "and has its place");
	text = SLICE_LIT("b=;a=1");
	tap_ok(taglist_parse(pool, text, &list) == NULL,
		"DKV-31 an empty b= at the front");
	tap_ok(taglist_find(&list, "b")->raw.p == text.p + 2, "and has its place");
	tap_ok(taglist_find(&list, "B") == NULL, "DKV-1 case matters when looking");
	tap_ok(taglist_find(&list, "x") == NULL, "absent is NULL");
}

static void
test_limits(struct pool *pool)
{
	struct str text = STR_POOL(pool);
	struct taglist list;

	for (int i = 0; i < TAGLIST_MAX; i++)
		str_addf(&text, "t%d=x;", i);
	tap_ok(taglist_parse(pool, str_slice(&text), &list) == NULL,
		"S21 as many as may be");
	str_add(&text, "y=z");
	tap_ok(taglist_parse(pool, str_slice(&text), &list) != NULL, "S21 one more");
	for (int i = 0; i < 500000; i++)
		str_addf(&text, ";t%d=x", i);
	tap_ok(taglist_parse(pool, str_slice(&text), &list) != NULL, "S21 many more");
	str_cut(&text, 0);
	str_add(&text, "z=");
	for (int i = 0; i < 300000; i++)
		str_add(&text, "\r\n x");
	tap_ok(taglist_parse(pool, str_slice(&text), &list) == NULL,
		"S25 a megabyte of folds");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_parse(pool);
	test_cut(pool);
	test_limits(pool);
	tap_ok(utf8_is_valid(SLICE_LIT("a\xc3\xa9\xe4\xbe\x8b\xf0\x9f\x93\xa7")),
		"UTF-8");
	tap_ok(!utf8_is_valid(SLICE_LIT("\xc0\x80")), "UTF-8: overlong");
	tap_ok(!utf8_is_valid(SLICE_LIT("\xed\xa0\x80")), "UTF-8: a surrogate");
	tap_ok(!utf8_is_valid(SLICE_LIT("\xf4\x90\x80\x80")), "UTF-8: past the end");
	tap_ok(!utf8_is_valid(SLICE_LIT("\xe4\xbe")), "UTF-8: cut");
	tap_ok(!utf8_is_valid(SLICE_LIT("\x80")), "UTF-8: a middle alone");
	pool_free(pool);
	return tap_done();
}
