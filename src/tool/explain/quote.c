/*
 * The reply is looked for behind the words that come before replies, the surest first,
 * and at last wherever a code stands. It ends with its line (quote_lines), or where a
 * wrapping is known to end it; every further copy of its code is dropped.
 */
#include "base/base.h"
#include "tool/explain/quote.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"

#define REPLY_LIMIT 2000
#define PLACES_LIMIT 1000 /* of one kind, in one text */
#define WORDS_AFTER 8

struct codes {
	struct slice code, status;
};

/* "5.7.26": class, subject, detail; up to three digits each. */
static bool
scan_status(struct scan *s, struct slice *status)
{
	struct scan t = *s;
	const char *from = t.p;
	struct slice digits;

	if (!scan_char(&t, '4') && !scan_char(&t, '5'))
		return false;
	for (int i = 0; i < 2; i++)
		if (!scan_char(&t, '.') || !scan_span(&t, ascii_is_digit, &digits) ||
			digits.n > 3)
			return false;
	if (scan_peek(&t) == '.' && t.p + 1 < t.end && ascii_is_digit(t.p[1]))
		return false;
	*status = scan_since(&t, from);
	*s = t;
	return true;
}

/* "550 ", "550-": a reply code and what follows it. */
static bool
scan_reply_code(struct scan *s, struct slice *code)
{
	struct slice rest = scan_rest(s);

	if (rest.n < 3 || (rest.p[0] != '4' && rest.p[0] != '5') ||
		!ascii_is_digit(rest.p[1]) || !ascii_is_digit(rest.p[2]) ||
		(rest.n > 3 && !ascii_is_space(rest.p[3]) && rest.p[3] != '-'))
		return false;
	*code = slice_sub(rest, 0, 3);
	s->p += MIN(rest.n, 4);
	return true;
}

/* "5.7.26 ", "#5.7.26": an enhanced status code. */
static bool
scan_enhanced(struct scan *s, struct slice *status)
{
	struct scan t = *s;

	scan_char(&t, '#');
	if (!scan_status(&t, status))
		return false;
	scan_char(&t, ' ');
	*s = t;
	return true;
}

/* A reply code, an enhanced status code, or one after the other; false: neither. */
static bool
scan_codes(struct scan *s, struct codes *codes)
{
	*codes = (struct codes){ SLICE_EMPTY, SLICE_EMPTY };
	if (!scan_reply_code(s, &codes->code))
		return scan_enhanced(s, &codes->status);
	/* RFC 5321 4.2.1: a number whose second digit is 6 to 9 is no reply code. One
	 * with an enhanced code after it is taken all the same. */
	return scan_enhanced(s, &codes->status) || codes->code.p[1] <= '5' ||
	       codes->code.p[1] == '7';
}

/* May a code begin here: not inside a number, an address or a word? */
static bool
at_border(struct slice text, size_t i)
{
	char c = i > 0 ? text.p[i - 1] : ' ';

	return !ascii_is_alnum(c) && c != '.' && c != '-' && c != '=' && c != '_' &&
	       c != '@' && c != '%';
}

/* The next codes from offset i on. */
static bool
find_codes(struct slice text, size_t *i, struct codes *codes, size_t *after)
{
	for (; *i < text.n; (*i)++) {
		struct scan s = scan_of(slice_from(text, *i));

		if ((text.p[*i] != '4' && text.p[*i] != '5' && text.p[*i] != '#') ||
			!at_border(text, *i))
			continue;
		if (!scan_codes(&s, codes))
			continue;
		*after = (size_t)(s.p - text.p);
		return true;
	}
	return false;
}

/* What ends a reply in the wrappings that are known. */
static size_t
reply_end(struct slice low)
{
	static const char *const ends[] = { " (in reply to ", " final-recipient:",
		" reporting-mta:", " action:", " last-attempt-date:", " -----",
		" remote-mta:", " status:", ", stat=", " \xe2\x80\x94" };
	size_t n = MIN(low.n, REPLY_LIMIT);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		ptrdiff_t at = slice_search(slice_sub(low, 0, n), ends[i]);

		if (at >= 0)
			n = (size_t)at;
	}
	return n;
}

/* Is this the code of the reply again, as it stands on each line of it? */
static bool
is_again(const struct codes *first, const struct codes *again)
{
	if (again->code.n > 0 && again->status.n > 0)
		return true;
	if (again->code.n > 0)
		return first->code.n == 0 || slice_eq(again->code, first->code);
	return first->status.n == 0 || slice_eq(again->status, first->status) ||
	       slice_ends(first->status, ".0.0");
}

/* A bracket or a quotation mark at the end that was opened before the reply. */
static struct slice
without_closing(struct slice reply, char opened)
{
	int depth = 0;

	reply = slice_trim(reply);
	for (size_t i = 0; i < reply.n; i++)
		depth += reply.p[i] == '(' ? 1 : reply.p[i] == ')' ? -1 : 0;
	while (reply.n > 0 && depth < 0 && reply.p[reply.n - 1] == ')') {
		reply = slice_trim(slice_sub(reply, 0, reply.n - 1));
		depth++;
	}
	if ((opened == '\'' || opened == '"') && reply.n > 0 &&
		reply.p[reply.n - 1] == opened)
		reply.n--;
	return slice_trim(reply);
}

/* Takes the reply whose codes stand at `at`. line: up to the end of what was said. */
static void
take(struct pool *pool, struct slice line, size_t at, struct quote *quote)
{
	struct str reply = STR_POOL(pool);
	struct codes first, again;
	size_t i = at, from = 0;
	char opened = at > 0 ? line.p[at - 1] : ' ';

	if (!find_codes(line, &i, &first, &from))
		return;
	quote->before = slice_trim(slice_sub(line, 0, i));
	line = slice_sub(
		line, 0, from + reply_end(pool_lower(pool, slice_from(line, from))));
	for (i = from; i < line.n;) {
		size_t next = i, after = 0;

		while (find_codes(line, &next, &again, &after) &&
			!is_again(&first, &again))
			next = after;
		if (next >= line.n || after == 0 || after <= next) {
			str_addn(&reply, line.p + i, line.n - i);
			break;
		}
		str_addn(&reply, line.p + i, next - i);
		if (first.code.n == 0)
			first.code = again.code;
		/* Sendmail logs a dsn=5.0.0 of its own before the receiver's words. */
		if (first.status.n == 0 ||
			(again.status.n > 0 && slice_ends(first.status, ".0.0")))
			first.status = again.status;
		i = MIN(after, line.n);
	}
	if (first.code.n > 0)
		quote->code = pool_copy(pool, first.code);
	if (first.status.n > 0)
		quote->status = pool_copy(pool, first.status);
	quote->reply = pool_slice(pool, without_closing(str_slice(&reply), opened));
}

/* The rest of the line from here on, of which no more is looked at than a reply may have
 * with what stands around it. */
static struct slice
line_from(struct slice lines, size_t at)
{
	struct slice rest = slice_sub(lines, at, 2 * REPLY_LIMIT);
	ptrdiff_t end = slice_find(rest, '\n');

	return end < 0 ? rest : slice_sub(rest, 0, (size_t)end);
}

/* The words behind which a reply stands, the surest first. */
static const struct wrapping {
	const char *words;
	bool is_direct; /* the code follows at once */
	bool has_words; /* words before the code are the reply's as well */
} wrappings[] = {
	{ "<<< ", true, false },
	{ "received >>> ", true, false },
	{ "diagnostic-code:", false, true },
	{ " said: ", false, true },
	{ "refused to talk to me: ", false, false },
	{ " reply=", false, false },
	{ "smtp error from remote", false, false },
	{ " status=bounced (", false, false },
	{ " status=deferred (", false, false },
	{ " stat=", false, false },
};

/* Behind "said:" within, where a code follows it: there a host says what another did. */
static struct slice
innermost(struct pool *pool, struct slice line)
{
	ptrdiff_t at;

	while ((at = slice_search(pool_lower(pool, line), " said: ")) >= 0) {
		struct slice inner = slice_from(line, (size_t)at + 7);
		struct codes codes;
		size_t from = 0, after;

		if (!find_codes(inner, &from, &codes, &after))
			break;
		line = inner;
	}
	return line;
}

/* Looks behind these words. */
static bool
find_wrapped(struct pool *pool, struct slice lines, struct slice low,
	const struct wrapping *wrapping, struct quote *quote)
{
	size_t at = 0;
	ptrdiff_t place;

	for (int i = 0; i < PLACES_LIMIT; i++) {
		struct slice line;
		struct codes codes;
		size_t from = 0, after;

		place = slice_search(slice_from(low, at), wrapping->words);
		if (place < 0)
			break;
		at += (size_t)place + strlen(wrapping->words);
		line = line_from(lines, at);
		if (!wrapping->is_direct)
			line = innermost(pool, line);
		if (!find_codes(line, &from, &codes, &after) ||
			(wrapping->is_direct && from > 1))
			continue;
		take(pool, line, from, quote);
		quote->from = (size_t)(line.p - lines.p);
		if (!wrapping->has_words)
			quote->before = SLICE_EMPTY;
		else if (slice_find(quote->before, ';') >= 0)
			quote->before = slice_from(quote->before,
				(size_t)slice_find(quote->before, ';') + 1);
		return true;
	}
	return false;
}

/* May a number alone be a code here: not after a word of a sentence? */
static bool
is_place_of_code(struct slice text, size_t at)
{
	static const char *const before[] = { "error", "code", "reply", "response",
		"status", "smtp", "said", "returned", "reason", "with", "error:" };
	struct slice head = slice_trim(slice_sub(text, 0, at));
	size_t n = 0;

	if (at == 0 || text.p[at - 1] == '\n' || head.n == 0)
		return true;
	if (!ascii_is_alnum(head.p[head.n - 1]))
		return head.p[head.n - 1] != ',' && head.p[head.n - 1] != '.';
	while (n < head.n && ascii_is_alnum(head.p[head.n - 1 - n]))
		n++;
	for (size_t i = 0; i < ARRAY_LEN(before); i++)
		if (slice_caseis(slice_from(head, head.n - n), before[i]))
			return true;
	return false;
}

/* Enough words before a code that stands last? Foreign letters are a person's. */
static bool
is_behind_words(struct slice before, struct slice after)
{
	size_t words = 0;

	for (size_t i = 0; i + 1 < after.n; i++)
		words += after.p[i] == ' ';
	if (words > WORDS_AFTER || !slice_is_ascii(before))
		return false;
	for (size_t i = words = 0; i + 1 < before.n; i++)
		words += before.p[i] == ' ';
	return words >= WORDS_AFTER;
}

enum bare { BARE_BOTH, BARE_CODE, BARE_STATUS };

/* Looks for codes wherever they stand. */
static bool
find_bare(struct pool *pool, struct slice lines, enum bare what, struct quote *quote)
{
	struct codes codes;
	size_t at = 0, after = 0;

	for (; find_codes(lines, &at, &codes, &after); at = after) {
		size_t begin = at;

		if (what == BARE_BOTH && (codes.code.n == 0 || codes.status.n == 0))
			continue;
		if (what == BARE_STATUS && codes.status.n == 0)
			continue;
		if (what == BARE_CODE &&
			(codes.code.n == 0 || !is_place_of_code(lines, at)))
			continue;
		while (begin > 0 && lines.p[begin - 1] != '\n' &&
			at - begin < REPLY_LIMIT)
			begin--;
		take(pool, line_from(lines, begin), at - begin, quote);
		quote->from = at;
		if (!is_behind_words(quote->before, quote->reply))
			quote->before = SLICE_EMPTY;
		return true;
	}
	return false;
}

/* The status behind such words; NULL: none. */
static const char *
status_behind(struct pool *pool, struct slice lines, struct slice low, const char *words)
{
	size_t at = 0;
	ptrdiff_t place;

	while ((place = slice_search(slice_from(low, at), words)) >= 0) {
		struct scan s;
		struct slice status;

		at += (size_t)place + strlen(words);
		s = scan_of(slice_from(lines, at));
		scan_char(&s, ' ');
		if (scan_status(&s, &status))
			return pool_copy(pool, status);
	}
	return NULL;
}

/* A delivery status, or a log, that has a status code and words, but no reply. */
static bool
find_words(struct pool *pool, struct slice lines, struct slice low, struct quote *quote)
{
	static const struct {
		const char *status, *words;
	} forms[] = { { "status:", "diagnostic-code:" }, { "dsn=", " status=bounced (" },
		{ "dsn=", " status=deferred (" }, { "dsn=", " stat=" } };

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		ptrdiff_t at = slice_search(low, forms[i].words);
		struct slice line;

		quote->status = status_behind(pool, lines, low, forms[i].status);
		if (at < 0 || quote->status == NULL)
			continue;
		quote->from = (size_t)at + strlen(forms[i].words);
		line = line_from(lines, quote->from);
		if (i == 0 && slice_find(line, ';') >= 0)
			line = slice_from(line, (size_t)slice_find(line, ';') + 1);
		line = slice_sub(line, 0, reply_end(pool_lower(pool, line)));
		quote->reply = pool_slice(pool, without_closing(line, ' '));
		return true;
	}
	quote->status = NULL;
	return false;
}

/* Sendmail's own verdict stands below what it quotes: "554 5.0.0 Service unavailable". */
static void
add_verdict(struct pool *pool, struct slice lines, struct quote *quote)
{
	struct slice rest = slice_from(lines, quote->from), line;

	slice_next(&rest, '\n', &line);
	for (int i = 0; i < 3 && slice_next(&rest, '\n', &line); i++) {
		struct scan s = scan_of(line);
		struct codes codes;

		if (scan_codes(&s, &codes) && codes.code.n > 0 && codes.status.n > 0)
			quote->status = pool_copy(pool, codes.status);
		if (quote->status != NULL)
			return;
	}
}

bool
quote_find(struct pool *pool, struct slice lines, struct quote *quote)
{
	struct slice low = pool_lower(pool, lines);

	*quote = (struct quote){ .reply = SLICE_EMPTY };
	for (size_t i = 0; i < ARRAY_LEN(wrappings); i++)
		if (find_wrapped(pool, lines, low, &wrappings[i], quote)) {
			if (i == 0 && quote->status == NULL)
				add_verdict(pool, lines, quote);
			return true;
		}
	if (find_bare(pool, lines, BARE_BOTH, quote) ||
		find_words(pool, lines, low, quote) ||
		find_bare(pool, lines, BARE_CODE, quote) ||
		find_bare(pool, lines, BARE_STATUS, quote))
		return true;
	quote->status = status_behind(pool, lines, low, "\nstatus:");
	if (quote->status == NULL)
		quote->status = status_behind(pool, lines, low, "dsn=");
	return quote->status != NULL;
}
