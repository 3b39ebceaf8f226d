/*
 * Between reading the table and replacing it somebody may edit it, so it is looked at
 * once more right before; two of us take turns by a lock on the directory, since the file
 * itself is another one afterwards.
 */
#include "base/base.h"
#include "tool/rowadd.h"

#include "base/str.h"
#include "config/keyfile.h"
#include "config/keytable.h"
#include "config/options.h"
#include "config/policy.h"
#include "config/problems.h"
#include "config/reader.h"
#include "config/table.h"
#include "mail/domain.h"
#include "tool/conf.h"
#include "tool/tool.h"

#include <fcntl.h>
#include <sys/file.h>

/* The file of a reference; NULL: it is a list, or none. */
static const char *
reference_file(struct pool *pool, const char *reference, const char **prefix)
{
	struct slice text = slice_trim(slice_of(reference));

	*prefix = "file:";
	if (slice_caseeq(slice_sub(text, 0, 7), SLICE_LIT("refile:")))
		*prefix = "refile:";
	else if (!slice_caseeq(slice_sub(text, 0, 5), SLICE_LIT("file:")))
		return slice_starts(text, "/") ? pool_copy(pool, text) : NULL;
	return pool_copy(pool, slice_trim(slice_from(text, strlen(*prefix))));
}

/* Does an OpenDKIM on this host read the table? */
static bool
is_read_by_opendkim(const struct rowadd *r)
{
	struct pool *pool = r->tool->pool;
	struct place *origins = pool_array(pool, option_count(), sizeof(*origins));
	struct problems unheard;
	struct options other;
	const char *file, *prefix;
	struct stat st;

	if (access(r->opendkim, R_OK) != 0)
		return false;
	problems_init(&unheard, pool);
	options_preset(pool, &other);
	reader_file(pool, r->opendkim, &other, origins, &unheard);
	file = reference_file(pool, other.key_table, &prefix);
	return file != NULL && stat(file, &st) == 0 && st.st_dev == r->st.st_dev &&
	       st.st_ino == r->st.st_ino;
}

/* The file that KeyTable names. */
static int
find_table(struct rowadd *r)
{
	struct tool *tool = r->tool;
	struct place *origins = pool_array(tool->pool, option_count(), sizeof(*origins));
	struct problems problems;
	struct options options;
	char real[PATH_MAX];
	const char *file;

	problems_init(&problems, tool->pool);
	options_preset(tool->pool, &options);
	reader_file(tool->pool, r->config, &options, origins, &problems);
	if (problems.errors > 0)
		return conf_fail(tool, &problems);
	if (options.key_table == NULL)
		return tool_fail(tool, EX_CONFIG,
			_("%s has no KeyTable to add a row to: write the line\n"
			  "    KeyTable file:%s/sekimori/keytable"),
			r->config, SYSCONFDIR);
	file = reference_file(tool->pool, options.key_table, &r->prefix);
	if (file == NULL)
		return tool_fail(tool, EX_CONFIG,
			_("KeyTable in %s is a list, not a file: write its rows to a "
			  "file first"),
			r->config);
	r->signing_table = options.signing_table;
	r->is_new = stat(file, &r->st) != 0 && errno == ENOENT;
	if (!r->is_new && !S_ISREG(r->st.st_mode))
		return tool_fail(tool, EX_NOINPUT, _("'%s' is not a regular file"), file);
	if (!r->is_new && realpath(file, real) != NULL)
		file = pool_strdup(tool->pool, real);
	r->table = file;
	return 0;
}

/* Is it the row of this domain and selector? */
static bool
is_same_key(const struct rowadd *r, const struct table_row *row)
{
	struct slice domain, selector, rest;
	const char *d, *s;

	if (!slice_cut(row->value, ':', &domain, &rest) ||
		!slice_cut(rest, ':', &selector, &rest))
		return false;
	return domain_parse(r->tool->pool, slice_trim(domain), &d) == NULL &&
	       domain_parse(r->tool->pool, slice_trim(selector), &s) == NULL &&
	       strcmp(d, r->domain) == 0 && strcmp(s, r->selector) == 0;
}

/* The directory without symbolic links, and the last part of the path; the path itself
 * where there is no such directory. */
static const char *
plain_path(struct pool *pool, const char *path)
{
	const char *slash = strrchr(path, '/');
	char real[PATH_MAX];

	if (realpath(path, real) != NULL)
		return pool_strdup(pool, real);
	if (slash == NULL || realpath(pool_copy(pool, slice_make(path, (size_t)(slash -
								path))),
				     real) == NULL)
		return path;
	return pool_printf(pool, "%s%s", real, slash);
}

static bool
is_same_file(struct pool *pool, const char *a, const char *b)
{
	struct stat one, two;

	return strcmp(plain_path(pool, a), plain_path(pool, b)) == 0 ||
	       (stat(a, &one) == 0 && stat(b, &two) == 0 && one.st_dev == two.st_dev &&
		       one.st_ino == two.st_ino);
}

/* Is the file that shall hold the key one of another domain? Whoever gets the key of one
 * could then sign as the other. */
static int
check_owner(const struct rowadd *r, const struct table_row *line,
	const struct keytable_params *params)
{
	struct pool *pool = r->tool->pool;
	struct problems unheard;
	const struct key_row *row;

	problems_init(&unheard, pool);
	row = key_row_parse(pool, line, params, &unheard);
	if (r->key_file == NULL || row->key_path == NULL || row->domain == NULL ||
		strcmp(row->domain, r->domain) == 0 || strcmp(row->domain, "%") == 0 ||
		!is_same_file(pool, row->key_path, r->key_file))
		return 0;
	return tool_fail(r->tool, EX_CANTCREAT,
		_("'%s' is the key of %s (%s:%d), and each domain has a key of its own: "
		  "choose another --selector or --output"),
		r->key_file, row->domain, r->table, line->at.line);
}

/* Reads the table; a row that is there is not added again. */
static int
read_table(struct rowadd *r)
{
	struct table table = { 0 };
	struct options options;
	struct keytable_params params = { .options = &options, .has_signing_table = true };
	const char *bad;
	int status;

	r->text = SLICE_EMPTY;
	r->line = 1;
	if (r->is_new)
		return 0;
	if ((bad = file_read(r->tool->pool, r->table, &r->text)) != NULL)
		return tool_fail(r->tool, EX_NOINPUT, "%s", bad);
	for (size_t i = 0; i < r->text.n; i++)
		r->line += r->text.p[i] == '\n';
	if (r->text.n > 0 && r->text.p[r->text.n - 1] != '\n')
		r->line++;
	options_preset(r->tool->pool, &options);
	table_parse(r->tool->pool, r->text, r->table, &table);
	for (size_t i = 0; i < table.rows.n; i++) {
		const struct table_row *row = &table.rows.v[i];

		if ((status = check_owner(r, row, &params)) != 0)
			return status;
		if (!slice_is(row->key, r->name) && !is_same_key(r, row))
			continue;
		return tool_fail(r->tool, EX_CANTCREAT,
			_("%s:%d has the row '%.*s' for %s:%s already: nothing was "
			  "changed"),
			r->table, row->at.line, SLICE_ARG(row->key), r->domain,
			r->selector);
	}
	return 0;
}

int
rowadd_begin(struct rowadd *r)
{
	int status = find_table(r);

	if (status != 0 || (status = read_table(r)) != 0)
		return status;
	if (!r->has_attributes || r->is_new || !is_read_by_opendkim(r))
		return 0;
	return tool_fail(r->tool, EX_CONFIG,
		_("%s is read by OpenDKIM too (%s), and OpenDKIM defers all mail of a "
		  "domain whose row has attributes: leave them out, or copy the table "
		  "and name the copy in KeyTable of %s"),
		r->table, r->opendkim, r->config);
}

static const char *
write_all(int fd, struct slice text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return strerror(errno);
		text = slice_from(text, (size_t)n);
	}
	return NULL;
}

/* A new table may hold inline keys one day: the service's group reads it, others not. */
static const char *
give_away(const struct rowadd *r, int fd)
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
		return strerror(errno);
	return NULL;
}

static const char *
write_beside(struct rowadd *r, const char *row, char *path)
{
	bool is_open =
		r->text.n > 0 && r->text.p[r->text.n - 1] != '\n'; /* no line end */
	struct str text = STR_POOL(r->tool->pool);
	const char *bad;
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return strerror(errno);
	str_add_slice(&text, r->text);
	str_addf(&text, "%s%s\n", is_open ? "\n" : "", row);
	bad = write_all(fd, str_slice(&text));
	if (bad == NULL)
		bad = give_away(r, fd);
	if (bad == NULL && fsync(fd) != 0)
		bad = strerror(errno);
	close(fd);
	return bad;
}

/* Reads the new table as the daemon would. Rows that were out of service before do not
 * keep a new one out. */
static int
try_table(struct rowadd *r, const char *path)
{
	struct problems problems, own;
	bool good;

	problems_init(&problems, r->tool->pool);
	problems_init(&own, r->tool->pool);
	good = policy_check_table(r->config,
		pool_printf(r->tool->pool, "%s%s", r->prefix, path), &problems);
	for (size_t i = 0; i < problems.all.n; i++) {
		struct problem *p = &problems.all.v[i];

		if (p->at.file == NULL || strcmp(p->at.file, path) != 0)
			continue;
		p->at.file = r->table;
		if (p->is_row && p->at.line == r->line)
			problems_error(&own, p->at, "%s", p->text);
	}
	if (!good)
		return conf_fail(r->tool, &problems);
	return own.errors > 0 ? conf_fail(r->tool, &own) : 0;
}

/* Has somebody else written to it meanwhile? */
static bool
is_as_it_was(const struct rowadd *r)
{
	struct stat st;

	if (stat(r->table, &st) != 0)
		return r->is_new;
	return !r->is_new && st.st_ino == r->st.st_ino && st.st_size == r->st.st_size &&
	       st.st_mtim.tv_sec == r->st.st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == r->st.st_mtim.tv_nsec;
}

static int
replace(struct rowadd *r, const char *row, int dir, char *path)
{
	const char *bad = write_beside(r, row, path);
	int status = 0;

	if (bad != NULL)
		status = tool_fail(
			r->tool, EX_CANTCREAT, _("cannot write '%s': %s"), path, bad);
	else if ((status = try_table(r, path)) != 0)
		;
	else if (!is_as_it_was(r))
		status = tool_fail(r->tool, EX_CANTCREAT,
			_("'%s' was changed by somebody else meanwhile: try again"),
			r->table);
	else if (rename(path, r->table) != 0)
		status = tool_fail(r->tool, EX_CANTCREAT, _("cannot replace '%s': %s"),
			r->table, strerror(errno));
	if (status != 0) {
		unlink(path);
		return status;
	}
	r->made = true;
	/* The name counts only when the directory is on the disk, too. */
	fsync(dir);
	return 0;
}

int
rowadd_end(struct rowadd *r, const char *row)
{
	struct pool *pool = r->tool->pool;
	const char *slash = strrchr(r->table, '/');
	const char *place =
		slash == NULL ? "."
		: slash == r->table
			? "/"
			: pool_copy(
				  pool, slice_make(r->table, (size_t)(slash - r->table)));
	char *path = pool_printf(
		pool, "%s/.%s.XXXXXX", place, slash != NULL ? slash + 1 : r->table);
	int dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;

	if (dir < 0 || flock(dir, LOCK_EX) != 0) {
		status = tool_fail(r->tool, EX_CANTCREAT, _("cannot lock '%s': %s"),
			place, strerror(errno));
	} else {
		r->is_new = stat(r->table, &r->st) != 0;
		if ((status = read_table(r)) == 0)
			status = replace(r, row, dir, path);
	}
	if (dir >= 0)
		close(dir);
	return status;
}
