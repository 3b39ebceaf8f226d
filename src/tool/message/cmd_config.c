/* sekimori config: is it right, what does it say, what could it say. */
#include "base/base.h"
#include "tool/tool.h"

#include "config/opendkim_peer.h"
#include "config/policy.h"
#include "tool/tool_config.h"

static const struct flag flags[] = {
	{ "list", NULL, N_("option: the whole table, a line each, between tabs") },
	{ "opendkim", N_("FILE"),
		N_("check: OpenDKIM's configuration on this host (default: "
		   "/etc/opendkim.conf)") },
};

static json_t *
json_problem(const struct problem *problem)
{
	return json_pack("{s:o,s:o,s:s,s:o}", "file", tool_json_text(problem->at.file),
		"line",
		problem->at.line > 0 ? json_integer(problem->at.line) : json_null(),
		"severity", problem->is_error ? "error" : "note", "text",
		tool_json_text(problem->text));
}

/* As that of sekimorid -n. */
static int
status_of(bool good, const struct problems *problems)
{
	return !good ? EX_CONFIG : problems->rows > 0 ? EX_DATAERR : 0;
}

static int
run_check(struct tool *tool)
{
	const char *other = tool_value(tool, "opendkim");
	struct opendkim_place place = opendkim_place();
	struct problems problems;
	json_t *list;
	bool good;

	problems_init(&problems, tool->pool);
	/* Whoever names it means one that runs. */
	if (other != NULL)
		place = (struct opendkim_place){ .conf = other, .has_program = true };
	good = policy_check(conf_file(tool), place, &problems);
	if (!tool->json) {
		conf_show_problems(&problems);
		if (good && problems.rows > 0)
			printf(_("%s: OK but for rows out of service: %zu\n"),
				conf_file(tool), problems.rows);
		else if (good)
			printf(_("%s: OK\n"), conf_file(tool));
		return status_of(good, &problems);
	}
	list = json_array();
	for (size_t i = 0; i < problems.all.n; i++)
		json_array_append_new(list, json_problem(&problems.all.v[i]));
	tool_print(tool, json_pack("{s:b,s:o,s:n,s:n}", "ok", good, "problems", list,
				 "options", "option"));
	return status_of(good, &problems);
}

static int
run_show(struct tool *tool)
{
	int status = 0;
	const struct policy *policy = conf_policy(tool, &status);
	json_t *list = json_array();

	for (size_t i = 0; policy != NULL && i < option_count(); i++) {
		const struct option *option = option_at(i);
		const char *value = option_print(tool->pool, option, &policy->opt);
		const char *origin = place_print(tool->pool, policy->opt.origins[i]);

		if (!tool->json)
			printf("%-26s %-32s # %s\n", option->name,
				value[0] != '\0' ? value : "-",
				conf_place(tool, policy->opt.origins[i]));
		json_array_append_new(
			list, json_pack("{s:s,s:o,s:o}", "name", option->name, "value",
				      tool_json_text(value[0] != '\0' ? value : NULL),
				      "origin", tool_json_text(origin)));
	}
	policy_release(policy);
	if (policy == NULL || !tool->json) {
		json_decref(list);
		return status;
	}
	return tool_print(tool, json_pack("{s:n,s:n,s:o,s:n}", "ok", "problems",
					"options", list, "option"));
}

static json_t *
json_option(struct tool *tool, const struct option *option)
{
	return json_pack("{s:s,s:o,s:o,s:o}", "name", option->name, "type",
		tool_json_text(option_type_print(tool->pool, option)), "default",
		tool_json_text(option->preset), "help", tool_json_text(_(option->help)));
}

/* The table, for people and for the test that holds the man page against it. */
static int
run_list(struct tool *tool)
{
	json_t *list = json_array();

	for (size_t i = 0; i < option_count(); i++) {
		const struct option *option = option_at(i);

		if (!tool->json)
			printf("%s\t%s\t%s\t%s\n", option->name,
				option_type_print(tool->pool, option),
				option->preset != NULL ? option->preset : "-",
				_(option->help));
		json_array_append_new(list, json_option(tool, option));
	}
	if (tool->json)
		return tool_print(tool, json_pack("{s:n,s:n,s:o,s:n}", "ok", "problems",
						"options", list, "option"));
	json_decref(list);
	return 0;
}

static int
run_option(struct tool *tool)
{
	const char *name = tool->nargs == 2 ? tool->args[1] : NULL, *nearest;
	const struct foreign_option *foreign;
	const struct option *option;

	if (tool_value(tool, "list") != NULL && name == NULL)
		return run_list(tool);
	if (name == NULL)
		return tool_fail(tool, EX_USAGE, _("name one option, or use --list"));
	if ((option = option_find(slice_of(name))) != NULL) {
		if (tool->json)
			return tool_print(tool,
				json_pack("{s:n,s:n,s:n,s:o}", "ok", "problems",
					"options", "option", json_option(tool, option)));
		printf(_("%s (%s)\n  %s\n  default: %s\n"), option->name,
			option_type_print(tool->pool, option), _(option->help),
			option->preset != NULL ? option->preset : "-");
		return 0;
	}
	if ((foreign = foreign_option_find(slice_of(name))) != NULL)
		return tool_fail(tool, EX_DATAERR,
			_("'%s' is an option of OpenDKIM that is not carried: %s"), name,
			_(foreign->text));
	nearest = option_nearest(slice_of(name));
	if (nearest != NULL)
		return tool_fail(tool, EX_DATAERR,
			_("there is no option '%s'; did you mean '%s'?"), name, nearest);
	return tool_fail(tool, EX_DATAERR,
		_("there is no option '%s': config option --list shows all"), name);
}

static const struct {
	const char *name;
	int (*run)(struct tool *);
} actions[] = {
	{ "check", run_check },
	{ "show", run_show },
	{ "option", run_option },
};

static int
run_config(struct tool *tool)
{
	for (size_t i = 0; tool->nargs > 0 && i < ARRAY_LEN(actions); i++)
		if (strcmp(tool->args[0], actions[i].name) == 0)
			return actions[i].run(tool);
	return tool_fail(tool, EX_USAGE, _("say what: check, show or option NAME"));
}

const struct command command_config = {
	.name = "config",
	.arguments = N_("check|show|option [NAME]"),
	.summary = N_("check the configuration, show what holds, explain an option"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_config,
	.keys = "ok problems options option",
};
