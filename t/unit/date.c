/* Dates of fields, of Received fields and of mbox lines. */
#include "base/base.h"

#include "mail/date.h"

#include "tap.h"

#define BAD INT64_MIN

static const struct {
	const char *name, *text;
	int64_t want;
} cases[] = {
	{ "the usual form", "Thu, 01 Jan 2026 00:00:00 +0000", 1767225600 },
	{ "east of Greenwich", "Thu, 01 Jan 2026 09:00:00 +0900 (JST)", 1767225600 },
	{ "west of it", "Wed, 31 Dec 2025 19:30:00 -0430", 1767225600 },
	{ "no zone known (-0000)", "Thu, 01 Jan 2026 00:00:00 -0000", 1767225600 },
	{ "the beginning", "Thu, 1 Jan 1970 00:00:00 +0000", 0 },
	{ "before it", "31 Dec 1969 23:59:59 +0000", -1 },
	{ "the first year there is", "1 Jan 1900 00:00 +0000", -2208988800 },
	{ "the last one", "31 Dec 9999 23:59:59 +0000", 253402300799 },
	{ "29 February", "Thu, 29 Feb 2024 12:00:00 +0000", 1709208000 },
	{ "29 February 2000", "29 Feb 2000 00:00:00 +0000", 951782400 },
	{ "the day behind it", "1 Mar 2024 00:00:00 +0000", 1709251200 },
	{ "a leap second", "Sat, 31 Dec 2016 23:59:60 +0000", 1483228800 },
	{ "no day of the week", "1 Jan 2026 00:00:00 +0000", 1767225600 },
	{ "no seconds", "Thu, 1 Jan 2026 00:00 +0000", 1767225600 },
	{ "letters of any case", "tHU, 1 jAN 2026 00:00:00 gmt", 1767225600 },
	{ "GMT", "Thu, 1 Jan 2026 00:00:00 GMT", 1767225600 },
	{ "UT", "Thu, 1 Jan 2026 00:00:00 UT", 1767225600 },
	{ "EST", "Wed, 31 Dec 2025 19:00:00 EST", 1767225600 },
	{ "PDT", "Wed, 31 Dec 2025 17:00:00 PDT", 1767225600 },
	{ "a letter of the army", "Thu, 1 Jan 2026 00:00:00 Z", 1767225600 },
	{ "a zone that nobody knows", "Thu, 1 Jan 2026 00:00:00 XYZZY", 1767225600 },
	{ "no zone at all", "Thu, 1 Jan 2026 00:00:00", 1767225600 },
	{ "a year of two digits: 49", "1 Jan 49 00:00:00 GMT", 2493072000 },
	{ "a year of two digits: 50", "1 Jan 50 00:00:00 GMT", -631152000 },
	{ "a year of two digits: 99", "1 Jan 99 00:00:00 GMT", 915148800 },
	{ "a year of three digits", "1 Jan 126 00:00:00 GMT", 1767225600 },
	{ "comments and folds everywhere",
		"\r\n Thu(a) , (b)\r\n 1 (c) Jan (d;(e)) 2026 (f) 00 : 00 (\\)) : 00 "
		"(g)\t+0000 (h) ",
		1767225600 },
	{ "no blanks", "Thu,1Jan2026 00:00:00+0000", 1767225600 },
	{ "another day of the week", "Mon, 1 Jan 2026 00:00:00 +0000", 1767225600 },
	{ "an hour of one digit", "1 Jan 2026 9:05:07 +0900", 1767225907 },
	{ "nothing", "", BAD },
	{ "a word", "yesterday", BAD },
	{ "only a day of the week", "Thu,", BAD },
	{ "no comma", "Thu 1 Jan 2026 00:00:00 +0000", BAD },
	{ "no such month", "1 Jam 2026 00:00:00 +0000", BAD },
	{ "a month written out", "1 January 2026 00:00:00 +0000", BAD },
	{ "30 February", "30 Feb 2024 00:00:00 +0000", BAD },
	{ "29 February 1900", "29 Feb 1900 00:00:00 +0000", BAD },
	{ "day 0", "0 Jan 2026 00:00:00 +0000", BAD },
	{ "day 32", "32 Jan 2026 00:00:00 +0000", BAD },
	{ "hour 24", "1 Jan 2026 24:00:00 +0000", BAD },
	{ "minute 60", "1 Jan 2026 00:60:00 +0000", BAD },
	{ "second 61", "1 Jan 2026 00:00:61 +0000", BAD },
	{ "no time", "1 Jan 2026", BAD },
	{ "no minutes", "1 Jan 2026 12", BAD },
	{ "a year before mail", "1 Jan 1899 00:00:00 +0000", BAD },
	{ "a year of five digits", "1 Jan 20260 00:00:00 +0000", BAD },
	{ "a zone of three digits", "1 Jan 2026 00:00:00 +000", BAD },
	{ "something behind it", "1 Jan 2026 00:00:00 +0000 or so", BAD },
	{ "a comment that does not end", "1 Jan 2026 00:00:00 +0000 (JST", BAD },
	{ "a number past all sizes", "1 Jan 99999999999999999999999999 00:00:00", BAD },
	{ "bytes", "\xff\x01\x7f", BAD },
};

static const struct {
	const char *name, *text;
	int64_t want;
} received[] = {
	{ "Postfix",
		" from a.example (a.example [192.0.2.1])\r\n\tby mx.example.jp (Postfix) "
		"with ESMTPS id 4cX\r\n\tfor <u@example.jp>; Thu,  1 Jan 2026 09:00:00 "
		"+0900 (JST)",
		1767225600 },
	{ "a semicolon in a comment before it",
		" from a (a; b) by c; Thu, 1 Jan 2026 00:00:00 GMT", 1767225600 },
	{ "one behind it", " by c; Thu, 1 Jan 2026 00:00:00 +0000 (a; b)", 1767225600 },
	{ "qmail", " (qmail 99 invoked by uid 0); 1 Jan 2026 00:00:00 -0000",
		1767225600 },
	{ "no semicolon", " by c Thu, 1 Jan 2026 00:00:00 +0000", BAD },
	{ "nothing behind it", " by c;", BAD },
	{ "nothing but semicolons", ";;;;;;;;;;;;;;;;;;;;;;;;;", BAD },
};

static const struct {
	const char *name, *text;
	int64_t want;
} lines[] = {
	{ "the usual form", "From a@b.example Thu Jan  1 00:00:00 2026", 1767225600 },
	{ "with its end", "From a@b.example Thu Jan  1 00:00:00 2026\r\n", 1767225600 },
	{ "of a browser", "From - Thu Jan 01 00:00:00 2026", 1767225600 },
	{ "of a bounce", "From MAILER-DAEMON Thu Jan  1 00:00:00 2026", 1767225600 },
	{ "a name with blanks", "From \"a Thu b\"@c  Thu Jan  1 00:00:00 2026",
		1767225600 },
	{ "a zone before the year", "From a@b Thu Jan  1 00:00:00 GMT 2026", 1767225600 },
	{ "a zone behind it", "From a@b Thu Jan  1 09:00:00 2026 +0900", 1767225600 },
	{ "what UUCP says", "From a@b Thu Jan  1 00:00:00 2026 remote from c",
		1767225600 },
	{ "no seconds", "From a@b Thu Jan  1 00:00 2026", 1767225600 },
	{ "no date", "From here on nothing is dated", BAD },
	{ "a field", "From: Thu Jan  1 00:00:00 2026", BAD },
	{ "30 February", "From a@b Thu Feb 30 00:00:00 2026", BAD },
	{ "nothing", "", BAD },
	{ "only From", "From ", BAD },
};

static void
is(const char *(*parse)(struct slice, int64_t *), const char *text, int64_t want,
	const char *name)
{
	int64_t time = 0;

	if (parse(slice_of(text), &time) != NULL)
		time = BAD;
	tap_is_int(time, want, "%s", name);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is(date_parse, cases[i].text, cases[i].want, cases[i].name);
	for (size_t i = 0; i < ARRAY_LEN(received); i++)
		is(date_parse_received, received[i].text, received[i].want,
			received[i].name);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		is(date_parse_mbox, lines[i].text, lines[i].want, lines[i].name);
	return tap_done();
}
