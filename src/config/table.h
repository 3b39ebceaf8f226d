/*
 * table - a data set: rows of a key and a value
 *
 * The forms of OpenDKIM that need no database: words in the option itself (`csl:` or
 * nothing), a file of rows (`file:` or an absolute path), a file of patterns (`refile:`).
 * Keys and values are bytes as written; the rows keep their order and their line.
 *
 * Failure: problems; a table that cannot be read has no rows.
 */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "config/problems.h"

/* What a look-up in a table came to. UNAVAILABLE: there is a row, or there may be one, but
 * it is out of service; what rests on it is put off, never taken for absent. */
enum found { ROW_ABSENT, ROW_FOUND, ROW_UNAVAILABLE };

/* What comes of a row that is out of service. */
#define ROW_PUT_OFF N_("mail that no other row signs is put off with 451")

enum table_kind { TABLE_CSL, TABLE_FILE, TABLE_REFILE };

struct table_row {
	struct slice key, value; /* value: without blanks around it; may be empty */
	struct place at;
};

struct table_rows VEC_OF(struct table_row);

struct live_table;

struct table {
	enum table_kind kind;
	const char *file; /* NULL for a list in the option */
	struct live_table
		*live; /* it is asked row by row, and `rows` is empty; or NULL */
	struct table_rows rows;
};

/* Reads what a data set option refers to. Never NULL. */
const struct table *table_read(
	struct pool *, const char *reference, struct place, struct problems *);

/* Splits a text into rows, as the files do; for tests. */
void table_parse(struct pool *, struct slice text, const char *file, struct table *);

#endif
