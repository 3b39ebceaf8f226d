/*
 * keyfile - private keys in files, and who else could read them
 *
 * A store has the signer open each file once, however many rows name it. A key that
 * others can read or replace is refused (or noted, without RequireSafeKeys); the complaint
 * names the very file or directory, its owner and mode, and the command that mends it.
 *
 * Failure: a reason, the same one to each who asks for the file.
 */
#ifndef CONFIG_KEYFILE_H
#define CONFIG_KEYFILE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "config/problems.h"

#include <sys/types.h>

struct keyref;
struct signer;
struct stat;

/* Who the daemon runs as. */
struct key_user {
	const char *name;
	uid_t uid;
	gid_t gids[64];
	int ngids;
	bool is_unknown; /* UserID names no user: nothing can be judged by it */
	bool is_other;   /* UserID names another than this process's, who may become nobody */
};

/* From UserID ("user", "user:group"), where this process is root and may become it; else
 * this process's own. A complaint when there is no such user or group; *user is then this
 * process's. */
const struct reason *key_user_find(struct pool *, const char *user_id, struct key_user *);

/* May the user do it (4 read, 2 write, 1 enter), by mode bits? Is it in the group? */
bool key_user_may(const struct key_user *, const struct stat *, mode_t bits);
bool key_user_has_group(const struct key_user *, gid_t);

/* "root:mail", or the numbers of those who have no names. */
const char *owner_print(struct pool *, const struct stat *);
const char *group_print(struct pool *, gid_t);

struct keystore;

/* Who opens keys, for whom, and what is asked of them. */
struct keystore_params {
	struct signer *signer;
	const struct key_user *user;
	bool require_safe;
};

struct keystore *keystore_new(
	struct pool *, const struct keystore_params *, struct problems *);

/* The same for another pool, with other problems. */
struct keystore *keystore_again(
	const struct keystore *, struct pool *, struct problems *);

/* The key in a file. Notes on it become problems, at this place. */
const struct reason *keystore_file(
	struct keystore *, const char *path, struct place, const struct keyref **key);

/* The key in a text: PEM, or DER in base64. The text is wiped. */
const struct reason *keystore_text(
	struct keystore *, struct slice text, struct place, const struct keyref **key);

/* The same for a file that is read at every use. The reference goes with the pool. */
const struct reason *keyfile_load(struct pool *, const char *path,
	const struct keystore_params *, const struct keyref **key);

/* What is wrong with the rights of a file or directory. */
struct key_complaint {
	const char *path;          /* of which; NULL: nothing is wrong */
	const struct reason *what; /* whole, where there is no cure */
	const struct reason *cure; /* the command that mends it; or NULL */
};

/* "WHAT: CURE". NULL where nothing is wrong. */
const struct reason *key_complaint_reason(struct pool *, struct key_complaint);

/* Could anybody but root and the user read or change the file? */
struct key_complaint keyfile_review(
	struct pool *, const char *path, const struct key_user *);

/* Can the user read it, by the mode bits? For a check that root makes. */
struct key_complaint keyfile_readable(
	struct pool *, const char *path, const struct key_user *);

#endif
