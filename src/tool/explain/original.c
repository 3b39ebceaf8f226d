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
#include "tool/explain/parts.h"

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

/* Reports of abuse and of reading are no bounces (RFC 5965, RFC 8098). */
static bool
is_other_report(const struct headers *fields)
{
	const struct header *type = headers_find(fields, "Content-Type");

	return field_has(type, "feedback-report") ||
	       field_has(type, "disposition-notification");
}

/* Does a mail system write so? Few keep to a delivery status (RFC 3464): the sender, an
 * empty reverse-path, or the subject tell the others. sure: not by what other programs
 * write as well. */
static bool
is_bounce(const struct headers *fields, bool *is_sure)
{
	static const struct {
		const char *name, *word;
	} marks[] = {
		{ "Content-Type", "multipart/report" },
		{ "From", "mailer-daemon" },
		{ "From", "postmaster@" },
		{ "From", "post_master@" },
		{ "From", "mail delivery s" },
		{ "Return-Path", "mailer-daemon" },
		{ "X-Failed-Recipients", "@" },
		{ "Subject", "returned mail" },
		{ "Subject", "undeliver" },
		{ "Subject", "failure notice" },
		{ "Subject", "delivery failure" },
		{ "Subject", "delivery status" },
		{ "Subject", "delivery failed" },
		{ "Subject", "mail system error" },
		{ "Subject", "mail failure" },
		{ "Subject", "delivery error" },
		{ "Subject", "non-deliver" },
		{ "Subject", "nondeliver" },
		{ "Subject", "could not be delivered" },
	};
	const struct header *path = headers_find(fields, "Return-Path");

	*is_sure = false;
	if (is_other_report(fields))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		*is_sure = *is_sure ||
		           field_has(headers_find(fields, marks[i].name), marks[i].word);
	/* Somebody who is on holiday writes so, too. */
	return *is_sure || (path != NULL && slice_is(slice_trim(path->value), "<>")) ||
	       field_has(headers_find(fields, "Auto-Submitted"), "auto-");
}

/* Does a text without a header say that mail was not delivered, as mail servers do? */
static bool
is_notice(struct pool *pool, struct slice text)
{
	static const char *const sentences[] = { "could not be delivered",
		"couldn't be delivered", "was not delivered", "wasn't delivered",
		"unable to deliver", "delivery to the following recipient",
		"permanent fatal errors", "address(es) failed", "permanent error",
		"delivery has failed", "failed permanently",
		"did not reach the following", "undelivered mail", "undeliverable",
		"delivery failed", "delivery failure",
		"\xe9\x85\x8d\xe4\xbf\xa1\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe"
		"\xe3\x81\x9b\xe3\x82\x93\xe3\x81\xa7\xe3\x81\x97\xe3\x81\x9f" };
	struct slice low = pool_lower(pool, text);

	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (slice_search(low, sentences[i]) >= 0)
			return true;
	return false;
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

/* The text as far as its part goes, RFC 2046 5.1.1: to the line end before "--boundary".
 */
static struct slice
within_part(struct slice text, struct slice boundary)
{
	struct scan s = scan_of(text);

	while (boundary.n > 0 && !scan_is_end(&s)) {
		size_t at = text.n - scan_rest(&s).n;
		struct slice line = slice_trim(scan_until(&s, '\n'));

		scan_char(&s, '\n');
		if (slice_ends(line, "--") && line.n == boundary.n + 4)
			line.n -= 2;
		if (line.n == boundary.n + 2 && slice_starts(line, "--") &&
			slice_eq(slice_from(line, 2), boundary))
			return slice_sub(text, 0, at > 0 ? at - 1 : 0);
	}
	return text;
}

static void
read_part(struct pool *pool, struct slice text, struct slice boundary,
	struct original *original)
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
		message_split(pool, within_part(behind_header(rest), boundary),
			&original->fields, &original->body);
		original->is_whole = types[i].is_whole;
	}
}

/* The value of a field of a delivery status, without its type and brackets. */
static struct slice
status_field(struct slice text, const char *name)
{
	struct slice value, type, path;

	behind_line(text, name, &value);
	if (!slice_cut(value, ';', &type, &path))
		return SLICE_EMPTY;
	path = slice_trim(path);
	if (path.n > 2 && path.p[0] == '<')
		path = slice_sub(path, 1, path.n - 2);
	return path;
}

/* The own words of a bounce, apart from what it carries. */
static void
read_words(struct pool *pool, const struct headers *fields, struct slice text,
	struct original *original)
{
	const struct header *type = headers_find(fields, "Content-Type");
	const struct header *encoding = headers_find(fields, "Content-Transfer-Encoding");
	struct parts parts;

	parts_read(pool, text, type != NULL ? slice_trim(type->value) : SLICE_EMPTY,
		encoding != NULL ? encoding->value : SLICE_EMPTY, &parts);
	if (slice_trim(parts.words).n == 0 && parts.page.n == 0)
		parts_read(pool, text, SLICE_EMPTY, SLICE_EMPTY, &parts);
	original->outer =
		slice_trim(parts.words).n + parts.page.n > 0 ? parts.words : text;
	original->first = parts.first.n > 0 ? parts.first : parts.page;
	original->page = parts.page;
}

/* What the bounce says of the message besides the reply. */
static void
read_status(struct slice text, struct original *original)
{
	const struct header *path;

	original->final = status_field(text, "Final-Recipient:");
	original->reporting = status_field(text, "Reporting-MTA:");
	original->first_recipient = status_field(text, "Original-Recipient:");
	original->sender = status_field(text, "X-Postfix-Sender:");
	path = headers_find(&original->fields, "Return-Path");
	if (original->sender.n == 0 && path != NULL)
		original->sender = slice_trim(path->value);
}

void
original_read(struct pool *pool, struct slice text, struct original *original)
{
	const struct header *type;
	struct headers fields = VEC_INIT;
	struct slice body = SLICE_EMPTY;
	bool is_message, is_sure;

	text = parts_lines(pool, text);
	*original = (struct original){ .outer = text };
	message_split(pool, text, &fields, &body);
	is_message = headers_find(&fields, "From") != NULL;
	type = headers_find(&fields, "Content-Type");
	original->is_bounce =
		is_bounce(&fields, &is_sure) || !is_message ||
		(headers_find(&fields, "Received") == NULL && !is_other_report(&fields));
	if (original->is_bounce) {
		original->is_notice =
			is_sure || is_notice(pool, is_message ? body : text);
		read_part(pool, text,
			type != NULL ? parts_parameter(type->value, "boundary")
				     : SLICE_EMPTY,
			original);
		read_words(pool, &fields, is_message ? body : text, original);
		read_status(text, original);
	} else {
		original->fields = fields;
		original->body = body;
		original->outer = original->first = body;
		original->is_whole = true;
	}
}
