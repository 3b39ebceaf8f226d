/*
 * problems - what is wrong with a configuration, all of it
 *
 * An administrator who mends a file wants every complaint at once, each with its file and
 * line. So the readers collect and go on; whoever asked decides by the number of errors.
 * A note does not stop a load: something is ignored, or may not mean what its writer
 * thinks. In between is a row of a table that cannot be used while all others can: it is
 * an error for whoever has to mend it, and the rest is in force (StrictTables: it is
 * not).
 *
 * The formats of these functions are texts of the catalogues, as those of base/reason;
 * the log has them in English.
 *
 * Failure: nothing.
 */
#ifndef CONFIG_PROBLEMS_H
#define CONFIG_PROBLEMS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/str.h"
#include "base/vec.h"

/* Where in the configuration something stands. */
struct place {
	const char *file; /* NULL: nowhere, a default */
	int line;         /* 0: the file as a whole */
};

struct problem {
	bool is_error;
	bool is_row; /* an error of one row, which alone is out of service */
	struct place at;
	const char *text; /* says what to do; without control bytes, and without keys */
	const struct reason *why; /* the same, for other languages */
	const struct reason *row; /* of a row: without what holds until it is mended */
	const char *form; /* of a note that many rows may deserve: its format; NULL else */
};

struct problems {
	struct pool *pool;
	VEC(struct problem) all;
	size_t errors; /* how many of them stop the load */
	size_t rows;   /* how many rows are out of service */
	bool strict;   /* a row that cannot be used stops the load, too */
};

void problems_init(struct problems *, struct pool *);

void problems_error(struct problems *, struct place, const char *format, ...)
	PRINTF_LIKE(3, 4);
void problems_note(struct problems *, struct place, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* A note on one row of a table, which all others may deserve as well. */
void problems_note_row(struct problems *, struct place, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Of a flood of such notes the first one stays, and says how many there are. */
void problems_gather(struct problems *);

/* A row that cannot be used, and what holds until it is mended (NULL: not said). Gives
 * the first of the two as it is shown. */
const struct reason *problems_row(struct problems *, struct place,
	const struct reason *bad, const char *until_then);

/* "/etc/x.conf:12: error: ..." without a line end. */
void problem_print(struct str *, const struct problem *);

/* All of them, a line each. */
void problems_print(struct str *, const struct problems *);

/* The same in the reader's language. */
void problem_say(struct str *, const struct problem *, reason_translate *);
void problems_say(struct str *, const struct problems *, reason_translate *);

/* The first one that stops the load, printed; NULL: there is none. */
const char *problems_first_error(const struct problems *);

/* "/etc/sekimori/keytable:12", "default" where there is no file. */
const char *place_print(struct pool *, struct place);

/* The same with the last part of the path only: "keytable:12". */
const char *place_short(struct pool *, struct place);

#endif
