/* What receivers say, in the wrappings in which people see it. */
#include "base/base.h"

#include "base/file.h"
#include "tool/explain/bounce.h"
#include "tool/explain/bounce_catalogue.h"

#include "tap.h"

static const struct {
	const char *name, *text;
	const char *receiver, *code, *status, *cause, *domain, *ip, *recipient;
} cases[] = {
	{ "a Postfix log line",
		"Nov 22 10:00:01 mx postfix/smtp[123]: 4cXy1: to=<taro@gmail.com>, "
		"relay=gmail-smtp-in.l.google.com[142.250.1.26]:25, delay=1, dsn=5.7.26, "
		"status=bounced "
		"(host gmail-smtp-in.l.google.com[142.250.1.26] said: 550-5.7.26 This "
		"mail has been "
		"blocked because the sender is unauthenticated. 550-5.7.26 Gmail "
		"requires all senders to "
		"authenticate with either SPF or DKIM. 550-5.7.26  550-5.7.26  "
		"Authentication results: "
		"550-5.7.26  DKIM = did not pass 550-5.7.26  SPF [example.jp] with ip: "
		"[203.0.113.9] = did "
		"not pass 550-5.7.26 550 5.7.26 For instructions go to "
		"https://support.google.com/mail/answer/81126#authentication a1-b2si - "
		"gsmtp (in reply to "
		"end of DATA command))",
		"gmail", "550", "5.7.26", "unauthenticated", "example.jp", "203.0.113.9",
		"gmail.com" },
	{ "a delivery status, folded",
		"Final-Recipient: rfc822; taro@gmail.com\r\nAction: failed\r\nStatus: "
		"5.7.26\r\n"
		"Remote-MTA: dns; gmail-smtp-in.l.google.com\r\n"
		"Diagnostic-Code: smtp; 550-5.7.26 The MAIL FROM domain [example.jp] has "
		"an SPF record\r\n"
		"    with a hard fail 550-5.7.26 policy (-all) but it fails to pass SPF "
		"checks with\r\n"
		"    the ip: 550-5.7.26 [2001:db8::9]. To best protect our users\r\n",
		"gmail", "550", "5.7.26", "spf-fail", "example.jp", "2001:db8::9",
		"gmail.com" },
	{ "pasted text with Japanese around it",
		"\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab\xe3\x81\x8c 550 5.7.26 "
		"Unauthenticated email from "
		"example.co.jp is not accepted due to domain's DMARC policy. "
		"\xe3\x81\xa8",
		NULL, "550", "5.7.26", "dmarc-policy", "example.co.jp", NULL, NULL },
	{ "DKIM is required",
		"421-4.7.30 Your email has been rate limited because DKIM authentication "
		"didn't pass\n"
		"421-4.7.30 for this message. Gmail requires all email bulk senders to "
		"authenticate\n"
		"421 4.7.30 their email with DKIM. - gsmtp",
		"gmail", "421", "4.7.30", "dkim-required", NULL, NULL, NULL },
	{ "Yahoo wants authentication",
		"550 5.7.9 This mail has been blocked because the sender is "
		"unauthenticated. Yahoo requires "
		"all senders to authenticate with either SPF or DKIM.",
		"yahoo", "550", "5.7.9", "unauthenticated", NULL, NULL, NULL },
	{ "Yahoo's policy",
		"554 Message not allowed - [PH01] Email not accepted for policy reasons.",
		"yahoo", "554", NULL, "policy", NULL, NULL, NULL },
	{ "Yahoo's complaints",
		"421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to "
		"unexpected volume or "
		"user complaints - 4.16.55.1; see "
		"https://postmaster.yahooinc.com/error-codes",
		"yahoo", "421", "4.7.0", "reputation", NULL, "192.0.2.25", NULL },
	{ "Outlook's level",
		"550 5.7.515 Access denied, sending domain EXAMPLE.JP does not meet the "
		"required "
		"authentication level. [AM0.eurprd05.prod.outlook.com]",
		"outlook", "550", "5.7.515", "unauthenticated", "example.jp", NULL,
		NULL },
	{ "Outlook's list",
		"550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Please "
		"contact your "
		"Internet service provider since part of their network is on our block "
		"list (S3150). "
		"[x.protection.outlook.com]",
		"outlook", "550", "5.7.1", "blocklist", NULL, "192.0.2.7", NULL },
	{ "iCloud and DMARC",
		"554 5.7.1 Your message was rejected due to example.jp's DMARC policy. "
		"See "
		"https://support.apple.com/en-us/HT204137 for info",
		"icloud", "554", "5.7.1", "dmarc-policy", "example.jp", NULL, NULL },
	{ "docomo, by way of Sendmail",
		"   ----- Transcript of session follows -----\n... while talking to "
		"mfsmax.docomo.ne.jp.:\n"
		">>> DATA\n<<< 550 Unknown user hanako@docomo.ne.jp\n554 5.0.0 Service "
		"unavailable\n",
		"docomo", "550", "5.0.0", "user-filtered", NULL, NULL, NULL },
	{ "KDDI",
		"host lsean.ezweb.ne.jp[192.0.2.1] said: 550 <x@ezweb.ne.jp>: User "
		"unknown (in reply to",
		"kddi", "550", NULL, "user-filtered", NULL, NULL, NULL },
	{ "a reverse name",
		"550-5.7.1 [2001:db8::25] Our system has detected that this message does "
		"not meet IPv6 "
		"sending guidelines regarding PTR records and authentication. - gsmtp",
		"gmail", "550", "5.7.1", "ptr", NULL, "2001:db8::25", NULL },
	{ "soft line breaks of quoted-printable",
		"550 5.7.26 This mail has been blocked because the sender is "
		"unauthent=\r\nicated.",
		NULL, "550", "5.7.26", "unauthenticated", NULL, NULL, NULL },
	{ "an unknown code",
		"host mx.example.net said: 550 5.7.999 go away (in reply to RCPT TO "
		"command)",
		NULL, "550", "5.7.999", NULL, NULL, NULL, NULL },
	{ "our own refusal", "550 5.7.23 SPF check of example.net failed for 203.0.113.9",
		NULL, "550", "5.7.23", "spf-fail", "example.net", NULL, NULL },
	{ "no code at all", "Hello, how are you? My phone is 0312345678.", NULL, NULL,
		NULL, NULL, NULL, NULL, NULL },
	{ "nothing", "", NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

/* The next blank-separated word; "-" is NULL. */
static const char *
next_word(struct pool *pool, struct slice *rest)
{
	struct slice word;

	slice_next(rest, ' ', &word);
	return slice_is(word, "-") ? NULL : pool_copy(pool, word);
}

/* "\n" as a line end. */
static struct slice
unescaped(struct pool *pool, struct slice text)
{
	char *copy = pool_copy(pool, text);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool is_end = copy[i] == '\\' && copy[i + 1] == 'n';

		copy[n++] = is_end ? '\n' : copy[i];
		i += is_end;
	}
	return slice_make(copy, n);
}

/* Marks the row that decides, so that a row without an example is seen. */
static void
mark(struct pool *pool, const struct bounce_replies *replies, const struct bounce *b,
	bool *seen)
{
	const struct bounce_query query = { .receiver = b->receiver,
		.code = b->code,
		.status = b->status,
		.reply = pool_lower(pool, slice_of(b->reply)) };
	const struct bounce_reply *row = bounce_reply_find(replies, &query);

	if (row != NULL)
		seen[row - replies->v] = true;
}

/* "CAUSE RECEIVER DOMAIN ADDRESS TEXT" a line: the example of each row of the file. */
static void
test_examples(struct pool *pool, const struct bounce_replies *replies, const char *file)
{
	bool *seen = pool_array(pool, replies->n + 1, sizeof(*seen));
	struct slice text, line;

	if (file_read(pool, file, &text) != NULL) {
		tap_ok(false, "the examples can be read");
		return;
	}
	while (slice_next(&text, '\n', &line)) {
		const char *cause, *receiver, *domain, *ip;
		char address[IP_TEXT_SIZE];
		struct bounce b;

		if (line.n == 0 || line.p[0] == '#')
			continue;
		cause = next_word(pool, &line);
		receiver = next_word(pool, &line);
		domain = next_word(pool, &line);
		ip = next_word(pool, &line);
		bounce_read(pool, replies, unescaped(pool, line), &b);
		mark(pool, replies, &b, seen);
		tap_is(b.cause != NULL ? b.cause->id : NULL, cause, "cause of %.*s",
			SLICE_ARG(line));
		tap_is(b.receiver, receiver, "receiver");
		tap_is(b.domain, domain, "domain");
		tap_is(b.ip.bits != 0 ? ip_print(&b.ip, address) : NULL, ip, "address");
	}
	for (size_t i = 0; i < replies->n; i++)
		tap_ok(seen[i], "line %d of the file has an example that it decides: %s",
			replies->v[i].line, replies->v[i].cause->id);
}

int
main(void)
{
	struct pool *pool = pool_new();
	const char *srcdir = getenv("srcdir");
	struct bounce_replies all = { 0 }, *replies = &all;
	struct table_file table;

	setenv("SEKIMORI_DATADIR",
		pool_printf(pool, "%s/contrib", srcdir != NULL ? srcdir : ".."), 1);
	setenv("SEKIMORI_CONFDIR", "none", 1);
	table_file_read(pool, "replies", &table);
	bounce_replies_add(replies, &table);
	tap_ok(table.complaints.n == 0 && all.n > 100,
		"the rows of the file are replies");
	for (size_t i = 0; i < table.complaints.n; i++)
		printf("# line %d: %s\n", table.complaints.v[i].line,
			table.complaints.v[i].why);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char ip[IP_TEXT_SIZE];
		struct bounce b;

		bounce_read(pool, replies, slice_of(cases[i].text), &b);
		tap_is(b.receiver, cases[i].receiver, "%s: receiver", cases[i].name);
		tap_is(b.code, cases[i].code, "%s: code", cases[i].name);
		tap_is(b.status, cases[i].status, "%s: status", cases[i].name);
		tap_is(b.cause != NULL ? b.cause->id : NULL, cases[i].cause, "%s: cause",
			cases[i].name);
		tap_is(b.domain, cases[i].domain, "%s: domain", cases[i].name);
		if (cases[i].ip != NULL)
			tap_is(ip_print(&b.ip, ip), cases[i].ip, "%s: address",
				cases[i].name);
		if (cases[i].recipient != NULL)
			tap_is(b.recipient, cases[i].recipient, "%s: recipient",
				cases[i].name);
	}
	test_examples(pool, replies,
		pool_printf(
			pool, "%s/t/unit/bounce.txt", srcdir != NULL ? srcdir : ".."));
	pool_free(pool);
	return tap_done();
}
