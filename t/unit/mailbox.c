/* Mailboxes, message by message, and the window through which a file is read. */
#include "base/base.h"

#include "base/str.h"
#include "tool/compare/mailbox.h"

#include "tap.h"
#include "tmpdir.h"

#define LINE "From a@b.example Thu Jan  1 00:00:00 2026\n"
#define ONE "From: a@b\n\nx\n"
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* Texts of the messages, each in brackets, with LF. */
static const struct {
	const char *name, *text, *want;
} boxes[] = {
	{ "nothing", "", "" },
	{ "empty lines", "\n\n\n", "" },
	{ "a message", ONE, "[" ONE "]" },
	{ "a message that speaks of others", ONE "\n" LINE "y\n",
		"[" ONE "\n" LINE "y\n]" },
	{ "an mbox of one", LINE ONE, "[" ONE "]" },
	{ "the empty line at its end is not the message's", LINE ONE "\n", "[" ONE "]" },
	{ "an mbox of two", LINE ONE "\n" LINE ONE, "[" ONE "][" ONE "]" },
	{ "no empty line before it", LINE ONE LINE ONE, "[" ONE LINE ONE "]" },
	{ "two empty lines between them", LINE ONE "\n\n" LINE ONE,
		"[" ONE "\n][" ONE "]" },
	{ "a line that bears no date, where others do",
		LINE ONE "\nFrom here\n\n" LINE ONE, "[" ONE "\nFrom here\n][" ONE "]" },
	{ "no line bears a date", "From a\n" ONE "\nFrom b\n" ONE, "[" ONE "][" ONE "]" },
	{ "nothing between two lines", LINE "\n" LINE ONE, "[][" ONE "]" },
	{ "a length", LINE "Content-Length: 3\n\nx\n\n" LINE ONE,
		"[Content-Length: 3\n\nx\n\n][" ONE "]" },
	{ "a length with such lines in the body",
		LINE "content-length:  46 \n\nx\n\n" LINE "\n" LINE ONE,
		"[content-length:  46 \n\nx\n\n" LINE "\n][" ONE "]" },
	{ "a length that is not so", LINE "Content-Length: 1\n\nx\ny\n\n" LINE ONE,
		"[Content-Length: 1\n\nx\ny\n][" ONE "]" },
	{ "a length past all sizes",
		LINE "Content-Length: 99999999999999999999\n\nx\n\n" LINE ONE,
		"[Content-Length: 99999999999999999999\n\nx\n][" ONE "]" },
	{ "no line end at the end", LINE "From: a\n\nx", "[From: a\n\nx]" },
};

static const char *
read_box(struct pool *pool, const char *path)
{
	struct str all = STR_POOL(pool);
	struct mailbox box;
	struct mail mail;

	if (mailbox_open(&box, pool, path) != NULL)
		return "cannot be opened";
	while (mailbox_next(&box, pool, &mail)) {
		str_addc(&all, '[');
		for (size_t i = 0; i < mail.text.n; i++)
			if (mail.text.p[i] != '\r')
				str_addc(&all, mail.text.p[i]);
		str_addc(&all, ']');
	}
	mailbox_close(&box);
	return all.p;
}

static void
test_boxes(struct pool *pool, const char *dir)
{
	for (size_t i = 0; i < ARRAY_LEN(boxes); i++) {
		const char *file = tmpdir_write(pool, dir, "box", 0644, boxes[i].text);
		struct str crlf = STR_POOL(pool);

		tap_is(read_box(pool, file), boxes[i].want, "%s", boxes[i].name);
		/* A length counts CRLF. */
		if (strstr(boxes[i].name, "length") != NULL)
			continue;
		for (const char *p = boxes[i].text; *p != '\0'; p++)
			str_addf(&crlf, "%s%c", *p == '\n' ? "\r" : "", *p);
		file = tmpdir_write(pool, dir, "box", 0644, crlf.p);
		tap_is(read_box(pool, file), boxes[i].want, "%s, with CRLF",
			boxes[i].name);
	}
}

/* Wherever a chunk ends: the second message begins at every place around its border. */
static void
test_borders(struct pool *pool, const char *dir)
{
	bool is_good = true;

	for (size_t n = 65536 - 80; n < 65536 + 10; n++) {
		struct pool *scratch = pool_new();
		struct str text = STR_POOL(scratch), want = STR_POOL(scratch);

		str_add(&text, LINE);
		str_add(&want, "[");
		while (text.n < n) {
			str_addc(&text, 'x');
			str_addc(&want, 'x');
		}
		str_add(&text, "\n\n" LINE ONE);
		str_add(&want, "\n][" ONE "]");
		is_good &= strcmp(read_box(scratch, tmpdir_write(scratch, dir, "border",
							    0644, text.p)),
				   want.p) == 0;
		pool_free(scratch);
	}
	tap_ok(is_good, "at every place around the border of a chunk");
	(void)pool;
}

static void
test_unquote(struct pool *pool)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a: b\r\n\r\n>From c\r\n", "a: b\r\n\r\nFrom c\r\n" },
		{ "a: b\r\n\r\n>>From c\r\n>From", "a: b\r\n\r\n>From c\r\n>From" },
		{ "a: b\r\n\r\n> From c\r\n>Fromage\r\n", NULL },
		{ "a: b\r\n>From c\r\n\r\nx", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice plain;
		bool is_quoted = mailbox_unquote(pool, slice_of(rows[i].text), &plain);

		tap_is(is_quoted ? pool_copy(pool, plain) : NULL, rows[i].want,
			"quotes, %zu", i);
	}
}

static void
test_stream(struct pool *pool, const char *dir)
{
	struct str text = STR_POOL(pool);
	struct stream stream;
	struct slice line;

	for (int i = 0; i < 200000; i++)
		str_addf(&text, "%d\n", i);
	for (int i = 0; i < STREAM_LINE_MAX + 1; i++)
		str_addc(&text, 'x');
	tap_is(stream_open(&stream, pool, tmpdir_write(pool, dir, "lines", 0644, text.p)),
		NULL, "a file of lines");
	for (int i = 0; i < 200000 && stream_line(&stream, 0, &line); i++)
		stream_drop(&stream, line.n);
	tap_ok(stream_line(&stream, 0, &line) && line.n == STREAM_LINE_MAX &&
			line.p[0] == 'x',
		"a line that is too long comes in parts");
	stream_drop(&stream, line.n);
	tap_ok(stream_line(&stream, 0, &line) && line.n == 1, "the second one");
	tap_ok(!stream_line(&stream, 1, &line), "behind it is nothing");
	stream_drop(&stream, 1000);
	tap_ok(!stream_line(&stream, 0, &line) && stream.error == 0, "nor at the end");
	stream_close(&stream);
	tap_ok(stream_open(&stream, pool,
		       tmpdir_write(pool, dir, "packed", 0644, "\x1f\x8b")) != NULL,
		"a compressed file is refused");
	tap_ok(stream_open(&stream, pool, dir) != NULL, "a directory is no file");
}

/* Lengths that end within a very long line: each of them costs a look at a part of it. */
static void
test_long_line(struct pool *pool, const char *dir)
{
	enum { MESSAGES = 6000, LONG = 30 << 20, HEAD = sizeof(LINE) - 1 + 28 };
	struct pool *scratch = pool_new();
	struct str text = STR_POOL(scratch);
	size_t total = (size_t)MESSAGES * (HEAD + 3), seen = 0;
	int64_t start = tap_cpu_ms();
	struct mailbox box;
	struct mail mail;
	const char *file;

	for (size_t i = 0; i < MESSAGES; i++)
		str_addf(&text, LINE "Content-Length: %09zu\n\n\nx\n\n",
			i == 0 ? (size_t)LONG - 1000 : total - text.n + 1000);
	str_add(&text, LINE "\n");
	for (size_t i = 0; i < LONG / 64; i++)
		str_add(&text, X64);
	file = tmpdir_write(pool, dir, "box", 0644, text.p);
	tap_ok(mailbox_open(&box, pool, file) == NULL, "a long line at the end");
	while (mailbox_next(&box, scratch, &mail))
		seen++;
	tap_is_int((int64_t)seen, MESSAGES + 1, "all messages before it");
	tap_ok(tap_cpu_ms() - start < 10000, "in no time");
	mailbox_close(&box);
	pool_free(scratch);
}

int
main(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);

	test_boxes(pool, dir);
	test_borders(pool, dir);
	test_unquote(pool);
	test_stream(pool, dir);
	test_long_line(pool, dir);
	pool_free(pool);
	return tap_done();
}
