/*
 * rowadd - one row more in the key table, or nothing at all
 *
 * The table is written anew beside the old one, read by the loader of the daemon with
 * everything else that the configuration says, and only then takes its name: whoever
 * reads the table sees the old one or the new one. On any error the old one stays, byte
 * for byte. Owner, group and mode stay as well; what a symbolic link points to is
 * replaced, not the link.
 *
 * Begin before the key is made: it says all that can be said without it.
 *
 * Failure: tool_fail has been called; the exit status is given back.
 */
#ifndef TOOL_ROWADD_H
#define TOOL_ROWADD_H

#include "base/base.h"
#include "base/slice.h"

#include <sys/stat.h>

struct tool;

struct rowadd {
	struct tool *tool;
	const char *config;   /* whose KeyTable it is */
	const char *opendkim; /* OpenDKIM's configuration on this host */
	const char *name, *domain, *selector;
	const char *key_file;
	bool has_attributes;
	/* filled in by begin */
	const char *prefix; /* "file:" or "refile:" */
	const char *table;  /* without symbolic links */
	const char *signing_table;
	bool is_new; /* there is no such file yet */
	bool made;   /* the row is there */
	struct stat st;
	struct slice text;
	int line; /* of the row */
};

int rowadd_begin(struct rowadd *);

/* row: the whole row without a line end. */
int rowadd_end(struct rowadd *, const char *row);

#endif
