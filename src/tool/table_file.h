/*
 * table_file - what is known of the world, as files of rows
 *
 * A line a row, blanks between its fields; what has blanks stands between quotation
 * marks. `#` begins a comment. A line that ends in a backslash goes on with the next.
 *
 *     dmarc-dns  *  *  "temporary dns failures" dmarc
 *
 * Each file comes with the program (DATADIR/sekimori/NAME), and may be extended by one of
 * the same name in SYSCONFDIR/sekimori: its rows come first, and a row there that begins
 * with `-` takes out those of ours that begin with the same fields. SEKIMORI_DATADIR and
 * SEKIMORI_CONFDIR name other directories.
 *
 * Failure: complaints, "FILE:LINE: why"; all other rows count.
 */
#ifndef TOOL_TABLE_FILE_H
#define TOOL_TABLE_FILE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "base/words.h"

struct file_row {
	struct words fields; /* one at least */
	const char *file;
	int line;
};

struct file_complaint {
	const char *file;
	int line; /* 0: the file itself, which `why` names */
	const char *why;
};

struct table_file {
	struct pool *pool;
	VEC(struct file_row) rows;
	VEC(struct file_complaint) complaints;
};

/* Adds the rows of a text. file: its name, for complaints. */
void table_file_parse(struct table_file *, const char *file, struct slice text);

/* A field; NULL for "*". */
const char *file_row_cell(const struct file_row *, size_t i);

/* A complaint about a row. */
void table_file_complain(struct table_file *, const struct file_row *, const char *why);

/* The rows of the administrator's file, then of ours less those that it takes out. That
 * ours is missing is a complaint, which says what to do. */
void table_file_read(struct pool *, const char *name, struct table_file *);

/* A complaint a line on standard error. */
void table_file_report(const struct table_file *);

#endif
