/* From fields off the grammar: the one address, nobody, or neither. */
#include "base/base.h"

#include "mail/address.h"
#include "mail/sole.h"

#include "tap.h"

static const struct {
	struct slice text;
	const char *domain; /* NULL: somebody may see another author */
} malformed[] = {
	{ SLICE_LIT(" Foo [Bar] <a@good.example>"), "good.example" },
	{ SLICE_LIT(" Foo, Bar <a@good.example>"), "good.example" },
	{ SLICE_LIT(" Foo: Bar <a@good.example>"), "good.example" },
	{ SLICE_LIT(" Foo; Bar <a@good.example>"), "good.example" },
	{ SLICE_LIT(" <a@good.example> Foo"), "good.example" },
	{ SLICE_LIT(" <a@good.example>,"), "good.example" },
	{ SLICE_LIT(" info [#GESGH] <x@Good.Example.>"), "good.example" },
	{ SLICE_LIT(" Sale! 50% off [now] \"x, y\" (z)\r\n <a@good.example>\r\n "),
		"good.example" },
	{ SLICE_LIT(" \xe6\xa0\xaa\xe5\xbc\x8f[\xe4\xbc\x9a] <a@good.example>"),
		"good.example" },
	{ SLICE_LIT(" ,<a@good.example>"), "good.example" },
	{ SLICE_LIT(" =?utf-8?q?Foo?=, Bar <a@good.example>"), "good.example" },
	{ SLICE_LIT(" =?ISO-2022-JP?B?GyRCR1s/LiU3JTklRiVgGyhC?= [#12]\r\n <a@good.example>"),
		"good.example" },
	{ SLICE_LIT(" [x] <a@good.example> =?utf-8?b?5bGx55Sw?="), "good.example" },
	/* Of these bytes another charset would make an '@'. */
	{ SLICE_LIT(" =?UTF-8?B?44GX44GX44GX?= [#12] <a@good.example>"), "good.example" },
	{ SLICE_LIT(" =?iso-2022-jp?B?GyRCRnxLXBsoQg==?= [#12] <a@good.example>"), "good.example" },
	{ SLICE_LIT(" a@good.example,"), "good.example" },
	{ SLICE_LIT(" , a@good.example ; "), "good.example" },

	{ SLICE_LIT(" Foo [Bar] a@good.example"), NULL },
	{ SLICE_LIT(" Foo [b@evil.example] <a@good.example>"), NULL },
	{ SLICE_LIT(" b@evil.example, <a@good.example>, <"), NULL },
	{ SLICE_LIT(" \"b@evil.example\" [x] <a@good.example>"), NULL },
	{ SLICE_LIT(" (b@evil.example) [x] <a@good.example>"), NULL },
	{ SLICE_LIT(" <boss> [x] <a@good.example>"), NULL },
	{ SLICE_LIT(" \"[x] <a@good.example>"), NULL },
	{ SLICE_LIT(" \"[x] <a@good.example>\" boss"), NULL },
	{ SLICE_LIT(" ([x] <a@good.example>"), NULL },
	{ SLICE_LIT(" ([x] <a@good.example>) boss"), NULL },
	{ SLICE_LIT(" [x] <a@good.example> (boss"), NULL },
	{ SLICE_LIT(" [x] <a@good.example"), NULL },
	{ SLICE_LIT(" [x] a@good.example>"), NULL },
	{ SLICE_LIT(" [x] >a@good.example<"), NULL },
	{ SLICE_LIT(" [x] <a b@good.example>"), NULL },
	{ SLICE_LIT(" [x] <@evil.example:a@good.example>"), NULL },
	{ SLICE_LIT(" [x] <a@[192.0.2.1]>"), NULL },
	{ SLICE_LIT(" [x] <a@good . example>"), NULL },
	{ SLICE_LIT(" boss%evil.example, <a@good.example>"), NULL },
	{ SLICE_LIT(" evil.example!boss, <a@good.example>"), NULL },
	{ SLICE_LIT(" =?utf-8?q?boss=40evil.example?=, <a@good.example>"), NULL },
	{ SLICE_LIT(" =?utf-8?b?Ym9zc0BldmlsLmV4YW1wbGU=?=, <a@good.example>"), NULL },
	{ SLICE_LIT(" [x] <a@good.example> =?utf-8?q?boss=EF=BC=A0evil.example?="), NULL },
	{ SLICE_LIT(" \"=?utf-8?q?boss=40evil.example?=\" [x] <a@good.example>"), NULL },
	{ SLICE_LIT(" [x] <=?utf-8?q?boss=40evil.example=2C?=a@good.example>"), NULL },
	{ SLICE_LIT(" =?utf-8?q?boss=40evil.example=2C?=a@good.example,"), NULL },
	{ SLICE_LIT(" boss a@good.example,"), NULL },
	{ SLICE_LIT(" boss, a@good.example"), NULL },
	{ SLICE_LIT(" [a@good.example]"), NULL },
	{ SLICE_LIT(" boss\\, [x] <a@good.example>"), NULL },
	{ SLICE_LIT(" boss\xef\xbc\xa0" "evil.example, <a@good.example>"), NULL },
	{ SLICE_LIT(" boss\xa1\xf7" "evil.example, <a@good.example>"), NULL },
	{ SLICE_LIT(" [x]\rFrom: boss <a@good.example>"), NULL },
	{ SLICE_LIT(" [x]\nFrom: boss <a@good.example>"), NULL },
	{ SLICE_LIT(" [x]\r\nFrom: boss <a@good.example>"), NULL },
	{ SLICE_LIT(" [x]\vFrom: boss <a@good.example>"), NULL },
	{ SLICE_LIT(" [x]\xc2\x85" "From: boss <a@good.example>"), NULL },
	{ SLICE_LIT(" [x]\0 <a@good.example>"), NULL },
	{ SLICE_LIT(""), NULL },
};

static const struct {
	struct slice text;
	bool nobody;
	bool person; /* nobody's domain, but no report's name */
} reports[] = {
	{ SLICE_LIT(" MAILER-DAEMON"), true, false },
	{ SLICE_LIT(" postmaster"), true, false },
	{ SLICE_LIT(" MAILER-DAEMON <>"), true, false },
	{ SLICE_LIT(" Mail Delivery Subsystem <MAILER-DAEMON>"), true, false },
	{ SLICE_LIT(" \"Mail Delivery, System\" <MAILER-DAEMON>"), true, false },
	{ SLICE_LIT(" MAILER-DAEMON (Mail Delivery\r\n System)"), true, false },
	{ SLICE_LIT(" <>"), true, false },
	{ SLICE_LIT(" < >"), true, false },
	{ SLICE_LIT(" Postmaster (MTA)"), true, false },
	{ SLICE_LIT(" Mail Delivery Subsystem"), true, true },
	{ SLICE_LIT(" CEO <ceo>"), true, true },
	{ SLICE_LIT(" ceo"), true, true },
	{ SLICE_LIT(" postmaster <ceo>"), true, true },
	{ SLICE_LIT(" \"<postmaster>\" <ceo>"), true, true },
	{ SLICE_LIT(" <ceo> (<postmaster>)"), true, true },
	{ SLICE_LIT(" \"postmaster\""), true, true },
	{ SLICE_LIT(""), true, false },
	{ SLICE_LIT(" =?utf-8?q?Zustellung?= <>"), true, false },
	{ SLICE_LIT(" =?iso-8859-1?q?Zustellung_=FCber?= <MAILER-DAEMON>"), true, false },
	{ SLICE_LIT(" =?utf-8?b?6YWN5L+h?=\r\n =?utf-8?b?44K344K544OG44Og?= "
		    "<postmaster>"), true, false },
	{ SLICE_LIT(" =?ISO-2022-JP?B?GyRCR1s/LiU3JTklRiVgGyhC?= <>"), true, false },
	{ SLICE_LIT(" \"\xe9\x85\x8d\xe4\xbf\xa1\" <MAILER-DAEMON>"), true, false },
	{ SLICE_LIT(" undisclosed: ;"), true, false },
	{ SLICE_LIT(" =?utf-8?q?CEO?= <ceo>"), true, true },

	{ SLICE_LIT(" =?utf-8?q?boss=40evil.example?= <>"), false, false },
	{ SLICE_LIT(" =?utf-8?b?Ym9zc0BldmlsLmV4YW1wbGU=?= <MAILER-DAEMON>"), false, false },
	{ SLICE_LIT(" =?utf-8?q?boss=EF=BC=A0evil.example?= <>"), false, false },
	{ SLICE_LIT(" =?utf-7?q?boss+AEA-evil.example?= <>"), false, false },
	{ SLICE_LIT(" =?utf-8?q?=3D=3Futf-8=3Fq=3Fboss=3D40evil.example=3F=3D?= <>"), false,
		false },
	{ SLICE_LIT(" x: =?utf-8?q?boss=40evil.example?=;"), false, false },
	{ SLICE_LIT(" MAILER-DAEMON@mx.example"), false, false },
	{ SLICE_LIT(" MAILER-DAEMON <boss@evil.example>"), false, false },
	{ SLICE_LIT(" \"boss@evil.example\" <>"), false, false },
	{ SLICE_LIT(" (boss@evil.example) <>"), false, false },
	{ SLICE_LIT(" MAILER-DAEMON, postmaster"), false, false },
	{ SLICE_LIT(" <MAILER-DAEMON> <postmaster>"), false, false },
	{ SLICE_LIT(" <MAILER-DAEMON> boss"), false, false },
	{ SLICE_LIT(" <MAILER-DAEMON"), false, false },
	{ SLICE_LIT(" MAILER-DAEMON>"), false, false },
	{ SLICE_LIT(" boss%evil.example"), false, false },
	{ SLICE_LIT(" evil.example!boss"), false, false },
	{ SLICE_LIT(" evil.example::boss"), false, false },
	{ SLICE_LIT(" =?utf-8?q?boss=40evil.example?="), false, false },
	{ SLICE_LIT(" boss\xef\xbc\xa0" "evil.example"), false, false },
	{ SLICE_LIT(" boss\\@evil.example"), false, false },
	{ SLICE_LIT(" x\rFrom: boss"), false, false },
	{ SLICE_LIT(" x: MAILER-DAEMON;"), false, false },
	{ SLICE_LIT(" \"MAILER-DAEMON"), false, false },
};

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		struct slice text = malformed[i].text;
		struct addresses list;

		tap_is(sole_domain(pool, text), malformed[i].domain, "%.*s",
			SLICE_ARG(text));
		tap_ok(malformed[i].domain == NULL ||
				address_list_parse(pool, text, 10, &list) != NULL,
			"is no address list");
		tap_ok(!sole_is_nobody(text) || text.n == 0, "and not nobody");
	}
	for (size_t i = 0; i < ARRAY_LEN(reports); i++) {
		struct slice text = reports[i].text;

		tap_ok(sole_is_nobody(text) == reports[i].nobody, "%.*s is %snobody",
			SLICE_ARG(text), reports[i].nobody ? "" : "not ");
		tap_ok(sole_is_report(text) == (reports[i].nobody && !reports[i].person),
			"and is a report's, or is not");
		tap_is(sole_domain(pool, text),
			slice_find(text, '<') >= 0 &&
					slice_find(text, '@') > slice_find(text, '<')
				? "evil.example"
				: NULL,
			"and the domain");
	}
	pool_free(pool);
	return tap_done();
}
