/*
 * One JSON object a check, with the same keys whatever it found, so that a reader need
 * not ask which of them are there.
 */
#include "base/base.h"
#include "tool/results.h"

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/iprev.h"
#include "auth/spf/check.h"
#include "tool/layout.h"
#include "tool/tool.h"

static json_t *
code(const struct outcome *outcome)
{
	return json_string(auth_code_name(outcome->code));
}

json_t *
results_spf(const struct spf_result *spf)
{
	if (spf == NULL)
		return json_null();
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:i, s:i}", "result",
		code(&spf->outcome), "identity", spf_identity_name(spf), "domain",
		tool_json_text(spf->domain), "mechanism", tool_json_text(spf->mechanism),
		"reason", tool_json_reason(spf->outcome.reason), "explanation",
		tool_json_text(spf->explanation), "lookups", spf->lookups, "void_lookups",
		spf->void_lookups);
}

static json_t *
signature(const struct dkim_result *sig)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "result",
		code(&sig->outcome), "reason", tool_json_reason(sig->outcome.reason),
		"domain", tool_json_text(sig->domain), "selector",
		tool_json_text(sig->selector), "identity",
		sig->identity.n > 0 ? tool_json_bytes(sig->identity) : json_null(),
		"algorithm", tool_json_text(sig->algorithm), "key_bits",
		sig->key_bits > 0 ? json_integer(sig->key_bits) : json_null());
}

json_t *
results_dkim(const struct dkim_results *dkim)
{
	json_t *list;

	if (dkim == NULL)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < dkim->n; i++)
		json_array_append_new(list, signature(&dkim->v[i]));
	return list;
}

json_t *
results_iprev(const struct iprev_result *iprev)
{
	if (iprev == NULL)
		return json_null();
	return json_pack("{s:o, s:o}", "result", code(&iprev->outcome), "name",
		tool_json_text(iprev->name));
}

json_t *
results_dmarc(const struct dmarc_result *dmarc)
{
	if (dmarc == NULL)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "result",
		code(&dmarc->outcome), "reason", tool_json_reason(dmarc->outcome.reason),
		"from_domain", tool_json_text(dmarc->from_domain),
		"organizational_domain", tool_json_text(dmarc->organizational_domain),
		"policy", tool_json_text(dmarc_policy_name(dmarc->policy)),
		"policy_domain", tool_json_text(dmarc->policy_domain), "disposition",
		tool_json_text(dmarc_policy_name(dmarc->disposition)), "aligned_spf",
		(int)dmarc->aligned_spf, "aligned_dkim", (int)dmarc->aligned_dkim);
}

void
results_row(const char *name, const char *text)
{
	struct str line = STR_INIT;

	layout_pad(&line, name, 9);
	printf("%s %s\n", line.p, text);
	str_release(&line);
}

void
results_line(struct pool *pool, const char *method, const struct outcome *outcome,
	const char *subject)
{
	printf("%-9s %-10s %s", method, auth_code_name(outcome->code),
		subject != NULL ? subject : "-");
	if (outcome->reason != NULL)
		printf(_(" (%s)"), tool_reason(pool, outcome->reason));
	putchar('\n');
}
