/*
 * A file is never changed in its place. Two of us take turns by a lock on the directory
 * of the key table, since the file itself is another one afterwards; somebody with an
 * editor takes no lock, so it is looked once more whether the file is as it was.
 */
#include "base/base.h"
#include "tool/keys/rowwrite.h"

#include "config/keyfile.h"
#include "config/policy.h"
#include "config/problems.h"
#include "tool/keys/keytable_append.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

#include <fcntl.h>
#include <sys/file.h>

static const char *
write_all(int fd, struct slice text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return _(strerror(errno));
		text = slice_from(text, (size_t)n);
	}
	return NULL;
}

/* A new table may hold inline keys one day: the service's group reads it, others not. */
static const char *
give_away(const struct keytable_append *r, int fd)
{
	struct key_user user;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	mode_t mode = 0640;

	if (!r->is_new) {
		uid = r->st.st_uid;
		gid = r->st.st_gid;
		mode = r->st.st_mode & 07777;
	} else if (conf_user(r->tool, &user)) {
		gid = user.gids[0];
	}
	if (fchown(fd, uid, gid) != 0 || fchmod(fd, mode) != 0)
		return _(strerror(errno));
	return NULL;
}

static const char *
write_beside(const struct keytable_append *r, struct slice text, char *path)
{
	const char *bad;
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return _(strerror(errno));
	bad = write_all(fd, text);
	if (bad == NULL)
		bad = give_away(r, fd);
	if (bad == NULL && fsync(fd) != 0)
		bad = _(strerror(errno));
	close(fd);
	return bad;
}

/* Names the table where the file beside it is meant. */
static void
name_table(const struct change *c, struct problem *problem)
{
	if (c->r != NULL && problem->at.file != NULL &&
		strcmp(problem->at.file, c->path) == 0)
		problem->at.file = c->r->table;
}

static const char *
reference_of(const struct change *c)
{
	return c->r != NULL ? pool_printf(c->r->tool->pool, "%s%s", c->r->prefix, c->path)
	                    : NULL;
}

/* Reads the new tables as the daemon would. Rows that were out of service before do not
 * keep a new one out. */
static int
try_tables(const struct change *key, const struct change *signing)
{
	const struct keytable_append *r = key->r;
	struct problems problems, own;
	bool good;

	problems_init(&problems, r->tool->pool);
	problems_init(&own, r->tool->pool);
	good = policy_check_tables(
		r->config, reference_of(key), reference_of(signing), &problems);
	for (size_t i = 0; i < problems.all.n; i++) {
		struct problem *p = &problems.all.v[i];

		name_table(key, p);
		name_table(signing, p);
		if (p->is_row && p->at.line == r->line &&
			strcmp(p->at.file, r->table) == 0)
			problems_error(&own, p->at, "%p", p->why);
	}
	if (!good)
		return conf_fail(r->tool, &problems);
	return own.errors > 0 ? conf_fail(r->tool, &own) : 0;
}

/* Has somebody else written to it meanwhile? */
static bool
is_as_it_was(const struct keytable_append *r)
{
	struct stat st;

	if (stat(r->table, &st) != 0)
		return r->is_new;
	return !r->is_new && st.st_ino == r->st.st_ino && st.st_size == r->st.st_size &&
	       st.st_mtim.tv_sec == r->st.st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == r->st.st_mtim.tv_nsec;
}

static const char *
directory_of(struct pool *pool, const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash == NULL ? "."
	       : slash == file
	               ? "/"
	               : pool_copy(pool, slice_make(file, (size_t)(slash - file)));
}

int
rowwrite_prepare(struct change *c, struct keytable_append *r, struct slice text)
{
	struct pool *pool = r->tool->pool;
	const char *slash = strrchr(r->table, '/'), *bad;

	c->path = pool_printf(pool, "%s/.%s.XXXXXX", directory_of(pool, r->table),
		slash != NULL ? slash + 1 : r->table);
	if ((bad = write_beside(r, text, c->path)) != NULL)
		return tool_fail(
			r->tool, EX_CANTCREAT, _("cannot write '%s': %s"), c->path, bad);
	c->r = r;
	return 0;
}

static int
check_unchanged(const struct change *c)
{
	if (c->r == NULL || is_as_it_was(c->r))
		return 0;
	return tool_fail(c->r->tool, EX_CANTCREAT,
		_("'%s' was changed by somebody else meanwhile: try again"), c->r->table);
}

/* Puts it in the place of the old one. The name counts only when the directory is on the
 * disk, too. */
static int
replace(struct change *c)
{
	int dir;

	if (c->r == NULL)
		return 0;
	if (rename(c->path, c->r->table) != 0)
		return tool_fail(c->r->tool, EX_CANTCREAT, _("cannot replace '%s': %s"),
			c->r->table, _(strerror(errno)));
	c->r->made = true;
	dir = open(directory_of(c->r->tool->pool, c->r->table),
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	c->r = NULL;
	if (dir >= 0) {
		fsync(dir);
		close(dir);
	}
	return 0;
}

int
rowwrite_commit(
	const struct change *key, const struct change *signing, struct change *order[2])
{
	int status = try_tables(key, signing);

	for (int i = 0; i < 2 && status == 0; i++)
		status = check_unchanged(order[i]);
	for (int i = 0; i < 2 && status == 0; i++)
		status = replace(order[i]);
	for (int i = 0; i < 2; i++)
		if (order[i]->r != NULL)
			unlink(order[i]->path);
	return status;
}

int
rowwrite_lock(const struct keytable_append *r)
{
	const char *place = directory_of(r->tool->pool, r->table);
	int dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0 && flock(dir, LOCK_EX) == 0)
		return dir;
	tool_fail(r->tool, EX_CANTCREAT, _("cannot lock '%s': %s"), place,
		_(strerror(errno)));
	if (dir >= 0)
		close(dir);
	return -1;
}
