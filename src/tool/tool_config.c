/*
 * The tool reads the configuration as the daemon does, but goes on where the daemon would
 * stop: it is often run by somebody who may not see the keys.
 */
#include "base/base.h"
#include "tool/tool_config.h"

#include "base/clock.h"
#include "base/str.h"
#include "config/policy.h"
#include "config/problems.h"
#include "config/reader.h"
#include "tool/tool.h"

static const char installed[] = SYSCONFDIR "/sekimori/sekimori.conf";

const char *
conf_file(const struct tool *tool)
{
	const char *file = tool_value(tool, "config");

	return file != NULL ? file : installed;
}

int64_t
conf_dns_deadline(const struct policy *policy)
{
	return clock_monotonic_ms() + policy->opt.dns_timeout * 1000;
}

void
conf_show_problems(const struct problems *problems)
{
	struct str text = STR_POOL(problems->pool);

	problems_say(&text, problems, texts_of);
	if (text.n > 0)
		fputs(text.p, stderr);
}

int
conf_fail(struct tool *tool, const struct problems *problems)
{
	if (tool->json)
		return tool_fail(tool, EX_CONFIG,
			_("errors in the configuration: %zu; the first: %s"),
			problems->errors, problems_first_error(problems));
	conf_show_problems(problems);
	return tool_fail(tool, EX_CONFIG,
		_("errors in the configuration: %zu; mend them, or name another file "
		  "with --config"),
		problems->errors);
}

/* Without the tables: an option counts even where a table is being mended. */
static void
read_options(struct tool *tool, struct options *options)
{
	struct problems ignored;

	problems_init(&ignored, tool->pool);
	if (access(conf_file(tool), R_OK) == 0)
		options_read(tool->pool, conf_file(tool), options, &ignored);
	else
		options_preset(tool->pool, options);
}

const char *
conf_syslog_name(struct tool *tool)
{
	struct options options;

	read_options(tool, &options);
	return options.syslog_name;
}

bool
conf_user(struct tool *tool, struct key_user *user)
{
	struct options options;

	if (geteuid() != 0)
		return false;
	read_options(tool, &options);
	return key_user_find(tool->pool,
		       options.user_id != NULL ? options.user_id : "sekimori",
		       user) == NULL;
}

/* Rows out of service, which others do not suffer from. */
static void
show_rows(const struct problems *problems)
{
	struct str line = STR_POOL(problems->pool);

	for (size_t i = 0; i < problems->all.n; i++) {
		if (!problems->all.v[i].is_row)
			continue;
		str_cut(&line, 0);
		problem_say(&line, &problems->all.v[i], texts_of);
		fprintf(stderr, "%s\n", line.p);
	}
}

const char *
conf_place(struct tool *tool, struct place at)
{
	return at.file == NULL ? _("default") : place_print(tool->pool, at);
}

const struct policy *
conf_policy(struct tool *tool, int *status)
{
	struct problems problems;
	const struct policy *policy;

	if (tool_value(tool, "config") == NULL && access(installed, F_OK) != 0) {
		if (!tool->json)
			fprintf(stderr,
				_("note: there is no %s, so the built-in defaults hold; "
				  "--config names another file\n"),
				installed);
		return policy_default();
	}
	problems_init(&problems, tool->pool);
	policy = policy_load(conf_file(tool), &problems);
	if (policy == NULL)
		*status = conf_fail(tool, &problems);
	else if (!tool->json)
		show_rows(&problems);
	return policy;
}
