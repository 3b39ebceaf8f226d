/*
 * The command line becomes a subject, and check_run goes over it. Only then is anything
 * printed.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/str.h"
#include "config/policy.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "mail/message.h"
#include "tool/check/check.h"
#include "tool/check/open.h"
#include "tool/findings/html.h"
#include "tool/findings/json.h"
#include "tool/findings/panel.h"
#include "tool/findings/print.h"

static const struct flag flags[] = {
	{ "message", N_("FILE"), N_("a message of the domain, best a delivered copy") },
	{ "selector", N_("NAME"), N_("look at this DKIM selector") },
	{ "volume", "small|bulk", N_("how much it sends to one receiver") },
	{ "dnsbl", N_("ZONE"), N_("ask this block list; may be repeated") },
	{ "no-block-lists", NULL, N_("ask none of the usual block lists") },
	{ "relays", N_("FILE"), N_("more relays, a line each; may be repeated") },
	{ "html", N_("FILE"), N_("write a page") },
	{ "panel", N_("NAME"), N_("show records as this DNS panel wants them") },
};

/* --message, split. */
static bool
read_message(struct tool *tool, struct subject *subject, int *status)
{
	const char *file = tool_value(tool, "message");
	struct headers *fields;
	struct slice text;

	if (file == NULL)
		return true;
	if (!tool_read(tool, file, &text, status))
		return false;
	fields = pool_alloc(tool->pool, sizeof(*fields));
	message_split(tool->pool, text, fields, &subject->body);
	if (fields->n == 0) {
		*status = tool_fail(
			tool, EX_DATAERR, _("'%s' is no message: no header"), file);
		return false;
	}
	subject->fields = fields;
	return true;
}

/* The domain of MAIL FROM: --mail-from, else the Return-Path of the message. */
static bool
read_envelope(struct tool *tool, struct subject *subject, int *status)
{
	struct slice path = tool_mail_from(tool);
	struct address address;
	bool is_given = path.n > 0;

	for (size_t i = 0; subject->fields != NULL && !is_given && path.n == 0 &&
			   i < subject->fields->n;
		i++)
		if (header_is(subject->fields->v[i], "Return-Path"))
			path = slice_trim(subject->fields->v[i]->value);
	subject->envelope = subject->domain;
	if (path.n == 0)
		return true;
	if (address_path_parse(tool->pool, path, &address) == NULL &&
		address.domain != NULL) {
		subject->envelope = address.domain;
		subject->mail_from = pool_slice(
			tool->pool, slice_of(pool_printf(tool->pool, "%.*s@%s",
					    SLICE_ARG(address.local), address.domain)));
		return true;
	}
	if (!is_given)
		return true;
	*status = tool_fail(
		tool, EX_USAGE, _("--mail-from '%.*s' is no address"), SLICE_ARG(path));
	return false;
}

/* --ip, else the message, which shows what receivers saw. */
static bool
read_addresses(struct tool *tool, const struct subject *subject, struct facts *facts,
	int *status)
{
	const char *text;
	struct ip ip;

	for (size_t i = 0; (text = tool_value_at(tool, "ip", i)) != NULL; i++) {
		if (!tool_public_ip(tool, text, &ip, status))
			return false;
		facts_add_address(facts, &ip);
	}
	if (facts->addresses.n == 0 && subject->fields != NULL)
		check_addresses_of_message(subject, facts);
	return true;
}

/* --volume */
static bool
read_volume(struct tool *tool, struct subject *subject, int *status)
{
	static const char *const words[] = {
		[VOLUME_SMALL] = "small",
		[VOLUME_BULK] = "bulk",
	};
	const char *text = tool_value(tool, "volume");

	if (text == NULL)
		return true;
	for (size_t i = VOLUME_SMALL; i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0) {
			subject->volume = (enum volume)i;
			return true;
		}
	*status = tool_fail(
		tool, EX_USAGE, _("--volume '%s' is neither small nor bulk"), text);
	return false;
}

static bool
read_line(struct tool *tool, struct subject *subject, struct facts *facts, int *status)
{
	const char *bad, *zone;

	if (tool->nargs != 1) {
		*status = tool_fail(tool, EX_USAGE, _("name one domain"));
		return false;
	}
	bad = domain_parse(tool->pool, slice_of(tool->args[0]), &subject->domain);
	if (bad != NULL) {
		*status = tool_fail(tool, EX_USAGE, _("'%s' is no domain: %s"),
			tool->args[0], _(bad));
		return false;
	}
	subject->selector = tool_value(tool, "selector");
	subject->helo = slice_of(tool_value(tool, "helo"));
	for (size_t i = 0; (zone = tool_value_at(tool, "dnsbl", i)) != NULL; i++)
		*vec_add(tool->pool, &subject->lists) = zone;
	if (tool_value(tool, "no-block-lists") == NULL && subject->nameservers != NULL)
		check_open_lists(subject);
	return read_volume(tool, subject, status) &&
	       read_message(tool, subject, status) &&
	       read_envelope(tool, subject, status) &&
	       read_addresses(tool, subject, facts, status);
}

/* --panel */
static bool
read_panel(struct tool *tool, struct findings *findings, int *status)
{
	const char *id = tool_value(tool, "panel"), *names;

	if (id == NULL)
		return true;
	findings->panel = panel_find(tool->pool, id, &names);
	if (findings->panel != NULL)
		return true;
	*status = tool_fail(
		tool, EX_USAGE, _("--panel '%s' is not known: there are %s"), id, names);
	return false;
}

static int
write_page(struct tool *tool, const struct findings *findings)
{
	const char *file = tool_value(tool, "html");
	struct str page = STR_POOL(tool->pool);
	FILE *out;
	bool ok;

	if (file == NULL)
		return 0;
	findings_html(findings, tool->now, &page);
	out = strcmp(file, "-") == 0 ? stdout : fopen(file, "w");
	if (out == NULL)
		return tool_fail(tool, EX_CANTCREAT, _("cannot write '%s': %s"), file,
			_(strerror(errno)));
	ok = fwrite(page.p, 1, page.n, out) == page.n;
	ok = (out == stdout ? fflush(out) : fclose(out)) == 0 && ok;
	return ok ? 0
	          : tool_fail(tool, EX_IOERR, _("cannot write '%s': %s"), file,
			    _(strerror(errno)));
}

static bool
wants_page_here(const struct tool *tool)
{
	const char *file = tool_value(tool, "html");

	return file != NULL && strcmp(file, "-") == 0;
}

/* The domain for people: a name in another script in both its forms. */
static const char *
shown_name(const struct subject *subject, struct findings *findings)
{
	const char *name = domain_unicode(subject->pool, subject->domain);

	if (strcmp(name, subject->domain) == 0)
		return NULL;
	findings_add(findings, "dns.name", FINDING_INFO,
		pool_printf(subject->pool, _("%s is called %s in the DNS"), name,
			subject->domain));
	return pool_printf(subject->pool, "%s (%s)", name, subject->domain);
}

static int
run_check(struct tool *tool)
{
	struct findings findings;
	struct subject subject;
	struct facts facts;
	int status = 0;
	bool ok;

	if (tool->json && wants_page_here(tool))
		return tool_fail(tool, EX_USAGE,
			_("--json and --html - both write to standard output: name a "
			  "file for the page"));
	if (!check_open(tool, &subject, &facts, &findings, &status) ||
		!read_line(tool, &subject, &facts, &status) ||
		!read_panel(tool, &findings, &status))
		return status;
	findings.about = subject.domain;
	findings.shown = shown_name(&subject, &findings);
	ok = check_run(&subject, &facts, &findings, LOOK_ALL);
	if ((status = write_page(tool, &findings)) != 0)
		return status;
	if (tool->json)
		tool_print(tool,
			json_pack("{s:s, s:s, s:o}", "domain", subject.domain, "status",
				finding_status_name(findings_worst(&findings)), "checks",
				findings_json(&findings, FINDING_GOOD)));
	else if (!wants_page_here(tool))
		findings_print(&findings, stdout, findings_wants_colour());
	return ok ? findings_exit_status(&findings) : EX_TEMPFAIL;
}

const struct command command_check = {
	.name = "check",
	.arguments = N_("DOMAIN"),
	.summary = N_("is a domain ready to send mail to Gmail, Yahoo, Outlook?"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_check,
	.keys = "domain status checks",
};
