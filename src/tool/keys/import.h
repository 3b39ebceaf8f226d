/*
 * keys/import - OpenDKIM's configuration as one of ours
 *
 * Reads an opendkim.conf with its tables and makes the text of a configuration that
 * decides the same: every option that we carry, the tables copied, with the places that
 * the keys' copies get and without the rows that are of no use, and a
 * socket, a pid file and a user of our own, so that both can run for a while. The
 * original is only read, and no file is ever written over. Where ignoring an option would
 * change what happens to mail, nothing is written at all.
 *
 * Failure: complaints, in the report itself.
 */
#ifndef TOOL_KEYS_IMPORT_H
#define TOOL_KEYS_IMPORT_H

#include "base/base.h"
#include "base/pool.h"
#include "base/vec.h"
#include "base/words.h"
#include "config/keyfile.h"
#include "config/options.h"
#include "config/problems.h"

#include <sys/types.h>

struct policy;

/* An option that the original sets. */
struct import_option {
	const char *name, *value;
	const char *instead; /* its value there, where ours is another; or NULL */
	struct place at;
};

/* A file to write. */
struct import_file {
	const char *path;
	const char *from; /* what it is a copy of; NULL: the configuration itself */
	struct slice text;
	mode_t mode;
};

/* A key that our user could not use. */
struct import_key {
	const char *path;
	const struct reason *problem;
	const char *copy;   /* where it is copied to */
	const char *remedy; /* the command that does it */
	const char *where;  /* the row, or KeyFile */
};

/* A line of a table's copy that is not as it was. */
struct import_edit {
	const char *file; /* the original */
	int line;
	const char *path,
		*to; /* of a key, and where its copy is; NULL: the row is left out */
};

struct import {
	struct pool *pool;
	const char *from, *dir;
	const char *user; /* of our own, with a group perhaps */
	/* filled in by import_read */
	struct problems problems; /* what is not carried: errors refuse, notes do not */
	VEC(struct import_option) options;
	VEC(struct import_file) files; /* the configuration comes last */
	VEC(struct import_key) keys;
	VEC(struct import_edit) edits;
	const char *script; /* copies the keys; NULL: there is none to copy */
	struct words notes; /* where silence means something else here */
	bool has_user;      /* our user exists */
	bool has_group;     /* ... and group is what files with secrets get */
	gid_t group;
	struct options opt;
};

/* pool, from, dir and user are set. False: something is refused, problems say what. */
bool import_read(struct import *);

/* Of import_keys.c: the rows of the key table whose key is there and of no use to anybody
 * become problems. A file that is not there may still come. */
void import_try_keys(struct import *, const struct policy *);

/* Is this line of a table one that the copy does not have? */
bool import_leaves_out(const struct import *, struct place);

/* Which keys our user could not use, and where their copies go; and the
 * copies of the tables with all that is to be changed in them. */
void import_keys(struct import *, const struct policy *, const char *user_id);
void import_edit_copies(struct import *);

/* An opendmarc.conf: what has a counterpart among `options` (the row of the key table by
 * the name IMPORT_ROW), the rest among problems and notes. pool and from are set; nothing
 * is to be written. A complaint if it cannot be read. */
#define IMPORT_ROW "key table row"
const struct reason *import_opendmarc(struct import *);

/* Writes the files, all of them or none, and has the loader read them. A complaint. */
const char *import_write(struct import *);

#endif
