/*
 * compare/mailbox - archived mail, message by message
 *
 * An mbox of any size (from a file or a pipe), a Maildir, a directory of messages, or one
 * message. In an mbox a message ends where its Content-Length says, if that is so, else
 * before a line "From " behind an empty one; where the first such line of the file bears
 * a date, the others do, too. Texts come with CRLF.
 *
 * Standards: RFC 4155; qmail's mbox(5) and maildir(5)
 * Failure:   a complaint (for people) when there is no such mailbox; a message that
 *            cannot be read says so.
 */
#ifndef TOOL_COMPARE_MAILBOX_H
#define TOOL_COMPARE_MAILBOX_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/words.h"
#include "tool/compare/stream.h"

#define MAILBOX_MAIL_MAX ((size_t)50 << 20) /* bytes of a message that is read */

struct mailbox {
	struct pool *pool;
	struct words files; /* NULL: standard input */
	size_t next;        /* of files */
	struct stream stream;
	bool is_directory, is_open;
	bool is_mbox;   /* the open file is */
	bool has_dates; /* its lines between messages bear one */
};

struct mail {
	struct slice text; /* until the next one */
	int64_t time;      /* when it was delivered, if is_dated */
	bool is_dated, is_mbox;
	const char *bad; /* why there is no text, or NULL */
};

/* What bad can be. */
#define MAIL_UNREADABLE "cannot be read"
#define MAIL_TOO_LARGE "is larger than 50 MB"

/* path: NULL and "-" are standard input. */
const char *mailbox_open(struct mailbox *, struct pool *, const char *path);
void mailbox_close(struct mailbox *);

/* The next message; the pool may go with it. False: there is no more. */
bool mailbox_next(struct mailbox *, struct pool *, struct mail *);

/* The text without the '>' that an mbox puts before lines of the body that begin with
 * "From "; false: there is no such line. */
bool mailbox_unquote(struct pool *, struct slice text, struct slice *plain);

#endif
