/*
 * The tables are copied and not named, because a table that OpenDKIM reads can never get
 * a policy: the first attribute in it would make OpenDKIM defer the domain's mail.
 */
#include "base/base.h"
#include "tool/keys/import.h"

#include "base/file.h"
#include "base/msg.h"
#include "base/str.h"
#include "config/endpoint.h"
#include "config/paths.h"
#include "config/policy.h"
#include "config/reader.h"
#include "config/table.h"
#include "config/theirs.h"
#include "tool/tool.h"

#include <fcntl.h>
#include <sys/stat.h>

/* The name that the copy of a data set gets. */
static const struct {
	const char *option, *file;
} copies[] = {
	{ "Domain", "domains" },
	{ "DontSignMailTo", "dont-sign-mail-to" },
	{ "ExemptDomains", "exempt-domains" },
	{ "ExternalIgnoreList", "external-ignore-list" },
	{ "InternalHosts", "internal-hosts" },
	{ "KeyTable", "keytable" },
	{ "MacroList", "macro-list" },
	{ "MTA", "mta" },
	{ "PeerList", "peer-list" },
	{ "RemoveARFrom", "remove-ar-from" },
	{ "SigningTable", "signingtable" },
	{ "TrustedRelays", "trusted-relays" },
};

/* "local:/run/opendkim/opendkim.sock" -> "local:/run/sekimori/sekimori.sock" */
static const char *
own_path(struct pool *pool, const char *path)
{
	static const char theirs[] = "opendkim";
	struct str own = STR_POOL(pool);
	const char *at, *slash = strrchr(path, '/');

	if (strstr(path, theirs) == NULL)
		return pool_printf(pool, "local:%.*ssekimori.sock",
			slash != NULL ? (int)(slash - path) + 1 : 0, path);
	str_add(&own, "local:");
	for (; (at = strstr(path, theirs)) != NULL; path = at + strlen(theirs)) {
		str_addn(&own, path, (size_t)(at - path));
		str_add(&own, "sekimori");
	}
	str_add(&own, path);
	return own.p;
}

/* A socket beside theirs, of the same kind. 8893 is what OpenDMARC takes. */
static const char *
own_socket(struct pool *pool, const char *socket)
{
	struct endpoint end;
	const char *port;

	if (endpoint_parse(slice_of(socket), &end) != NULL)
		return option_find(SLICE_LIT("Socket"))->preset;
	if (end.kind == ENDPOINT_LOCAL)
		return own_path(pool, end.path);
	port = strcmp(end.port, "8891") == 0 ? "8892" : "8891";
	return pool_printf(pool, "%s:%s%s%s",
		end.kind == ENDPOINT_INET6 ? "inet6" : "inet", port,
		end.host[0] != '\0' ? "@" : "", end.host);
}

/* Our user; the group that was named, unless it is theirs alone. */
static const char *
own_user(const struct import *im, const char *user_id)
{
	struct slice user, group;

	if (strchr(im->user, ':') != NULL || user_id == NULL ||
		!slice_cut(slice_of(user_id), ':', &user, &group) ||
		slice_eq(user, group) || slice_is(group, "opendkim"))
		return im->user;
	return pool_printf(im->pool, "%s:%.*s", im->user, SLICE_ARG(group));
}

/* The copy of a table's file, made once however often it is named. */
static const char *
copy_of(struct import *im, const char *file, const char *name)
{
	struct import_file *copy;
	struct stat st = { .st_mode = 0644 };
	struct slice text;

	for (size_t i = 0; i < im->files.n; i++)
		if (strcmp(im->files.v[i].from, file) == 0)
			return im->files.v[i].path;
	if (file_read(im->pool, file, &text) != NULL)
		text = SLICE_EMPTY; /* the loader has complained */
	stat(file, &st);
	copy = vec_add(im->pool, &im->files);
	copy->path = pool_printf(im->pool, "%s/%s", im->dir, name);
	copy->from = file;
	copy->text = text;
	/* What others could not read may hold a key. */
	copy->mode = st.st_mode & 04 ? 0644 : 0640;
	return copy->path;
}

/* A data set, with the copy of its file in the place of the file. */
static const char *
own_dataset(struct import *im, const char *option, const char *value)
{
	struct slice text = slice_trim(slice_of(value));
	const char *prefix = "file:", *name = NULL;
	bool named = true;

	if (slice_caseeq(slice_sub(text, 0, 7), SLICE_LIT("refile:")))
		prefix = "refile:";
	else
		named = slice_caseeq(slice_sub(text, 0, 5), SLICE_LIT("file:"));
	if (!named && !slice_starts(text, "/"))
		return value;
	if (named)
		text = slice_trim(slice_from(text, strlen(prefix)));
	for (size_t i = 0; i < ARRAY_LEN(copies); i++)
		if (strcmp(copies[i].option, option) == 0)
			name = copies[i].file;
	if (name == NULL)
		panic("the data set '%s' has no name for its copy", option);
	return pool_printf(
		im->pool, "%s%s", prefix, copy_of(im, pool_copy(im->pool, text), name));
}

/* A path from where we are is another one for the daemon. */
static const char *
own_key_file(struct pool *pool, const char *path)
{
	char here[PATH_MAX];

	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL)
		return path;
	return path_within(pool, here, slice_of(path));
}

static const char *
own_value(struct import *im, const struct option *option, const char *value)
{
	if (option->type == OPT_DATASET)
		return own_dataset(im, option->name, value);
	if (strcmp(option->name, "Socket") == 0)
		return own_socket(im->pool, value);
	if (strcmp(option->name, "KeyFile") == 0)
		return own_key_file(im->pool, value);
	if (strcmp(option->name, "PidFile") == 0)
		return RUNSTATEDIR "/sekimori/sekimorid.pid";
	if (strcmp(option->name, "UserID") == 0)
		return own_user(im, value);
	return value;
}

static void
carry(struct import *im)
{
	/* The same file is often both lists: it is named after the one that matters. */
	if (im->opt.internal != NULL)
		own_dataset(im, "InternalHosts", im->opt.internal);
	for (size_t i = 0; i < option_count(); i++) {
		const struct option *option = option_at(i);
		const char *value = option_print(im->pool, option, &im->opt), *own;
		bool is_user = strcmp(option->name, "UserID") == 0;

		if (im->opt.origins[i].file == NULL && !is_user)
			continue;
		own = is_user ? own_user(im, im->opt.user_id)
		              : own_value(im, option, value);
		*vec_add(im->pool, &im->options) = (struct import_option){ option->name,
			own, strcmp(own, value) != 0 && value[0] != '\0' ? value : NULL,
			im->opt.origins[i] };
	}
}

/* The configuration: a line an option, with the line that it comes from. */
static void
print_conf(struct import *im)
{
	struct import_file *file = vec_add(im->pool, &im->files);
	struct str text = STR_POOL(im->pool);

	str_addf(&text, "# Made by sekimori import opendkim %s\n", im->from);
	for (size_t i = 0; i < im->options.n; i++) {
		const struct import_option *option = &im->options.v[i];

		str_addf(&text, "%-23s %s", option->name, option->value);
		if (option->at.file != NULL)
			str_addf(&text, "\t# %s", place_short(im->pool, option->at));
		str_add(&text, "\n");
	}
	file->path = pool_printf(im->pool, "%s/sekimori.conf", im->dir);
	file->text = str_slice(&text);
	file->mode = 0644;
}

/* The file of a data set; NULL: it is a list. */
static const char *
file_of(const char *reference)
{
	return reference != NULL ? strchr(reference, '/') : NULL;
}

/* Are these errors all that the table holds? */
static bool
is_all_of(struct import *im, const char *reference, const char *file, size_t errors)
{
	struct problems ignored;

	problems_init(&ignored, im->pool);
	return file_of(reference) != NULL && strcmp(file_of(reference), file) == 0 &&
	       table_read(im->pool, reference, (struct place){ im->from, 0 }, &ignored)
	                       ->rows.n <= errors;
}

/* Is it about a row of the key table or of the signing table? *remain: one is left. */
static bool
is_of_one_row(
	struct import *im, const struct policy *policy, struct place at, bool *remain)
{
	const char *const tables[] = { policy->opt.key_table, policy->opt.signing_table };
	size_t errors = 0;
	bool found = false;

	*remain = true;
	if (at.file == NULL)
		return false;
	for (size_t i = 0; i < im->edits.n; i++)
		errors += strcmp(im->edits.v[i].file, at.file) == 0;
	for (size_t i = 0; i < ARRAY_LEN(tables) && at.line > 0; i++) {
		const char *file = file_of(tables[i]);

		found |= file != NULL && strcmp(file, at.file) == 0;
		if (is_all_of(im, tables[i], at.file, errors + 1))
			*remain = false;
	}
	return found;
}

static const struct reason *
leave_row_out(struct import *im, struct place at, const struct reason *bad)
{
	*vec_add(im->pool, &im->edits) =
		(struct import_edit){ .file = pool_strdup(im->pool, at.file),
			.line = at.line };
	return reason_make(im->pool,
		"THIS ROW IS LEFT OUT of the copy: %p. OpenDKIM puts off the mail that "
		"it is for; without it that mail is not signed, and leaves. Mend the row "
		"there and import again, or write it into the copy",
		bad);
}

/* The rows of the signing table that name a row of the key table that is left out. */
static void
leave_out_names(struct import *im, const struct policy *policy)
{
	const struct table *table;
	struct asker asker = { .pool = im->pool };
	struct problems ignored;

	problems_init(&ignored, im->pool);
	if (policy->opt.signing_table == NULL)
		return;
	table = table_read(im->pool, policy->opt.signing_table,
		(struct place){ im->from, 0 }, &ignored);
	for (size_t i = 0; i < table->rows.n; i++) {
		struct place at = table->rows.v[i].at;
		const struct key_row *key;
		struct slice name, signer;
		const struct reason *bad;
		bool remain;

		slice_cut(table->rows.v[i].value, ':', &name, &signer);
		(void)keytable_name(policy->keys, &asker, slice_trim(name), &key);
		if (key == NULL || !import_leaves_out(im, key->at) ||
			import_leaves_out(im, at) ||
			!is_of_one_row(im, policy, at, &remain))
			continue;
		bad = reason_make(im->pool, "the row '%s' (%s) cannot be used", key->name,
			key->where);
		if (remain)
			problems_note(
				&im->problems, at, "%p", leave_row_out(im, at, bad));
		else
			problems_error(&im->problems, at, "%p", bad);
	}
}

/* Leaves out the rows that OpenDKIM cannot use either, but starts with: the others shall
 * not suffer for them. Where there is no other, it is refused. */
static void
leave_out(struct import *im, const struct policy *policy)
{
	for (size_t i = 0; i < im->problems.all.n; i++) {
		struct problem *bad = &im->problems.all.v[i];
		const struct reason *why = bad->row != NULL ? bad->row : bad->why;
		bool remain;

		if (!bad->is_error || !is_of_one_row(im, policy, bad->at, &remain) ||
			(!remain && !bad->is_row))
			continue;
		if (bad->is_row)
			im->problems.rows--;
		else
			im->problems.errors--;
		im->problems.errors += !remain;
		bad->is_error = !remain;
		bad->is_row = false;
		bad->why = remain ? leave_row_out(im, bad->at, why) : why;
		bad->text = reason_text(im->pool, bad->why, NULL);
	}
	leave_out_names(im, policy);
}

bool
import_read(struct import *im)
{
	struct policy_source source = {
		.file = im->from, .without_keys = true, .despite_errors = true
	};
	const struct policy *policy;
	struct problems ignored;

	problems_init(&im->problems, im->pool);
	problems_init(&ignored, im->pool);
	options_read(im->pool, im->from, &im->opt, &ignored);
	policy = policy_load_from(&source, &im->problems);
	import_try_keys(im, policy);
	leave_out(im, policy);
	if (im->problems.errors == 0) {
		theirs_notes(policy, im->pool, &im->notes);
		carry(im);
		import_keys(im, policy, own_user(im, im->opt.user_id));
		import_edit_copies(im);
		print_conf(im);
	}
	policy_release(policy);
	return im->problems.errors == 0;
}

static const char *
make_directory(struct pool *pool, const char *dir)
{
	char *path = pool_strdup(pool, dir);

	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return pool_printf(pool, _("cannot make the directory '%s': %s"),
				path, _(strerror(errno)));
		*p = '/';
	}
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return pool_printf(pool, _("cannot make the directory '%s': %s"), path,
			_(strerror(errno)));
	return NULL;
}

static const char *
write_file(const struct import *im, const struct import_file *file)
{
	int fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		file->mode & 0600);
	const char *bad = NULL;

	if (fd < 0)
		return pool_printf(im->pool, _("cannot make '%s': %s"), file->path,
			_(strerror(errno)));
	for (struct slice rest = file->text; rest.n > 0 && bad == NULL;) {
		ssize_t n = write(fd, rest.p, rest.n);

		if (n < 0 && errno != EINTR)
			bad = _(strerror(errno));
		rest = slice_from(rest, n > 0 ? (size_t)n : 0);
	}
	if (bad == NULL && !(file->mode & 04) && im->has_group &&
		fchown(fd, (uid_t)-1, im->group) != 0)
		bad = _(strerror(errno));
	if (bad == NULL && (fchmod(fd, file->mode) != 0 || fsync(fd) != 0))
		bad = _(strerror(errno));
	close(fd);
	if (bad == NULL)
		return NULL;
	bad = pool_printf(im->pool, _("cannot write '%s': %s"), file->path, bad);
	unlink(file->path);
	return bad;
}

/* Does the loader read what we have written? */
static const char *
try_files(const struct import *im)
{
	struct policy_source source = { .file = im->files.v[im->files.n - 1].path,
		.without_keys = true };
	struct problems problems;
	const struct policy *policy;

	problems_init(&problems, im->pool);
	policy = policy_load_from(&source, &problems);
	policy_release(policy);
	return policy != NULL ? NULL : problems_first_error(&problems);
}

const char *
import_write(struct import *im)
{
	const char *bad = NULL;
	size_t made = 0;

	for (size_t i = 0; i < im->files.n; i++)
		if (access(im->files.v[i].path, F_OK) == 0)
			return pool_printf(im->pool,
				_("'%s' exists, and no file is written over: choose "
				  "another directory with --output"),
				im->files.v[i].path);
	bad = make_directory(im->pool, im->dir);
	for (; bad == NULL && made < im->files.n; made += bad == NULL)
		bad = write_file(im, &im->files.v[made]);
	if (bad == NULL)
		bad = try_files(im);
	while (bad != NULL && made > 0)
		unlink(im->files.v[--made].path);
	return bad;
}
