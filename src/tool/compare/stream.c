#include "base/base.h"
#include "tool/compare/stream.h"

#include "tool/tool.h"

#define CHUNK 65536

/* How compressed files begin, and who reads them. */
static const struct {
	struct slice magic;
	const char *reader;
} compressions[] = {
	{ SLICE_LIT("\x1f\x8b"), "zcat" },
	{ SLICE_LIT("\xfd"
		    "7zXZ"),
		"xzcat" },
	{ SLICE_LIT("\x28\xb5\x2f\xfd"), "zstdcat" },
	{ SLICE_LIT("BZh"), "bzcat" },
};

static bool
read_more(struct stream *stream)
{
	char chunk[CHUNK];
	size_t n;

	if (stream->is_end)
		return false;
	/* What was dropped is moved over only when it is the larger part. */
	if (stream->from > CHUNK && stream->from * 2 > stream->bytes.n) {
		memmove(stream->bytes.p, stream->bytes.p + stream->from,
			stream->bytes.n - stream->from);
		str_cut(&stream->bytes, stream->bytes.n - stream->from);
		stream->from = 0;
	}
	n = fread(chunk, 1, sizeof(chunk), stream->in);
	str_addn(&stream->bytes, chunk, n);
	stream->is_end = n < sizeof(chunk);
	if (ferror(stream->in))
		stream->error = errno;
	return n > 0;
}

struct slice
stream_look(struct stream *stream, size_t n)
{
	while (stream->bytes.n - stream->from < n && read_more(stream))
		;
	return slice_from(str_slice(&stream->bytes), stream->from);
}

bool
stream_line(struct stream *stream, size_t at, struct slice *line)
{
	size_t seen = 0;

	for (;;) {
		/* The window may hold much more than a line. */
		struct slice rest = slice_sub(
			stream_look(stream, at + seen + 1), at, STREAM_LINE_MAX);
		ptrdiff_t end = slice_find(slice_from(rest, seen), '\n');

		*line = end >= 0 ? slice_sub(rest, 0, seen + (size_t)end + 1) : rest;
		if (end >= 0 || rest.n == seen || rest.n >= STREAM_LINE_MAX)
			return line->n > 0;
		seen = rest.n;
	}
}

void
stream_drop(struct stream *stream, size_t n)
{
	stream->from += MIN(n, stream->bytes.n - stream->from);
}

void
stream_close(struct stream *stream)
{
	if (stream->in != stdin)
		fclose(stream->in);
	str_release(&stream->bytes);
}

const char *
stream_open(struct stream *stream, struct pool *pool, const char *file)
{
	bool is_stdin = file == NULL || strcmp(file, "-") == 0;
	const char *name = is_stdin ? "-" : file;

	*stream = (struct stream){ .in = is_stdin ? stdin : fopen(file, "rb"),
		.bytes = STR_INIT };
	if (stream->in == NULL)
		return pool_printf(
			pool, _("cannot open '%s': %s"), file, _(strerror(errno)));
	for (size_t i = 0; i < ARRAY_LEN(compressions); i++) {
		struct slice magic = compressions[i].magic;

		if (!slice_eq(slice_sub(stream_look(stream, magic.n), 0, magic.n), magic))
			continue;
		stream_close(stream);
		return pool_printf(pool, _("'%s' is compressed: %s gives what is in it"),
			name, compressions[i].reader);
	}
	if (stream->error == 0)
		return NULL;
	stream_close(stream);
	return pool_printf(
		pool, _("cannot read '%s': %s"), name, _(strerror(stream->error)));
}
