/*
 * sekimori dmarc: what SPF and DKIM said comes from the command line; records come from
 * the DNS.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "auth/dmarc/check.h"
#include "base/names.h"
#include "base/plain.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/results.h"
#include "tool/tool_config.h"

static const struct flag flags[] = {
	{ "from", N_("DOMAIN"), N_("the author's domain, or his address") },
	{ "spf", N_("RESULT:DOMAIN"), N_("what SPF said of which MAIL FROM domain") },
	{ "dkim", N_("RESULT:DOMAIN"),
		N_("what DKIM said of a signature of which d=; may be repeated") },
};

static const struct name_code codes[] = {
	{ "none", AUTH_NONE },
	{ "pass", AUTH_PASS },
	{ "fail", AUTH_FAIL },
	{ "hardfail", AUTH_FAIL },
	{ "softfail", AUTH_SOFTFAIL },
	{ "neutral", AUTH_NEUTRAL },
	{ "policy", AUTH_POLICY },
	{ "temperror", AUTH_TEMPERROR },
	{ "permerror", AUTH_PERMERROR },
};

static const struct name_code statuses[] = {
	{ "ok", DNS_OK },
	{ "nodata", DNS_NODATA },
	{ "nxdomain", DNS_NXDOMAIN },
	{ "tempfail", DNS_TEMPFAIL },
};

/* One RESULT:DOMAIN. A domain that is none cannot align, like that of a broken signature.
 */
static bool
read_identity(struct tool *tool, const char *text, enum dmarc_method method,
	struct dmarc_identity *id, int *status)
{
	struct slice word, domain;
	int code;

	slice_cut(slice_of(text), ':', &word, &domain);
	if (!name_code(codes, ARRAY_LEN(codes), word, &code)) {
		*status = tool_fail(tool, EX_USAGE,
			_("'%s' is not RESULT:DOMAIN, such as pass:example.com"), text);
		return false;
	}
	*id = (struct dmarc_identity){ .method = method, .code = (enum auth_code)code };
	if (domain_parse(tool->pool, domain, &id->domain) != NULL)
		id->domain = NULL;
	id->dns_failed = id->code == AUTH_TEMPERROR;
	return true;
}

static bool
read_identities(struct tool *tool, struct dmarc_identities *list, int *status)
{
	static const struct {
		const char *flag;
		enum dmarc_method method;
	} kinds[] = { { "spf", DMARC_BY_SPF }, { "dkim", DMARC_BY_DKIM } };
	const char *text;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t i = 0; (text = tool_value_at(tool, kinds[k].flag, i)) != NULL;
			i++)
			if (!read_identity(tool, text, kinds[k].method,
				    vec_add(tool->pool, list), status))
				return false;
	return true;
}

static json_t *
node_json(const struct dmarc_node *node)
{
	json_t *found =
		node->found > 0 ? json_integer((json_int_t)node->found) : json_integer(0);

	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "domain",
		tool_json_text(node->domain), "status",
		code_name(statuses, ARRAY_LEN(statuses), (int)node->status), "reason",
		tool_json_text(node->reason), "found", found, "record",
		node->record != NULL ? tool_json_bytes(node->record->text) : json_null());
}

static int
print_json(struct tool *tool, const struct dmarc_result *result)
{
	json_t *object = results_dmarc(result), *walk = json_array();

	for (size_t i = 0; i < result->walk.nodes.n; i++)
		json_array_append_new(walk, node_json(result->walk.nodes.v[i]));
	json_object_set_new(object, "walk", walk);
	return tool_print(tool, object);
}

static int
print_text(const struct tool *tool, const struct dmarc_result *r)
{
	const char *policy = dmarc_policy_name(r->policy);

	for (size_t i = 0; i < r->walk.nodes.n; i++) {
		const struct dmarc_node *n = r->walk.nodes.v[i];

		printf("_dmarc.%s: ", n->domain);
		if (n->record != NULL)
			puts(plain_line(tool->pool, n->record->text));
		else
			puts(code_name(statuses, ARRAY_LEN(statuses), (int)n->status));
	}
	results_line(tool->pool, "dmarc", &r->outcome, r->from_domain);
	printf(_("organizational domain: %s\n"),
		r->organizational_domain != NULL ? r->organizational_domain : "-");
	printf(_("policy: %s, of %s\n"), policy != NULL ? policy : "-",
		r->policy_domain != NULL ? r->policy_domain : "-");
	return 0;
}

/* The domain of --from; a whole address is fine. NULL with a complaint: it is none. */
static const char *
read_author(struct tool *tool, const char *text, const char **domain)
{
	struct slice from = slice_of(text);

	return domain_parse(tool->pool,
		slice_from(from, (size_t)(slice_rfind(from, '@') + 1)), domain);
}

static int
run_dmarc(struct tool *tool)
{
	int status = 0;
	const struct policy *policy = tool_policy(tool, &status);
	const char *from = tool_value(tool, "from"), *bad;
	struct dmarc_input input = { 0 };
	struct dmarc_result result = { 0 };
	struct dns *dns;

	if (policy == NULL || !read_identities(tool, &input.identities, &status))
		return status;
	if (from == NULL)
		return tool_fail(tool, EX_USAGE, _("--from is needed"));
	if ((bad = read_author(tool, from, &input.from_domain)) != NULL)
		result.outcome = auth_outcome(AUTH_PERMERROR, reason_of(tool->pool, bad));
	else if ((dns = tool_dns(tool, policy, &status)) != NULL)
		dmarc_check(dns, tool->pool, conf_dns_deadline(policy), &input, &result);
	if (status != 0)
		return status;
	return tool->json ? print_json(tool, &result) : print_text(tool, &result);
}

const struct command command_dmarc = {
	.name = "dmarc",
	.arguments = "",
	.summary =
		N_("what DMARC says of an author's domain, and the walk to its record"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_dmarc,
	.keys = "result reason from_domain organizational_domain policy policy_domain "
		"disposition aligned_spf aligned_dkim walk",
};
