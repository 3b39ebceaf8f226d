/* sekimori why: would this message be signed or checked, and by which row of which file.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/ip.h"
#include "config/policy.h"
#include "engine/route.h"
#include "mail/address.h"
#include "tool/tool_config.h"

static const struct flag flags[] = {
	{ "from", N_("ADDR"), N_("the author (From)") },
	{ "auth", N_("USER"), N_("the user that the client is authenticated as") },
	{ "daemon", N_("NAME"), N_("the name of the MTA's daemon ({daemon_name})") },
	{ "client-name", N_("NAME"), N_("the client's name, where the MTA knows one") },
};

/* What is asked, and what is found out. */
struct why {
	struct tool *tool;
	const struct policy *policy;
	struct address author;
	struct route_decision route;
	const char *reason;
	json_t *rows, *options;
};

/* Appends a row: of a signature (attribute NULL), or of a policy. */
static void
why_row(struct why *w, const char *where, const struct signing *signing,
	const char *attribute, const char *value)
{
	/* Of the signing table, which led to this row of the key table. */
	const char *via =
		signing != NULL && w->policy->signing != NULL ? signing->where : NULL;

	json_array_append_new(w->rows,
		json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "where", tool_json_text(where),
			"signing_row", tool_json_text(via), "domain",
			tool_json_text(signing != NULL ? signing->domain : NULL),
			"selector",
			tool_json_text(signing != NULL ? signing->selector : NULL),
			"identity",
			tool_json_text(signing != NULL ? signing->identity : NULL),
			"attribute", tool_json_text(attribute), "value",
			tool_json_text(value)));
	if (w->tool->json)
		return;
	if (signing != NULL)
		printf("  d=%s s=%s  %s%s%s\n", signing->domain, signing->selector, where,
			via != NULL ? ", " : "", via != NULL ? via : "");
	else
		printf("  %s=%s  %s\n", attribute, value,
			where != NULL ? where : _("default"));
}

/* An option that had a say, and where it is set. */
static void
why_option(struct why *w, const char *name)
{
	const struct option *option = option_find(slice_of(name));
	struct pool *pool = w->tool->pool;
	const char *value = option_print(pool, option, &w->policy->opt);
	struct place at = option_origin(&w->policy->opt, option->offset);

	json_array_append_new(
		w->options, json_pack("{s:s,s:o,s:o}", "name", name, "value",
				    tool_json_text(value[0] != '\0' ? value : NULL),
				    "where", tool_json_text(place_print(pool, at))));
	if (!w->tool->json)
		printf("  %s %s  %s\n", name, value[0] != '\0' ? value : "-",
			conf_place(w->tool, at));
}

/* Those that said where the message comes from. */
static void
why_route(struct why *w)
{
	switch (w->route.route) {
	case ROUTE_PEER:
		why_option(w, "PeerList");
		return;
	case ROUTE_TRUSTED:
		why_option(w, "TrustedRelays");
		return;
	case ROUTE_INBOUND:
	case ROUTE_LOCAL:
	case ROUTE_OUTBOUND:
		if (w->route.authenticated)
			return;
		why_option(w, "InternalHosts");
		why_option(w, "MTA");
		return;
	}
}

/* Those that said which keys sign. */
static void
why_keys(struct why *w)
{
	const struct options *o = &w->policy->opt;

	if (o->key_table == NULL) {
		why_option(w, "Domain");
		why_option(w, "Selector");
		why_option(w, "KeyFile");
		why_option(w, "SubDomains");
		return;
	}
	why_option(w, "KeyTable");
	if (o->signing_table == NULL)
		return;
	why_option(w, "SigningTable");
	why_option(w, "MultipleSignatures");
}

/* Is there a recipient whose mail is not signed? */
static const char *
unsigned_recipient(const struct why *w)
{
	const char *to;

	for (size_t i = 0; (to = tool_value_at(w->tool, "rcpt-to", i)) != NULL; i++) {
		struct address address;

		if (address_path_parse(w->tool->pool, slice_of(to), &address) == NULL &&
			!policy_may_sign_to(w->policy, &address))
			return to;
	}
	return NULL;
}

static void
why_signed(struct why *w, const char *user)
{
	struct pool *pool = w->tool->pool;
	const char *to = unsigned_recipient(w);
	const char *route = tool_reason(pool, w->route.reason);
	struct signing_plan plan;

	(void)policy_signings(w->policy, pool, &w->author, user, &plan);
	if (!(w->policy->opt.mode & MODE_SIGN))
		w->reason = pool_printf(pool, _("not signed: Mode has no s (%s)"), route);
	else if (to != NULL)
		w->reason =
			pool_printf(pool, _("not signed: '%s' is in DontSignMailTo"), to);
	else if (plan.failed)
		w->reason = pool_printf(pool,
			_("refused with 451, because it cannot be signed: %s"),
			tool_reason(pool, plan.reason));
	else if (plan.rows.n == 0)
		w->reason = pool_printf(pool, _("not signed: %s (%s)"),
			tool_reason(pool, plan.reason), route);
	else
		w->reason = pool_printf(pool, _("signed: %s"), route);
	if (!w->tool->json)
		puts(w->reason);
	for (size_t i = 0; i < plan.rows.n; i++)
		why_row(w, place_print(pool, plan.rows.v[i].row->at), &plan.rows.v[i],
			NULL, NULL);
	why_option(w, "Mode");
	if (to != NULL)
		why_option(w, "DontSignMailTo");
	why_keys(w);
}

static void
why_rules(struct why *w, const char *domain, enum rule_scope scope)
{
	struct rules rules;

	(void)policy_rules(w->policy, w->tool->pool, domain, &rules);
	for (enum rule_kind kind = 0; kind < RULE_KINDS; kind++) {
		const struct rule *rule = &rules.v[kind];

		if (rule_types[kind].scope == scope)
			why_row(w, rule->where, NULL, rule_types[kind].name,
				rule_value_name(kind, rule->value));
	}
}

static void
why_checked(struct why *w)
{
	struct pool *pool = w->tool->pool;
	const char *hint = policy_key_hint(w->policy, pool, &w->author), *to;
	const char *route = tool_reason(pool, w->route.reason);

	w->reason = pool_printf(pool, "%s%s%s%s",
		w->policy->opt.mode & MODE_VERIFY ? _("checked, not signed: ")
						  : _("neither checked nor signed: "),
		route, hint != NULL ? _("; the author has a key: ") : "",
		hint != NULL ? hint : "");
	if (!w->tool->json)
		puts(w->reason);
	why_option(w, "Mode");
	if (!(w->policy->opt.mode & MODE_VERIFY))
		return;
	why_rules(w, w->author.domain, SCOPE_AUTHOR);
	for (size_t i = 0; (to = tool_value_at(w->tool, "rcpt-to", i)) != NULL; i++) {
		struct address address;

		if (address_path_parse(pool, slice_of(to), &address) == NULL)
			why_rules(w, address.domain, SCOPE_RECIPIENT);
	}
}

static int
why_read(struct why *w, struct route_query *q)
{
	struct tool *tool = w->tool;
	const char *from = tool_value(tool, "from"), *ip = tool_value(tool, "ip"), *bad;

	if (from == NULL)
		return tool_fail(tool, EX_USAGE, _("--from is needed"));
	if ((bad = address_path_parse(tool->pool, slice_of(from), &w->author)) != NULL)
		return tool_fail(tool, EX_DATAERR, "--from '%s': %s", from, _(bad));
	if (w->author.domain == NULL)
		return tool_fail(tool, EX_DATAERR, _("--from '%s' has no domain"), from);
	if (ip != NULL && (bad = ip_parse(slice_of(ip), &q->client)) != NULL)
		return tool_fail(tool, EX_DATAERR, "--ip '%s': %s", ip, _(bad));
	q->auth_user = tool_value(tool, "auth");
	q->daemon_name = tool_value(tool, "daemon");
	q->client_name = tool_value(tool, "client-name");
	return 0;
}

static int
run_why(struct tool *tool)
{
	struct why w = { .tool = tool };
	struct route_query q = { .client = IP_NONE };
	int status = why_read(&w, &q);

	if (status != 0 || (w.policy = conf_policy(tool, &status)) == NULL)
		return status;
	w.rows = json_array();
	w.options = json_array();
	route_decide(tool->pool, w.policy, &q, &w.route);
	if (!tool->json)
		printf(_("route: %s\n"), route_name(w.route.route));
	if (policy_is_exempt(w.policy, w.author.domain)) {
		w.reason = _("neither checked nor signed: the author's domain is in "
			     "ExemptDomains");
		if (!tool->json)
			puts(w.reason);
		why_option(&w, "ExemptDomains");
	} else if (w.route.may_sign)
		why_signed(&w, q.auth_user);
	else
		why_checked(&w);
	if (!policy_is_exempt(w.policy, w.author.domain))
		why_route(&w);
	policy_release(w.policy);
	if (tool->json)
		return tool_print(tool,
			json_pack("{s:s,s:o,s:o,s:o}", "route", route_name(w.route.route),
				"reason", tool_json_text(w.reason), "rows", w.rows,
				"options", w.options));
	json_decref(w.rows);
	json_decref(w.options);
	return 0;
}

const struct command command_why = {
	.name = "why",
	.arguments = "",
	.summary = N_("why a message is signed or not, checked or not, by which row"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_why,
	.keys = "route reason rows options",
};
