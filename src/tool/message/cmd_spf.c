/*
 * sekimori spf: one check, with its trace: a line a term, deeper within an include.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "auth/spf/check.h"
#include "config/policy.h"
#include "tool/results.h"
#include "tool/tool_config.h"

static const struct flag flags[] = {
	{ "engine", "builtin|libspf2", N_("who evaluates the record") },
	{ "receiver", N_("NAME"), N_("our own name, for the macro %{r}") },
	{ "default-explanation", N_("TEXT"), N_("where the domain gives none") },
};

static json_t *
step_json(const struct spf_step *step)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:i, s:i}", "depth", step->depth,
		"domain", tool_json_text(step->domain), "term",
		tool_json_text(step->term), "found", tool_json_text(spf_found_name(step)),
		"why",
		step->stop.reason != NULL ? tool_json_reason(step->stop.reason)
					  : tool_json_text(step->record),
		"lookups", step->lookups, "void_lookups", step->void_lookups);
}

static int
print_json(struct tool *tool, const struct spf_result *spf)
{
	json_t *object = results_spf(spf), *trace = json_array();

	for (size_t i = 0; i < spf->trace.n; i++)
		json_array_append_new(trace, step_json(&spf->trace.v[i]));
	json_object_set_new(object, "trace", trace);
	return tool_print(tool, object);
}

static int
print_text(const struct tool *tool, const struct spf_result *spf)
{
	for (size_t i = 0; i < spf->trace.n; i++) {
		const struct spf_step *s = &spf->trace.v[i];
		const char *why = s->stop.reason != NULL
		                          ? tool_reason(tool->pool, s->stop.reason)
		                          : s->record;

		printf("%*s%s: %s %s%s%s\n", 2 * s->depth, "", s->domain,
			*s->term != '\0' ? s->term : "v=spf1", _(spf_found_name(s)),
			why != NULL ? ": " : "", why != NULL ? why : "");
	}
	results_line(tool->pool, "spf", &spf->outcome, spf->domain);
	printf(_("%d terms that ask the DNS, %d empty answers\n"), spf->lookups,
		spf->void_lookups);
	if (spf->explanation != NULL)
		printf(_("the domain explains: %s\n"), spf->explanation);
	return 0;
}

/* The engine of --engine, else the configuration's. */
static bool
choose_engine(
	struct tool *tool, const struct policy *policy, struct spf_query *q, int *status)
{
	const char *word = tool_value(tool, "engine");

	q->engine = policy->opt.spf_engine == SPF_CHOICE_BUILTIN ? SPF_ENGINE_BUILTIN
	                                                         : SPF_ENGINE_LIBSPF2;
	if (word == NULL)
		return true;
	if (strcmp(word, "builtin") == 0)
		q->engine = SPF_ENGINE_BUILTIN;
	else if (strcmp(word, "libspf2") == 0)
		q->engine = SPF_ENGINE_LIBSPF2;
	else {
		*status = tool_fail(tool, EX_USAGE, _("--engine is builtin or libspf2"));
		return false;
	}
	return true;
}

static void
fill_query(const struct tool *tool, const struct policy *policy, struct spf_query *q)
{
	q->helo = slice_of(tool_value(tool, "helo"));
	q->mail_from = tool_mail_from(tool);
	q->receiver = tool_value(tool, "receiver");
	q->default_explanation = tool_value(tool, "default-explanation");
	q->now = tool->now;
	q->explain = q->trace = true;
	q->limits = (struct spf_limits){ (int)policy->opt.spf_terms,
		(int)policy->opt.spf_void_lookups, (int)policy->opt.spf_mx,
		(int)policy->opt.spf_ptr };
}

static int
run_spf(struct tool *tool)
{
	int status = 0;
	const struct policy *policy = tool_policy(tool, &status);
	struct spf_query q = { 0 };
	struct spf_result result;
	struct lookup lookup = { .pool = tool->pool };
	struct ip ip;

	if (policy == NULL || !tool_ip(tool, &ip, &status) ||
		!choose_engine(tool, policy, &q, &status))
		return status;
	if (ip.bits == 0)
		return tool_fail(tool, EX_USAGE, _("--ip is needed"));
	if (tool_value(tool, "mail-from") == NULL && tool_value(tool, "helo") == NULL)
		return tool_fail(tool, EX_USAGE, _("--mail-from or --helo is needed"));
	q.client = &ip;
	fill_query(tool, policy, &q);
	lookup.left = SPF_QUESTIONS(q.limits);
	lookup.deadline = conf_dns_deadline(policy);
	lookup.dns = tool_dns(tool, policy, &status);
	if (lookup.dns == NULL)
		return status;
	spf_check(&lookup, &q,
		tool_value(tool, "mail-from") != NULL ? SPF_MAIL_FROM : SPF_HELO,
		&result);
	return tool->json ? print_json(tool, &result) : print_text(tool, &result);
}

const struct command command_spf = {
	.name = "spf",
	.arguments = "",
	.summary = N_("may this client send mail for this domain? Shown term by term"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_spf,
	.keys = "result identity domain mechanism reason explanation lookups "
		"void_lookups trace",
};
