/* The containers and cursors of base/. */
#include "base/base.h"

#include "base/ip.h"
#include "base/map.h"
#include "base/names.h"
#include "base/plain.h"
#include "base/pool.h"
#include "base/scan.h"
#include "base/shell.h"
#include "base/str.h"
#include "base/vec.h"

#include "tap.h"

static void
test_slice(void)
{
	struct slice head, tail;

	tap_is_slice(slice_trim(SLICE_LIT(" \t\r\na b\n ")), SLICE_LIT("a b"), "trim");
	tap_is_slice(slice_trim(SLICE_LIT(" \t")), SLICE_EMPTY, "trim of blanks");
	tap_ok(slice_cut(SLICE_LIT("a=b=c"), '=', &head, &tail), "cut finds");
	tap_is_slice(head, SLICE_LIT("a"), "cut: head");
	tap_is_slice(tail, SLICE_LIT("b=c"), "cut: tail");
	tap_ok(!slice_cut(SLICE_LIT("abc"), '=', &head, &tail), "cut does not find");
	tap_is_slice(head, SLICE_LIT("abc"), "cut: all is head");
	tail = SLICE_LIT("a;;b;");
	tap_ok(slice_next(&tail, ';', &head) && slice_is(head, "a"), "next: first");
	tap_ok(slice_next(&tail, ';', &head) && head.n == 0, "next: an empty part");
	tap_ok(slice_next(&tail, ';', &head) && slice_is(head, "b"), "next: last");
	tap_ok(!slice_next(&tail, ';', &head), "next: nothing behind the last mark");
	tap_ok(slice_caseeq(SLICE_LIT("aBc@"), SLICE_LIT("AbC@")), "case folded");
	tap_ok(!slice_caseeq(SLICE_LIT("["), SLICE_LIT("{")), "only letters have case");
	tap_is_slice(slice_sub(SLICE_LIT("abc"), 1, 9), SLICE_LIT("bc"),
		"sub is cut to the end");
	tap_is_slice(slice_sub(SLICE_LIT("abc"), 3, 1), SLICE_EMPTY, "sub past the end");
	tap_is_int(slice_rfind(SLICE_LIT("a@b@c"), '@'), 3, "last place");
	tap_is_int(slice_search(SLICE_LIT("xp=p="), "p="), 1, "the first place of a text");
	tap_is_int(slice_search(SLICE_LIT("xp"), "p="), -1, "a text that is cut off");
	tap_is_int(slice_search(SLICE_LIT("a\0bc"), "bc"), 2, "a text behind a NUL");
	tap_is_int(slice_search(SLICE_EMPTY, "a"), -1, "a text in nothing");
	tap_is_int(slice_search(SLICE_EMPTY, ""), 0, "nothing in nothing");
	tap_ok(slice_ends(SLICE_LIT("a.b."), "."), "ends");
	tap_ok(slice_compare(SLICE_LIT("ab"), SLICE_LIT("abc")) < 0,
		"a shorter one is first");
}

static void
test_show(void)
{
	struct pool *pool = pool_new();
	static const char bytes[] = "a\0b\x1b[1m\xe3\x81\x82~ \x7f";

	tap_is(pool_show(pool, slice_make(bytes, sizeof(bytes) - 1), 100),
		"a?b?[1m???~ ?", "S8: only printable ASCII is shown");
	tap_is(pool_show(pool, SLICE_LIT("abcdef"), 3), "abc...", "a longer text is cut");
	tap_is(pool_show(pool, SLICE_LIT("abc"), 3), "abc", "one that fits is not");
	tap_is(pool_show(pool, SLICE_EMPTY, 3), "", "nothing");
	pool_free(pool);
}

/* text, always in quotes, in quotes where it needs them. */
static const char *const shell_words[][3] = {
	{ "", "''", "''" },
	{ "/etc/keys/s-1.pem", "'/etc/keys/s-1.pem'", "/etc/keys/s-1.pem" },
	{ "a b", "'a b'", "'a b'" },
	{ "k';id>x;'", "'k'\\'';id>x;'\\'''", "'k'\\'';id>x;'\\'''" },
	{ "$(id)", "'$(id)'", "'$(id)'" },
	{ "~root", "'~root'", "'~root'" },
	{ "a\nb", "'a\nb'", "'a\nb'" },
	{ "\xe3\x81\x82", "'\xe3\x81\x82'", "'\xe3\x81\x82'" },
};

static void
test_shell(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(shell_words); i++) {
		const char *const *w = shell_words[i];

		tap_is(shell_quote(pool, w[0]), w[1], "quoted: word %zu", i);
		tap_is(shell_word(pool, w[0]), w[2], "where needed: word %zu", i);
	}
	pool_free(pool);
}

/* text, what a terminal gets of it. */
static const char *const plain_cases[][2] = {
	{ "", "" },
	{ "abc \xe6\x97\xa5\xe6\x9c\xac \xc3\xbc \xf0\x9f\x98\x80",
		"abc \xe6\x97\xa5\xe6\x9c\xac \xc3\xbc \xf0\x9f\x98\x80" },
	{ "a\x1b[31m\r\n\t\x7f", "a?[31m????" },
	{ "\xc2\x9b\xc2\x85\xc2\xa0", "??\xc2\xa0" },
	{ "\x9b\xff\xc3", "???" },
	{ "\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8", "?????" },
	{ "\xed\xa0\x80\xc0\x9b\xf3\xa0\x81\x81", "??????" },
};

static void
test_plain(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(plain_cases); i++) {
		char *text = pool_strdup(pool, plain_cases[i][0]);

		tap_is(plain_line(pool, slice_of(text)), plain_cases[i][1],
			"plain: text %zu", i);
		plain_make(text);
		tap_is(text, plain_cases[i][1], "plain in its place: text %zu", i);
	}
	pool_free(pool);
}

static void
test_pool(void)
{
	struct pool *pool = pool_new();
	char *big = pool_alloc(pool, 1000000);
	VEC(int) v = VEC_INIT;
	struct str s = STR_POOL(pool);
	int sum = 0;

	tap_ok(big[0] == 0 && big[999999] == 0, "memory is zero");
	for (int i = 0; i < 1000; i++)
		*vec_add(pool, &v) = i;
	for (size_t i = 0; i < v.n; i++)
		sum += v.v[i];
	tap_is_int(sum, 499500, "a vec keeps what it is given");
	for (int i = 0; i < 1000; i++)
		str_addf(&s, "%d,", i % 10);
	tap_is_int((int64_t)s.n, 2000, "a str grows");
	tap_is_int((int64_t)strlen(s.p), 2000, "and is terminated");
	str_cut(&s, 3);
	tap_is(s.p, "0,1", "and is cut");
	tap_is(pool_printf(pool, "%s-%d", "a", 7), "a-7", "printf");
	tap_is(pool_lower(pool, SLICE_LIT("aB-\xc3\x84Z")).p, "ab-\xc3\x84z",
		"small letters, of ASCII alone");
	pool_free(pool);
}

static void
test_map(void)
{
	struct pool *pool = pool_new();
	struct map *map = map_new(pool);
	static int things[2000];
	bool all = true;

	for (int i = 0; i < 2000; i++)
		map_put(map, slice_of(pool_printf(pool, "key%d", i)), &things[i]);
	for (int i = 0; i < 2000; i++)
		all = all &&
		      map_get(map, slice_of(pool_printf(pool, "key%d", i))) == &things[i];
	tap_ok(all, "2000 things are found");
	tap_ok(map_get(map, SLICE_LIT("key2000")) == NULL, "a missing one is not");
	tap_ok(map_put(map, SLICE_LIT("key7"), &things[8]) == &things[7],
		"put gives the old thing");
	tap_is_int((int64_t)map_count(map), 2000, "count");
	tap_ok(map_at(map, 7, NULL) == &things[8], "order is kept");
	pool_free(pool);
}

static void
test_scan(void)
{
	struct scan s = scan_of(SLICE_LIT("ab12;99999999999999999999"));
	uint64_t n = 0;

	tap_ok(!scan_char(&s, 'b') && scan_char(&s, 'a'), "a byte");
	tap_ok(scan_casetext(&s, "B"), "text in any case");
	tap_ok(scan_number(&s, &n) && n == 12, "a number");
	tap_is_slice(scan_until(&s, ';'), SLICE_EMPTY, "until, at once");
	tap_ok(scan_until(&s, ';').p == s.p, "nothing taken has a place too");
	tap_ok(scan_char(&s, ';') && scan_number(&s, &n) && n == UINT64_MAX,
		"a number too large");
	tap_ok(scan_is_end(&s) && scan_peek(&s) == -1, "the end");
	s = scan_of(SLICE_EMPTY);
	tap_ok(scan_is_end(&s) && !scan_char(&s, 'x'), "nothing to scan");
}

static const struct {
	const char *text, *print, *reverse; /* print NULL: no address */
} addresses[] = {
	{ "192.0.2.1", "192.0.2.1", "1.2.0.192.in-addr.arpa" },
	{ "::ffff:192.0.2.1", "192.0.2.1", "1.2.0.192.in-addr.arpa" },
	{ "2001:DB8::1", "2001:db8::1",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6."
		"arpa" },
	{ "192.0.2.01", NULL, NULL },
	{ "192.0.2", NULL, NULL },
	{ "2001:db8::1%eth0", NULL, NULL },
	{ "", NULL, NULL },
};

static void
test_ip(void)
{
	char buf[IP_TEXT_SIZE], reverse[IP_REVERSE_SIZE];
	static const struct {
		const char *text;
		bool is_public;
	} publics[] = {
		{ "8.8.8.8", true },
		{ "9.255.255.255", true },
		{ "10.0.0.1", false },
		{ "11.0.0.0", true },
		{ "100.63.255.255", true },
		{ "100.64.0.1", false },
		{ "127.0.0.1", false },
		{ "169.254.1.1", false },
		{ "172.15.0.1", true },
		{ "172.16.0.1", false },
		{ "172.31.255.255", false },
		{ "172.32.0.1", true },
		{ "192.0.0.1", false },
		{ "192.168.1.1", false },
		{ "198.18.0.1", false },
		{ "198.20.0.1", true },
		{ "203.0.113.4", true },
		{ "223.255.255.255", true },
		{ "224.0.0.1", false },
		{ "255.255.255.255", false },
		{ "0.0.0.0", false },
		{ "::", false },
		{ "::1", false },
		{ "::ffff:10.0.0.1", false },
		{ "100::1", false },
		{ "2001:db8::4", true },
		{ "2400:8500::1", true },
		{ "fd00::1", false },
		{ "fe80::1", false },
		{ "ff02::1", false },
	};
	struct ip ip, net;

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		const char *bad = ip_parse(slice_of(addresses[i].text), &ip);

		tap_ok((bad == NULL) == (addresses[i].print != NULL), "'%s'",
			addresses[i].text);
		if (bad != NULL)
			continue;
		tap_is(ip_print(&ip, buf), addresses[i].print, "its text");
		tap_is(ip_reverse(&ip, reverse), addresses[i].reverse,
			"its reverse name");
	}
	ip_parse(SLICE_LIT("10.1.2.3"), &ip);
	ip_parse(SLICE_LIT("10.1.0.0"), &net);
	tap_ok(ip_in_net(&ip, &net, 16) && !ip_in_net(&ip, &net, 23) &&
			ip_in_net(&ip, &net, 22),
		"networks");
	tap_ok(ip_in_net(&ip, &net, 0), "the whole family");
	ip_parse(SLICE_LIT("::1"), &net);
	tap_ok(!ip_in_net(&ip, &net, 0) && ip_is_loopback(&net), "families do not mix");
	for (size_t i = 0; i < ARRAY_LEN(publics); i++) {
		ip_parse(slice_of(publics[i].text), &ip);
		tap_ok(ip_is_public(&ip) == publics[i].is_public, "public or not: %s",
			publics[i].text);
	}
	tap_ok(!ip_is_public(&IP_NONE), "no address is no public one");
}

int
main(void)
{
	static const struct name_code words[] = { { "one", 1 }, { "two", 2 } };
	int code = 0;

	test_slice();
	test_shell();
	test_plain();
	test_pool();
	test_show();
	test_map();
	test_scan();
	test_ip();
	tap_ok(name_code(words, 2, SLICE_LIT("TWO"), &code) && code == 2, "a word");
	tap_is(code_name(words, 2, 1), "one", "a value");
	return tap_done();
}
