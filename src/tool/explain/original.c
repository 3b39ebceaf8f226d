/*
 * A part is looked for by its Content-Type line wherever that stands, without reading
 * MIME's boundaries: bounces are often pasted in part, and what follows is a header or is
 * not. A header ends by itself at the boundary, which is no field.
 */
#include "base/base.h"
#include "tool/explain/original.h"

#include "base/scan.h"
#include "mail/header.h"
#include "mail/message.h"

/* Does the field hold these bytes, in any case? */
static bool
field_has(const struct header *field, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; field != NULL && i + n <= field->value.n; i++)
		if (slice_caseeq(slice_sub(field->value, i, n), slice_make(word, n)))
			return true;
	return false;
}

/* Does a mail system write so? */
static bool
is_bounce(const struct headers *fields)
{
	const struct header *path = headers_find(fields, "Return-Path");

	return field_has(headers_find(fields, "Content-Type"), "multipart/report") ||
	       field_has(headers_find(fields, "From"), "mailer-daemon") ||
	       (path != NULL && slice_is(slice_trim(path->value), "<>"));
}

/* What stands behind the line with these first bytes; empty: there is no such line. */
static struct slice
behind_line(struct slice text, const char *begin, struct slice *value)
{
	struct scan s = scan_of(text);

	while (!scan_is_end(&s)) {
		struct slice line = scan_until(&s, '\n');

		scan_char(&s, '\n');
		if (slice_caseeq(slice_sub(line, 0, strlen(begin)), slice_of(begin))) {
			*value = slice_trim(slice_from(line, strlen(begin)));
			return scan_rest(&s);
		}
	}
	*value = SLICE_EMPTY;
	return SLICE_EMPTY;
}

/* What stands behind the next empty line. */
static struct slice
behind_header(struct slice text)
{
	struct scan s = scan_of(text);

	while (!scan_is_end(&s)) {
		struct slice line = scan_until(&s, '\n');

		scan_char(&s, '\n');
		if (slice_trim(line).n == 0)
			break;
	}
	return scan_rest(&s);
}

static void
read_part(struct pool *pool, struct slice text, struct original *original)
{
	static const struct {
		const char *type;
		bool is_whole;
	} types[] = {
		{ "Content-Type: message/rfc822", true },
		{ "Content-Type: text/rfc822-headers", false },
		{ "Content-Type: message/global", true },
	};
	struct slice value, rest;

	for (size_t i = 0; i < ARRAY_LEN(types) && original->fields.n == 0; i++) {
		rest = behind_line(text, types[i].type, &value);
		if (rest.n == 0)
			continue;
		message_split(
			pool, behind_header(rest), &original->fields, &original->body);
		original->is_whole = types[i].is_whole;
	}
}

/* The recipient of a delivery status, without its type. */
static struct slice
final_recipient(struct slice text)
{
	struct slice value, type, path;

	behind_line(text, "Final-Recipient:", &value);
	if (!slice_cut(value, ';', &type, &path))
		return SLICE_EMPTY;
	path = slice_trim(path);
	if (path.n > 2 && path.p[0] == '<')
		path = slice_sub(path, 1, path.n - 2);
	return path;
}

void
original_read(struct pool *pool, struct slice text, struct original *original)
{
	struct headers fields = VEC_INIT;
	struct slice body = SLICE_EMPTY;

	*original = (struct original){ .outer = text };
	message_split(pool, text, &fields, &body);
	original->is_bounce = headers_find(&fields, "From") == NULL ||
	                      headers_find(&fields, "Received") == NULL ||
	                      is_bounce(&fields);
	if (original->is_bounce) {
		read_part(pool, text, original);
		original->final = final_recipient(text);
	} else {
		original->fields = fields;
		original->body = body;
		original->outer = body;
		original->is_whole = true;
	}
}
