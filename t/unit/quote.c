/* A reply in whatever it is quoted in: where it begins, and where it ends. */
#include "base/base.h"

#include "tool/explain/quote.h"

#include "tap.h"

static const struct {
	const char *name, *text;
	const char *code, *status, *reply;
} cases[] = {
	{ "alone", "550 5.1.1 no such user", "550", "5.1.1", "no such user" },
	{ "its code on each line", "550-5.7.1 one\n550-5.7.1 two\n550 5.7.1 three", "550",
		"5.7.1", "one two three" },
	{ "with empty lines between",
		"x:\n550-5.7.1 one\n\n550 5.7.1 two\n\nand that is all", "550", "5.7.1",
		"one two" },
	{ "a person's words below",
		"550 5.7.1 no\n\nI have SPF and DKIM, why does it fail?", "550", "5.7.1",
		"no" },
	{ "quoted by somebody", "> > 550-5.7.1 one\n> > 550 5.7.1 two", "550", "5.7.1",
		"one two" },
	{ "line ends written out", "x: 550-5.7.1 one\\n550-5.7.1 two\\n550 5.7.1 three",
		"550", "5.7.1", "one two three" },
	{ "a slash before the code", "550-5.7.26 domain's/550-5.7.26 DMARC policy", "550",
		"5.7.26", "domain's DMARC policy" },
	{ "the next line of a log",
		"Nov 22 10:00:01 mx postfix/smtp[1]: A: to=<a@b.example>, relay=none, "
		"dsn=5.4.4, status=bounced (Host or domain name not found)\n"
		"Nov 22 10:00:02 mx postfix/smtp[1]: B: to=<c@d.example>, "
		"relay=x.example[198.51.100.1]:25, dsn=2.0.0, status=sent (250 ok)\n",
		NULL, "5.4.4", "Host or domain name not found" },
	{ "the next line of an ISO log",
		"2026-11-22 10:00:01 x ** a@b.example: 550 5.1.1 no\n"
		"2026-11-22 10:00:02 y => c@d.example SPF fail",
		"550", "5.1.1", "no" },
	{ "the next field of a delivery status",
		"Diagnostic-Code: smtp; 550 5.1.1\n    no\nLast-Attempt-Date: x "
		"SPF\nX-Y: DKIM",
		"550", "5.1.1", "no" },
	{ "Sendmail's transcript before its field",
		"<<< 550-5.7.26 one\n<<< 550 5.7.26 two\n554 5.0.0 Service "
		"unavailable\n\n"
		"Diagnostic-Code: SMTP; 550-5.7.26 one",
		"550", "5.7.26", "one two" },
	{ "the first answer of a transcript",
		"<<< 550 5.1.1 no\n550 5.1.1 <a@b.example>... User unknown\n>>> DATA\n"
		"<<< 503 5.0.0 Need RCPT",
		"550", "5.1.1", "no" },
	{ "Sendmail's verdict tells the status",
		"<<< 550 no\n554 5.0.0 Service unavailable", "550", "5.0.0", "no" },
	{ "InterScan's transcript",
		"Sent <<< RCPT TO:<a@b.example>\nReceived >>> 550 5.1.1 no", "550",
		"5.1.1", "no" },
	{ "a host that says what another said",
		"550 5.1.1 rejected: undeliverable: host x[192.0.2.1] said: 551 5.1.6 "
		"moved",
		"551", "5.1.6", "moved" },
	{ "refused before the greeting",
		"host x[192.0.2.1] refused to talk to me: 554-5.7.1 one 554 5.7.1 two",
		"554", "5.7.1", "one two" },
	{ "another number in it", "550 5.7.1 not more than 500 a day, see rule 452 there",
		"550", "5.7.1", "not more than 500 a day, see rule 452 there" },
	{ "brackets around it", "(reason: 550 5.1.1 no (really))", "550", "5.1.1",
		"no (really)" },
	{ "quotation marks around it", "Remote Server returned '550 5.1.1 no'", "550",
		"5.1.1", "no" },
	{ "a status in brackets at the end", "550 no such user (#5.1.1)", "550", "5.1.1",
		"no such user ()" },
	{ "no reply, but a status",
		"Action: failed\nStatus: 5.2.0\nDiagnostic-Code: x-unix; procmail: Lock "
		"failure",
		NULL, "5.2.0", "procmail: Lock failure" },
	{ "a status alone", "Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1\n", NULL,
		"5.1.1", "" },
	{ "a number in a sentence", "He ran 550 miles in 450 days.", NULL, NULL, NULL },
	{ "a version", "Exim 4.92.3.1 and 5.5.2657.72", NULL, NULL, NULL },
	{ "nothing", "", NULL, NULL, NULL },
};

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct quote quote;
		struct slice lines = quote_lines(pool, slice_of(cases[i].text));
		bool is_found = quote_find(pool, lines, &quote);

		tap_ok(is_found == (cases[i].code != NULL || cases[i].status != NULL),
			"%s: is there a reply?", cases[i].name);
		tap_is(quote.code, cases[i].code, "%s: code", cases[i].name);
		tap_is(quote.status, cases[i].status, "%s: status", cases[i].name);
		if (cases[i].reply != NULL)
			tap_is(pool_copy(pool, quote.reply), cases[i].reply, "%s: reply",
				cases[i].name);
	}
	pool_free(pool);
	return tap_done();
}
