/*
 * single - one key for the domains of Domain, with Selector and KeyFile
 *
 * Each domain becomes a row of a key table. Where Domain holds `*`, or a pattern of a
 * refile:, mail is signed as the author's domain, whatever it is (OpenDKIM): that is a
 * row whose domain is `%`, and a signing table that leads to it. An entry that is no
 * domain signs for nobody, as in OpenDKIM, and is left out with a note.
 *
 * Failure: notes.
 */
#ifndef CONFIG_SINGLE_H
#define CONFIG_SINGLE_H

#include "base/base.h"
#include "base/pool.h"
#include "config/problems.h"
#include "config/table.h"

struct single_tables {
	struct table keys;    /* NAME, and the domain as its value */
	struct table signing; /* refile:; empty: the keys' domains decide alone */
};

/* subdomains: SubDomains. */
void single_read(struct pool *, const struct table *domains, bool subdomains,
	struct single_tables *, struct problems *);

#endif
