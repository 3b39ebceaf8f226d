/*
 * The same facts twice: for programs as one object, for people as paragraphs in the order
 * in which they ask: what was said, what the message shows, what it means, what to do.
 */
#include "base/base.h"
#include "tool/explain/explain.h"

#include "base/plain.h"
#include "base/str.h"
#include "tool/explain/bounce_catalogue.h"
#include "tool/findings/json.h"
#include "tool/findings/print.h"
#include "tool/layout.h"
#include "tool/tool.h"

static const char *
code_of(const struct explain *e)
{
	const struct bounce *b = &e->bounce;

	if (b->code != NULL && b->status != NULL)
		return pool_printf(e->tool->pool, "%s %s", b->code, b->status);
	return b->code != NULL ? b->code : b->status;
}

static json_t *
forwarding_json(const struct explain *e)
{
	json_t *signs, *signatures;
	char address[IP_TEXT_SIZE];

	if (!e->forward.is_found)
		return json_null();
	signs = json_array();
	for (size_t i = 0; i < e->forward.signs.n; i++)
		json_array_append_new(signs, tool_json_text(e->forward.signs.v[i]));
	signatures = json_array();
	for (size_t i = 0; i < e->signatures.n; i++) {
		const struct dkim_result *r = &e->signatures.v[i].result;

		json_array_append_new(signatures,
			json_pack("{s:o, s:o, s:s}", "domain", tool_json_text(r->domain),
				"selector", tool_json_text(r->selector), "result",
				auth_code_name(r->outcome.code)));
	}
	return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o}", "by",
		tool_json_text(e->forward.by), "ip",
		tool_json_text(e->forward.ip.bits != 0 ? ip_print(&e->forward.ip, address)
						       : NULL),
		"list", e->forward.is_list, "signs", signs, "signatures", signatures,
		"survives", tool_json_text(explain_survivor(e)));
}

static json_t *
others_json(const struct explain *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->others.n; i++) {
		const struct explain other = { .bounce = e->others.v[i],
			.tool = e->tool };

		json_array_append_new(
			list, json_pack("{s:o, s:o, s:o, s:s}", "code",
				      tool_json_text(code_of(&other)), "receiver",
				      tool_json_text(other.bounce.receiver), "reply",
				      tool_json_text(other.bounce.reply), "cause",
				      other.bounce.cause->id));
	}
	return list;
}

static int
print_json(struct explain *e)
{
	json_t *remedies = json_array();
	char address[IP_TEXT_SIZE];
	const char *cause = e->bounce.cause != NULL ? e->bounce.cause->id : NULL;

	if (explain_is_forwarding(e))
		cause = "forwarded";
	for (size_t i = 0; i < e->remedies.n; i++)
		json_array_append_new(remedies, tool_json_text(e->remedies.v[i]));
	return tool_print(e->tool,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			"code", tool_json_text(code_of(e)), "receiver",
			tool_json_text(e->bounce.receiver), "reply",
			tool_json_text(e->bounce.reply), "domain",
			tool_json_text(e->domain), "ip",
			tool_json_text(
				e->ip.bits != 0 ? ip_print(&e->ip, address) : NULL),
			"cause", tool_json_text(cause), "meaning",
			tool_json_text(e->meaning), "remedies", remedies, "forwarding",
			forwarding_json(e), "checks",
			findings_json(&e->findings, FINDING_WARNING), "others",
			others_json(e)));
}

static void
add_heading(struct str *out, const char *text)
{
	str_addf(out, "%s%s\n", out->n > 0 ? "\n" : "", text);
}

static void
add_line(struct str *out, const char *text)
{
	str_add(out, "  ");
	layout_wrap(out, text, 2);
}

/* What the receiver said, and what was understood of it. */
static void
print_reply(const struct explain *e, struct str *out)
{
	const struct bounce *b = &e->bounce;
	const char *receiver = b->receiver_name;
	struct pool *pool = e->tool->pool;
	char address[IP_TEXT_SIZE];

	if (code_of(e) == NULL && b->reply == NULL)
		return;
	add_heading(out, _("What the receiver said"));
	add_line(out, pool_printf(pool, "%s: %s %s",
			      receiver != NULL ? receiver : _("receiver not known"),
			      code_of(e) != NULL ? code_of(e) : "",
			      b->reply != NULL ? b->reply : ""));
	if (e->domain != NULL)
		add_line(out, pool_printf(pool, _("domain: %s"), e->domain));
	if (e->ip.bits != 0)
		add_line(out,
			pool_printf(pool, _("sent from: %s"), ip_print(&e->ip, address)));
}

/* What it means, and what to do. */
static void
print_advice(const struct explain *e, struct str *out)
{
	add_heading(out, _("What it means"));
	add_line(out, e->meaning);
	if (e->remedies.n > 0)
		add_heading(out, _("What to do"));
	for (size_t i = 0; i < e->remedies.n; i++) {
		str_addf(out, "  %zu. ", i + 1);
		layout_wrap(out, e->remedies.v[i], 5);
	}
}

/* The replies about other recipients, each with its meaning and its remedies. */
static void
print_others(const struct explain *e, struct str *out)
{
	for (size_t i = 0; i < e->others.n; i++) {
		struct explain other = { .tool = e->tool, .bounce = e->others.v[i] };

		other.domain =
			other.bounce.domain != NULL ? other.bounce.domain : e->domain;
		other.ip = other.bounce.ip.bits != 0 ? other.bounce.ip : e->ip;
		explain_reply(&other);
		print_reply(&other, out);
		print_advice(&other, out);
	}
}

static void
print_forwarding(const struct explain *e, struct str *out)
{
	struct pool *pool = e->tool->pool;

	if (!explain_is_forwarding(e))
		return;
	add_heading(out, _("What the message shows"));
	for (size_t i = 0; i < e->forward.signs.n; i++)
		add_line(out, e->forward.signs.v[i]);
	for (size_t i = 0; i < e->forward.results.n; i++) {
		const struct forward_result *r = &e->forward.results.v[i];

		add_line(out, pool_printf(pool, _("its receiver found: %s=%s%s%s"),
				      r->method, r->result, r->domain != NULL ? " " : "",
				      r->domain != NULL ? r->domain : ""));
	}
	for (size_t i = 0; i < e->signatures.n; i++) {
		const struct dkim_result *r = &e->signatures.v[i].result;

		add_line(out,
			pool_printf(pool, _("DKIM signature of %s, verified now: %s"),
				r->domain != NULL ? r->domain : "?",
				auth_code_name(r->outcome.code)));
	}
}

static int
print_text(struct explain *e)
{
	struct str out = STR_POOL(e->tool->pool);
	struct str findings = STR_POOL(e->tool->pool);

	print_reply(e, &out);
	print_forwarding(e, &out);
	print_advice(e, &out);
	print_others(e, &out);
	findings_text(&e->findings, FINDING_WARNING, findings_wants_colour(), &findings);
	if (findings.n > 0) {
		str_addf(&out, "\n%s\n\n",
			pool_printf(e->tool->pool, _("What the DNS says of %s now"),
				e->domain));
		str_add_slice(&out, str_slice(&findings));
	}
	if (findings_wants_colour())
		plain_bypass(out.p, out.n);
	else
		fputs(out.p, stdout);
	return 0;
}

int
explain_print(struct explain *e)
{
	return e->tool->json ? print_json(e) : print_text(e);
}
