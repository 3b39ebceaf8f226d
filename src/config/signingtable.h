/*
 * signingtable - which keys sign for an author
 *
 * OpenDKIM's table: a pattern of addresses, then the name of a row of the key table and,
 * after a colon, the signer that i= shall name. In a `file:` the address, its host and
 * the wildcard forms are looked up in OpenDKIM's order; in a `refile:` the rows are tried
 * from the top.
 *
 * A row whose NAME is gone from the key table, or that names none, is kept as one out of
 * service: mail that ends there is put off. One of that kind for everybody stops the
 * load.
 *
 * Of a live table (config/tables) the same places are asked for in the same order.
 *
 * Failure: problems; UNAVAILABLE.
 */
#ifndef CONFIG_SIGNINGTABLE_H
#define CONFIG_SIGNINGTABLE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/vec.h"
#include "config/keytable.h"
#include "config/problems.h"
#include "config/table.h"
#include "config/tables.h"
#include "mail/address.h"

struct signing_row {
	struct slice pattern;
	const char *key_name; /* of the key table; "%": the author's domain */
	const char *signer;   /* NULL: none; may hold "%" */
	struct place at;
	const char *where;        /* "signingtable:3" */
	const struct reason *bad; /* why it is out of service; NULL: it is not */
};

struct signing_rows VEC_OF(const struct signing_row *);

struct signingtable;

/* What reading rows needs to know besides the table. */
struct signing_params {
	const struct keytable *keys;
	const struct signingtable *old; /* for rows that name no key; or NULL */
	bool all; /* every row that matches signs (MultipleSignatures): none is hidden */
};

const struct signingtable *signingtable_new(struct pool *, const struct table *,
	const struct signing_params *, struct problems *);

/* The rows that match the author: the first, or with `all` every one. UNAVAILABLE: there
 * are none, and the asker has the reason. */
enum found signingtable_find(const struct signingtable *, struct asker *,
	const struct address *, bool all, struct signing_rows *);

#endif
