/*
 * Nothing of the wrapping of a reply is parsed as such: the lines that belong together
 * become one. What begins a new one is what no reply has: a log's time, a field of a
 * delivery status, another arrow, a recipient, an empty line.
 */
#include "base/base.h"
#include "tool/explain/quote.h"

#include "base/ascii.h"
#include "base/str.h"

#define SAID_LIMIT 4000 /* how far back a line that goes on is looked for */

static bool
is_digits(struct slice text, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		if (i >= text.n || !ascii_is_digit(text.p[i]))
			return false;
	return true;
}

/* Does the text begin with a log's time: "Nov 22 10:00:01" or "2026-11-22"? */
static bool
is_stamp(struct slice text)
{
	if (is_digits(text, 0, 4) && is_digits(text, 5, 2) && is_digits(text, 8, 2))
		return text.p[4] == '-' && text.p[7] == '-';
	return text.n > 15 && ascii_is_alpha(text.p[0]) && ascii_is_alpha(text.p[2]) &&
	       text.p[3] == ' ' && ascii_is_digit(text.p[5]) && text.p[6] == ' ' &&
	       is_digits(text, 7, 2) && text.p[9] == ':' && is_digits(text, 10, 2);
}

/* A field of a delivery status, or of a header? */
static bool
is_field(struct slice line)
{
	static const char *const names[] = { "final-recipient:", "original-recipient:",
		"action:", "status:", "remote-mta:", "diagnostic-code:",
		"last-attempt-date:", "reporting-mta:", "arrival-date:",
		"received-from-mta:", "will-retry-until:", "final-log-id:", "received:",
		"return-path:", "from:", "to:", "subject:", "date:", "message-id:",
		"mime-version:" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_caseeq(
			    slice_sub(line, 0, strlen(names[i])), slice_of(names[i])))
			return true;
	return (slice_starts(line, "X-") || slice_starts(line, "Content-")) &&
	       slice_find(line, ':') > 0;
}

static bool
is_arrow(struct slice line)
{
	return slice_starts(line, "<<< ") || slice_starts(line, ">>> ");
}

/* "<taro@example.jp>:" or "<taro@example.jp>: host ...": the words about a recipient. */
static bool
is_recipient(struct slice line)
{
	ptrdiff_t end = slice_find(line, '>'), at = slice_find(line, '@');
	struct slice rest;

	if (!slice_starts(line, "<") || end < 0 || at < 0 || at > end)
		return false;
	rest = slice_from(line, (size_t)end + 1);
	return rest.n < 2 || slice_starts(rest, ": host ") ||
	       slice_starts(rest, ": connect") || slice_starts(rest, " (expanded from") ||
	       slice_starts(rest, ": mail for") || slice_starts(rest, ": Host or");
}

/* Does the line go on with the reply that is being said: the same code again? */
static bool
has_same_code(struct slice said, struct slice line)
{
	char code[5];

	if (said.n > SAID_LIMIT)
		said = slice_from(said, said.n - SAID_LIMIT);
	if (!is_digits(line, 0, 3) || line.n < 4 ||
		(line.p[3] != '-' && line.p[3] != ' '))
		return false;
	memcpy(code, line.p, 3);
	code[3] = '-';
	code[4] = '\0';
	return slice_search(said, code) >= 0;
}

/* Does this line begin something else than the line before it said? */
static bool
is_apart(struct slice said, struct slice before, struct slice line, bool after_blank)
{
	struct slice bare = slice_trim(line);

	if (is_stamp(bare) || is_field(line) || slice_starts(bare, "--") ||
		slice_starts(bare, "__") || slice_starts(bare, "... while talking") ||
		(line.n == bare.n && is_recipient(line)))
		return true;
	if (is_arrow(bare) || is_arrow(before))
		return !slice_starts(bare, "<<< ") || !slice_starts(before, "<<< ") ||
		       !has_same_code(said, slice_from(bare, 4));
	return after_blank && !has_same_code(said, bare);
}

/* Without the marks of somebody who quotes: "> > 550". */
static struct slice
unquoted(struct slice line)
{
	struct slice bare = slice_trim(line);
	bool is_quoted = false;

	while (bare.n > 0 && bare.p[0] == '>' && !slice_starts(bare, ">>> ")) {
		bare = slice_trim(slice_from(bare, 1));
		is_quoted = true;
	}
	return is_quoted ? bare : line;
}

/* Adds a line; a line end that was written out, or a "/" before a code, is a blank. */
static void
add_line(struct str *out, struct slice line)
{
	for (size_t i = 0; i < line.n; i++) {
		bool is_end = line.p[i] == '\\' && i + 1 < line.n && line.p[i + 1] == 'n';
		size_t next = i + (is_end ? 2 : 1);

		if ((is_end || line.p[i] == '/') && is_digits(line, next, 3) &&
			(line.p[next] == '4' || line.p[next] == '5') &&
			next + 3 < line.n &&
			(line.p[next + 3] == '-' || line.p[next + 3] == ' ')) {
			str_addc(out, ' ');
			i = next - 1;
		} else if (!ascii_is_space(line.p[i]) && line.p[i] != '\0') {
			str_addc(out, line.p[i]);
		} else if (out->n > 0 && !ascii_is_space(out->p[out->n - 1])) {
			str_addc(out, ' ');
		}
	}
}

struct slice
quote_lines(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);
	struct slice rest = text, raw, before = SLICE_EMPTY;
	bool after_blank = false, is_soft = false;
	size_t said = 0;

	while (slice_next(&rest, '\n', &raw)) {
		struct slice line = unquoted(raw), bare = slice_trim(line);

		if (bare.n == 0) {
			after_blank = true;
			continue;
		}
		if (out.n > 0 && is_apart(slice_from(str_slice(&out), said), before, line,
					 after_blank)) {
			str_addc(&out, '\n');
			said = out.n;
		} else if (out.n > 0 && !is_soft) {
			str_addc(&out, ' ');
			if (slice_starts(bare, "<<< "))
				bare = slice_from(bare, 4);
		}
		before = slice_trim(line);
		is_soft = bare.p[bare.n - 1] == '=' && bare.n > 1 && rest.n > 0;
		add_line(&out, is_soft ? slice_sub(bare, 0, bare.n - 1) : bare);
		after_blank = false;
	}
	return str_slice(&out);
}
