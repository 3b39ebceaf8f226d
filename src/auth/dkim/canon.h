/*
 * dkim/canon - the two canonical forms of header and body
 *
 * A canonical form goes to a sink, piece by piece, so that nothing is ever copied whole.
 * The body machine takes its input in chunks of any size; where one ends does not show.
 *
 * Standards: RFC 6376 3.4.1 to 3.4.5
 * Failure:   nothing.
 */
#ifndef AUTH_DKIM_CANON_H
#define AUTH_DKIM_CANON_H

#include "base/base.h"
#include "base/slice.h"

struct header;

enum canon_form {
	CANON_SIMPLE,
	CANON_RELAXED,
};

/* "simple", "relaxed" */
const char *canon_name(enum canon_form);
bool canon_parse(struct slice word, enum canon_form *);

struct canon_sink {
	void (*put)(void *arg, const char *p, size_t n);
	void *arg;
};

/* One header field, without the CRLF at its end. */
void canon_header(enum canon_form, const struct header *, const struct canon_sink *);

#define CANON_BUFFER 2048

struct canon_body {
	enum canon_form form;
	struct canon_sink sink;
	uint64_t ends; /* line ends held back: they count only if text follows */
	bool cr;       /* the last byte was a CR: LF would make a line end of it */
	bool blank;    /* relaxed: white space is held back */
	bool any;      /* something was given to the sink */
	size_t n;      /* of out */
	char out[CANON_BUFFER];
};

void canon_body_init(struct canon_body *, enum canon_form, struct canon_sink);
void canon_body_feed(struct canon_body *, const char *p, size_t n);
void canon_body_end(struct canon_body *);

#endif
