/*
 * One pass over the lines. A boundary line, or a Content-Type line where no boundary is
 * known, begins a part; its own header ends at an empty line. What came back begins with
 * a part of its own type, with a line that says so, or with the first field that every
 * message on the way has: from there on, nothing is taken until the next part of the
 * bounce itself.
 */
#include "base/base.h"
#include "tool/explain/parts.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/scan.h"
#include "base/str.h"

enum kind { KIND_TEXT, KIND_STATUS, KIND_PAGE, KIND_RETURNED, KIND_OTHER };

static const struct {
	const char *type;
	enum kind kind;
} kinds[] = {
	{ "text/plain", KIND_TEXT },
	{ "text/html", KIND_PAGE },
	{ "message/delivery-status", KIND_STATUS },
	{ "message/global-delivery-status", KIND_STATUS },
	{ "message/rfc822", KIND_RETURNED },
	{ "message/global", KIND_RETURNED },
	{ "text/rfc822-headers", KIND_RETURNED },
	{ "multipart/", KIND_OTHER },
	{ "image/", KIND_OTHER },
	{ "application/", KIND_OTHER },
};

struct reader {
	struct pool *pool;
	struct slice outer; /* the boundary of the bounce itself; empty: not known */
	bool in_header;     /* of a part */
	bool is_over;       /* what follows in this part came back */
	enum kind kind;
	struct slice encoding;
	struct str part; /* of the part that is being read */
	struct str words, first, page;
};

/* Does the text begin with these bytes, in any case? */
static bool
begins(struct slice text, const char *with)
{
	return slice_caseeq(slice_sub(text, 0, strlen(with)), slice_of(with));
}

struct slice
parts_parameter(struct slice type, const char *name)
{
	struct slice part;

	while (slice_next(&type, ';', &part)) {
		part = slice_trim(part);
		if (!begins(part, name) || part.n == strlen(name) ||
			part.p[strlen(name)] != '=')
			continue;
		part = slice_trim(slice_from(part, strlen(name) + 1));
		if (part.n > 1 && part.p[0] == '"')
			part = slice_sub(part, 1,
				(size_t)MAX(slice_find(slice_from(part, 1), '"'), 0));
		return part;
	}
	return SLICE_EMPTY;
}

static enum kind
kind_of(struct slice type, enum kind otherwise)
{
	type = slice_trim(type);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (begins(type, kinds[i].type))
			return kinds[i].kind;
	return otherwise;
}

/* RFC 2045 6.7: "=3D", and a "=" at the end of a line that goes on. */
static struct slice
quoted_printable(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < text.n; i++) {
		int high, low;

		if (text.p[i] != '=' || i + 1 >= text.n) {
			str_addc(&out, text.p[i]);
			continue;
		}
		if (text.p[i + 1] == '\n') {
			i++;
			continue;
		}
		high = ascii_hex(text.p[i + 1]);
		low = i + 2 < text.n ? ascii_hex(text.p[i + 2]) : -1;
		if (high < 0 || low < 0) {
			str_addc(&out, '=');
			continue;
		}
		str_addc(&out, (char)(high * 16 + low));
		i += 2;
	}
	return str_slice(&out);
}

static struct slice
decode(struct reader *r, struct slice text)
{
	struct slice bytes;

	if (begins(slice_trim(r->encoding), "quoted-printable"))
		return quoted_printable(r->pool, text);
	if (begins(slice_trim(r->encoding), "base64") &&
		base64_parse(r->pool, slice_trim(text), &bytes) == NULL)
		return bytes;
	return text;
}

/* The length of a tag that begins here; 0: it is none, but an address in brackets. */
static size_t
tag_length(struct slice text, bool *is_break)
{
	static const char *const breaks[] = { "br", "p", "div", "td", "tr", "li", "h1",
		"h2", "pre", "hr" };
	struct scan s = scan_of(text);
	struct slice name, rest;

	if (!scan_char(&s, '<'))
		return 0;
	scan_char(&s, '/');
	scan_char(&s, '!');
	if (!scan_span(&s, ascii_is_alnum, &name))
		return 0;
	rest = scan_until(&s, '>');
	if (!scan_char(&s, '>') ||
		(rest.n > 0 && !ascii_is_space(rest.p[0]) && rest.p[0] != '/'))
		return 0;
	*is_break = false;
	for (size_t i = 0; i < ARRAY_LEN(breaks); i++)
		*is_break = *is_break || slice_caseis(name, breaks[i]);
	return (size_t)(s.p - text.p);
}

/* The text of a page: no tags, the usual entities as what they stand for. */
static struct slice
page_text(struct pool *pool, struct slice text)
{
	static const struct {
		const char *name, *text;
	} entities[] = { { "&#39;", "'" }, { "&#x27;", "'" }, { "&quot;", "\"" },
		{ "&lt;", "<" }, { "&gt;", ">" }, { "&amp;", "&" }, { "&nbsp;", " " } };
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < text.n;) {
		struct slice rest = slice_from(text, i);
		bool is_break = false;
		size_t n = text.p[i] == '<' ? tag_length(rest, &is_break) : 0, k;

		if (n > 0) {
			str_addc(&out, is_break ? '\n' : ' ');
			i += n;
			continue;
		}
		for (k = 0; text.p[i] == '&' && k < ARRAY_LEN(entities); k++)
			if (begins(rest, entities[k].name))
				break;
		if (text.p[i] == '&' && k < ARRAY_LEN(entities)) {
			str_add(&out, entities[k].text);
			i += strlen(entities[k].name);
		} else {
			str_addc(&out, text.p[i++]);
		}
	}
	return str_slice(&out);
}

/* Is the text a page that was copied with its tags? */
static bool
is_page(struct slice text)
{
	static const char *const tags[] = { "<html", "<HTML", "<body", "<br", "<p>" };

	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (slice_search(text, tags[i]) >= 0)
			return true;
	return false;
}

/* What was read of a part goes where its kind belongs. */
static void
end_part(struct reader *r)
{
	struct slice text = decode(r, str_slice(&r->part));

	if (slice_trim(text).n > 0) {
		if (r->kind == KIND_PAGE || (r->kind == KIND_TEXT && is_page(text)))
			text = page_text(r->pool, text);
		if (r->kind == KIND_TEXT && r->first.n == 0)
			str_add_slice(&r->first, text);
		if (r->kind == KIND_TEXT || r->kind == KIND_STATUS) {
			str_add_slice(&r->words, text);
			str_add(&r->words, "\n\n");
		} else if (r->kind == KIND_PAGE) {
			str_add_slice(&r->page, text);
			str_add(&r->page, "\n\n");
		}
	}
	r->part = (struct str)STR_POOL(r->pool);
}

static void
begin_part(struct reader *r)
{
	end_part(r);
	r->in_header = true;
	r->is_over = false;
	r->kind = KIND_TEXT;
	r->encoding = SLICE_EMPTY;
}

/* Does the message that came back begin here? */
static bool
is_returned(struct slice line)
{
	static const char *const fields[] = { "Received: ", "Received:\t",
		"Return-Path:", "X-Received:", "DKIM-Signature:", "ARC-Seal:",
		"Authentication-Results:", "Received-SPF:" };
	static const char *const lines[] = { "this is a copy of",
		"original message follow", "original message header",
		"original message --", "original message:", "message headers follow",
		"message header follows", "the header of the original",
		"below this line is a copy", "unsent message follow",
		"returned message follow", "copy of the message", "enclosed is a copy",
		"message text follows", "undelivered message" };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (begins(line, fields[i]))
			return true;
	while (line.n > 0 && (line.p[0] == '-' || line.p[0] == ' ' || line.p[0] == '='))
		line = slice_from(line, 1);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (begins(line, lines[i]))
			return true;
	return begins(line, "original message") && slice_trim(line).n == 16;
}

/* Is this line the boundary before a part? */
static bool
is_boundary(const struct reader *r, struct slice line, struct slice rest)
{
	struct slice next;

	if (!slice_starts(line, "--") || line.n < 3)
		return false;
	if (r->kind == KIND_RETURNED && r->outer.n > 0)
		return slice_eq(slice_sub(line, 2, r->outer.n), r->outer);
	if (r->outer.n > 0 && slice_eq(slice_sub(line, 2, r->outer.n), r->outer))
		return true;
	if (r->kind == KIND_RETURNED)
		return false;
	for (int i = 0; i < 3 && slice_next(&rest, '\n', &next); i++)
		if (begins(next, "Content-"))
			return true;
	return false;
}

static void
read_part_field(struct reader *r, struct slice line)
{
	if (begins(line, "Content-Type:"))
		r->kind = kind_of(slice_from(line, 13), KIND_OTHER);
	else if (begins(line, "Content-Transfer-Encoding:"))
		r->encoding = slice_from(line, 26);
}

static void
read_line(struct reader *r, struct slice line, struct slice rest)
{
	if (is_boundary(r, line, rest)) {
		begin_part(r);
	} else if (r->in_header) {
		read_part_field(r, line);
		r->in_header = line.n > 0;
	} else if (begins(line, "Content-Type:") && r->kind != KIND_RETURNED &&
		   kind_of(slice_from(line, 13), KIND_TEXT) != KIND_TEXT) {
		begin_part(r);
		read_part_field(r, line);
	} else {
		r->is_over = r->is_over || is_returned(line);
		if (!r->is_over && r->kind != KIND_RETURNED && r->kind != KIND_OTHER) {
			str_add_slice(&r->part, line);
			str_addc(&r->part, '\n');
		}
	}
}

struct slice
parts_lines(struct pool *pool, struct slice text)
{
	bool has_feeds = slice_find(text, '\n') >= 0;
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\r' && !has_feeds)
			str_addc(&out, '\n');
		else if (text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
			continue;
		else
			str_addc(&out, text.p[i] == '\0' ? ' ' : text.p[i]);
	return str_slice(&out);
}

void
parts_read(struct pool *pool, struct slice text, struct slice type, struct slice encoding,
	struct parts *parts)
{
	struct reader r = { .pool = pool,
		.outer = parts_parameter(type, "boundary"),
		.kind = kind_of(type, KIND_TEXT),
		.encoding = encoding };
	struct slice rest = parts_lines(pool, text), line;

	r.part = r.words = r.first = r.page = (struct str)STR_POOL(pool);
	while (slice_next(&rest, '\n', &line))
		read_line(&r, line, rest);
	end_part(&r);
	parts->words = str_slice(&r.words);
	parts->first = str_slice(&r.first);
	parts->page = str_slice(&r.page);
}
