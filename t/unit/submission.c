/* What is warned of in mail: long lines, bare line ends, fields that stand twice. */
#include "base/base.h"

#include "engine/submission.h"
#include "tap.h"

static const char *
long_line(struct pool *pool, size_t n)
{
	char *text = pool_alloc(pool, n + 3);

	memset(text, 'x', n);
	memcpy(text + n, "\r\n", 3);
	return text;
}

static const struct {
	const char *name, *fields, *body;
	size_t body_n; /* 0: up to its NUL */
	const char *warnings, *line_ends;
} rows[] = {
	{ "nothing", "From: a@b.example\nSubject: x", "Hello\r\n", 0, NULL, NULL },
	{ "a bare LF", "", "a\nb\r\n", 0, "bare-lf", "bare-lf" },
	{ "a bare CR", "", "a\rb\r\n", 0, "bare-cr", "bare-cr" },
	{ "a bare CR at the end", "", "a\r", 0, "bare-cr", "bare-cr" },
	{ "a NUL", "", "a\0b\r\n", 5, "nul", "nul" },
	{ "all of them", "", "a\0\rb\n", 5, "bare-cr,bare-lf,nul",
		"bare-cr,bare-lf,nul" },
	{ "two Subject", "Subject: a\nSUBJECT: b", "", 0, "duplicate-subject", NULL },
	{ "two From and two Content-Type",
		"From: a\nContent-Type: x\nFrom: b\nContent-Type: y", "", 0,
		"duplicate-from,duplicate-content-type", NULL },
	{ "Received may stand often", "Received: a\nReceived: b", "", 0, NULL, NULL },
	{ "no one-click", "List-Unsubscribe: <https://x.example>", "", 0,
		"no-list-unsubscribe-post", NULL },
	{ "one-click",
		"List-Unsubscribe: <https://x.example>\n"
		"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
		"", 0, NULL, NULL },
};

/* In chunks of this size: their border must not show. */
static void
test_row(struct pool *pool, size_t i, size_t chunk)
{
	struct slice rest = slice_of(rows[i].fields), line, name, value;
	const char *body = rows[i].body;
	size_t n = rows[i].body_n > 0 ? rows[i].body_n : strlen(body);
	struct submission s;
	struct message message;

	message_init(&message, pool, SIZE_MAX);
	submission_init(&s);
	while (slice_next(&rest, '\n', &line))
		if (slice_cut(line, ':', &name, &value)) {
			message_add(&message, name, value);
			submission_header(&s, name, value);
		}
	for (size_t at = 0; at < n; at += chunk)
		submission_body(&s, body + at, MIN(chunk, n - at));
	submission_end(&s);
	tap_is(submission_warnings(pool, &s, &message), rows[i].warnings, "%s, by %zu",
		rows[i].name, chunk);
	tap_is(submission_line_ends(pool, &s), rows[i].line_ends, "%s, by %zu: line ends",
		rows[i].name, chunk);
}

/* RFC 5322 2.1.1: 998 bytes and no more, without the CRLF. */
static void
test_long(struct pool *pool)
{
	for (size_t n = 997; n <= 999; n++) {
		struct submission s;

		submission_init(&s);
		submission_body(&s, long_line(pool, n), n + 2);
		submission_end(&s);
		tap_ok(s.long_line == (n > 998), "a line of %zu bytes", n);
	}
}

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t chunk = 1; chunk <= 64; chunk *= 8)
			test_row(pool, i, chunk);
	test_long(pool);
	pool_free(pool);
	return tap_done();
}
