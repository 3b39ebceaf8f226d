/*
 * Our user cannot read OpenDKIM's keys, and OpenDKIM needs them as they are: so each is
 * to be copied. The copies of the tables name the new places already, and a script makes
 * the copies: one command for three keys or three hundred. To run it is left to people,
 * since a second copy of a private key is their decision; until then the daemon finds no
 * key where the table says, and says so.
 *
 * Where a path holds `%`, the author's domain, the files that are there now are copied,
 * and the path of the copies holds `%` too.
 */
#include "base/base.h"
#include "crypto/signer.h"
#include "tool/keys/import.h"

#include "base/shell.h"
#include "base/str.h"
#include "config/paths.h"
#include "config/policy.h"
#include "config/table.h"
#include "tool/tool.h"

#include <glob.h>

/* What keeps our user from the key; NULL: nothing. The cure is a copy, and no other. */
static const struct reason *
obstacle(const struct import *im, const struct key_user *user, const char *path)
{
	struct key_complaint bad;

	if (access(path, F_OK) != 0)
		return reason_errno(im->pool, errno);
	if (!im->has_user)
		return REASON("our user does not exist yet, so it cannot read it");
	bad = keyfile_readable(im->pool, path, user);
	if (bad.path == NULL && im->opt.require_safe_keys)
		bad = keyfile_review(im->pool, path, user);
	return bad.what;
}

/* Where the copy of a key goes. domain: of its row, which may be "%". */
static const char *
copy_place(const struct import *im, const char *path, const char *domain)
{
	const char *name = strrchr(path, '/');

	return pool_printf(im->pool, "%s/keys/%s/%s", im->dir, domain,
		name != NULL ? name + 1 : path);
}

/* Another key's copy may have this place already: two files of one name. */
static const char *
free_place(const struct import *im, const char *path, const char *domain)
{
	const char *place = copy_place(im, path, domain);

	for (size_t i = 0, n = 2; i < im->keys.n; i++)
		if (strcmp(im->keys.v[i].copy, place) == 0) {
			place = pool_printf(
				im->pool, "%s.%zu", copy_place(im, path, domain), n++);
			i = (size_t)-1;
		}
	return place;
}

static const char *
install_command(
	const struct import *im, const char *group, const char *from, const char *to)
{
	const char *user =
		pool_copy(im->pool, slice_make(im->user, strcspn(im->user, ":")));
	char here[PATH_MAX];

	if (getcwd(here, sizeof(here)) != NULL)
		from = path_within(im->pool, here, slice_of(from));
	return pool_printf(im->pool, "install -D -o %s -g %s -m 600 %s %s",
		shell_word(im->pool, user),
		shell_word(im->pool, group != NULL ? group : user),
		shell_quote(im->pool, from), shell_quote(im->pool, to));
}

static const struct import_key *
find_key(const struct import *im, const char *path)
{
	for (size_t i = 0; i < im->keys.n; i++)
		if (strcmp(im->keys.v[i].path, path) == 0)
			return &im->keys.v[i];
	return NULL;
}

static const struct import_key *
add_key(struct import *im, const char *path, const char *copy,
	const struct reason *problem, const struct key_row *row)
{
	struct import_key *key = vec_add(im->pool, &im->keys);

	key->path = pool_strdup(im->pool, path);
	key->copy = copy;
	key->problem = problem;
	key->where = pool_strdup(im->pool, row->where);
	key->remedy = install_command(im, NULL, path, copy);
	return key;
}

/* The key of one row. NULL: it can stay where it is. */
static const struct import_key *
check_key(struct import *im, const struct key_user *user, const struct key_row *row)
{
	const struct import_key *known = find_key(im, row->key_path);
	const struct reason *bad;

	if (known != NULL || (bad = obstacle(im, user, row->key_path)) == NULL)
		return known;
	return add_key(
		im, row->key_path, free_place(im, row->key_path, row->domain), bad, row);
}

/* The text with each "%" replaced. */
static const char *
fill_in(struct pool *pool, const char *text, const char *with)
{
	struct str out = STR_POOL(pool);

	for (; *text != '\0'; text++)
		if (*text == '%')
			str_add(&out, with);
		else
			str_addn(&out, text, 1);
	return out.p;
}

/* The keys of a row whose path holds "%". Gives the new path; NULL: they can stay. */
static const char *
check_keys_of_all(
	struct import *im, const struct key_user *user, const struct key_row *row)
{
	const char *path = row->key_path, *to = copy_place(im, path, "%");
	size_t head = strcspn(path, "%"), tail = strlen(path + head + 1);
	bool any = false;
	glob_t found;

	if (glob(fill_in(im->pool, path, "*"), 0, NULL, &found) != 0)
		return NULL;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *file = found.gl_pathv[i];
		const struct reason *bad = obstacle(im, user, file);
		size_t n = strlen(file);
		const char *domain;

		if (bad == NULL || n < head + tail)
			continue;
		/* With two "%" the rest of the path is no guide. */
		domain = pool_copy(
			im->pool, slice_make(file + head, strcspn(file + head, "/")));
		if (strchr(path + head + 1, '%') == NULL)
			domain = pool_copy(
				im->pool, slice_make(file + head, n - head - tail));
		any = true;
		if (find_key(im, file) == NULL)
			add_key(im, file, fill_in(im->pool, to, domain), bad, row);
	}
	globfree(&found);
	return any ? to : NULL;
}

/* The text of the key in a row's line, as it stands there. */
static struct slice
key_text(struct pool *pool, struct slice line, const char *base, const char *path)
{
	struct slice rest = slice_trim(line), skipped, whole;
	ptrdiff_t colon;

	slice_cut(rest, '#', &rest, &skipped);
	slice_cut(rest, ':', &skipped, &rest);
	slice_cut(rest, ':', &skipped, &rest);
	rest = slice_trim(rest);
	for (whole = rest; whole.n > 0;) {
		if (strcmp(path_within(pool, base, whole), path) == 0)
			return whole;
		colon = slice_rfind(whole, ':');
		whole = slice_trim(slice_sub(whole, 0, colon > 0 ? (size_t)colon : 0));
	}
	return SLICE_EMPTY;
}

/* Writes the new place into whatever holds the old one: a line of the table's copy, or
 * the option. */
static void
move_key(struct import *im, const struct key_row *row, const char *to)
{
	const char *table = im->opt.key_table;

	for (size_t i = 0; i < im->files.n; i++)
		if (row->at.line > 0 && im->files.v[i].from != NULL &&
			strcmp(im->files.v[i].from, row->at.file) == 0) {
			*vec_add(im->pool, &im->edits) =
				(struct import_edit){ .file = im->files.v[i].from,
					.line = row->at.line,
					.path = pool_strdup(im->pool, row->key_path),
					.to = to };
			return;
		}
	for (size_t i = 0; i < im->options.n; i++) {
		struct import_option *o = &im->options.v[i];
		const char *at = strstr(o->value, row->key_path);
		bool is_list = strcmp(o->name, "KeyTable") == 0 && at != NULL;

		if (!is_list && (table != NULL || strcmp(o->name, "KeyFile") != 0))
			continue;
		if (o->instead == NULL)
			o->instead = o->value;
		o->value =
			!is_list ? to
				 : pool_printf(im->pool, "%.*s%s%s", (int)(at - o->value),
					   o->value, to, at + strlen(row->key_path));
	}
}

/* The script that makes the copies. */
static void
print_script(struct import *im, const struct key_user *user)
{
	const char *group = im->has_user ? group_print(im->pool, user->gids[0]) : NULL;
	struct str text = STR_POOL(im->pool);
	struct import_file *file;
	size_t n = 0;

	str_addf(&text,
		"#!/bin/sh\n# Made by sekimori import: copies of OpenDKIM's keys for our "
		"user.\nset -e\n");
	for (size_t i = 0; i < im->keys.n; i++) {
		const struct import_key *key = &im->keys.v[i];

		if (access(key->path, F_OK) != 0)
			continue;
		str_addf(&text, "%s\n", install_command(im, group, key->path, key->copy));
		n++;
	}
	if (n == 0)
		return;
	file = vec_add(im->pool, &im->files);
	file->path = im->script = pool_printf(im->pool, "%s/copy-keys", im->dir);
	file->text = str_slice(&text);
	file->mode = 0600;
}

/* Is it a row that counts, in a line about which nothing has been said yet? */
static bool
is_fresh(const struct import *im, const struct policy *policy, const struct key_row *row)
{
	struct asker asker = { .pool = im->pool };
	const struct key_row *known;

	if (keytable_name(policy->keys, &asker, slice_of(row->name), &known) !=
			ROW_FOUND ||
		known->at.line != row->at.line ||
		strcmp(known->at.file, row->at.file) != 0)
		return false;
	for (size_t i = 0; i < im->problems.all.n; i++) {
		const struct problem *bad = &im->problems.all.v[i];

		if (bad->is_error && bad->at.line == row->at.line &&
			strcmp(bad->at.file != NULL ? bad->at.file : "", row->at.file) ==
				0)
			return false;
	}
	return true;
}

void
import_try_keys(struct import *im, const struct policy *policy)
{
	struct keytable_params params = { .options = &im->opt,
		.has_signing_table = im->opt.signing_table != NULL };
	const struct table *table;
	struct problems ignored;
	struct key_user user;
	struct keystore_params store = { .user = &user };

	problems_init(&ignored, im->pool);
	if (policy->opt.key_table == NULL)
		return;
	table = table_read(
		im->pool, policy->opt.key_table, (struct place){ im->from, 0 }, &ignored);
	if (table->file == NULL)
		return;
	key_user_find(im->pool, NULL, &user);
	store.signer = signer_local(im->pool);
	params.store = keystore_new(im->pool, &store, &ignored);
	for (size_t i = 0; i < table->rows.n; i++) {
		const struct key_row *row =
			key_row_parse(im->pool, &table->rows.v[i], &params, &ignored);

		if (row == NULL || row->bad == NULL || row->at.line == 0 ||
			(row->key_path != NULL && access(row->key_path, R_OK) != 0) ||
			!is_fresh(im, policy, row))
			continue;
		problems_row(&im->problems, row->at, row->bad, NULL);
	}
}

bool
import_leaves_out(const struct import *im, struct place at)
{
	for (size_t i = 0; i < im->edits.n; i++)
		if (im->edits.v[i].path == NULL && im->edits.v[i].line == at.line &&
			strcmp(im->edits.v[i].file, at.file) == 0)
			return true;
	return false;
}

void
import_keys(struct import *im, const struct policy *policy, const char *user_id)
{
	const struct key_rows *rows = keytable_rows(policy->keys);
	struct key_user user;

	im->has_user = key_user_find(im->pool, user_id, &user) == NULL;
	im->has_group = im->has_user && geteuid() == 0;
	im->group = user.gids[0];
	for (size_t i = 0; i < rows->n; i++) {
		const struct key_row *row = rows->v[i];
		const struct import_key *key;
		const char *to = NULL;

		if (row->key_path == NULL || import_leaves_out(im, row->at))
			continue;
		if (strchr(row->key_path, '%') != NULL)
			to = check_keys_of_all(im, &user, row);
		else if ((key = check_key(im, &user, row)) != NULL &&
			 access(row->key_path, F_OK) == 0)
			to = key->copy;
		if (to != NULL)
			move_key(im, row, to);
	}
	print_script(im, &user);
}

/* A line of a copy as the edits want it. */
static void
edit_line(const struct import *im, struct str *out, const char *file, int number,
	struct slice line)
{
	for (size_t i = 0; i < im->edits.n; i++) {
		const struct import_edit *edit = &im->edits.v[i];
		struct slice key;

		if (edit->line != number || strcmp(edit->file, file) != 0)
			continue;
		if (edit->path == NULL) {
			str_addf(out, "# left out by sekimori import: %.*s",
				SLICE_ARG(line));
			return;
		}
		key = key_text(im->pool, line, im->opt.base_directory, edit->path);
		if (key.n == 0)
			continue;
		str_addf(out, "%.*s%s%.*s", (int)(key.p - line.p), line.p, edit->to,
			SLICE_ARG(slice_from(line, (size_t)(key.p - line.p) + key.n)));
		return;
	}
	str_addn(out, line.p, line.n);
}

void
import_edit_copies(struct import *im)
{
	for (size_t i = 0; i < im->files.n && im->edits.n > 0; i++) {
		struct import_file *file = &im->files.v[i];
		struct str text = STR_POOL(im->pool);
		struct slice rest = file->text, line;

		if (file->from == NULL)
			continue;
		for (int n = 1; rest.n > 0; n++) {
			bool ends = slice_cut(rest, '\n', &line, &rest);

			edit_line(im, &text, file->from, n, line);
			if (ends)
				str_add(&text, "\n");
			else
				rest = SLICE_EMPTY;
		}
		file->text = str_slice(&text);
	}
}
