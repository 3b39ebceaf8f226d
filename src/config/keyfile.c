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

struct keystore {
	struct pool *pool;
	struct keystore_params params;
	struct problems *problems;
	struct map *keys; /* path -> struct loaded */
	struct map *dirs; /* those that have been looked at -> struct key_complaint */
};

struct loaded {
	const struct keyref *key;
	const struct reason *bad; /* why there is none */
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

const struct reason *
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
		return reason_make(pool,
			"UserID names the user '%.*s', who does not exist: adduser "
			"--system --group %s",
			SLICE_ARG(name), shell_word(pool, pool_copy(pool, name)));
	if (has_group && (gr = getgrnam(pool_copy(pool, group))) == NULL)
		return reason_make(pool,
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

/* A key that another service reads, as an OpenDKIM does, stays as it is. */
static const struct reason *
or_copy(struct pool *pool, const struct key_user *user)
{
	return reason_make(pool,
		", or where another service reads it name a copy: install -o %s -m 600",
		shell_word(pool, user->name));
}

static const unsigned all_bits = 07777;

const struct reason *
key_complaint_reason(struct pool *pool, struct key_complaint bad)
{
	return bad.cure != NULL ? reason_make(pool, "%p: %p", bad.what, bad.cure)
	                        : bad.what;
}

static struct key_complaint
file_review(struct pool *pool, const char *path, const struct stat *st,
	const struct key_user *user)
{
	unsigned mode = st->st_mode & all_bits;
	const char *owner = owner_print(pool, st), *word = shell_quote(pool, path);

	if (st->st_uid != 0 && st->st_uid != user->uid)
		return (struct key_complaint){ path,
			reason_make(pool,
				"key file '%s' (owner %s, mode %04o) belongs neither to "
				"root nor to the service user %s",
				path, owner, mode, user->name),
			reason_make(pool, "chown %s %s%p", shell_word(pool, user->name),
				word, or_copy(pool, user)) };
	if (mode & 07)
		return (struct key_complaint){ path,
			reason_make(pool,
				"key file '%s' (owner %s, mode %04o) can be read or "
				"changed by everybody on this host",
				path, owner, mode),
			reason_make(pool, "chmod o= %s", word) };
	if (mode & 070 && !group_is_safe(user, st->st_gid))
		return (struct key_complaint){ path,
			reason_make(pool,
				"key file '%s' (owner %s, mode %04o) can be read or "
				"changed by a group that the service user %s is not in",
				path, owner, mode, user->name),
			reason_make(pool, "chmod g= %s%p", word, or_copy(pool, user)) };
	return (struct key_complaint){ 0 };
}

static struct key_complaint
dir_review(struct pool *pool, const char *dir, const struct key_user *user)
{
	const char *owner, *word = shell_quote(pool, dir);
	struct stat st;
	unsigned mode;

	if (stat(dir, &st) != 0 || st.st_mode & S_ISVTX)
		return (struct key_complaint){ 0 };
	owner = owner_print(pool, &st);
	mode = st.st_mode & all_bits;
	if (st.st_mode & S_IWOTH)
		return (struct key_complaint){ dir,
			reason_make(pool,
				"directory '%s' (owner %s, mode %04o) can be changed by "
				"everybody on this host, and so can the keys in it",
				dir, owner, mode),
			reason_make(pool, "chmod o-w %s", word) };
	if (st.st_mode & S_IWGRP && !group_is_safe(user, st.st_gid))
		return (struct key_complaint){ dir,
			reason_make(pool,
				"directory '%s' (owner %s, mode %04o) can be changed by "
				"a group that the service user %s is not in, and so can "
				"the keys in it",
				dir, owner, mode, user->name),
			reason_make(pool, "chmod g-w %s", word) };
	if (st.st_uid != 0 && st.st_uid != user->uid)
		return (struct key_complaint){ dir,
			reason_make(pool,
				"directory '%s' (owner %s, mode %04o) belongs neither to "
				"root nor to the service user %s",
				dir, owner, mode, user->name),
			reason_make(pool, "chown %s %s%p", shell_word(pool, user->name),
				word, or_copy(pool, user)) };
	return (struct key_complaint){ 0 };
}

/* The directories above a path, the complaint about the nearest first. seen: those
 * already looked at, each with what there is to say of it and of those above it; may be
 * NULL. */
static struct key_complaint
dirs_review(struct pool *pool, const char *path, const struct key_user *user,
	struct map *seen)
{
	const char *slash = strrchr(path, '/');
	struct key_complaint *known, bad;
	struct slice dir;

	if (slash == NULL || strcmp(path, "/") == 0)
		return (struct key_complaint){ 0 };
	dir = slice_make(path, MAX((size_t)(slash - path), 1));
	known = seen != NULL ? map_get(seen, dir) : NULL;
	if (known != NULL)
		return *known;
	path = pool_copy(pool, dir);
	bad = dir_review(pool, path, user);
	if (bad.path == NULL)
		bad = dirs_review(pool, path, user, seen);
	if (seen != NULL) {
		known = pool_alloc(pool, sizeof(*known));
		*known = bad;
		map_put(seen, dir, known);
	}
	return bad;
}

static struct key_complaint
unreadable(struct pool *pool, const char *path)
{
	return (struct key_complaint){ path,
		reason_make(pool, "cannot read key file '%s': %p", path,
			reason_errno(pool, errno)),
		NULL };
}

static struct key_complaint
path_review(struct pool *pool, const char *path, const struct key_user *user,
	struct map *seen)
{
	struct key_complaint bad;
	char real[PATH_MAX];
	struct stat st;

	if (stat(path, &st) != 0)
		return unreadable(pool, path);
	bad = file_review(pool, path, &st, user);
	if (bad.path != NULL)
		return bad;
	if (realpath(path, real) == NULL)
		return unreadable(pool, path);
	if (strcmp(path, real) != 0 && path[0] == '/')
		bad = dirs_review(pool, path, user, seen);
	return bad.path != NULL ? bad : dirs_review(pool, real, user, seen);
}

struct key_complaint
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
static struct key_complaint
closed_to_other(struct pool *pool, const struct key_user *user, const char *path,
	const struct stat *st)
{
	return (struct key_complaint){ path,
		reason_make(pool,
			"'%s' (owner %s, mode %04o) is closed to %s, who is not the user "
			"of UserID: run this as root",
			path, owner_print(pool, st), st->st_mode & all_bits, user->name),
		NULL };
}

static struct key_complaint
closed_directory(struct pool *pool, const struct key_user *user, const char *dir,
	const struct stat *st)
{
	const char *word = shell_quote(pool, dir);

	if (user->is_other)
		return closed_to_other(pool, user, dir, st);
	return (struct key_complaint){ dir,
		reason_make(pool,
			"the service user %s cannot enter the directory '%s' (owner %s, "
			"mode %04o)",
			user->name, dir, owner_print(pool, st), st->st_mode & all_bits),
		reason_make(pool, "chgrp %s %s && chmod g+x %s%p",
			shell_word(pool, group_print(pool, user->gids[0])), word, word,
			or_copy(pool, user)) };
}

struct key_complaint
keyfile_readable(struct pool *pool, const char *path, const struct key_user *user)
{
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
		return (struct key_complaint){ 0 };
	if (user->is_other)
		return closed_to_other(pool, user, path, &st);
	return (struct key_complaint){ path,
		reason_make(pool,
			"the service user %s cannot read the key file '%s' (owner %s, "
			"mode %04o)",
			user->name, path, owner_print(pool, &st), st.st_mode & all_bits),
		reason_make(pool, "chown %s %s%p", shell_word(pool, user->name),
			shell_quote(pool, path), or_copy(pool, user)) };
}

/* What to do about a file that cannot be read. */
static const struct reason *
read_remedy(const char *path)
{
	if (strchr(path, ' ') != NULL)
		return REASON(" (a word behind the path is an attribute only when it is "
			      "written NAME=VALUE)");
	return access(path, F_OK) != 0 && errno == ENOENT
	               ? REASON("; write the path of a key that is there, or make a new "
				"one: take the row out, then sekimori keygen DOMAIN "
				"--add")
	               : NULL;
}

/* Has the signer open it, without a look at the modes. texts: where a complaint lies. */
static const struct reason *
key_open(const struct keystore_params *params, const char *path, struct pool *pool,
	struct pool *texts, const struct keyref **key)
{
	struct key_source source = { .path = path };
	const struct reason *bad, *why;

	switch (signer_open(params->signer, &source, pool, key, &bad)) {
	case KEY_OPENED:
		return NULL;
	case KEY_UNREADABLE:
		why = key_complaint_reason(
			texts, keyfile_readable(texts, path, params->user));
		return why != NULL ? why
		                   : reason_make(texts, "the key file: %p%p",
					     reason_copy(texts, bad), read_remedy(path));
	case KEY_UNUSABLE:
		break;
	}
	return reason_make(texts,
		"key file '%s' holds no usable private key: %p; `sekimori keygen` makes "
		"one",
		path, reason_copy(texts, bad));
}

const struct reason *
keyfile_load(struct pool *pool, const char *path, const struct keystore_params *params,
	const struct keyref **key)
{
	const struct reason *bad = key_open(params, path, pool, pool, key);

	if (bad == NULL && params->require_safe)
		bad = key_complaint_reason(
			pool, keyfile_review(pool, path, params->user));
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

struct keystore *
keystore_again(const struct keystore *store, struct pool *pool, struct problems *problems)
{
	return keystore_new(pool, &store->params, problems);
}

static void
key_review(struct keystore *store, const struct reason *name, const struct keyref *key,
	struct place at)
{
	if (keyref_is_weak(key))
		problems_note_row(store->problems, at,
			"%p has %d bits; fewer than %d are not safe any more: make a new "
			"one with `sekimori keygen`",
			name, key->bits, KEYREF_GOOD_BITS);
}

/* Opens a file that nobody has asked for before. */
static const struct reason *
load_file(struct keystore *store, const char *path, struct place at,
	const struct keyref **key)
{
	const struct keystore_params *params = &store->params;
	struct pool *texts = store->problems->pool;
	const struct keyref *opened;
	const struct reason *bad = key_open(params, path, store->pool, texts, &opened);

	if (bad != NULL)
		return bad;
	/* What UserID lacks is said by key_user_find. */
	if (!params->user->is_unknown)
		bad = key_complaint_reason(
			texts, path_review(texts, path, params->user, store->dirs));
	if (bad != NULL && params->require_safe)
		return bad;
	if (bad != NULL)
		problems_note_row(store->problems, at, "%p (RequireSafeKeys is no)", bad);
	key_review(store, reason_make(texts, "the key in '%s'", path), opened, at);
	*key = opened;
	return NULL;
}

const struct reason *
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

const struct reason *
keystore_text(struct keystore *store, struct slice text, struct place at,
	const struct keyref **key)
{
	struct key_source source = { .text = text };
	const struct reason *bad;

	if (signer_open(store->params.signer, &source, store->pool, key, &bad) ==
		KEY_OPENED) {
		key_review(store, REASON("the key"), *key, at);
		return NULL;
	}
	return reason_make(store->problems->pool,
		"the key is neither a path (it begins with '/', './' or '../') nor a "
		"private key in PEM or base64: %p",
		reason_copy(store->problems->pool, bad));
}
