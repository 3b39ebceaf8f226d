/* Received fields as servers write them, and the hop that a receiver judges. */
#include "base/base.h"

#include "mail/received.h"

#include "tap.h"

static const struct {
	const char *name, *value;
	const char *from, *by, *ip;
	bool tls, border;
} cases[] = {
	{ "Gmail",
		" from mail.example.jp (mail.example.jp. [203.0.113.4])\r\n        by "
		"mx.google.com with ESMTPS id x1\r\n        for <taro@gmail.com>\r\n"
		"        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256)",
		"mail.example.jp", "mx.google.com", "203.0.113.4", true, true },
	{ "Gmail, inside", " by 2002:a05:6000:1 with SMTP id y2; Sun", NULL, NULL,
		"unknown", false, false },
	{ "Postfix, no TLS",
		" from mail.example.jp (unknown [203.0.113.4])\r\n\tby mx.example.net "
		"(Postfix) with ESMTP id 4cX\r\n\tfor <taro@example.net>",
		"mail.example.jp", "mx.example.net", "203.0.113.4", false, true },
	{ "Postfix, TLS, IPv6",
		" from mail.example.jp (mail.example.jp [IPv6:2001:db8::4])\r\n\t(using "
		"TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n\tby mx.example.net "
		"(Postfix) with ESMTPS id 4cX",
		"mail.example.jp", "mx.example.net", "2001:db8::4", true, true },
	{ "Sendmail",
		" from mail.example.jp (mail.example.jp [203.0.113.4])\r\n\tby "
		"mx.example.net (8.17.1/8.17.1) with ESMTPS id 1\r\n\t(version=TLSv1.3 "
		"cipher=X bits=256 verify=NO)",
		"mail.example.jp", "mx.example.net", "203.0.113.4", true, true },
	{ "Outlook, its own hosts",
		" from AM0.eurprd.prod.outlook.com (2603:10a6::1) by "
		"VI1.eurprd.prod.outlook.com (2603:10a6::2) with Microsoft SMTP Server "
		"(version=TLS1_2, cipher=X) id 15.20",
		"am0.eurprd.prod.outlook.com", "vi1.eurprd.prod.outlook.com",
		"2603:10a6::1", true, false },
	{ "Exim",
		" from mail.example.jp ([203.0.113.4]:51234)\r\n\tby mx.example.net with "
		"esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.96)",
		"mail.example.jp", "mx.example.net", "203.0.113.4", true, true },
	{ "a private address",
		" from pc.example.jp (pc [192.168.0.5]) by mail.example.jp with ESMTPSA",
		"pc.example.jp", "mail.example.jp", "192.168.0.5", true, false },
	{ "submission by loopback",
		" from localhost (localhost [127.0.0.1]) by "
		"mail.example.jp (Postfix) with ESMTP",
		NULL, "mail.example.jp", "127.0.0.1", false, false },
	{ "qmail",
		" from unknown (HELO mail.example.jp) (203.0.113.4) by mx.example.net "
		"with SMTP; 22 Nov 2026",
		NULL, "mx.example.net", "203.0.113.4", false, true },
	{ "two parties below co.jp",
		" from mail.a.co.jp (mail.a.co.jp [203.0.113.4]) by mx.b.co.jp with "
	        "ESMTPS",
		"mail.a.co.jp", "mx.b.co.jp", "203.0.113.4", true, true },
	{ "one party below co.jp",
		" from mail.a.co.jp (mail.a.co.jp [203.0.113.4]) by mx.a.co.jp with "
	        "ESMTPS",
		"mail.a.co.jp", "mx.a.co.jp", "203.0.113.4", true, false },
	{ "nothing", "", NULL, NULL, "unknown", false, false },
	{ "not one word of it", " \xff\x01(((", NULL, NULL, "unknown", false, false },
};

/* A border further down counts before the receiver's own hops above it. */
static void
test_last(struct pool *pool)
{
	static const struct header fields[] = {
		{ SLICE_LIT("Received"), SLICE_LIT(" by 2002:a05:1 with SMTP id a") },
		{ SLICE_LIT("Received"),
			SLICE_LIT(" from a.example.net (a.example.net [198.51.100.1]) by "
				  "b.example.net with ESMTPS") },
		{ SLICE_LIT("Received"), SLICE_LIT(" from mail.example.jp "
						   "(mail.example.jp [203.0.113.4]) by "
						   "a.example.net with ESMTP") },
	};
	struct headers all = VEC_INIT;
	struct hops hops = VEC_INIT;
	const struct hop *last;
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		*vec_add(pool, &all) = &fields[i];
	received_read(pool, &all, &hops);
	last = received_last(&hops);
	tap_is(last != NULL ? ip_print(&last->ip, text) : NULL, "203.0.113.4",
		"the hop into the receiver's network");
}

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct header field = { SLICE_LIT("Received"), slice_of(cases[i].value) };
		struct headers fields = VEC_INIT;
		struct hops hops = VEC_INIT;
		char text[IP_TEXT_SIZE];

		*vec_add(pool, &fields) = &field;
		received_read(pool, &fields, &hops);
		tap_is(hops.v[0].from, cases[i].from, "%s: from", cases[i].name);
		tap_is(hops.v[0].by, cases[i].by, "%s: by", cases[i].name);
		tap_is(ip_print(&hops.v[0].ip, text), cases[i].ip, "%s: address",
			cases[i].name);
		tap_is_int(hops.v[0].tls, cases[i].tls, "%s: TLS", cases[i].name);
		tap_is_int(hops.v[0].is_border, cases[i].border, "%s: border",
			cases[i].name);
	}
	test_last(pool);
	pool_free(pool);
	return tap_done();
}
