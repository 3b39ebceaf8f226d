/* Received-SPF: what is written, and whose it is. */
#include "base/base.h"
#include "auth/spf/received_spf.h"
#include "tap.h"

static const struct {
	struct spf_result result;
	struct slice helo, mail_from;
	const char *receiver, *client, *name, *want;
} fields[] = {
	{ { .outcome = { .code = AUTH_PASS },
		  .identity = SPF_MAIL_FROM,
		  .domain = "example.com",
		  .mechanism = "ip4:192.0.2.0/24" },
		{ "mx.example.org", 14 }, { "a@example.com", 13 }, "mx.example.jp",
		"192.0.2.1", "RSPF-1 RSPF-2 pass",
		" pass (mx.example.jp: domain of example.com designates\r\n"
		"\t192.0.2.1 as permitted sender) client-ip=192.0.2.1;\r\n"
		"\tenvelope-from=\"a@example.com\"; helo=mx.example.org;\r\n"
		"\treceiver=mx.example.jp; identity=mailfrom;\r\n"
		"\tmechanism=\"ip4:192.0.2.0/24\"" },
	{ { .outcome = { AUTH_NEUTRAL, CAUSE_OTHER, TAP_REASON("no term matched") },
		  .identity = SPF_HELO,
		  .domain = "h.example" },
		{ "h.example", 9 }, { "a@b.example", 11 }, NULL, "2001:db8::1",
		"RSPF-2 RSPF-3 HELO, the default, an address to quote",
		" neutral (unknown: domain of h.example neither permits nor\r\n"
		"\tdenies 2001:db8::1) client-ip=\"2001:db8::1\"; helo=h.example;\r\n"
		"\treceiver=unknown; identity=helo; mechanism=default" },
	{ { .outcome = { AUTH_PERMERROR, CAUSE_OTHER, TAP_REASON("bad \"term\"") },
		  .identity = SPF_MAIL_FROM,
		  .null_sender = true,
		  .domain = "h.example" },
		{ "h.example", 9 }, { NULL, 0 }, "r.example", "192.0.2.1",
		"RSPF-2 SPF-2 a problem, the null sender",
		" permerror (r.example: domain of h.example has no valid word\r\n"
		"\ton 192.0.2.1) client-ip=192.0.2.1;\r\n"
		"\tenvelope-from=\"postmaster@h.example\"; helo=h.example;\r\n"
		"\treceiver=r.example; identity=mailfrom;\r\n"
		"\tproblem=\"bad \\\"term\\\"\"" },
	{ { .outcome = { .code = AUTH_NONE }, .identity = SPF_MAIL_FROM },
		{ "x\r\nSubject: y", 13 }, { "a;b\"\\\0\x1b)@c", 10 }, "r.example",
		"192.0.2.1", "RSPF-5 S8 nothing breaks out",
		" none (r.example: domain of unknown says nothing about\r\n"
		"\t192.0.2.1) client-ip=192.0.2.1;\r\n"
		"\tenvelope-from=\"a?b\\\"\\\\?"
		"?)@c\"; helo=\"x??Subject: y\";\r\n"
		"\treceiver=r.example; identity=mailfrom" },
	{ { .outcome = { .code = AUTH_PASS },
		  .identity = SPF_MAIL_FROM,
		  .domain = "b.example",
		  .mechanism = "exists:x;envelope-from=a" },
		{ "h;identity=y", 12 }, { "\"x@a.example\"@b.example", 23 }, "r.example",
		"192.0.2.1",
		"RSPF-5 no value opens another, several '@' show the domain alone",
		" pass (r.example: domain of b.example designates 192.0.2.1 as permitted "
		"sender)"
		" client-ip=192.0.2.1; envelope-from=b.example; helo=\"h?identity=y\";"
		" receiver=r.example; identity=mailfrom; "
		"mechanism=\"exists:x?envelope-from=a\"" },
	{ { .outcome = { .code = AUTH_PASS },
		  .identity = SPF_MAIL_FROM,
		  .domain = "b.example",
		  .mechanism = "all" },
		{ "h.example", 9 }, { "@a.example,@c.example:x@b.example", 33 },
		"r.example", "192.0.2.1", "RSPF-3 a source route shows the domain alone",
		" pass (r.example: domain of b.example designates 192.0.2.1 as permitted "
		"sender)"
		" client-ip=192.0.2.1; envelope-from=b.example; helo=h.example;"
		" receiver=r.example; identity=mailfrom; mechanism=all" },
	{ { .outcome = { AUTH_FAIL, CAUSE_OTHER, TAP_REASON("-all") },
		  .identity = SPF_MAIL_FROM,
		  .domain = "xn--r8jz45g.jp",
		  .mechanism = "-all" },
		SLICE_LIT("xn--r8jz45g.jp"), SLICE_LIT("a@\xe4\xbe\x8b\xe3\x81\x88.jp"),
		"r.example", "192.0.2.1", "an internationalised domain as A-labels",
		" fail (r.example: domain of xn--r8jz45g.jp does not designate 192.0.2.1"
		" as permitted sender) client-ip=192.0.2.1;"
		" envelope-from=\"a@xn--r8jz45g.jp\"; helo=xn--r8jz45g.jp;"
		" receiver=r.example; identity=mailfrom; mechanism=-all" },
	{ { .outcome = { .code = AUTH_NONE },
		  .identity = SPF_MAIL_FROM,
		  .domain = "xn--r8jz45g.jp" },
		SLICE_LIT("\xe4\xbe\x8b\xe3\x81\x88.jp"),
		SLICE_LIT("\xe5\xa4\xaa\xe9\x83\x8e@\xe4\xbe\x8b\xe3\x81\x88.jp"),
		"r.example", "192.0.2.1",
		"of an internationalised local part nothing, HELO as A-labels",
		" none (r.example: domain of xn--r8jz45g.jp says nothing about 192.0.2.1)"
		" client-ip=192.0.2.1; envelope-from=xn--r8jz45g.jp; helo=xn--r8jz45g.jp;"
		" receiver=r.example; identity=mailfrom" },
	{ { .outcome = { .code = AUTH_NONE },
		  .identity = SPF_MAIL_FROM,
		  .null_sender = true,
		  .domain = "xn--r8jz45g.jp" },
		SLICE_LIT("\xe4\xbe\x8b\xe3\x81\x88.jp"), SLICE_LIT(""), "r.example",
		"192.0.2.1", "the null sender's HELO is internationalised",
		" none (r.example: domain of xn--r8jz45g.jp says nothing about 192.0.2.1)"
		" client-ip=192.0.2.1; envelope-from=\"postmaster@xn--r8jz45g.jp\";"
		" helo=xn--r8jz45g.jp; receiver=r.example; identity=mailfrom" },
	{ { .outcome = { .code = AUTH_NONE }, .identity = SPF_MAIL_FROM },
		SLICE_LIT("\xff"), SLICE_LIT("a@\xff\xfe"), "r.example", "192.0.2.1",
		"names that are none are left out",
		" none (r.example: domain of unknown says nothing about 192.0.2.1)"
		" client-ip=192.0.2.1; receiver=r.example; identity=mailfrom" },
};

/* Without folds: where the lines break is fold's affair. */
static struct slice
unfold(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r' && text.p[i] != '\n')
			str_addc(&out, text.p[i] == '\t' ? ' ' : text.p[i]);
	return str_slice(&out);
}

/* RSPF-5: no line is longer than 78, the name included. */
static bool
is_folded(struct slice text)
{
	struct slice line;
	size_t taken = strlen("Received-SPF:");

	while (text.n > 0) {
		slice_cut(text, '\n', &line, &text);
		if (line.n + taken > 79)
			return false;
		taken = 0;
	}
	return true;
}

static void
test_print(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct str out = STR_POOL(pool);
		struct ip client;
		struct spf_query query = { .client = &client,
			.helo = fields[i].helo,
			.mail_from = fields[i].mail_from,
			.receiver = fields[i].receiver };

		ip_parse(slice_of(fields[i].client), &client);
		received_spf_print(&out, &query, &fields[i].result);
		tap_is_slice(unfold(pool, str_slice(&out)),
			unfold(pool, slice_of(fields[i].want)), "%s", fields[i].name);
		tap_ok(is_folded(str_slice(&out)), "RSPF-5 folded");
		if (fields[i].receiver != NULL)
			tap_ok(received_spf_names(str_slice(&out), fields[i].receiver),
				"RSPF-6 our own is ours");
		tap_ok(!received_spf_names(str_slice(&out), "other.example"),
			"RSPF-6 and nobody else's");
	}
}

static const struct {
	const char *value;
	bool ours;
	const char *name;
} owners[] = {
	{ " pass receiver=mx.example.jp", true, "the key" },
	{ " pass receiver=\"mx.example.jp\"; helo=a", true, "quoted" },
	{ " pass receiver=\"mx.exa\\mple.jp\"", true, "quoted-pair" },
	{ " pass receiver=MX.Example.JP.", true, "case and a dot" },
	{ " pass helo=a; Receiver = mx.example.jp ;", true, "blanks, case of the key" },
	{ " pass (a) receiver=(b)mx.example.jp(c)", true, "comments" },
	{ "\tpass\r\n\treceiver=mx.example.jp", true, "folds" },
	{ " pass (mx.example.jp: domain of a) client-ip=1.2.3.4", true, "the comment" },
	{ " pass ( mx.example.jp) client-ip=1.2.3.4", true, "the comment alone" },
	{ " pass (unclosed mx.example.jp", true, "no grammar, and the name" },
	{ " pass receiver=mx.example.jp = x", true, "no grammar behind it" },
	{ " pass receiver=mx2.example.jp", false, "another host" },
	{ " pass receiver=mx.example.jp.evil.example", false, "a longer name" },
	{ " pass helo=mx.example.jp", false, "another key" },
	{ " pass (other: domain of mx.example.jp) receiver=other", false,
		"the name elsewhere" },
	{ " pass receiver=\"mx.example.jp\x01\"", true, "a control character behind it" },
	{ " pass receiver=other (\x1b; mx.example.jp)", true,
		"the name, and a control character in a comment" },
	{ " pass (unclosed other", false, "no grammar, without the name" },
	{ "", false, "nothing" },
};

int
main(void)
{
	struct pool *pool = pool_new();

	test_print(pool);
	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		tap_ok(received_spf_names(slice_of(owners[i].value), "mx.example.jp") ==
				owners[i].ours,
			"RSPF-6 %s", owners[i].name);
	tap_ok(received_spf_names(
		       slice_make(" pass \0 mx.example.jp", 21), "mx.example.jp"),
		"RSPF-6 GEN-1 a NUL before it");
	pool_free(pool);
	return tap_done();
}
