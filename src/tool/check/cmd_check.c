/*
 * The command line becomes a struct check, and the parts run over it one after the other
 * in the order of the table in run_parts: each adds findings and may look at those before
 * it, so receivers, who conclude, come last. Only then is anything printed.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "config/policy.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "mail/message.h"
#include "tool/check/check.h"
#include "tool/check/json.h"
#include "tool/check/open.h"
#include "tool/check/print.h"
#include "tool/progress.h"

static const struct flag flags[] = {
	{ "message", N_("FILE"), N_("a message of the domain, best a delivered copy") },
	{ "selector", N_("NAME"), N_("look at this DKIM selector") },
	{ "dnsbl", N_("ZONE"), N_("ask this address list; may be repeated") },
	{ "relays", N_("FILE"), N_("more relays, a line each; may be repeated") },
	{ "html", N_("FILE"), N_("write a page") },
};

/* --message, split. */
static bool
read_message(struct tool *tool, struct check *check, int *status)
{
	const char *file = tool_value(tool, "message");
	struct headers *fields;
	struct slice text;

	if (file == NULL)
		return true;
	if (!tool_read(tool, file, &text, status))
		return false;
	fields = pool_alloc(tool->pool, sizeof(*fields));
	message_split(tool->pool, text, fields, &check->body);
	if (fields->n == 0) {
		*status = tool_fail(
			tool, EX_DATAERR, _("'%s' is no message: no header"), file);
		return false;
	}
	check->fields = fields;
	return true;
}

/* The domain of MAIL FROM: --mail-from, else the Return-Path of the message. */
static bool
read_envelope(struct tool *tool, struct check *check, int *status)
{
	struct slice path = tool_mail_from(tool);
	struct address address;
	bool is_given = path.n > 0;

	for (size_t i = 0;
		check->fields != NULL && !is_given && path.n == 0 && i < check->fields->n;
		i++)
		if (header_is(check->fields->v[i], "Return-Path"))
			path = slice_trim(check->fields->v[i]->value);
	check->envelope = check->domain;
	if (path.n == 0)
		return true;
	if (address_path_parse(tool->pool, path, &address) == NULL &&
		address.domain != NULL) {
		check->envelope = address.domain;
		check->mail_from = pool_slice(
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
read_addresses(struct tool *tool, struct check *check, int *status)
{
	const char *text;
	struct ip ip;

	for (size_t i = 0; (text = tool_value_at(tool, "ip", i)) != NULL; i++) {
		if (!tool_public_ip(tool, text, &ip, status))
			return false;
		check_add_address(check, &ip);
	}
	if (check->addresses.n == 0 && check->fields != NULL)
		check_addresses_of_message(check);
	return true;
}

static bool
read_line(struct tool *tool, struct check *check, int *status)
{
	const char *bad;

	if (tool->nargs != 1) {
		*status = tool_fail(tool, EX_USAGE, _("name one domain"));
		return false;
	}
	bad = domain_parse(tool->pool, slice_of(tool->args[0]), &check->domain);
	if (bad != NULL) {
		*status = tool_fail(
			tool, EX_USAGE, _("'%s' is no domain: %s"), tool->args[0], bad);
		return false;
	}
	check->selector = tool_value(tool, "selector");
	check->helo = slice_of(tool_value(tool, "helo"));
	return read_message(tool, check, status) && read_envelope(tool, check, status) &&
	       read_addresses(tool, check, status);
}

/* All parts, in their order. False: the DNS cannot be asked, so none could judge. */
static bool
run_parts(struct tool *tool, struct check *check)
{
	static const struct {
		const char *name;
		void (*run)(struct check *);
	} parts[] = {
		{ N_("key table"), check_config },
		{ N_("senders"), check_sender },
		{ N_("reverse names"), check_reverse },
		{ N_("MX"), check_mx },
		{ N_("TLS"), check_tls },
		{ N_("SPF"), check_spf },
		{ N_("SPF"), check_cover },
		{ N_("DKIM"), check_dkim },
		{ N_("message"), check_message },
		{ N_("DMARC"), check_dmarc },
		{ N_("receivers"), check_receivers },
	};
	struct progress *progress = progress_new();
	const char *zone;
	bool ok;

	progress_step(progress, _("resolver"));
	ok = check_resolver(check);
	for (size_t i = 0; ok && i < ARRAY_LEN(parts); i++) {
		if (parts[i].run == check_receivers)
			for (size_t k = 0;
				(zone = tool_value_at(tool, "dnsbl", k)) != NULL; k++) {
				progress_step(progress, zone);
				check_dnsbl(check, zone);
			}
		progress_step(progress, _(parts[i].name));
		parts[i].run(check);
	}
	progress_free(progress);
	return ok;
}

static int
write_page(struct tool *tool, const struct check *check)
{
	const char *file = tool_value(tool, "html");
	struct str page = STR_POOL(tool->pool);
	FILE *out;
	bool ok;

	if (file == NULL)
		return 0;
	check_html(check, &page);
	out = strcmp(file, "-") == 0 ? stdout : fopen(file, "w");
	if (out == NULL)
		return tool_fail(tool, EX_CANTCREAT, _("cannot write '%s': %s"), file,
			strerror(errno));
	ok = fwrite(page.p, 1, page.n, out) == page.n;
	ok = (out == stdout ? fflush(out) : fclose(out)) == 0 && ok;
	return ok ? 0
	          : tool_fail(tool, EX_IOERR, _("cannot write '%s': %s"), file,
			    strerror(errno));
}

static bool
wants_page_here(const struct tool *tool)
{
	const char *file = tool_value(tool, "html");

	return file != NULL && strcmp(file, "-") == 0;
}

static int
run_check(struct tool *tool)
{
	struct check check = { 0 };
	int status = 0;
	bool ok;

	if (tool->json && wants_page_here(tool))
		return tool_fail(tool, EX_USAGE,
			_("--json and --html - both write to standard output: name a "
			  "file for the page"));
	if (!check_world(tool, &check, &status) || !read_line(tool, &check, &status))
		return status;
	ok = run_parts(tool, &check);
	if ((status = write_page(tool, &check)) != 0)
		return status;
	if (tool->json)
		tool_print(tool, json_pack("{s:s, s:s, s:o}", "domain", check.domain,
					 "status", check_status_name(check_worst(&check)),
					 "checks", check_json(&check, CHECK_GOOD)));
	else if (!wants_page_here(tool))
		check_print(&check, stdout, check_wants_colour());
	return ok ? check_exit_status(&check) : EX_TEMPFAIL;
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
