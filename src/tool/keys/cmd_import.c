/*
 * sekimori import opendkim FILE: its configuration as one of ours, and a report that
 * leaves nothing out: what was carried, what is noted, what was refused and why, which
 * keys our user could not read, and what is to be done next. import opendmarc FILE: the
 * report alone.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/shell.h"
#include "config/policy.h"
#include "tool/keys/import.h"

static const struct flag flags[] = {
	{ "output", N_("DIR"),
		N_("where the files go (default: /etc/sekimori, or opendkim in "
		   "it where files of ours are there)") },
	{ "user", N_("USER[:GROUP]"), N_("who our daemon runs as (default: sekimori)") },
};

static json_t *
json_place(struct tool *tool, struct place at)
{
	return at.file != NULL ? tool_json_text(place_print(tool->pool, at))
	                       : json_null();
}

/* The problems of one kind. */
static json_t *
json_problems(struct tool *tool, const struct import *im, bool errors)
{
	json_t *list = json_array();

	for (size_t i = 0; i < im->problems.all.n; i++) {
		const struct problem *problem = &im->problems.all.v[i];

		if ((problem->is_error && !problem->is_row) == errors)
			json_array_append_new(
				list, json_pack("{s:o,s:o}", "where",
					      json_place(tool, problem->at), "text",
					      tool_json_text(problem->text)));
	}
	for (size_t i = 0; !errors && i < im->notes.n; i++)
		json_array_append_new(list, json_pack("{s:n,s:o}", "where", "text",
						    tool_json_text(_(im->notes.v[i]))));
	return list;
}

static json_t *
json_carried(struct tool *tool, const struct import *im)
{
	json_t *list = json_array();

	for (size_t i = 0; i < im->options.n; i++) {
		const struct import_option *o = &im->options.v[i];

		json_array_append_new(
			list, json_pack("{s:s,s:o,s:o,s:o}", "option", o->name, "value",
				      tool_json_text(o->value), "instead_of",
				      tool_json_text(o->instead), "where",
				      json_place(tool, o->at)));
	}
	return list;
}

static json_t *
json_files(const struct import *im, bool written)
{
	json_t *list = json_array();

	for (size_t i = 0; written && i < im->files.n; i++)
		json_array_append_new(
			list, json_pack("{s:o,s:o}", "path",
				      tool_json_text(im->files.v[i].path), "from",
				      tool_json_text(im->files.v[i].from)));
	return list;
}

static json_t *
json_keys(const struct import *im)
{
	json_t *list = json_array();

	for (size_t i = 0; i < im->keys.n; i++) {
		const struct import_key *key = &im->keys.v[i];

		json_array_append_new(list,
			json_pack("{s:o,s:o,s:o,s:o}", "path", tool_json_text(key->path),
				"where", tool_json_text(key->where), "problem",
				tool_json_reason(key->problem), "remedy",
				tool_json_text(key->remedy)));
	}
	return list;
}

static void
print_problems(struct tool *tool, const struct import *im, bool errors)
{
	bool any = false;

	for (size_t i = 0; i < im->problems.all.n; i++) {
		const struct problem *problem = &im->problems.all.v[i];

		if ((problem->is_error && !problem->is_row) != errors)
			continue;
		if (!any)
			puts(errors ? _("\nrefused:") : _("\nnoted:"));
		any = true;
		printf("  %s: %s\n", place_print(tool->pool, problem->at),
			tool_reason(tool->pool, problem->why));
	}
	for (size_t i = 0; !errors && i < im->notes.n; i++) {
		if (!any)
			puts(_("\nnoted:"));
		any = true;
		printf("  %s\n", _(im->notes.v[i]));
	}
}

static void
print_report(struct tool *tool, const struct import *im, bool written)
{
	if (im->options.n > 0)
		puts(_("carried:"));
	for (size_t i = 0; i < im->options.n; i++) {
		const struct import_option *o = &im->options.v[i];

		printf("  %-20s %s", o->name, o->value);
		if (o->instead != NULL)
			printf(_("  (there: %s)"), o->instead);
		printf("  # %s\n", place_short(tool->pool, o->at));
	}
	print_problems(tool, im, false);
	print_problems(tool, im, true);
	if (im->keys.n > 0)
		puts(_("\nkeys that our user cannot use; OpenDKIM needs them as they "
		       "are, so copies are to be made:"));
	for (size_t i = 0; i < im->keys.n; i++)
		printf("  %s (%s): %s\n", im->keys.v[i].path, im->keys.v[i].where,
			tool_reason(tool->pool, im->keys.v[i].problem));
	if (written && im->files.n > 0)
		puts(_("\nwritten:"));
	for (size_t i = 0; written && i < im->files.n; i++)
		printf("  %s%s%s\n", im->files.v[i].path,
			im->files.v[i].from != NULL ? " <- " : "",
			im->files.v[i].from != NULL ? im->files.v[i].from : "");
}

/* What remains to be done, in its order. */
static void
next_steps(struct tool *tool, const struct import *im, struct words *next)
{
	const char *conf = im->files.v[im->files.n - 1].path;
	const char *ours = SYSCONFDIR "/sekimori/sekimori.conf";
	const char *word = shell_word(tool->pool, conf);

	if (!im->has_user)
		*vec_add(tool->pool, next) = pool_printf(tool->pool,
			_("make our user: adduser --system --group --no-create-home "
			  "%s"),
			shell_word(tool->pool,
				pool_copy(tool->pool,
					slice_make(im->user, strcspn(im->user, ":")))));
	if (im->script != NULL)
		*vec_add(tool->pool, next) = pool_printf(tool->pool,
			_("copy the keys to where the copied tables look for them: sh "
			  "%s"),
			shell_word(tool->pool, im->script));
	*vec_add(tool->pool, next) =
		pool_printf(tool->pool, _("check it: sekimorid -n -c %s"), word);
	*vec_add(tool->pool, next) =
		_("to see first what it would do otherwise, put Mode shadow into it, in "
		  "place of any other Mode, and ShadowAuthservID with OpenDKIM's name in "
		  "Authentication-Results; sekimori compare then sums up what differs");
	if (strcmp(conf, ours) != 0)
		*vec_add(tool->pool, next) = pool_printf(tool->pool,
			_("put it in force: with the packaged service, cp %s %s && "
			  "systemctl restart sekimori"),
			word, ours);
	*vec_add(tool->pool, next) = pool_printf(tool->pool,
		_("see what to change in the mail server: sekimori postfix --config %s "
		  "(or sekimori sendmail)"),
		word);
	*vec_add(tool->pool, next) =
		_("with Mode sv in force, stop OpenDKIM: systemctl disable --now opendkim; "
		  "then sekimori postfix (or sekimori sendmail) prints the commands that "
		  "take it out of the mail server: paste them at once");
}

/* The same where OpenDMARC goes. */
static void
next_steps_opendmarc(struct tool *tool, const struct import *im, struct words *next)
{
	for (size_t i = 0; i < im->options.n; i++) {
		const struct import_option *o = &im->options.v[i];

		*vec_add(tool->pool, next) =
			strcmp(o->name, IMPORT_ROW) == 0
				? pool_printf(tool->pool,
					  _("write this row into the key table, and its "
					    "words into the rows of domains that have rows "
					    "of their own: %s"),
					  o->value)
				: pool_printf(tool->pool,
					  _("write this line into our configuration, unless "
					    "it has one of that name: %s %s"),
					  o->name, o->value);
	}
	if (im->options.n > 0)
		*vec_add(tool->pool, next) = _("check it and put it in force: sekimorid -n "
					       "&& systemctl reload sekimori");
	*vec_add(tool->pool, next) =
		_("stop OpenDMARC: systemctl disable --now opendmarc");
	*vec_add(tool->pool, next) =
		_("take its place out of the mail server: sekimori postfix (or sekimori "
		  "sendmail) prints the commands");
	*vec_add(tool->pool, next) =
		_("look at what reads results later (SpamAssassin, Sieve, header checks): "
		  "one field under our name has spf=, dkim= and dmarc=, in this order, "
		  "without the comment (p=... dis=...) that OpenDMARC wrote");
}

static int
import_report(struct tool *tool, struct import *im, bool written)
{
	struct words next = VEC_INIT;
	json_t *list = json_array();

	if (written && im->files.n > 0)
		next_steps(tool, im, &next);
	else if (written)
		next_steps_opendmarc(tool, im, &next);
	if (!tool->json) {
		print_report(tool, im, written);
		if (next.n > 0)
			puts("");
	}
	for (size_t i = 0; i < next.n; i++) {
		json_array_append_new(list, tool_json_text(next.v[i]));
		if (!tool->json)
			printf("%zu. %s\n", i + 1, next.v[i]);
	}
	if (tool->json)
		tool_print(tool, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "files",
					 json_files(im, written), "carried",
					 json_carried(tool, im), "noted",
					 json_problems(tool, im, false), "refused",
					 json_problems(tool, im, true), "keys",
					 json_keys(im), "next", list));
	else
		json_decref(list);
	return written ? 0 : EX_CONFIG;
}

/* A package has files of ours where they belong: then all of them go below. */
static const char *
default_directory(void)
{
	static const char own[] = SYSCONFDIR "/sekimori";
	bool is_used = access(SYSCONFDIR "/sekimori/sekimori.conf", F_OK) == 0 ||
	               access(SYSCONFDIR "/sekimori/keytable", F_OK) == 0;

	return is_used ? SYSCONFDIR "/sekimori/opendkim" : own;
}

static int
run_import_opendmarc(struct tool *tool, struct import *im)
{
	const struct reason *bad;

	if (tool_value(tool, "output") != NULL || tool_value(tool, "user") != NULL)
		return tool_fail(tool, EX_USAGE,
			_("--output and --user are for opendkim: of opendmarc nothing is "
			  "written"));
	im->from = tool->nargs == 2 ? tool->args[1] : SYSCONFDIR "/opendmarc.conf";
	if ((bad = import_opendmarc(im)) != NULL)
		return tool_fail(tool, EX_NOINPUT, "%s", tool_reason(tool->pool, bad));
	return import_report(tool, im, im->problems.errors == 0);
}

static int
run_import(struct tool *tool)
{
	struct import im = { .pool = tool->pool };
	const char *dir = tool_value(tool, "output"), *user = tool_value(tool, "user");
	const char *bad;

	if (tool->nargs < 1 || tool->nargs > 2)
		return tool_fail(tool, EX_USAGE, _("say what: opendkim or opendmarc"));
	if (strcmp(tool->args[0], "opendmarc") == 0)
		return run_import_opendmarc(tool, &im);
	if (strcmp(tool->args[0], "opendkim") != 0)
		return tool_fail(tool, EX_USAGE, _("say what: opendkim or opendmarc"));
	im.from = tool->nargs == 2 ? tool->args[1] : SYSCONFDIR "/opendkim.conf";
	im.dir = dir != NULL ? dir : default_directory();
	im.user = user != NULL ? user : "sekimori";
	if (access(im.from, R_OK) != 0)
		return tool_fail(tool, EX_NOINPUT, _("cannot read '%s': %s"), im.from,
			_(strerror(errno)));
	if (!import_read(&im))
		return import_report(tool, &im, false);
	if ((bad = import_write(&im)) != NULL)
		return tool_fail(tool, EX_CANTCREAT, "%s", bad);
	return import_report(tool, &im, true);
}

const struct command command_import = {
	.name = "import",
	.arguments = N_("opendkim|opendmarc [FILE]"),
	.summary = N_("make a configuration of ours from OpenDKIM's, or tell what "
		      "OpenDMARC's means here"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_import,
	.keys = "files carried noted refused keys next",
};
