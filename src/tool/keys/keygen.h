/*
 * keys/keygen - a key that was made, and what is said of it
 *
 * cmd_keygen makes the key and the row of the key table; keygen_print shows them with the
 * records to publish and what remains to be done.
 *
 * Failure: nothing; keygen_print returns the status of the command.
 */
#ifndef TOOL_KEYS_KEYGEN_H
#define TOOL_KEYS_KEYGEN_H

#include "base/base.h"
#include "base/slice.h"
#include "base/words.h"
#include "tool/keys/keytable_append.h"
#include "tool/tool.h"

struct keygen {
	struct tool *tool;
	const char *domain, *selector, *type;
	const char *cname; /* the zone that holds the record, or NULL: the domain's own */
	int64_t bits;
	const char *dir, *path;
	const char *row;
	bool made, made_dir; /* the key file, its directory: by us, now */
	struct keytable_append add;
	struct words next; /* what remains to be done */
	json_t *records;
};

/* public_key: in base64, as it stands in p=. */
int keygen_print(struct keygen *, struct slice public_key);

/* After --remove. */
int keygen_print_removed(struct keygen *);

#endif
