/* Words of SPF records as they were meant. */
#include "base/base.h"

#include "base/str.h"
#include "tool/check/spf_words.h"

#include "tap.h"

static const struct {
	const char *name, *text, *want; /* [WORD]: it cannot be read */
} cases[] = {
	{ "a record", "v=spf1 mx ip4:192.0.2.1 -all", "mx ip4:192.0.2.1 -all" },
	{ "a blank behind the colon", "v=spf1 mx include: a.example -all",
		"mx include:a.example -all" },
	{ "and before it", "v=spf1 include :a.example ip4 : 192.0.2.1 -all",
		"include:a.example ip4:192.0.2.1 -all" },
	{ "no colon", "v=spf1 include a.example -all", "include:a.example -all" },
	{ "commas", "v=spf1 ip4:192.0.2.1,ip4:192.0.2.2 -all",
		"ip4:192.0.2.1 ip4:192.0.2.2 -all" },
	{ "commas without names", "v=spf1 ip4:192.0.2.1, 192.0.2.2,2001:db8::1 -all",
		"ip4:192.0.2.1 ip4:192.0.2.2 ip6:2001:db8::1 -all" },
	{ "of domains", "v=spf1 include:a.example,b.example;mx;~all",
		"include:a.example include:b.example mx ~all" },
	{ "those of macros stay", "v=spf1 exists:%{d2r,}.a.example -all",
		"exists:%{d2r,}.a.example -all" },
	{ "run together", "v=spf1 include:a.exampleip4:192.0.2.1 mx-all",
		"include:a.example ip4:192.0.2.1 mx -all" },
	{ "with a domain's end that is none", "v=spf1 include:a.example-all",
		"include:a.example -all" },
	{ "a and a colon", "v=spf1 include:a.examplea:b.example ~all",
		"include:a.example a:b.example ~all" },
	{ "with qualifiers", "v=spf1+a+mx~all", "+a +mx ~all" },
	{ "two records in one", "v=spf1 mx ~all v=spf1 a -all", "mx ~all a -all" },
	{ "IPv6 has colons", "v=spf1 ip6:2001:db8::a:1 ip6:2001:db8:: -all",
		"ip6:2001:db8::a:1 ip6:2001:db8:: -all" },
	{ "a wide blank", "v=spf1 mx\xE3\x80\x80-all", "mx -all" },
	{ "wide letters", "v=spf1 \xEF\xBC\xAD\xEF\xBC\xB8 \xEF\xBC\x8D" "all", "MX -all" },
	{ "a dash",
		"v=spf1 mx \xE2\x80\x93"
		"all",
		"mx -all" },
	{ "a blank that does not break",
		"v=spf1 mx\xC2\xA0"
		"-all",
		"mx -all" },
	{ "quotation marks", "\"v=spf1 mx\" \" -all\"", "mx -all" },
	{ "what a zone file has before it", "@ IN TXT \"v=spf1 mx -all\"", "mx -all" },
	{ "no version", "spf1 mx -all", "mx -all" },
	{ "names that nearly are one",
		"v=spf1 ipv4:192.0.2.1 ip:2001:db8::1 inculde:a.example",
		"ip4:192.0.2.1 ip6:2001:db8::1 include:a.example" },
	{ "other signs", "v=spf1 include=a.example redirect:b.example",
		"include:a.example redirect=b.example" },
	{ "an address where a host belongs",
		"v=spf1 a:192.0.2.1 mx:192.0.2.2 include:192.0.2.3",
		"ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3" },
	{ "a host where an address belongs", "v=spf1 ip4:a.example -all",
		"a:a.example -all" },
	{ "the other IP", "v=spf1 ip4:2001:db8::1 ip6:192.0.2.0/24 -all",
		"ip6:2001:db8::1 ip4:192.0.2.0/24 -all" },
	{ "a mask", "v=spf1 ip4:192.0.2.0/255.255.255.0 -all", "ip4:192.0.2.0/24 -all" },
	{ "a mask with holes", "v=spf1 ip4:192.0.2.0/255.0.255.0 -all",
		"[ip4:192.0.2.0/255.0.255.0] -all" },
	{ "a network apart", "v=spf1 ip4:192.0.2.0 /24 - all", "ip4:192.0.2.0/24 -all" },
	{ "a full stop", "v=spf1 mx -all.", "mx -all" },
	{ "letters of its own", "v=spf1 a:\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E.jp -all",
		"a:xn--wgv71a119e.jp -all" },
	{ "no address", "v=spf1 ip4:300.1.2.3 -all", "[ip4:300.1.2.3] -all" },
	{ "no word at all", "v=spf1 foo ip4: -all", "[foo] [ip4:] -all" },
	{ "a prefix that is none", "v=spf1 ip4:192.0.2.1/33", "[ip4:192.0.2.1/33]" },
	{ "a modifier that nobody knows", "v=spf1 mx ra=postmaster -all",
		"mx ra=postmaster -all" },
	{ "nothing", "", "" },
	{ "control bytes", "v=spf1\tmx\r\n-all", "mx -all" },
};

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spf_words words = VEC_INIT;
		struct str got = STR_POOL(pool);

		spf_words_read(pool, slice_of(cases[i].text), &words);
		for (size_t k = 0; k < words.n; k++) {
			const struct spf_word *w = &words.v[k];

			str_addf(&got, w->text != NULL ? "%s%s" : "%s[%s]",
				k > 0 ? " " : "", w->text != NULL ? w->text : w->was);
		}
		tap_is(got.p, cases[i].want, "%s", cases[i].name);
	}
	pool_free(pool);
	return tap_done();
}
