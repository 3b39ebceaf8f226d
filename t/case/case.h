/*
 * case - one scenario of the whole engine, read from a text file
 *
 * A file is sections, each begun by a line `== NAME`; what stands before the first one
 * says what the case is about.
 *
 *     == zone        zone text (dns_zone.h)
 *     == conf        sekimori.conf; @DIR@ is where the tables below and the keys lie
 *     == keytable    written to @DIR@/keytable; likewise signingtable, logins
 *     == envelope    a line a word: client, name, helo, from, rcpt (several), auth,
 * daemon, mta, queue, now; `verify` asks for the check whatever the route is
 *     == sign        DOMAIN SELECTOR KEYFILE [nokey|weak|testing]: signs the message
 * before it is fed and puts the record into the zone
 *     == change      header|body TEXT: done to the message after it was signed
 *     == message     LF line ends; `\xHH` stands for a byte, `\R N TEXT` for N repeats
 *     == expect      what must come out (see expect.c)
 *
 * Failure: a test that is not ok.
 */
#ifndef CASE_CASE_H
#define CASE_CASE_H

#include "base/base.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/slice.h"
#include "engine/results.h"
#include "engine/txn.h"

struct scenario {
	struct pool *pool;
	const char *name; /* the file's, without ".case" */
	struct map *sections;
	const char *dir;                        /* of its tables */
	int64_t now;                            /* when it plays */
	VEC(const struct verdict *) recipients; /* NULL: welcome */
};

/* The text of a section; empty where there is none. */
struct slice scenario_section(const struct scenario *, const char *name);

/* Takes the next line of a text: its first word and the rest; false at the end. Empty
 * lines and comments are passed over. */
bool scenario_line(struct slice *text, struct slice *word, struct slice *rest);

/* Holds what came out against the expect section, a test each. */
void scenario_expect(
	const struct scenario *, const struct verdict *, const struct results *);

#endif
