/*
 * keytable - keys and policy per domain
 *
 * One row a key, or a policy: NAME DOMAIN:SELECTOR:KEY[:ALGORITHM] ATTRIBUTE=VALUE ...
 * A key table of OpenDKIM is one of ours and means the same. Rows keep their order; a
 * domain's rows are found at once, however many there are.
 *
 * A row that cannot be used (its key is not there, an attribute cannot be read) takes
 * none of the others with it. It means what it meant in the table before; where it is
 * new, it is kept as one that is out of service: a look-up that ends there is
 * UNAVAILABLE.
 *
 * Of a live table (config/tables) a look-up asks for the rows of a domain, all of them,
 * and reads them into the memory of whoever asks: what one row says for all the rows of
 * its domain holds there as well. Where the table has no answer the look-up is
 * UNAVAILABLE too, has nothing to give but the asker's reason, and is never taken for
 * ABSENT.
 *
 * Standards: RFC 6376 3.5 (d=, s=), 3.1
 * Failure:   problems, each at its line; UNAVAILABLE.
 */
#ifndef CONFIG_KEYTABLE_H
#define CONFIG_KEYTABLE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "config/options.h"
#include "config/problems.h"
#include "config/rules.h"
#include "config/table.h"
#include "config/tables.h"

struct keyref;

/* login */
enum login { LOGIN_ANY, LOGIN_SAME_DOMAIN, LOGIN_FILE };

/* What a row can state about itself. */
enum key_attribute {
	KEY_SIGN = 1,
	KEY_SUBDOMAINS = 2,
	KEY_CANON = 4,
	KEY_EXPIRE = 8,
	KEY_LOGIN = 16,
	KEY_RULES = 32, /* at least one rule */
};

struct key_row {
	const char *name;          /* NAME */
	const char *domain;        /* checked; "*" for everybody, "%" for the author's;
	                              NULL: it cannot be read */
	const char *selector;      /* NULL: no key, policy only */
	const char *key_path;      /* NULL: inline, or none; may hold "%" */
	const struct keyref *key;  /* NULL: none, or read when needed */
	bool sign;                 /* sign=no: the key is kept, but not used */
	bool subdomains;
	struct canon_pair canon;
	int64_t expire; /* seconds, 0: never */
	enum login login;
	const char *login_where; /* the row of the domain that says so */
	const struct map
		*login_users; /* of LOGIN_FILE: user -> struct words of domains */
	const char *login_file;
	struct rules rules;       /* what this row itself says */
	unsigned stated;          /* enum key_attribute, a bit each */
	unsigned unread;          /* the same: what it may state and cannot be read */
	const struct reason *bad; /* why it is out of service; NULL: it is not */
	struct place at;
	const char *where; /* "keytable:12" */
};

/* Whoever makes a table writes into its rows; it is const to whoever looks one up. */
struct key_rows VEC_OF(struct key_row *);

struct keytable;

struct keystore;
struct signer;

/* What reading rows needs to know besides the table. */
struct keytable_params {
	const struct options *options;
	bool has_signing_table; /* DOMAIN "%" is allowed */
	struct signer *signer;  /* who holds the keys of `old` */
	struct keystore *store; /* NULL: keys are not read */
	const struct keytable
		*old; /* where rows that cannot be used still mean something; or NULL */
};

const struct keytable *keytable_new(struct pool *, const struct table *,
	const struct keytable_params *, struct problems *);

/* One row alone. `bad` says why it cannot be used. NULL: problems say why the table cannot
 * be. */
struct key_row *key_row_parse(struct pool *, const struct table_row *,
	const struct keytable_params *, struct problems *);

/* The table that Domain, Selector and KeyFile make: rows of a NAME and its domain. */
const struct keytable *keytable_single(struct pool *, const struct table *domains,
	const struct keytable_params *, struct place, struct problems *);

/* Is it asked while messages go by? */
bool keytable_is_live(const struct keytable *);

/* The row of a NAME (a pattern in a refile:). UNAVAILABLE: *row->bad says why, or there
 * is no row and the asker has the reason. */
enum found keytable_name(const struct keytable *, struct asker *, struct slice name,
	const struct key_row **row);

/* What the table says about exactly one domain. */
struct key_domain {
	const char *domain;
	struct key_rows signing; /* rows with a key that sign, in the table's order */
	struct key_rows lost;    /* rows that might, and are out of service */
	struct key_rows all;     /* every row of the domain that is not */
	const struct key_row
		*never; /* the row without a key that says sign=no, or NULL */
	struct rules rules;
};

/* FOUND: there are rows, in service or not. Else *result is NULL. */
enum found keytable_domain(const struct keytable *, struct asker *, const char *domain,
	const struct key_domain **result);

/* Where an author's mail is signed when no signing table decides: its domain, else the
 * nearest one above with subdomains=yes. UNAVAILABLE: there, and no row is in service; or
 * *domain is NULL, and the asker has the reason. */
enum found keytable_author(const struct keytable *, struct asker *, const char *author,
	const struct key_domain **domain);

/* All rows that are in service; of a live table none. */
const struct key_rows *keytable_rows(const struct keytable *);

struct domains;

/* The domains that say impersonation=, also on a row that is out of service. */
enum found keytable_guarded(
	const struct keytable *, struct asker *, const struct domains **);

/* What holds for a domain: its own rows, else the nearest parent's, else "*", else the
 * default; each attribute on its own. ABSENT: the default of all. UNAVAILABLE: one of
 * these cannot be asked, rules->unavailable says why, and nothing else there holds. */
enum found keytable_rules(
	const struct keytable *, struct asker *, const char *domain, struct rules *);

#endif
