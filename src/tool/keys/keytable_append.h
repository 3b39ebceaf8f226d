/*
 * keys/keytable_append - one row more in the key table, or nothing at all
 *
 * The table is written anew beside the old one, read by the loader of the daemon with
 * everything else that the configuration says, and only then takes its name: whoever
 * reads the table sees the old one or the new one. On any error the old one stays, byte
 * for byte. Owner, group and mode stay as well; what a symbolic link points to is
 * replaced, not the link.
 *
 * Where there is a SigningTable, its row is added with it: the key table takes its name
 * first, so that no row ever names a key that is not there. Taking out goes the other
 * way.
 *
 * Begin before the key is made: it says all that can be said without it.
 *
 * Failure: tool_fail has been called; the exit status is given back.
 */
#ifndef TOOL_KEYS_KEYTABLE_APPEND_H
#define TOOL_KEYS_KEYTABLE_APPEND_H

#include "base/base.h"
#include "base/slice.h"
#include "base/words.h"

#include <sys/stat.h>

struct tool;

struct keytable_append {
	struct tool *tool;
	const char *config;   /* whose KeyTable it is */
	const char *opendkim; /* OpenDKIM's configuration on this host */
	const char *name, *domain, *selector;
	const char *key_file;
	bool has_attributes;
	/* filled in by begin */
	const char *prefix; /* "file:" or "refile:" */
	const char *table;  /* without symbolic links */
	const char *signing_table, *base_directory;
	bool is_new; /* there is no such file yet */
	bool made;   /* the row is there */
	struct stat st;
	struct slice text;
	int line; /* of the row */
	/* of the signing table: NULL where there is none, or none of its rows is ours */
	const char *signing_rows; /* those to add */
	const char *signing_at;   /* the row that sends the domain elsewhere already */
	struct keytable_append *signing; /* the same for its file */
	/* filled in by remove */
	const char *key_user; /* "FILE:LINE" of another row with that key, or NULL */
	struct words others;  /* the NAMEs of the domain's other keys */
	bool is_unsigned;     /* none of which the signing table leads to any more */
};

int keytable_append_begin(struct keytable_append *);

/* row: the whole row without a line end. */
int keytable_append_end(struct keytable_append *, const char *row);

/* Takes the row of domain and selector (NULL: the only one of the domain) out, with those
 * of the signing table that name it. key_file, name and selector are then the row's. */
int keytable_append_remove(struct keytable_append *);

#endif
