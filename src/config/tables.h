/*
 * tables - where the rows of a table come from
 *
 * A reference ("file:/etc/sekimori/keytable") is opened by a struct tables. A text is
 * read whole, and all that there is to know of it is known before the first message
 * comes. What another program keeps may be live: it is asked for the few rows that a
 * message needs when the message is there, and then it may have no answer.
 *
 * A live table gives raw rows. They are read as those of a text are (keytable_new,
 * signingtable_new), so that one grammar and one set of rules holds for all forms. Any
 * number of threads may ask one table.
 *
 * Failure: problems where it is opened; UNAVAILABLE where it is asked, with a reason.
 */
#ifndef CONFIG_TABLES_H
#define CONFIG_TABLES_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "config/problems.h"
#include "config/table.h"

struct tables;

/* Which rows? */
enum table_column {
	TABLE_NAME,   /* those of this key, byte for byte */
	TABLE_DOMAIN, /* of a key table: those of this DOMAIN, however its letters stand
	               */
	TABLE_ALL,
};

struct table_question {
	enum table_column by;
	struct slice value; /* a DOMAIN is a checked name in lower case, or "*", or "%" */
};

struct live_table_ops {
	/* FOUND: the rows, in the table's order; their bytes lie in the pool, and are the
	 * caller's to wipe. UNAVAILABLE: why. */
	enum found (*find)(struct live_table *, const struct table_question *,
		struct pool *, struct table_rows *, const struct reason **why);
	void (*close)(struct live_table *);
};

struct live_table {
	const struct live_table_ops *ops;
	const char *name; /* for people: the reference, without a password */
};

struct tables_ops {
	/* As table_read. What it cannot reach now is no problem of a live table. */
	const struct table *(*open)(struct tables *, struct pool *, const char *reference,
		struct place, struct problems *);
};

/* A form of one's own begins with this. */
struct tables {
	const struct tables_ops *ops;
};

/* The texts: lists, files, files of patterns. */
struct tables *tables_files(struct pool *);

/* Never NULL. A live table is closed with the pool. */
const struct table *tables_open(struct tables *, struct pool *, const char *reference,
	struct place, struct problems *);

/* The same for what has to be known as a whole: all rows of it, as of now. */
const struct table *tables_read(struct tables *, struct pool *, const char *reference,
	struct place, struct problems *);

/* Who asks a table: the memory of the answer, and after UNAVAILABLE the reason, which
 * names the table. */
struct asker {
	struct pool *pool;
	const struct reason *why;
};

enum found table_ask(struct live_table *, struct asker *, const struct table_question *,
	struct table_rows *);

/* What a live table has answered cannot be used: UNAVAILABLE, for this reason. */
enum found table_unusable(
	const struct live_table *, struct asker *, const struct reason *why);

#endif
