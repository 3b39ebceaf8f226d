/* Header fields sorted, and whole messages split. */
#include "base/base.h"

#include "base/str.h"
#include "mail/message.h"

#include "tap.h"

static const struct {
	const char *name, *field;
	int from, dkim, authres;
} kinds[] = {
	{ "From", "From", 1, 0, 0 },
	{ "From in capitals", "FROM", 1, 0, 0 },
	{ "a blank before (S10, espoofer a9)", " From", 1, 0, 0 },
	{ "a blank behind (S10, espoofer a10)", "From ", 1, 0, 0 },
	{ "a fold behind (S10, espoofer a11)", "From\r\n ", 1, 0, 0 },
	{ "a tab behind (S10)", "From\t", 1, 0, 0 },
	{ "another name (espoofer a13)", "Resent-From", 0, 0, 0 },
	{ "a longer name", "Fromm", 0, 0, 0 },
	{ "a signature", "DKIM-Signature", 0, 1, 0 },
	{ "results", "authentication-results", 0, 0, 1 },
	{ "results with blanks", "Authentication-Results \t", 0, 0, 1 },
	{ "ARC results", "ARC-Authentication-Results", 0, 0, 0 },
	{ "no name", "", 0, 0, 0 },
};

static void
test_kinds(struct pool *pool)
{
	struct message message;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		message_init(&message, pool, 1000);
		message_add(&message, slice_of(kinds[i].field), SLICE_LIT(" x"));
		tap_is_int((int64_t)message.all.n, 1, "%s", kinds[i].name);
		tap_is_int((int64_t)message.from.n, kinds[i].from, "is From?");
		tap_is_int((int64_t)message.dkim.n, kinds[i].dkim, "is DKIM-Signature?");
		tap_is_int((int64_t)message.authres.n, kinds[i].authres, "is A-R?");
	}
}

static void
test_limit(struct pool *pool)
{
	struct message message;
	char value[] = "12345";

	message_init(&message, pool, 20);
	message_add(&message, SLICE_LIT("a"), SLICE_LIT("123456")); /* 10 with : CR LF */
	message_add(&message, SLICE_LIT("b"), slice_of(value));     /* 9 */
	value[0] = 'x';
	tap_is_int((int64_t)message.bytes, 19, "bytes are counted");
	tap_ok(!message.too_large, "below the limit");
	tap_is_slice(message.all.v[1]->value, SLICE_LIT("12345"), "fields are copies");
	message_init(&message, pool, 20);
	message_add(&message, SLICE_LIT("a"), SLICE_LIT("1234567890123456"));
	tap_ok(!message.too_large && message.all.n == 1, "at the limit");
	message_add(&message, SLICE_LIT("a"), SLICE_EMPTY);
	tap_ok(message.too_large && message.all.n == 1, "past the limit");
	message_init(&message, pool, 20);
	message_add(&message, SLICE_LIT("a"), SLICE_LIT("12345678901234567"));
	tap_ok(message.too_large && message.all.n == 0, "one byte past the limit");
	message_add(&message, SLICE_EMPTY, SLICE_EMPTY);
	tap_ok(message.all.n == 0, "nothing is copied any more");
	message_init(&message, pool, 1 << 20);
	message.most_fields = 2;
	message_add(&message, SLICE_LIT("a"), SLICE_EMPTY);
	message_add(&message, SLICE_LIT("a"), SLICE_EMPTY);
	tap_ok(!message.too_large, "S21 as many fields as may be");
	message_add(&message, SLICE_LIT("a"), SLICE_EMPTY);
	tap_ok(message.too_large && message.all.n == 2, "S21 one field too many");
}

static const struct {
	const char *name, *text, *fields, *body; /* fields: "[name|value]..." */
} splits[] = {
	{ "plain", "A: b\r\nC:d\r\n\r\nbody\r\n", "[A| b][C|d]", "body\r\n" },
	{ "LF alone", "A: b\n c\nC:d\n\nbody\n", "[A| b\r\n c][C|d]", "body\r\n" },
	{ "LF in a text with CRLF is no line end", "A: b\nC: d\r\n\r\nx\ny\r\n",
		"[A| b\nC: d]", "x\ny\r\n" },
	{ "folds stay as they are", "A: b\r\n\tc\r\n  d\r\n\r\n", "[A| b\r\n\tc\r\n  d]",
		"" },
	{ "a line of blanks continues", "A: b\r\n \r\nC: d\r\n\r\n", "[A| b\r\n ][C| d]",
		"" },
	{ "no body and no empty line", "A: b\r\n", "[A| b]", "" },
	{ "no line end at all", "A: b", "[A| b]", "" },
	{ "no header", "\r\nbody", "", "body" },
	{ "nothing", "", "", "" },
	{ "a body of empty lines", "A:\r\n\r\n\r\n\r\n", "[A|]", "\r\n\r\n" },
	{ "a line that is no field ends the header", "A: b\r\nno field\r\nC: d\r\n",
		"[A| b]", "no field\r\nC: d\r\n" },
	{ "a name with a blank inside is no field", "A: b\r\nno field: x\r\n", "[A| b]",
		"no field: x\r\n" },
	{ "an 8-bit name is no field", "A: b\r\n\xc3\xa9: x\r\n", "[A| b]",
		"\xc3\xa9: x\r\n" },
	{ "an empty name is no field", ": x\r\n", "", ": x\r\n" },
	{ "blanks before the colon", "From : a\r\n\r\n", "[From | a]", "" },
	{ "a fold before the colon (espoofer a11)", "From\r\n : a\r\n\r\n",
		"[From\r\n | a]", "" },
	{ "a blank before the first name (espoofer a9)", " From: a\r\nB: c\r\n\r\n",
		"[ From| a][B| c]", "" },
	{ "an mbox line", "From jiro@example.jp Sun Nov 22 02:00:00 2026\nA: b\n\nx\n",
		"[A| b]", "x\r\n" },
	{ "a From field is no mbox line", "From : a\nB: c\n\n", "[From | a][B| c]", "" },
	{ "an mbox line further down ends the header", "A: b\nFrom x y\n\nz\n", "[A| b]",
		"From x y\r\n\r\nz\r\n" },
	{ "bare CR", "A: b\rc\r\n\r\nx\ry\r\n", "[A| b\rc]", "x\ry\r\n" },
	{ "CR at the very end", "A: b\r\n\r\nx\r", "[A| b]", "x\r" },
	{ "names with odd characters", "X_$!/'%: b\r\n\r\n", "[X_$!/'%| b]", "" },
};

static void
test_split(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(splits); i++) {
		struct str got = STR_POOL(pool);
		struct headers fields;
		struct slice body;

		message_split(pool, slice_of(splits[i].text), &fields, &body);
		for (size_t j = 0; j < fields.n; j++) {
			str_addc(&got, '[');
			str_add_slice(&got, fields.v[j]->name);
			str_addc(&got, '|');
			str_add_slice(&got, fields.v[j]->value);
			str_addc(&got, ']');
		}
		tap_is(got.p, splits[i].fields, "split: %s", splits[i].name);
		tap_is_slice(body, slice_of(splits[i].body), "its body");
	}
}

static void
test_find(struct pool *pool)
{
	struct headers fields;
	struct slice body;
	const struct header *found;

	message_split(pool, SLICE_LIT("A:1\r\nb :2\r\nB:3\r\n\r\n"), &fields, &body);
	found = headers_find(&fields, "B");
	tap_ok(found != NULL && slice_is(found->value, "2"), "find: the first, any case");
	tap_ok(headers_find(&fields, "C") == NULL, "find: there is none");
}

/* A megabyte of every awkward thing must not take more than a moment. */
static void
test_linear(struct pool *pool)
{
	static const char *const units[] = { "\r", "\n", " ", "a:\r\n", "a:\n", "x\r\n ",
		":" };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct str text = STR_POOL(pool);
		struct headers fields;
		struct slice body;

		str_add(&text, "From: a");
		while (text.n < 1000000)
			str_add(&text, units[i]);
		message_split(pool, str_slice(&text), &fields, &body);
		tap_ok(fields.n > 0, "S25 a megabyte of unit %zu", i);
	}
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_kinds(pool);
	test_limit(pool);
	test_split(pool);
	test_find(pool);
	test_linear(pool);
	pool_free(pool);
	return tap_done();
}
