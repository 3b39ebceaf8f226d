/*
 * sekimori authres: a field as the reader of RFC 8601 sees it, a line a result.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/str.h"
#include "mail/authres_parse.h"

static json_t *
number(unsigned n)
{
	return n > 0 ? json_integer((json_int_t)n) : json_null();
}

static json_t *
result_json(const struct authres_result *r)
{
	json_t *properties = json_array();

	for (size_t i = 0; i < r->properties.n; i++)
		json_array_append_new(properties,
			json_pack("{s:o, s:o, s:o}", "type",
				tool_json_text(r->properties.v[i].type), "name",
				tool_json_text(r->properties.v[i].name), "value",
				tool_json_bytes(r->properties.v[i].value)));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "method", tool_json_text(r->method),
		"version", number(r->version), "result", tool_json_text(r->result),
		"reason", r->reason.p != NULL ? tool_json_bytes(r->reason) : json_null(),
		"properties", properties);
}

static int
print_json(struct tool *tool, const struct authres *a)
{
	json_t *results = json_array();

	for (size_t i = 0; i < a->results.n; i++)
		json_array_append_new(results, result_json(&a->results.v[i]));
	return tool_print(tool,
		json_pack("{s:o, s:o, s:o, s:o}", "authserv_id",
			tool_json_bytes(a->authserv_id), "version", number(a->version),
			"instance", number(a->instance), "results", results));
}

static int
print_text(const struct authres *a)
{
	printf("%.*s\n", SLICE_ARG(a->authserv_id));
	for (size_t i = 0; i < a->results.n; i++) {
		const struct authres_result *r = &a->results.v[i];

		printf("  %s=%s", r->method, r->result);
		if (r->reason.p != NULL)
			printf(" (%.*s)", SLICE_ARG(r->reason));
		for (size_t k = 0; k < r->properties.n; k++)
			printf(" %s.%s=%.*s", r->properties.v[k].type,
				r->properties.v[k].name,
				SLICE_ARG(r->properties.v[k].value));
		putchar('\n');
	}
	return 0;
}

/* The value as a message would hold it: folds with CRLF, no line end behind it. */
static struct slice
as_field(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n' && (i == 0 || text.p[i - 1] != '\r'))
			str_addc(&out, '\r');
		str_addc(&out, text.p[i]);
	}
	while (out.n > 1 && out.p[out.n - 2] == '\r' && out.p[out.n - 1] == '\n')
		str_cut(&out, out.n - 2);
	return str_slice(&out);
}

static int
run_authres(struct tool *tool)
{
	struct authres authres = { 0 };
	struct slice text;
	const char *bad;
	int status = 0;

	if (!tool_read(tool, tool->nargs > 0 ? tool->args[0] : NULL, &text, &status))
		return status;
	bad = authres_parse(tool->pool, as_field(tool->pool, text), &authres);
	if (bad != NULL)
		return tool_fail(
			tool, EX_DATAERR, _("not Authentication-Results: %s"), _(bad));
	return tool->json ? print_json(tool, &authres) : print_text(&authres);
}

const struct command command_authres = {
	.name = "authres",
	.arguments = N_("[FILE]"),
	.summary = N_("read the value of an Authentication-Results field"),
	.run = run_authres,
	.keys = "authserv_id version instance results",
};
