/*
 * Between reading the table and replacing it somebody may edit it, so it is looked at
 * once more right before; two of us take turns by a lock on the directory, since the file
 * itself is another one afterwards.
 */
#include "base/base.h"
#include "tool/keys/keytable_append.h"

#include "base/file.h"
#include "base/str.h"
#include "config/keyfile.h"
#include "config/keytable.h"
#include "config/options.h"
#include "config/policy.h"
#include "config/problems.h"
#include "config/reader.h"
#include "config/table.h"
#include "mail/domain.h"
#include "tool/keys/rowwrite.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

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

/* Does an OpenDKIM on this host read the table? is_signing: as SigningTable. */
static bool
is_read_by_opendkim(const struct keytable_append *r, bool is_signing)
{
	struct pool *pool = r->tool->pool;
	struct problems ignored;
	struct options other;
	const char *file, *prefix;
	struct stat st;

	if (access(r->opendkim, R_OK) != 0)
		return false;
	problems_init(&ignored, pool);
	options_read(pool, r->opendkim, &other, &ignored);
	file = is_signing ? other.signing_table : other.key_table;
	file = file != NULL ? reference_file(pool, file, &prefix) : NULL;
	return file != NULL && stat(file, &st) == 0 && st.st_dev == r->st.st_dev &&
	       st.st_ino == r->st.st_ino;
}

/* The file that KeyTable names. */
static int
find_table(struct keytable_append *r)
{
	struct tool *tool = r->tool;
	struct problems problems;
	struct options options;
	char real[PATH_MAX];
	const char *file;

	problems_init(&problems, tool->pool);
	options_read(tool->pool, r->config, &options, &problems);
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
	r->base_directory = options.base_directory;
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
is_same_key(const struct keytable_append *r, const struct table_row *row)
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
	if (slash == NULL ||
		realpath(pool_copy(pool, slice_make(path, (size_t)(slash - path))),
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
check_owner(const struct keytable_append *r, const struct table_row *line,
	const struct keytable_params *params)
{
	struct pool *pool = r->tool->pool;
	struct problems ignored;
	const struct key_row *row;

	problems_init(&ignored, pool);
	row = key_row_parse(pool, line, params, &ignored);
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
read_table(struct keytable_append *r)
{
	struct table table = { 0 };
	struct options options;
	struct keytable_params params = { .options = &options,
		.has_signing_table = true };
	const struct reason *bad;
	int status;

	r->text = SLICE_EMPTY;
	r->line = 1;
	if (r->is_new)
		return 0;
	if ((bad = file_read(r->tool->pool, r->table, &r->text)) != NULL)
		return tool_fail(
			r->tool, EX_NOINPUT, "%s", tool_reason(r->tool->pool, bad));
	for (size_t i = 0; i < r->text.n; i++)
		r->line += r->text.p[i] == '\n';
	if (r->text.n > 0 && r->text.p[r->text.n - 1] != '\n')
		r->line++;
	options_preset(r->tool->pool, &options);
	options.base_directory = r->base_directory;
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

/* The file that SigningTable names, where it is ours to write. */
static int
find_signing(struct keytable_append *r)
{
	struct tool *tool = r->tool;
	struct keytable_append *s = pool_alloc(tool->pool, sizeof(*s));
	const char *file, *why = NULL;
	char real[PATH_MAX];

	*s = *r;
	file = reference_file(tool->pool, r->signing_table, &s->prefix);
	if (file == NULL)
		why = _("it is a list, not a file");
	else if (stat(file, &s->st) != 0)
		why = _(strerror(errno));
	else if (!S_ISREG(s->st.st_mode))
		why = _("it is not a regular file");
	else if (is_read_by_opendkim(s, true))
		why = _("OpenDKIM reads it, too");
	if (why != NULL)
		return tool_fail(tool, EX_CONFIG,
			_("the rows of SigningTable (%s) are not ours to change: %s; do "
			  "it by hand, in both tables: a row of the domain %s there, "
			  "and its key in KeyTable"),
			r->signing_table, why, r->domain);
	s->is_new = false;
	s->table = realpath(file, real) != NULL ? pool_strdup(tool->pool, real) : file;
	r->signing = s;
	return 0;
}

/* What is to be added there: nothing where a row of it takes the domain's mail already.
 */
static void
plan_signing(struct keytable_append *r)
{
	struct policy_source source = {
		.file = r->config, .without_keys = true, .despite_errors = true
	};
	struct address author = { SLICE_LIT("postmaster"), r->domain };
	struct pool *pool = r->tool->pool;
	bool is_refile = strcmp(r->signing->prefix, "refile:") == 0;
	struct asker asker = { .pool = pool };
	struct signing_rows found = VEC_INIT;
	const struct policy *policy;
	struct problems ignored;

	problems_init(&ignored, pool);
	policy = policy_load_from(&source, &ignored);
	if (policy->signing != NULL)
		(void)signingtable_find(policy->signing, &asker, &author, false, &found);
	if (found.n > 0 && !policy->opt.multiple_signatures)
		r->signing_at = pool_printf(
			pool, "%s:%d", r->signing->table, found.v[0]->at.line);
	policy_release(policy);
	r->signing_rows =
		pool_printf(pool, "%s%s %s", is_refile ? "*@" : "", r->domain, r->name);
}

int
keytable_append_begin(struct keytable_append *r)
{
	int status = find_table(r);

	if (status != 0 || (status = read_table(r)) != 0)
		return status;
	if (r->signing_table != NULL && (status = find_signing(r)) != 0)
		return status;
	if (r->signing != NULL)
		plan_signing(r);
	if (!r->has_attributes || r->is_new || !is_read_by_opendkim(r, false))
		return 0;
	return tool_fail(r->tool, EX_CONFIG,
		_("%s is read by OpenDKIM too (%s), and OpenDKIM defers all mail of a "
		  "domain whose row has attributes: leave them out, or copy the table "
		  "and name the copy in KeyTable of %s"),
		r->table, r->opendkim, r->config);
}

/* The table with a row behind it. */
static struct slice
with_row(const struct keytable_append *r, const char *row)
{
	bool is_open =
		r->text.n > 0 && r->text.p[r->text.n - 1] != '\n'; /* no line end */
	struct str text = STR_POOL(r->tool->pool);

	str_add_slice(&text, r->text);
	str_addf(&text, "%s%s\n", is_open ? "\n" : "", row);
	return str_slice(&text);
}

/* Reads the table again. Looked at before: who writes to it after that is noticed. */
static int
read_again(struct keytable_append *r)
{
	struct pool *pool = r->tool->pool;
	const struct reason *bad;

	(void)stat(r->table, &r->st);
	bad = file_read(pool, r->table, &r->text);
	return bad != NULL ? tool_fail(r->tool, EX_NOINPUT, "%s", tool_reason(pool, bad))
	                   : 0;
}

static int
add_rows(struct keytable_append *r, const char *row)
{
	struct change key = { NULL, NULL }, signing = { NULL, NULL };
	struct change *order[2] = { &key, &signing };
	bool both = r->signing != NULL && r->signing_at == NULL;
	int status;

	r->is_new = stat(r->table, &r->st) != 0;
	status = read_table(r);
	if (status == 0 && both)
		status = read_again(r->signing);
	if (status == 0)
		status = rowwrite_prepare(&key, r, with_row(r, row));
	if (status == 0 && both)
		status = rowwrite_prepare(
			&signing, r->signing, with_row(r->signing, r->signing_rows));
	if (status == 0)
		return rowwrite_commit(&key, &signing, order);
	if (key.r != NULL)
		unlink(key.path);
	return status;
}

int
keytable_append_end(struct keytable_append *r, const char *row)
{
	int dir = rowwrite_lock(r), status = EX_CANTCREAT;

	if (dir < 0)
		return status;
	status = add_rows(r, row);
	close(dir);
	return status;
}

/* The text without a line. */
static struct slice
without_line(struct pool *pool, struct slice text, int line)
{
	struct str out = STR_POOL(pool);
	int n = 1;

	for (size_t i = 0; i < text.n; i++) {
		if (n != line)
			str_addc(&out, text.p[i]);
		n += text.p[i] == '\n';
	}
	return str_slice(&out);
}

/* Notes what another row has to do with the one that goes: has the domain a second key,
 * or does it use the same file? */
static void
look_beside(
	struct keytable_append *r, const struct key_row *found, const struct key_row *row)
{
	struct pool *pool = r->tool->pool;
	const char *path = row->key_path;
	struct slice before, behind;

	if (row->domain != NULL && row->selector != NULL &&
		strcmp(row->domain, r->domain) == 0)
		*vec_add(pool, &r->others) = row->name;
	if (path == NULL || found->key_path == NULL || r->key_user != NULL)
		return;
	if (slice_cut(slice_of(path), '%', &before, &behind))
		path = pool_printf(pool, "%.*s%s%.*s", SLICE_ARG(before), r->domain,
			SLICE_ARG(behind));
	if (is_same_file(pool, path, found->key_path))
		r->key_user = pool_printf(pool, "%s:%d", r->table, row->at.line);
}

/* Finds the row to take out; the only one, or the one of the selector. */
static int
find_row(struct keytable_append *r, const struct table *table)
{
	struct options options;
	struct keytable_params params = { .options = &options,
		.has_signing_table = true };
	struct pool *pool = r->tool->pool;
	const struct key_row *found = NULL;
	struct problems ignored;
	VEC(const struct key_row *) all = VEC_INIT;
	size_t n = 0;

	problems_init(&ignored, pool);
	options_preset(pool, &options);
	options.base_directory = r->base_directory;
	for (size_t i = 0; i < table->rows.n; i++) {
		const struct key_row *row =
			key_row_parse(pool, &table->rows.v[i], &params, &ignored);

		*vec_add(pool, &all) = row;
		if (row->domain == NULL || strcmp(row->domain, r->domain) != 0 ||
			row->selector == NULL ||
			(r->selector != NULL && strcmp(row->selector, r->selector) != 0))
			continue;
		found = row;
		n++;
	}
	if (n != 1)
		return tool_fail(r->tool, EX_DATAERR,
			n == 0 ? _("%s has no such key of %s: nothing was changed")
			       : _("%s has several keys of %s: say which with "
				   "--selector"),
			r->table, r->domain);
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i] != found)
			look_beside(r, found, all.v[i]);
	r->name = found->name;
	r->selector = found->selector;
	r->key_file = found->key_path;
	r->has_attributes = found->stated != 0;
	r->line = found->at.line;
	return 0;
}

/* The signing table without the rows that name the key. */
static struct slice
signing_without(struct keytable_append *r)
{
	struct pool *pool = r->tool->pool;
	struct slice text = r->signing->text, name, signer;
	struct table table = { 0 };

	bool leads = false;

	table_parse(pool, text, r->signing->table, &table);
	for (size_t i = table.rows.n; i > 0; i--) {
		const struct table_row *row = &table.rows.v[i - 1];

		if (!slice_cut(row->value, ':', &name, &signer))
			name = row->value;
		name = slice_trim(name);
		if (slice_is(name, r->name)) {
			text = without_line(pool, text, row->at.line);
			continue;
		}
		leads |= slice_is(name, "%") ||
		         words_have(&r->others, slice_of(pool_copy(pool, name)));
	}
	r->is_unsigned = r->others.n > 0 && !leads && text.n != r->signing->text.n;
	return text;
}

static int
remove_rows(struct keytable_append *r)
{
	struct change key = { NULL, NULL }, signing = { NULL, NULL };
	struct change *order[2] = { &signing, &key };
	struct table table = { 0 };
	int status = read_again(r);

	if (status != 0)
		return status;
	table_parse(r->tool->pool, r->text, r->table, &table);
	if ((status = find_row(r, &table)) != 0 ||
		(r->signing != NULL && (status = read_again(r->signing)) != 0))
		return status;
	status = rowwrite_prepare(&key, r, without_line(r->tool->pool, r->text, r->line));
	if (status == 0 && r->signing != NULL)
		status = rowwrite_prepare(&signing, r->signing, signing_without(r));
	/* No row of the new table is the one to be looked after. */
	if (status == 0) {
		int line = r->line;

		r->line = -1;
		status = rowwrite_commit(&key, &signing, order);
		r->line = line;
	} else if (key.r != NULL)
		unlink(key.path);
	return status;
}

int
keytable_append_remove(struct keytable_append *r)
{
	int status = find_table(r), dir;

	if (status == 0 && r->signing_table != NULL)
		status = find_signing(r);
	if (status != 0)
		return status;
	if (is_read_by_opendkim(r, false))
		return tool_fail(r->tool, EX_CONFIG,
			_("%s is read by OpenDKIM too (%s): take the row of %s out by "
			  "hand, when OpenDKIM shall not sign with it either"),
			r->table, r->opendkim, r->domain);
	if ((dir = rowwrite_lock(r)) < 0)
		return EX_CANTCREAT;
	status = remove_rows(r);
	close(dir);
	return status;
}
