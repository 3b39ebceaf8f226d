/*
 * The body is seen byte by byte as it comes, and all that is kept is what the byte
 * before was and how long the line is: where one chunk ends and the next begins must
 * not show. A field counts as a line, because the milter protocol gives it without its
 * line end.
 */
#include "base/base.h"
#include "engine/submission.h"

#include "base/str.h"

void
submission_init(struct submission *s)
{
	*s = (struct submission){ 0 };
}

/* One byte, of which the chunk's border must not show. */
static void
feed(struct submission *s, char c)
{
	if (s->cr && c != '\n')
		s->bare_cr = true;
	if (c == '\n') {
		if (!s->cr)
			s->bare_lf = true;
		s->column = 0;
	} else if (c != '\r' && ++s->column > LINE_MAX_BYTES) {
		s->long_line = true;
	}
	if (c == '\0')
		s->nul = true;
	s->cr = c == '\r';
}

void
submission_body(struct submission *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		feed(s, p[i]);
}

/* A field ends its line whatever its last byte is. */
void
submission_header(struct submission *s, struct slice name, struct slice value)
{
	submission_body(s, name.p, name.n);
	submission_body(s, ":", 1);
	submission_body(s, value.p, value.n);
	submission_end(s);
	s->column = 0;
}

/* A CR at the very end has no LF. */
void
submission_end(struct submission *s)
{
	if (s->cr)
		s->bare_cr = true;
	s->cr = false;
}

static void
warn(struct str *out, const char *word)
{
	str_addf(out, "%s%s", out->n > 0 ? "," : "", word);
}

static void
warn_of_duplicates(struct pool *pool, const struct message *m, struct str *out)
{
	const char *name;

	for (size_t i = 0; (name = header_singleton(i)) != NULL; i++) {
		if (headers_count(&m->all, name) < 2)
			continue;
		warn(out,
			pool_printf(pool, "duplicate-%s",
				pool_lower(pool, slice_of(name)).p));
	}
}

static void
warn_of_line_ends(const struct submission *s, struct str *out)
{
	if (s->bare_cr)
		warn(out, "bare-cr");
	if (s->bare_lf)
		warn(out, "bare-lf");
	if (s->nul)
		warn(out, "nul");
}

const char *
submission_line_ends(struct pool *pool, const struct submission *s)
{
	struct str out = STR_POOL(pool);

	warn_of_line_ends(s, &out);
	return out.n > 0 ? out.p : NULL;
}

/* Everything that was seen, as one word of the log. */
const char *
submission_warnings(
	struct pool *pool, const struct submission *s, const struct message *m)
{
	struct str out = STR_POOL(pool);

	if (s->long_line)
		warn(&out, "long-lines");
	warn_of_line_ends(s, &out);
	warn_of_duplicates(pool, m, &out);
	/* RFC 8058 2: without it receivers offer no one-click unsubscription. */
	if (headers_find(&m->all, "List-Unsubscribe") != NULL &&
		headers_find(&m->all, "List-Unsubscribe-Post") == NULL)
		warn(&out, "no-list-unsubscribe-post");
	return out.n > 0 ? out.p : NULL;
}
