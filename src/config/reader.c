/*
 * One struct holds what the files of a configuration share, above all the files that
 * are open: an Include of one of them would never end, and depth is limited besides,
 * because names of one file differ ("./a", "a"). Paths are made whole at the very end,
 * since BaseDirectory may stand below them.
 */
#include "base/base.h"
#include "config/reader.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/scan.h"
#include "config/paths.h"

/* What all the files of one configuration share. */
struct reader {
	struct pool *pool;
	struct options *options;
	struct problems *problems;
	/* the files that are being read, outermost first */
	const char *open[READER_DEPTH];
	int depth;
};

static void reader_open(struct reader *, const char *file, struct place);

static void
reader_foreign(struct reader *reader, const struct foreign_option *option,
	struct slice name, struct slice value, struct place at)
{
	bool on = true, refused = option->how != FOREIGN_NOTE;

	if (option->how == FOREIGN_REFUSED_IF_ON && value_bool(value, &on) == NULL && !on)
		return;
	if (option->how == FOREIGN_REFUSED_BUT_FROM && slice_caseis(value, "From")) {
		problems_note(reader->problems, at,
			"OpenDKIM's %.*s is ignored: the From field decides in any case",
			SLICE_ARG(name));
		return;
	}
	if (refused)
		problems_error(reader->problems, at, "OpenDKIM's %.*s is not carried: %p",
			SLICE_ARG(name), reason_of(reader->problems->pool, option->text));
	else
		problems_note(reader->problems, at, "OpenDKIM's %.*s is ignored: %p",
			SLICE_ARG(name), reason_of(reader->problems->pool, option->text));
}

static void
reader_unknown(struct reader *reader, struct slice name, struct place at)
{
	const char *nearest = option_nearest(name);

	if (slice_ends(name, "=") || slice_ends(name, ":"))
		problems_error(reader->problems, at,
			"unknown option '%.*s': write a blank between name and value, "
			"not '%c'",
			SLICE_ARG(name), name.p[name.n - 1]);
	else if (nearest != NULL)
		problems_error(reader->problems, at,
			"unknown option '%.*s': did you mean '%s'?", SLICE_ARG(name),
			nearest);
	else
		problems_error(reader->problems, at,
			"unknown option '%.*s': see sekimori.conf(5) for those there are",
			SLICE_ARG(name));
}

static void
reader_set(struct reader *reader, const struct option *option, struct slice value,
	struct place at)
{
	size_t i = (size_t)(option - option_at(0));
	struct place *origin = &reader->options->origins[i];
	const struct reason *bad =
		option_parse(reader->pool, option, value, reader->options);

	if (bad != NULL) {
		problems_error(reader->problems, at, "%s is '%.*s': %p", option->name,
			SLICE_ARG(value), bad);
		return;
	}
	if (origin->file != NULL)
		problems_note(reader->problems, at,
			"%s was set before, at %s: this line holds", option->name,
			place_print(reader->problems->pool, *origin));
	*origin = at;
}

static void
reader_include(struct reader *reader, struct slice value, struct place at)
{
	const char *file = pool_copy(reader->pool, value);

	if (value.n == 0) {
		problems_error(reader->problems, at,
			"Include names no file: write Include /path/of/file");
		return;
	}
	for (int i = 0; i < reader->depth; i++)
		if (strcmp(reader->open[i], file) == 0) {
			problems_error(reader->problems, at,
				"'%s' includes itself: remove this line", file);
			return;
		}
	if (reader->depth == READER_DEPTH) {
		problems_error(reader->problems, at,
			"'%s' would be file %d inside others, %d are allowed: include it "
			"further out",
			file, READER_DEPTH + 1, READER_DEPTH);
		return;
	}
	reader_open(reader, file, at);
}

static void
reader_line(struct reader *reader, struct slice line, struct place at)
{
	struct slice head, text, tail, name, value;
	const struct foreign_option *foreign;
	const struct option *option;
	struct scan s;

	slice_cut(line, '\r', &head, &tail);
	slice_cut(head, '#', &text, &tail);
	s = scan_of(slice_trim(text));
	if (!scan_span(&s, ascii_is_nonspace, &name))
		return;
	value = slice_trim(scan_rest(&s));
	if (slice_find(text, '\0') >= 0)
		problems_error(reader->problems, at,
			"the line holds a NUL byte: this is no text file");
	else if (slice_caseis(name, "Include"))
		reader_include(reader, value, at);
	else if ((option = option_find(name)) != NULL)
		reader_set(reader, option, value, at);
	else if ((foreign = foreign_option_find(name)) != NULL)
		reader_foreign(reader, foreign, name, value, at);
	else
		reader_unknown(reader, name, at);
}

static void
reader_lines(struct reader *reader, struct slice text, const char *file)
{
	struct scan s = scan_of(text);
	struct place at = { file, 0 };

	reader->open[reader->depth++] = file;
	while (!scan_is_end(&s)) {
		struct slice line = scan_until(&s, '\n');

		scan_char(&s, '\n');
		at.line++;
		reader_line(reader, line, at);
	}
	reader->depth--;
}

/* from: the Include line, or nowhere for the outermost file. */
static void
reader_open(struct reader *reader, const char *file, struct place from)
{
	struct slice text;
	const struct reason *bad = file_read(reader->pool, file, &text);

	if (bad != NULL) {
		problems_error(reader->problems, from,
			"%p: write it, or name another file", bad);
		return;
	}
	*vec_add(reader->pool, &reader->options->files) = file;
	/* Editors of other systems begin a file in UTF-8 with a mark that nobody sees. */
	if (slice_starts(text, "\xef\xbb\xbf"))
		text = slice_from(text, 3);
	reader_lines(reader, text, file);
}

void
reader_file(struct pool *pool, const char *file, struct options *options,
	struct problems *problems)
{
	struct reader reader = { pool, options, problems, { NULL }, 0 };

	reader_open(&reader, pool_strdup(pool, file), (struct place){ NULL, 0 });
	paths_resolve(pool, options);
}

void
reader_text(struct pool *pool, struct slice text, const char *name,
	struct options *options, struct problems *problems)
{
	struct reader reader = { pool, options, problems, { NULL }, 0 };

	reader_lines(&reader, text, pool_strdup(pool, name));
	paths_resolve(pool, options);
}

void
options_read(struct pool *pool, const char *file, struct options *options,
	struct problems *problems)
{
	options_preset(pool, options);
	reader_file(pool, file, options, problems);
}
