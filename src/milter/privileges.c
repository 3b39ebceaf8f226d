/*
 * The order matters: groups while still root, then the group, then the user; all three
 * ids of each, so that nothing saved can be taken back. Then it is tried to go back,
 * because a system that lets us has not done what was asked.
 */
#include "base/base.h"
#include "milter/privileges.h"

#include <grp.h>
#include <pwd.h>

#include "base/slice.h"

/* A whole number, or -1. */
static long
number_of(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return end != text && *end == '\0' && n >= 0 && n < INT_MAX ? n : -1;
}

const char *
identity_find(struct pool *pool, const char *text, struct identity *who)
{
	struct slice user, group;
	bool has_group = slice_cut(slice_of(text), ':', &user, &group);
	const char *user_name = pool_copy(pool, user);
	const char *group_name = pool_copy(pool, group);
	const struct passwd *pw = getpwnam(user_name);
	const struct group *gr = NULL;

	if (pw == NULL && number_of(user_name) >= 0)
		pw = getpwuid((uid_t)number_of(user_name));
	if (pw == NULL)
		return pool_printf(pool, "there is no user '%s'", user_name);
	*who = (struct identity){ pool_strdup(pool, pw->pw_name), pw->pw_uid,
		pw->pw_gid };
	if (!has_group)
		return NULL;
	gr = getgrnam(group_name);
	if (gr == NULL && number_of(group_name) >= 0)
		gr = getgrgid((gid_t)number_of(group_name));
	if (gr == NULL)
		return pool_printf(pool, "there is no group '%s'", group_name);
	who->gid = gr->gr_gid;
	return NULL;
}

const char *
privileges_drop(struct pool *pool, const struct identity *who)
{
	if (geteuid() != 0) {
		if (geteuid() == who->uid)
			return NULL;
		return pool_printf(pool, "only root can become user '%s'", who->name);
	}
	if (initgroups(who->name, who->gid) < 0 ||
		setresgid(who->gid, who->gid, who->gid) < 0 ||
		setresuid(who->uid, who->uid, who->uid) < 0)
		return pool_printf(
			pool, "cannot become user '%s': %s", who->name, strerror(errno));
	if (who->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return pool_printf(
			pool, "root was not given up for user '%s'", who->name);
	return NULL;
}
