/*
 * What is safe: the file belongs to root or to the service user, others have no right to
 * it, its group none either unless it is root's or one that the service is in. Of the
 * directories above it, up to the root, nobody else may be able to replace an entry: a
 * sticky one (/tmp) protects its entries. Both the path as written and the one behind
 * symbolic links are walked. Each directory is looked at once per store, because 100,000
 * keys usually lie in a few.
 */
#include "base/base.h"
#include "config/keyfile.h"

#include "base/map.h"
#include "base/shell.h"
#include "crypto/signer.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* A key that another service reads, as an OpenDKIM does, stays as it is. */
#define OR_COPY ", or where another service reads it name a copy: install -o %s -m 600"

struct keystore {
	struct pool *pool;
	struct keystore_params params;
	struct problems *problems;
	struct map *keys; /* path -> struct loaded */
	struct map *dirs; /* those that have been looked at -> complaint, "" for none */
};

struct loaded {
	const struct keyref *key;
	const char *bad; /* why there is none */
};

/* A key with "%" in its path is read while other threads run: no getpwuid here. */
static const char *
user_print(struct pool *pool, uid_t uid)
{
	char buf[4096];
	struct passwd pw, *found;

	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 && found != NULL)
		return pool_strdup(pool, pw.pw_name);
	return pool_printf(pool, "%u", (unsigned)uid);
}

const char *
group_print(struct pool *pool, gid_t gid)
{
	char buf[4096];
	struct group gr, *found;

	if (getgrgid_r(gid, &gr, buf, sizeof(buf), &found) == 0 && found != NULL)
		return pool_strdup(pool, gr.gr_name);
	return pool_printf(pool, "%u", (unsigned)gid);
}

const char *
owner_print(struct pool *pool, const struct stat *st)
{
	return pool_printf(pool, "%s:%s", user_print(pool, st->st_uid),
		group_print(pool, st->st_gid));
}

static void
user_of_process(struct pool *pool, struct key_user *user)
{
	int n = getgroups((int)ARRAY_LEN(user->gids) - 1, user->gids);

	user->uid = geteuid();
	user->name = user_print(pool, user->uid);
	user->ngids = MAX(n, 0);
	user->gids[user->ngids++] = getegid();
}

const char *
key_user_find(struct pool *pool, const char *user_id, struct key_user *user)
{
	struct slice name, group;
	const struct passwd *pw;
	const struct group *gr = NULL;
	bool has_group;
	int n = (int)ARRAY_LEN(user->gids);

	user_of_process(pool, user);
	user->is_unknown = user->is_other = false;
	if (user_id == NULL)
		return NULL;
	has_group = slice_cut(slice_of(user_id), ':', &name, &group);
	pw = getpwnam(pool_copy(pool, name));
	user->is_unknown = geteuid() == 0;
	if (pw == NULL)
		return pool_printf(pool,
			"UserID names the user '%.*s', who does not exist: adduser "
			"--system --group %s",
			SLICE_ARG(name), shell_word(pool, pool_copy(pool, name)));
	if (has_group && (gr = getgrnam(pool_copy(pool, group))) == NULL)
		return pool_printf(pool,
			"UserID names the group '%.*s', which does not exist: addgroup "
			"--system %s",
			SLICE_ARG(group), shell_word(pool, pool_copy(pool, group)));
	user->is_other = pw->pw_uid != geteuid();
	if (geteuid() != 0)
		return NULL;
	user->is_unknown = user->is_other = false;
	user->name = pool_strdup(pool, pw->pw_name);
	user->uid = pw->pw_uid;
	if (getgrouplist(
		    user->name, gr != NULL ? gr->gr_gid : pw->pw_gid, user->gids, &n) < 0)
		n = (int)ARRAY_LEN(user->gids);
	user->ngids = n;
	return NULL;
}

bool
key_user_has_group(const struct key_user *user, gid_t gid)
{
	for (int i = 0; i < user->ngids; i++)
		if (user->gids[i] == gid)
			return true;
	return false;
}

/* Nobody but root is in group 0 by custom, and who is there is trusted by the host. */
static bool
group_is_safe(const struct key_user *user, gid_t gid)
{
	return gid == 0 || key_user_has_group(user, gid);
}

static const char *
file_review(struct pool *pool, const char *path, const struct stat *st,
	const struct key_user *user)
{
	mode_t mode = st->st_mode & 07777;
	const char *owner = owner_print(pool, st), *word = shell_quote(pool, path);
	const char *name = shell_word(pool, user->name);

	if (st->st_uid != 0 && st->st_uid != user->uid)
		return pool_printf(pool,
			"key file '%s' (owner %s, mode %04o) belongs neither to root nor "
			"to the service user %s: chown %s %s" OR_COPY,
			path, owner, (unsigned)mode, user->name, name, word, name);
	if (mode & 07)
		return pool_printf(pool,
			"key file '%s' (owner %s, mode %04o) can be read or changed by "
			"everybody on this host: chmod o= %s",
			path, owner, (unsigned)mode, word);
	if (mode & 070 && !group_is_safe(user, st->st_gid))
		return pool_printf(pool,
			"key file '%s' (owner %s, mode %04o) can be read or changed by a "
			"group that the service user %s is not in: chmod g= %s" OR_COPY,
			path, owner, (unsigned)mode, user->name, word, name);
	return NULL;
}

static const char *
dir_review(struct pool *pool, const char *dir, const struct key_user *user)
{
	const char *owner, *word = shell_quote(pool, dir);
	const char *name = shell_word(pool, user->name);
	struct stat st;

	if (stat(dir, &st) != 0 || st.st_mode & S_ISVTX)
		return NULL;
	owner = owner_print(pool, &st);
	if (st.st_mode & S_IWOTH)
		return pool_printf(pool,
			"directory '%s' (owner %s, mode %04o) can be changed by "
			"everybody on this host, and so can the keys in it: chmod o-w "
			"%s",
			dir, owner, (unsigned)(st.st_mode & 07777), word);
	if (st.st_mode & S_IWGRP && !group_is_safe(user, st.st_gid))
		return pool_printf(pool,
			"directory '%s' (owner %s, mode %04o) can be changed by a group "
			"that the service user %s is not in, and so can the keys in it: "
			"chmod g-w %s",
			dir, owner, (unsigned)(st.st_mode & 07777), user->name, word);
	if (st.st_uid != 0 && st.st_uid != user->uid)
		return pool_printf(pool,
			"directory '%s' (owner %s, mode %04o) belongs neither to root "
			"nor to the service user %s: chown %s %s" OR_COPY,
			dir, owner, (unsigned)(st.st_mode & 07777), user->name, name,
			word, name);
	return NULL;
}

/* The directories above a path, the complaint about the nearest first. seen: those
 * already looked at, each with what there is to say of it and of those above it; may be
 * NULL. */
static const char *
dirs_review(struct pool *pool, const char *path, const struct key_user *user,
	struct map *seen)
{
	const char *slash = strrchr(path, '/'), *bad;
	struct slice dir;

	if (slash == NULL || strcmp(path, "/") == 0)
		return NULL;
	dir = slice_make(path, MAX((size_t)(slash - path), 1));
	bad = seen != NULL ? map_get(seen, dir) : NULL;
	if (bad != NULL)
		return bad[0] != '\0' ? bad : NULL;
	path = pool_copy(pool, dir);
	bad = dir_review(pool, path, user);
	if (bad == NULL)
		bad = dirs_review(pool, path, user, seen);
	if (seen != NULL)
		map_put(seen, dir, (void *)(uintptr_t)(bad != NULL ? bad : ""));
	return bad;
}

static const char *
path_review(struct pool *pool, const char *path, const struct key_user *user,
	struct map *seen)
{
	char real[PATH_MAX];
	struct stat st;
	const char *bad;

	if (stat(path, &st) != 0)
		return pool_printf(
			pool, "cannot read key file '%s': %s", path, strerror(errno));
	if ((bad = file_review(pool, path, &st, user)) != NULL)
		return bad;
	if (realpath(path, real) == NULL)
		return pool_printf(
			pool, "cannot read key file '%s': %s", path, strerror(errno));
	if (strcmp(path, real) != 0 && path[0] == '/' &&
		(bad = dirs_review(pool, path, user, seen)) != NULL)
		return bad;
	return dirs_review(pool, real, user, seen);
}

const char *
keyfile_review(struct pool *pool, const char *path, const struct key_user *user)
{
	return path_review(pool, path, user, NULL);
}

bool
key_user_may(const struct key_user *user, const struct stat *st, mode_t bits)
{
	if (user->uid == 0)
		return true;
	if (st->st_uid == user->uid)
		return st->st_mode & bits << 6;
	if (key_user_has_group(user, st->st_gid))
		return st->st_mode & bits << 3;
	return st->st_mode & bits;
}

/* A list of rights that the mode bits do not show? */
static bool
has_acl(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

/* Run by another user than the daemon's: a key is rightly closed to this user. */
static const char *
closed_to_other(struct pool *pool, const struct key_user *user, const char *path,
	const struct stat *st)
{
	return pool_printf(pool,
		"'%s' (owner %s, mode %04o) is closed to %s, who is not the user of UserID: "
		"run this as root",
		path, owner_print(pool, st), (unsigned)(st->st_mode & 07777), user->name);
}

static const char *
closed_directory(struct pool *pool, const struct key_user *user, const char *dir,
	const struct stat *st)
{
	if (user->is_other)
		return closed_to_other(pool, user, dir, st);
	return pool_printf(pool,
		"the service user %s cannot enter the directory '%s' (owner %s, mode "
		"%04o): chgrp %s %s && chmod g+x %s" OR_COPY,
		user->name, dir, owner_print(pool, st), (unsigned)(st->st_mode & 07777),
		shell_word(pool, group_print(pool, user->gids[0])),
		shell_quote(pool, dir), shell_quote(pool, dir),
		shell_word(pool, user->name));
}

const char *
keyfile_readable(struct pool *pool, const char *path, const struct key_user *user)
{
	const char *name = shell_word(pool, user->name);
	char *dir = pool_strdup(pool, path);
	struct stat st;

	for (size_t i = 1; i < strlen(path); i++) {
		if (path[i] != '/')
			continue;
		dir[i] = '\0';
		if (stat(dir, &st) == 0 && !key_user_may(user, &st, 1) && !has_acl(dir))
			return closed_directory(pool, user, dir, &st);
		dir[i] = '/';
	}
	if (stat(path, &st) != 0 || key_user_may(user, &st, 4) || has_acl(path))
		return NULL;
	if (user->is_other)
		return closed_to_other(pool, user, path, &st);
	return pool_printf(pool,
		"the service user %s cannot read the key file '%s' (owner %s, mode "
		"%04o): chown %s %s" OR_COPY,
		user->name, path, owner_print(pool, &st), (unsigned)(st.st_mode & 07777),
		name, shell_quote(pool, path), name);
}

/* What to do about a file that cannot be read. */
static const char *
read_remedy(const char *path)
{
	if (strchr(path, ' ') != NULL)
		return " (a word behind the path is an attribute only when it is written "
		       "NAME=VALUE)";
	return access(path, F_OK) != 0 && errno == ENOENT
	               ? "; write the path of a key that is there, or make a new one: "
	                 "take the row out, then sekimori keygen DOMAIN --add"
	               : "";
}

/* Has the signer open it, without a look at the modes. texts: where a complaint lies. */
static const char *
key_open(const struct keystore_params *params, const char *path, struct pool *pool,
	struct pool *texts, const struct keyref **key)
{
	struct key_source source = { .path = path };
	const char *bad, *why;

	switch (signer_open(params->signer, &source, pool, key, &bad)) {
	case KEY_OPENED:
		return NULL;
	case KEY_UNREADABLE:
		why = keyfile_readable(texts, path, params->user);
		return why != NULL ? why
		                   : pool_printf(texts, "the key file: %s%s", bad,
					     read_remedy(path));
	case KEY_UNUSABLE:
		break;
	}
	return pool_printf(texts,
		"key file '%s' holds no usable private key: %s; `sekimori keygen` makes "
		"one",
		path, bad);
}

const char *
keyfile_load(struct pool *pool, const char *path, const struct keystore_params *params,
	const struct keyref **key)
{
	const char *bad = key_open(params, path, pool, pool, key);

	if (bad == NULL && params->require_safe)
		bad = keyfile_review(pool, path, params->user);
	return bad;
}

struct keystore *
keystore_new(struct pool *pool, const struct keystore_params *params,
	struct problems *problems)
{
	struct keystore *store = pool_alloc(pool, sizeof(*store));

	*store = (struct keystore){ pool, *params, problems, map_new(pool),
		map_new(pool) };
	return store;
}

static void
key_review(struct keystore *store, const char *name, const struct keyref *key,
	struct place at)
{
	if (keyref_is_weak(key))
		problems_note_row(store->problems, at,
			"%s has %d bits; fewer than %d are not safe any more: make a new "
			"one with `sekimori keygen`",
			name, key->bits, KEYREF_GOOD_BITS);
}

/* Opens a file that nobody has asked for before. */
static const char *
load_file(struct keystore *store, const char *path, struct place at,
	const struct keyref **key)
{
	const struct keystore_params *params = &store->params;
	struct pool *texts = store->problems->pool;
	const struct keyref *opened;
	const char *bad = key_open(params, path, store->pool, texts, &opened);

	if (bad != NULL)
		return bad;
	/* What UserID lacks is said by key_user_find. */
	bad = params->user->is_unknown
	              ? NULL
	              : path_review(texts, path, params->user, store->dirs);
	if (bad != NULL && params->require_safe)
		return bad;
	if (bad != NULL)
		problems_note_row(store->problems, at, "%s (RequireSafeKeys is no)", bad);
	key_review(store, pool_printf(texts, "the key in '%s'", path), opened, at);
	*key = opened;
	return NULL;
}

const char *
keystore_file(struct keystore *store, const char *path, struct place at,
	const struct keyref **key)
{
	struct loaded *loaded = map_get(store->keys, slice_of(path));

	if (loaded == NULL) {
		loaded = pool_alloc(store->pool, sizeof(*loaded));
		map_put(store->keys, slice_of(path), loaded);
		loaded->bad = load_file(store, path, at, &loaded->key);
	}
	*key = loaded->key;
	return loaded->bad;
}

const char *
keystore_text(struct keystore *store, struct slice text, struct place at,
	const struct keyref **key)
{
	struct key_source source = { .text = text };
	const char *bad;

	if (signer_open(store->params.signer, &source, store->pool, key, &bad) ==
		KEY_OPENED) {
		key_review(store, "the key", *key, at);
		return NULL;
	}
	return pool_printf(store->problems->pool,
		"the key is neither a path (it begins with '/', './' or '../') nor a "
		"private key in PEM or base64: %s",
		bad);
}
