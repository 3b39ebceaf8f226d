/*
 * signingtable - which keys sign for an author
 *
 * OpenDKIM's table: a pattern of addresses, then the name of a row of the key table and,
 * after a colon, the signer that i= shall name. In a `file:` the address, its host and
 * the wildcard forms are looked up in OpenDKIM's order; in a `refile:` the rows are tried
 * from the top.
 *
 * Failure: problems.
 */
#ifndef CONFIG_SIGNINGTABLE_H
#define CONFIG_SIGNINGTABLE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/vec.h"
#include "config/keytable.h"
#include "config/problems.h"
#include "config/table.h"
#include "mail/address.h"

struct signing_row {
	struct slice pattern;
	const char *key_name; /* of the key table; "%": the author's domain */
	const char *signer;   /* NULL: none; may hold "%" */
	struct place at;
	const char *where; /* "signingtable:3" */
};

struct signing_rows VEC_OF(const struct signing_row *);

struct signingtable;

/* all: every row that matches signs (MultipleSignatures), so that none hides another. */
const struct signingtable *signingtable_new(struct pool *, const struct table *,
	const struct keytable *, bool all, struct problems *);

/* The rows that match the author: the first, or with `all` every one. The answer lies in
 * the pool. */
void signingtable_find(const struct signingtable *, struct pool *, const struct address *,
	bool all, struct signing_rows *);

#endif
