/*
 * Nobody says in an mbox which of its four kinds it is. Two of them have Content-Length,
 * but so have messages that were edited since; so the length counts only when a message
 * or the end of the file follows there. Whether ">From " was "From " once cannot be known
 * at all: the caller tries both, and a signature tells.
 */
#include "base/base.h"
#include "tool/compare/mailbox.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/ascii.h"
#include "base/scan.h"
#include "mail/date.h"
#include "tool/tool.h"

#define LENGTH_FIELD "Content-Length:"
#define NAME_DIGITS 9 /* of the time in a Maildir's file name, at least */

static bool
is_empty(struct slice line)
{
	return slice_is(line, "\n") || slice_is(line, "\r\n");
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The files of a directory by name, no hidden ones; false: there is no such directory. */
static bool
add_files(struct mailbox *box, const char *path)
{
	DIR *directory = opendir(path);
	size_t before = box->files.n;
	struct dirent *entry;
	struct stat info;

	if (directory == NULL)
		return false;
	while ((entry = readdir(directory)) != NULL) {
		const char *file = pool_printf(box->pool, "%s/%s", path, entry->d_name);

		if (entry->d_name[0] != '.' && stat(file, &info) == 0 &&
			S_ISREG(info.st_mode))
			*vec_add(box->pool, &box->files) = file;
	}
	closedir(directory);
	if (box->files.n > before)
		qsort(box->files.v + before, box->files.n - before, sizeof(*box->files.v),
			compare_names);
	return true;
}

/* Looks at the file's beginning. */
static void
start_file(struct mailbox *box)
{
	struct slice line;
	int64_t time;

	while (stream_line(&box->stream, 0, &line) && is_empty(line))
		stream_drop(&box->stream, line.n);
	box->is_mbox = slice_starts(line, "From ");
	box->has_dates = date_parse_mbox(line, &time) == NULL;
	box->is_open = true;
}

const char *
mailbox_open(struct mailbox *box, struct pool *pool, const char *path)
{
	bool is_maildir = false;
	const char *bad;
	struct stat info;

	*box = (struct mailbox){ .pool = pool };
	if (path != NULL && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
		box->is_directory = true;
		is_maildir |= add_files(box, pool_printf(pool, "%s/cur", path));
		is_maildir |= add_files(box, pool_printf(pool, "%s/new", path));
		if (!is_maildir && !add_files(box, path))
			return pool_printf(pool, _("cannot read '%s': %s"), path,
				_(strerror(errno)));
		return NULL;
	}
	*vec_add(pool, &box->files) = path;
	if ((bad = stream_open(&box->stream, pool, path)) == NULL)
		start_file(box);
	return bad;
}

void
mailbox_close(struct mailbox *box)
{
	if (box->is_open)
		stream_close(&box->stream);
	box->is_open = false;
}

/* Takes "Content-Length: 12"; 0: it is not that field. */
static size_t
length_of(struct slice line)
{
	struct scan s = scan_of(line);
	uint64_t length;

	if (!scan_casetext(&s, LENGTH_FIELD))
		return 0;
	scan_skip(&s, ascii_is_wsp);
	if (!scan_number(&s, &length) || length > MAILBOX_MAIL_MAX ||
		slice_trim(scan_rest(&s)).n > 0)
		return 0;
	return (size_t)length;
}

/* Is this a line between two messages of this file? */
static bool
is_between(const struct mailbox *box, struct slice line)
{
	int64_t time;

	return slice_starts(line, "From ") &&
	       (!box->has_dates || date_parse_mbox(line, &time) == NULL);
}

/* Does a message, or nothing, begin at that place, or behind an empty line there? */
static bool
is_end_at(struct mailbox *box, size_t at)
{
	struct slice line;

	if (stream_look(&box->stream, at).n < at)
		return false;
	if (stream_line(&box->stream, at, &line) && is_empty(line))
		stream_line(&box->stream, at + line.n, &line);
	return line.n == 0 || is_between(box, line);
}

/* Where a message of an mbox is read. */
struct reading {
	size_t at;     /* the next line's place in the window */
	size_t length; /* of the body, as the header says; 0: unknown */
	bool is_header, is_after_empty, is_line_start;
};

/* One line more; true: it was the last one. */
static bool
step(struct mailbox *box, struct reading *r, struct slice line)
{
	bool is_last_of_header = r->is_header && is_empty(line);

	if (r->is_header && !is_last_of_header)
		r->length = MAX(r->length, length_of(line));
	r->is_after_empty = r->is_line_start && is_empty(line);
	r->is_line_start = slice_ends(line, "\n");
	r->at += line.n;
	if (!is_last_of_header)
		return false;
	r->is_header = false;
	if (r->length == 0 || !is_end_at(box, r->at + r->length))
		return false;
	r->at += r->length;
	r->is_after_empty = false;
	return true;
}

/* The message whose "From " line the window begins with. */
static void
take_of_mbox(struct mailbox *box, struct mail *mail)
{
	struct reading r = { .is_header = true, .is_line_start = true };
	struct slice line;

	stream_line(&box->stream, 0, &line);
	mail->is_dated = date_parse_mbox(line, &mail->time) == NULL;
	stream_drop(&box->stream, line.n);
	while (stream_line(&box->stream, r.at, &line) &&
		!(r.is_after_empty && r.is_line_start && is_between(box, line)) &&
		!step(box, &r, line)) {
		if (r.at <= MAILBOX_MAIL_MAX)
			continue;
		mail->bad = MAIL_TOO_LARGE;
		stream_drop(&box->stream, r.at);
		r.at = 0;
	}
	mail->text = slice_sub(stream_look(&box->stream, r.at), 0, r.at);
	/* The empty line before the next message is the file's. */
	if (r.is_after_empty && !r.is_header)
		mail->text.n -= slice_ends(mail->text, "\r\n") ? 2 : 1;
	stream_drop(&box->stream, r.at);
	while (stream_line(&box->stream, 0, &line) && is_empty(line))
		stream_drop(&box->stream, line.n);
}

/* The time in the name of a Maildir's file, else that of the file. */
static void
date_file(const char *file, struct mail *mail)
{
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;
	struct scan s = scan_of(slice_of(slash != NULL ? slash + 1 : file));
	const char *from = s.p;
	uint64_t number;
	struct stat info;

	if (scan_number(&s, &number) && s.p - from >= NAME_DIGITS && scan_char(&s, '.') &&
		number <= DATE_LAST)
		mail->time = (int64_t)number;
	else if (file != NULL && stat(file, &info) == 0)
		mail->time = info.st_mtime;
	else
		return;
	mail->is_dated = true;
}

static void
take_file(struct mailbox *box, struct mail *mail)
{
	mail->text = stream_look(&box->stream, MAILBOX_MAIL_MAX + 1);
	if (mail->text.n > MAILBOX_MAIL_MAX) {
		mail->bad = MAIL_TOO_LARGE;
		while (mail->text.n > 0) {
			stream_drop(&box->stream, mail->text.n);
			mail->text = stream_look(&box->stream, 1);
		}
	}
	date_file(box->files.v[box->next - 1], mail);
	stream_drop(&box->stream, mail->text.n);
}

/* Takes a line with its LF; false: nothing is left. */
static bool
take_line(struct slice *rest, struct slice *line)
{
	ptrdiff_t end = slice_find(*rest, '\n');

	*line = slice_sub(*rest, 0, end >= 0 ? (size_t)end + 1 : rest->n);
	*rest = slice_from(*rest, line->n);
	return line->n > 0;
}

/* The text with CRLF at the end of each line, if its first line has no CR there. */
static struct slice
with_crlf(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);
	struct slice rest = text, line;

	if (!take_line(&rest, &line) || slice_ends(line, "\r\n"))
		return text;
	for (rest = text; take_line(&rest, &line);) {
		bool is_ended = slice_ends(line, "\n");

		str_addn(&out, line.p, line.n - is_ended);
		if (is_ended)
			str_add(&out, "\r\n");
	}
	return str_slice(&out);
}

bool
mailbox_next(struct mailbox *box, struct pool *pool, struct mail *mail)
{
	*mail = (struct mail){ .bad = NULL };
	box->next += box->is_open && box->next == 0;
	while (!box->is_open || stream_look(&box->stream, 1).n == 0) {
		mailbox_close(box);
		if (box->next >= box->files.n)
			return false;
		if (stream_open(&box->stream, pool, box->files.v[box->next++]) != NULL) {
			mail->bad = MAIL_UNREADABLE;
			return true;
		}
		start_file(box);
	}
	mail->is_mbox = box->is_mbox;
	if (box->is_mbox)
		take_of_mbox(box, mail);
	else
		take_file(box, mail);
	if (mail->bad == NULL && box->stream.error != 0)
		mail->bad = MAIL_UNREADABLE;
	mail->text = mail->bad == NULL ? with_crlf(pool, mail->text) : SLICE_EMPTY;
	return true;
}

/* ">From ", with any number of '>' more. */
static bool
is_quoted(struct slice line)
{
	struct scan s = scan_of(line);

	while (scan_char(&s, '>'))
		;
	return s.p > line.p && slice_starts(scan_rest(&s), "From ");
}

bool
mailbox_unquote(struct pool *pool, struct slice text, struct slice *plain)
{
	struct str out = STR_POOL(pool);
	bool is_body = false, is_found = false;
	struct slice line;

	while (take_line(&text, &line)) {
		is_body = is_body || is_empty(line);
		if (is_body && is_quoted(line)) {
			is_found = true;
			line = slice_from(line, 1);
		}
		str_add_slice(&out, line);
	}
	*plain = str_slice(&out);
	return is_found;
}
