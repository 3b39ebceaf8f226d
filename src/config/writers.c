/*
 * The directory of the file counts, too: who can replace the file need not write to it. A
 * sticky one (/tmp) protects its entries. Of those further up the keys' own check is
 * stricter; here it is enough that nobody gets at the file by chance.
 */
#include "base/base.h"
#include "config/writers.h"

#include "base/shell.h"

#include <pwd.h>
#include <sys/stat.h>

/* The service user, who is another one than ours when somebody else has a look. */
static bool
is_service_user(struct pool *pool, const char *user_id, uid_t uid)
{
	const struct passwd *pw;
	struct slice name, group;

	if (user_id == NULL)
		return false;
	slice_cut(slice_of(user_id), ':', &name, &group);
	pw = getpwnam(pool_copy(pool, name));
	return pw != NULL && pw->pw_uid == uid;
}

static const struct reason *
complaint(struct pool *pool, const char *path, const struct stat *st,
	const struct reason *who, const char *command)
{
	return reason_make(pool,
		"'%s' (owner %s, mode %04o) can be changed by %p, and with it what is "
		"signed and refused: %s %s",
		path, owner_print(pool, st), (unsigned)(st->st_mode & 07777), who,
		command, shell_quote(pool, path));
}

static const struct reason *
directory_review(struct pool *pool, const char *path)
{
	const char *slash = strrchr(path, '/'), *dir;
	struct stat st;

	if (slash == NULL)
		return NULL;
	dir = pool_copy(pool, slice_make(path, MAX((size_t)(slash - path), 1)));
	if (stat(dir, &st) != 0 || st.st_mode & S_ISVTX || !(st.st_mode & S_IWOTH))
		return NULL;
	return complaint(pool, dir, &st, REASON("everybody on this host"), "chmod o-w");
}

const struct reason *
writers_review(struct pool *pool, const char *path, const struct key_user *user,
	const char *user_id)
{
	char real[PATH_MAX];
	const struct reason *bad;
	struct stat st;

	if (stat(path, &st) != 0)
		return NULL;
	if (st.st_mode & S_IWOTH)
		return complaint(
			pool, path, &st, REASON("everybody on this host"), "chmod o-w");
	if (st.st_mode & S_IWGRP && st.st_gid != 0 &&
		!key_user_has_group(user, st.st_gid))
		return complaint(pool, path, &st,
			reason_make(pool,
				"the group %s, which the service user %s is not in",
				group_print(pool, st.st_gid), user->name),
			"chmod g-w");
	if (st.st_uid != 0 && st.st_uid != user->uid &&
		!is_service_user(pool, user_id, st.st_uid))
		return complaint(pool, path, &st,
			reason_make(pool,
				"its owner, who is neither root nor the service user %s",
				user->name),
			"chown root");
	bad = directory_review(pool, path);
	/* What a symbolic link leads to is replaced where it lies. */
	if (bad == NULL && realpath(path, real) != NULL)
		bad = directory_review(pool, real);
	return bad;
}
