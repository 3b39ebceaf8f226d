/*
 * A file is read whole, a line at a time, and never refused: somebody who needs to know
 * why mail is refused is helped by the rows that can be used. What takes rows out is
 * looked at before anything is joined, so that it concerns ours alone.
 */
#include "base/base.h"
#include "tool/table_file.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/scan.h"
#include "tool/tool.h"

#define FIELDS_MAX 64
#define ROWS_MAX 10000

static bool
is_blank(char c)
{
	return ascii_is_wsp(c) || c == '\r';
}

static bool
is_plain(char c)
{
	return !is_blank(c) && !ascii_is_ctl(c) && c != '#' && c != '"';
}

static bool
is_quoted(char c)
{
	return c != '"' && (!ascii_is_ctl(c) || ascii_is_wsp(c));
}

/* One field. NULL, or why there is none. */
static const char *
read_field(struct pool *pool, struct scan *s, struct words *fields)
{
	struct slice text = SLICE_EMPTY;

	if (fields->n == FIELDS_MAX)
		return _("too many fields");
	if (scan_char(s, '"')) {
		scan_span(s, is_quoted, &text);
		if (!scan_char(s, '"'))
			return _("a quotation mark is not closed");
	} else if (!scan_span(s, is_plain, &text)) {
		return _("a control character");
	}
	*vec_add(pool, fields) = pool_copy(pool, text);
	return NULL;
}

/* The fields of a line; none where it is empty. */
static const char *
read_line(struct pool *pool, struct slice line, struct words *fields)
{
	struct scan s = scan_of(line);
	const char *bad;

	for (scan_skip(&s, is_blank); !scan_is_end(&s); scan_skip(&s, is_blank)) {
		if (scan_char(&s, '#'))
			return NULL;
		if ((bad = read_field(pool, &s, fields)) != NULL)
			return bad;
		if (scan_rest(&s).n > 0 && scan_rest(&s).p[0] == '"')
			return _("a quotation mark within a word");
	}
	return NULL;
}

const char *
file_row_cell(const struct file_row *row, size_t i)
{
	return strcmp(row->fields.v[i], "*") != 0 ? row->fields.v[i] : NULL;
}

void
table_file_complain(struct table_file *table, const struct file_row *row, const char *why)
{
	*vec_add(table->pool, &table->complaints) =
		(struct file_complaint){ row->file, row->line, why };
}

/* Does the line end in a backslash: does the next one go on with it? */
static bool
goes_on(struct slice *line)
{
	struct slice trimmed = slice_trim(*line);

	if (!slice_ends(trimmed, "\\") || trimmed.p[0] == '#')
		return false;
	line->n = (size_t)(trimmed.p - line->p) + trimmed.n - 1;
	return true;
}

/* The fields of a row, which may go on over several lines. NULL, or why there are none.
 */
static const char *
read_lines(struct pool *pool, struct slice line, struct slice *text, int *number,
	struct words *fields)
{
	const char *bad = NULL, *why;
	bool more;

	do {
		more = goes_on(&line);
		why = read_line(pool, line, fields);
		bad = bad != NULL ? bad : why;
		if (more && !slice_next(text, '\n', &line))
			return bad;
		*number += more;
	} while (more);
	return bad;
}

void
table_file_parse(struct table_file *table, const char *file, struct slice text)
{
	struct slice line;
	int number = 0;

	while (slice_next(&text, '\n', &line)) {
		struct file_row row = { .file = file, .line = ++number };
		const char *bad =
			read_lines(table->pool, line, &text, &number, &row.fields);

		if (table->rows.n == ROWS_MAX && row.fields.n > 0) {
			table_file_complain(table, &row, _("too many rows"));
			return;
		}
		if (bad != NULL)
			table_file_complain(table, &row, bad);
		else if (row.fields.n > 0)
			*vec_add(table->pool, &table->rows) = row;
	}
}

/* Does the row begin with the fields of one that takes out, "-fm1" or "- fm1"? */
static bool
is_taken_out(const struct file_row *row, const struct file_row *by)
{
	bool is_apart = by->fields.v[0][1] == '\0';
	size_t first = is_apart ? 1 : 0;

	if (by->fields.n - first > row->fields.n || by->fields.n == first)
		return false;
	for (size_t i = first; i < by->fields.n; i++)
		if (strcasecmp(row->fields.v[i - first],
			    by->fields.v[i] + (i == 0 ? 1 : 0)) != 0)
			return false;
	return true;
}

/* Ours less the rows that `by` takes out; a complaint where these are none. */
static void
take_out(struct table_file *table, struct table_file *ours, const struct file_row *by)
{
	size_t kept = 0;

	for (size_t i = 0; i < ours->rows.n; i++)
		if (!is_taken_out(&ours->rows.v[i], by))
			ours->rows.v[kept++] = ours->rows.v[i];
	if (kept == ours->rows.n)
		table_file_complain(table, by,
			_("takes nothing out: no row of ours begins with these fields"));
	ours->rows.n = kept;
}

/* Where ours are: a program that was not installed finds them below itself, where the
 * build has put them. */
static const char *
data_directory(struct pool *pool)
{
	const char *named = getenv("SEKIMORI_DATADIR"), *built;
	char self[PATH_MAX];
	ssize_t n;

	if (named != NULL)
		return named;
	n = readlink("/proc/self/exe", self, sizeof(self));
	while (n > 0 && self[n - 1] != '/')
		n--;
	if (n > 0) {
		built = pool_printf(pool, "%.*sdata", (int)n, self);
		if (access(pool_printf(pool, "%s/replies", built), F_OK) == 0)
			return built;
	}
	return DATADIR "/sekimori";
}

static void
complain_of_file(struct table_file *table, const char *file, const char *why)
{
	table_file_complain(table, &(struct file_row){ .file = file }, why);
}

static void
add_complaints(struct table_file *table, const struct table_file *of)
{
	for (size_t i = 0; i < of->complaints.n; i++)
		*vec_add(table->pool, &table->complaints) = of->complaints.v[i];
}

void
table_file_read(struct pool *pool, const char *name, struct table_file *table)
{
	struct table_file own = { .pool = pool }, ours = { .pool = pool };
	const char *named = getenv("SEKIMORI_CONFDIR"), *file;
	const struct reason *bad;
	struct slice text;

	*table = (struct table_file){ .pool = pool };
	file = pool_printf(pool, "%s/%s", data_directory(pool), name);
	if ((bad = file_read(pool, file, &text)) == NULL)
		table_file_parse(&ours, file, text);
	else
		complain_of_file(table, file,
			pool_printf(pool,
				_("%s: what it tells is not known here; install it "
				  "again"),
				tool_reason(pool, bad)));
	file = pool_printf(
		pool, "%s/%s", named != NULL ? named : SYSCONFDIR "/sekimori", name);
	if (access(file, F_OK) == 0 || errno != ENOENT) {
		if ((bad = file_read(pool, file, &text)) == NULL)
			table_file_parse(&own, file, text);
		else
			complain_of_file(table, file, tool_reason(pool, bad));
	}
	add_complaints(table, &own);
	for (size_t i = 0; i < own.rows.n; i++)
		if (own.rows.v[i].fields.v[0][0] == '-')
			take_out(table, &ours, &own.rows.v[i]);
		else
			*vec_add(pool, &table->rows) = own.rows.v[i];
	add_complaints(table, &ours);
	for (size_t i = 0; i < ours.rows.n; i++)
		*vec_add(pool, &table->rows) = ours.rows.v[i];
}

static void
print_complaint(const struct file_complaint *c)
{
	if (c->line == 0)
		fprintf(stderr, "sekimori: %s\n", c->why);
	else
		fprintf(stderr, "sekimori: %s:%d: %s\n", c->file, c->line, c->why);
}

void
table_file_report(const struct table_file *table)
{
	for (size_t i = 0; i < table->complaints.n; i++)
		print_complaint(&table->complaints.v[i]);
}
