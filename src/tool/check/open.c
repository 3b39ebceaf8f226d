#include "base/base.h"
#include "tool/check/open.h"

#include "config/policy.h"
#include "tool/check/check.h"
#include "tool/check/relays.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

static const char own_relays[] = SYSCONFDIR "/sekimori/relays";
static const char known_relays[] = DATADIR "/sekimori/relays";

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

static bool
add_relays(struct tool *tool, const char *file, struct relays *relays, int *status)
{
	struct slice text;
	const char *bad;

	if (!tool_read(tool, file, &text, status))
		return false;
	if ((bad = relays_parse(tool->pool, text, relays)) == NULL)
		return true;
	*status = tool_fail(tool, EX_DATAERR, "%s: %s", file, _(bad));
	return false;
}

/* Ours, then the administrator's, then those of --relays. */
static bool
read_relays(struct tool *tool, struct relays *relays, int *status)
{
	const char *const files[] = { known_relays, own_relays };
	const char *file;

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (access(files[i], F_OK) == 0 &&
			!add_relays(tool, files[i], relays, status))
			return false;
	for (size_t i = 0; (file = tool_value_at(tool, "relays", i)) != NULL; i++)
		if (!add_relays(tool, file, relays, status))
			return false;
	return true;
}

bool
check_open(struct tool *tool, struct subject *subject, struct facts *facts,
	struct findings *findings, int *status)
{
	struct relays *relays = pool_alloc(tool->pool, sizeof(*relays));

	*subject = (struct subject){ .pool = tool->pool, .now = tool->now };
	*facts = (struct facts){ .pool = tool->pool };
	*findings = (struct findings){ .pool = tool->pool };
	subject->policy = tool->policy = find_policy(tool, findings, status);
	if (subject->policy == NULL || !read_relays(tool, relays, status))
		return false;
	subject->relays = relays;
	subject->dns = tool_dns(tool, subject->policy, status);
	subject->nameservers = tool->nameservers;
	return subject->dns != NULL;
}
