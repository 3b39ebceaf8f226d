/*
 * Both forms, that of a field and that of asctime(), are made of the same words in
 * another order. So there is a function for each word, which stores what it took, and the
 * two forms are two lists of them. Between words of a field comments may stand.
 *
 * A comment of a Received field may hold a semicolon, and so may the last one after the
 * date: each semicolon is tried, the last one first, but only some of them.
 */
#include "base/base.h"
#include "mail/date.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "mail/lex.h"

#define SEMICOLONS_MAX 4 /* that are tried, from the end */
#define LINE_MAX_BYTES 1000

struct date {
	unsigned day, month, year; /* month: 0 to 11 */
	unsigned hour, minute, second;
	int64_t zone; /* seconds that its clocks are ahead of UTC */
};

static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
	"Aug", "Sep", "Oct", "Nov", "Dec" };

/* RFC 5322 4.3; the others, military letters included, say nothing. */
static const struct {
	const char *name;
	int hours;
} zones[] = {
	{ "EST", -5 },
	{ "EDT", -4 },
	{ "CST", -6 },
	{ "CDT", -5 },
	{ "MST", -7 },
	{ "MDT", -6 },
	{ "PST", -8 },
	{ "PDT", -7 },
};

/* Takes a number of so many digits, and no digit after them. */
static bool
take_digits(struct scan *s, size_t least, size_t most, unsigned *number)
{
	struct scan ahead = *s;
	struct slice digits;

	if (!scan_span(&ahead, ascii_is_digit, &digits) || digits.n < least ||
		digits.n > most)
		return false;
	*number = 0;
	for (size_t i = 0; i < digits.n; i++)
		*number = *number * 10 + (unsigned)(digits.p[i] - '0');
	*s = ahead;
	return true;
}

/* Takes one of some names of three letters, and no letter after it. */
static bool
take_name(struct scan *s, const char *const *names, size_t n, unsigned *which)
{
	struct scan ahead = *s;
	struct slice word;

	if (!scan_span(&ahead, ascii_is_alpha, &word))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!slice_caseis(word, names[i]))
			continue;
		*which = (unsigned)i;
		*s = ahead;
		return true;
	}
	return false;
}

static bool
take_day_name(struct scan *s)
{
	unsigned which;

	return take_name(s, days, ARRAY_LEN(days), &which);
}

static bool
take_month(struct scan *s, struct date *date)
{
	return take_name(s, months, ARRAY_LEN(months), &date->month);
}

/* RFC 5322 4.3: two digits are of 1950 to 2049, three count from 1900. */
static bool
take_year(struct scan *s, struct date *date)
{
	const char *from = s->p;

	if (!take_digits(s, 2, 4, &date->year))
		return false;
	if (s->p - from == 2 && date->year < 50)
		date->year += 2000;
	else if (s->p - from < 4)
		date->year += 1900;
	return true;
}

/* The colon, with comments around it, and two digits after it. */
static bool
take_colon(struct scan *s, unsigned *number)
{
	struct scan ahead = *s;

	if (!lex_cfws(&ahead) || !scan_char(&ahead, ':') || !lex_cfws(&ahead) ||
		!take_digits(&ahead, 1, 2, number))
		return false;
	*s = ahead;
	return true;
}

static bool
take_time(struct scan *s, struct date *date)
{
	date->second = 0;
	if (!take_digits(s, 1, 2, &date->hour) || !take_colon(s, &date->minute))
		return false;
	(void)take_colon(s, &date->second);
	return true;
}

/* "+0900", "EST", "JST"; false, with UTC, where there is none. */
static bool
take_zone(struct scan *s, struct date *date)
{
	bool is_west = scan_peek(s) == '-';
	struct scan ahead = *s;
	struct slice name;
	unsigned number;

	date->zone = 0;
	if (scan_span(s, ascii_is_alpha, &name)) {
		for (size_t i = 0; i < ARRAY_LEN(zones); i++)
			if (slice_caseis(name, zones[i].name))
				date->zone = zones[i].hours * 3600;
		return true;
	}
	if ((!scan_char(&ahead, '+') && !scan_char(&ahead, '-')) ||
		!take_digits(&ahead, 4, 4, &number))
		return false;
	*s = ahead;
	date->zone = (int64_t)(number / 100) * 3600 + (int64_t)(number % 100) * 60;
	if (is_west)
		date->zone = -date->zone;
	return true;
}

static bool
is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from the beginning of our count of years to that of this one. */
static int64_t
days_before(unsigned year)
{
	int64_t past = (int64_t)year - 1;

	return past * 365 + past / 4 - past / 100 + past / 400;
}

static const char *
date_count(const struct date *date, int64_t *time)
{
	static const unsigned lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	unsigned february = is_leap(date->year) ? 29 : 28;
	int64_t n = days_before(date->year) - days_before(1970);

	if (date->year < 1900)
		return N_("a year before mail");
	if (date->day < 1 ||
		date->day > (date->month == 1 ? february : lengths[date->month]))
		return N_("a day that the month does not have");
	/* 60: a leap second. */
	if (date->hour > 23 || date->minute > 59 || date->second > 60)
		return N_("a time that the day does not have");
	for (unsigned i = 0; i < date->month; i++)
		n += i == 1 ? february : lengths[i];
	n += date->day - 1;
	*time = ((n * 24 + date->hour) * 60 + date->minute) * 60 + date->second -
	        date->zone;
	return NULL;
}

/* "Thu," */
static bool
skip_day_of_week(struct scan *s)
{
	if (!lex_cfws(s))
		return false;
	if (!take_day_name(s))
		return true;
	return lex_cfws(s) && scan_char(s, ',') && lex_cfws(s);
}

const char *
date_parse(struct slice text, int64_t *time)
{
	struct scan s = scan_of(slice_trim(text));
	struct date date = { 0 };

	if (!skip_day_of_week(&s) || !take_digits(&s, 1, 2, &date.day) || !lex_cfws(&s) ||
		!take_month(&s, &date) || !lex_cfws(&s) || !take_year(&s, &date))
		return N_("no date");
	if (!lex_cfws(&s) || !take_time(&s, &date))
		return N_("no time of day");
	(void)lex_cfws(&s);
	(void)take_zone(&s, &date);
	if (!lex_cfws(&s) || !scan_is_end(&s))
		return N_("something behind the date");
	return date_count(&date, time);
}

const char *
date_parse_received(struct slice value, int64_t *time)
{
	const char *bad = N_("no semicolon before a date");
	struct slice rest = value;

	for (size_t i = 0; i < SEMICOLONS_MAX; i++) {
		ptrdiff_t at = slice_rfind(rest, ';');
		const char *why;

		if (at < 0)
			break;
		rest = slice_sub(rest, 0, (size_t)at);
		if ((why = date_parse(slice_from(value, (size_t)at + 1), time)) == NULL)
			return NULL;
		if (i == 0)
			bad = why;
	}
	return bad;
}

/* "Thu Jan  1 00:00:00 2026", the zone before or after the year. */
static const char *
parse_asctime(struct slice text, int64_t *time)
{
	struct scan s = scan_of(text);
	struct date date = { 0 };

	if (!take_day_name(&s))
		return N_("no date");
	lex_fws(&s);
	if (!take_month(&s, &date))
		return N_("no month");
	lex_fws(&s);
	if (!take_digits(&s, 1, 2, &date.day))
		return N_("no day of the month");
	lex_fws(&s);
	if (!take_time(&s, &date))
		return N_("no time of day");
	lex_fws(&s);
	bool has_zone = take_zone(&s, &date);

	lex_fws(&s);
	if (!take_digits(&s, 4, 4, &date.year))
		return N_("no year");
	lex_fws(&s);
	if (!has_zone)
		(void)take_zone(&s, &date);
	return date_count(&date, time);
}

const char *
date_parse_mbox(struct slice line, int64_t *time)
{
	line = slice_trim(slice_sub(line, 0, LINE_MAX_BYTES));
	if (!slice_starts(line, "From "))
		return N_("no line of an mbox");
	/* The sender may be anything, blanks included. */
	for (size_t i = 4; i < line.n; i++)
		if (line.p[i] == ' ' &&
			parse_asctime(slice_from(line, i + 1), time) == NULL)
			return NULL;
	return N_("no date");
}
