/*
 * A field's kind is decided by its name without the blanks around it. Mail programs
 * differ on whether "From :" or " From:" is a From field, and a forger who sends two
 * hopes that the checker and the reader pick different ones; so every spelling counts.
 */
#include "base/base.h"
#include "mail/message.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "mail/lex.h"

enum { LATE_COST = 64 }; /* of a field past the limit, beside its bytes */

/* Which list a field name goes to. */
static struct headers *
kind_of(struct message *message, const struct header *field)
{
	const struct {
		const char *name;
		struct headers *list;
	} kinds[] = {
		{ "From", &message->from },
		{ "DKIM-Signature", &message->dkim },
		{ "Authentication-Results", &message->authres },
		{ "Received-SPF", &message->received_spf },
		{ "X-Sekimori-Quarantine", &message->quarantine },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (header_is(field, kinds[i].name))
			return kinds[i].list;
	return NULL;
}

void
message_init(struct message *message, struct pool *pool, size_t limit)
{
	*message = (struct message){
		.pool = pool, .limit = limit, .most_fields = MESSAGE_FIELDS
	};
}

/* A From field past the limit: a forger would hide it there. */
static void
add_late_author(struct message *message, struct slice name, struct slice value)
{
	struct header *field;

	if (!slice_caseis(slice_trim(name), "From"))
		return;
	message->late += LATE_COST + value.n;
	if (message->late > message->limit)
		return;
	field = pool_alloc(message->pool, sizeof(*field));
	field->name = SLICE_LIT("From");
	field->value = pool_slice(message->pool, value);
	*vec_add(message->pool, &message->from) = field;
}

void
message_add(struct message *message, struct slice name, struct slice value)
{
	struct headers *kind;
	struct header *field;

	message->bytes += name.n + 1 + value.n + 2;
	if (message->bytes > message->limit || message->all.n >= message->most_fields)
		message->too_large = true;
	if (message->too_large) {
		add_late_author(message, name, value);
		return;
	}
	field = pool_alloc(message->pool, sizeof(*field));
	field->name = pool_slice(message->pool, name);
	field->value = pool_slice(message->pool, value);
	*vec_add(message->pool, &message->all) = field;
	kind = kind_of(message, field);
	if (kind != NULL)
		*vec_add(message->pool, kind) = field;
}

/* The text with every LF as CRLF, when it has no CRLF of its own. */
static struct slice
with_crlf(struct pool *pool, struct slice text)
{
	size_t lines = 0, n = 0;
	char *out;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '\n')
			continue;
		if (i > 0 && text.p[i - 1] == '\r')
			return text;
		lines++;
	}
	if (lines == 0)
		return text;
	out = pool_alloc(pool, text.n + lines);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			out[n++] = '\r';
		out[n++] = text.p[i];
	}
	return slice_make(out, n);
}

/* Takes one line without its CRLF; the last line may have none. */
static struct slice
take_line(struct scan *s)
{
	const char *from = s->p, *p = s->p;

	while ((p = memchr(p, '\r', (size_t)(s->end - p))) != NULL) {
		if (s->end - p > 1 && p[1] == '\n') {
			s->p = p + 2;
			return slice_make(from, (size_t)(p - from));
		}
		p++;
	}
	s->p = s->end;
	return slice_make(from, (size_t)(s->end - from));
}

/* Takes a line and the lines that continue it, folds included, without the last CRLF. */
static struct slice
take_folded(struct scan *s)
{
	const char *from = s->p;
	struct slice line = take_line(s);

	while (!scan_is_end(s) && ascii_is_wsp(*s->p))
		line = take_line(s);
	return slice_make(from, (size_t)(line.p + line.n - from));
}

/* Passes over the line that mbox files put before a message: "From ", and no field. */
static void
skip_mbox_line(struct scan *s)
{
	struct scan ahead = *s;

	if (!scan_text(&ahead, "From "))
		return;
	scan_skip(&ahead, ascii_is_wsp);
	if (scan_peek(&ahead) != ':')
		take_line(s);
}

void
message_split(
	struct pool *pool, struct slice text, struct headers *fields, struct slice *body)
{
	struct scan s = scan_of(with_crlf(pool, text));

	*fields = (struct headers)VEC_INIT;
	skip_mbox_line(&s);
	while (!scan_is_end(&s)) {
		struct scan ahead = s;
		struct slice name, value;

		if (scan_text(&s, "\r\n"))
			break;
		/* Blanks may stand around the name (RFC 5322 4.5.8), not in it. */
		if (!slice_cut(take_folded(&ahead), ':', &name, &value) ||
			!lex_is_field_name(slice_trim(name)))
			break;
		struct header *field = pool_alloc(pool, sizeof(*field));

		*field = (struct header){ name, value };
		*vec_add(pool, fields) = field;
		s = ahead;
	}
	*body = scan_rest(&s);
}
