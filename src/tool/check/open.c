/*
 * A check needs no configuration to be useful, so one that is there and cannot be read is
 * a finding and not an error; what --relays names was asked for, so an error in it is
 * one.
 */
#include "base/base.h"
#include "tool/check/open.h"

#include "config/policy.h"
#include "tool/check/check.h"
#include "tool/check/relays.h"
#include "tool/table_file.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

/* The policy of --config, or of the daemon. */
static const struct policy *
find_policy(struct tool *tool, struct findings *findings, int *status)
{
	struct problems problems;
	const struct policy *policy;
	struct finding *f;

	if (tool_value(tool, "config") != NULL || access(conf_file(tool), F_OK) != 0)
		return conf_policy(tool, status);
	problems_init(&problems, tool->pool);
	policy = policy_load(conf_file(tool), &problems);
	/* Whoever may not read the keys does not know which rows are out of service. */
	if (policy != NULL && (problems.rows == 0 || geteuid() == 0))
		return policy;
	policy_release(policy);
	f = findings_add(findings, "config.read", FINDING_INFO,
		pool_printf(tool->pool,
			_("the configuration %s could not be read, so it is not known "
			  "which keys sign"),
			conf_file(tool)));
	for (size_t i = 0; i < problems.all.n; i++)
		if (problems.all.v[i].is_error)
			finding_detail(tool->pool, f, problems.all.v[i].text);
	finding_remedy(f, NULL, _("Run this as root, or as the daemon's user."));
	return policy_default();
}

/* The one that stands first in the file: rows are judged after all lines are read. */
static const struct file_complaint *
first_complaint(const struct table_file *table)
{
	const struct file_complaint *first = NULL;

	for (size_t i = 0; i < table->complaints.n; i++)
		if (first == NULL || table->complaints.v[i].line < first->line)
			first = &table->complaints.v[i];
	return first;
}

/* Those of --relays, which the caller has just written: a bad row is an error. */
static bool
given_relays(struct tool *tool, struct relays *relays, int *status)
{
	const char *file;

	for (size_t i = 0; (file = tool_value_at(tool, "relays", i)) != NULL; i++) {
		struct table_file table = { .pool = tool->pool };
		const struct file_complaint *first;
		struct slice text;

		if (!tool_read(tool, file, &text, status))
			return false;
		table_file_parse(&table, file, text);
		relays_add(relays, &table);
		if ((first = first_complaint(&table)) == NULL)
			continue;
		*status = tool_fail(tool, EX_DATAERR, "%s: line %d: %s", file,
			first->line, first->why);
		return false;
	}
	return true;
}

/* The rows of a file that are one word each. */
static void
read_words(struct pool *pool, const char *name, const char *bad, struct words *words)
{
	struct table_file table;

	table_file_read(pool, name, &table);
	for (size_t i = 0; i < table.rows.n; i++)
		if (table.rows.v[i].fields.n > 1)
			table_file_complain(&table, &table.rows.v[i], bad);
		else
			*vec_add(pool, words) = table.rows.v[i].fields.v[0];
	table_file_report(&table);
}

/* What files tell: relays, selectors, block lists. */
static bool
read_knowledge(struct tool *tool, struct subject *subject, int *status)
{
	struct relays *relays = pool_alloc(tool->pool, sizeof(*relays));
	struct table_file table;

	*relays = (struct relays)VEC_INIT;
	if (!given_relays(tool, relays, status))
		return false;
	table_file_read(tool->pool, "relays", &table);
	relays_add(relays, &table);
	table_file_report(&table);
	subject->relays = relays;
	read_words(tool->pool, "selectors", _("more than a selector"),
		&subject->usual_selectors);
	return true;
}

void
check_open_lists(struct subject *subject)
{
	read_words(subject->pool, "lists", _("more than a zone"), &subject->usual_lists);
}

bool
check_open(struct tool *tool, struct subject *subject, struct facts *facts,
	struct findings *findings, int *status)
{
	*subject = (struct subject){ .pool = tool->pool, .now = tool->now };
	*facts = (struct facts){ .pool = tool->pool };
	*findings = (struct findings){ .pool = tool->pool };
	subject->policy = tool->policy = find_policy(tool, findings, status);
	if (subject->policy == NULL || !read_knowledge(tool, subject, status))
		return false;
	subject->dns = tool_dns(tool, subject->policy, status);
	subject->nameservers = tool->nameservers;
	return subject->dns != NULL;
}
