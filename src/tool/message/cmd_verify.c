/*
 * sekimori verify: the message goes through the daemon's own engine, and what is printed
 * is its results. No check is made a second time here, so the two cannot say different
 * things.
 */
#include "base/base.h"
#include "tool/tool.h"

#include <sys/socket.h>

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/iprev.h"
#include "auth/spf/check.h"
#include "engine/results.h"
#include "engine/txn.h"
#include "mail/message.h"
#include "tool/results.h"

/* The message through the engine, as if a client from outside had sent it. */
static struct txn *
feed(struct tool *tool, struct session *session, const struct headers *fields,
	struct slice body, const struct verdict **verdict)
{
	struct envelope envelope = { .mail_from = tool_mail_from(tool), .verify = true };
	struct txn *txn = txn_begin(session, &envelope);
	const char *rcpt;

	for (size_t i = 0; (rcpt = tool_value_at(tool, "rcpt-to", i)) != NULL; i++)
		(void)txn_rcpt(txn, slice_of(rcpt));
	for (size_t i = 0; i < fields->n; i++)
		txn_header(txn, fields->v[i]->name, fields->v[i]->value);
	txn_eoh(txn);
	txn_body(txn, body.p, body.n);
	*verdict = txn_end(txn, NULL);
	return txn;
}

static char *
reply_text(struct tool *tool, const struct verdict *verdict)
{
	if (verdict->text == NULL)
		return NULL;
	return pool_printf(
		tool->pool, "%s %s %s", verdict->code, verdict->xcode, verdict->text);
}

static json_t *
removed_list(const struct results *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->removed.n; i++)
		json_array_append_new(list, tool_json_bytes(slice_trim(r->removed.v[i])));
	return list;
}

static int
print_json(struct tool *tool, const struct results *r, const struct verdict *verdict)
{
	return tool_print(tool,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "spf",
			results_spf(r->spf), "spf_helo", results_spf(r->spf_helo), "dkim",
			results_dkim(r->dkim), "iprev", results_iprev(r->iprev), "dmarc",
			results_dmarc(r->dmarc), "authentication_results",
			tool_json_bytes(slice_trim(slice_of(r->authentication_results))),
			"removed", removed_list(r), "action",
			action_name(verdict->action), "reply",
			tool_json_text(reply_text(tool, verdict))));
}

/* Our field, with the line ends of a terminal where a message has CRLF. */
static void
print_field(struct slice value)
{
	struct slice line;

	printf("\nAuthentication-Results:");
	while (slice_next(&value, '\n', &line))
		printf("%.*s\n",
			SLICE_ARG(slice_ends(line, "\r") ? slice_make(line.p, line.n - 1)
							 : line));
}

static int
print_text(struct tool *tool, const struct results *r, const struct verdict *verdict)
{
	if (r->iprev != NULL)
		results_line(tool->pool, "iprev", &r->iprev->outcome, r->iprev->name);
	if (r->spf_helo != NULL)
		results_line(tool->pool, "spf helo", &r->spf_helo->outcome,
			r->spf_helo->domain);
	if (r->spf != NULL)
		results_line(tool->pool, "spf", &r->spf->outcome, r->spf->domain);
	if (tool_value(tool, "ip") == NULL)
		results_row("spf",
			_("not checked: --ip, --helo and --mail-from say who sent it"));
	if (r->dkim->n == 0)
		results_row("dkim", _("none       no signature"));
	for (size_t i = 0; i < r->dkim->n; i++)
		results_line(tool->pool, "dkim", &r->dkim->v[i].outcome,
			r->dkim->v[i].domain == NULL
				? NULL
				: pool_printf(tool->pool, "%s/%s", r->dkim->v[i].domain,
					  r->dkim->v[i].selector != NULL
						  ? r->dkim->v[i].selector
						  : "-"));
	if (r->dmarc != NULL)
		results_line(
			tool->pool, "dmarc", &r->dmarc->outcome, r->dmarc->from_domain);
	results_row(_("action"), action_name(verdict->action));
	if (verdict->text != NULL)
		results_row(_("reply"), reply_text(tool, verdict));
	if (r->removed.n > 0)
		printf(_("Authentication-Results fields that would be removed: %zu\n"),
			r->removed.n);
	print_field(slice_of(r->authentication_results));
	return 0;
}

static int
run_verify(struct tool *tool)
{
	int status = 0;
	const struct policy *policy = tool_policy(tool, &status);
	struct services services;
	struct sockaddr_storage buf;
	struct session *session;
	const struct verdict *verdict;
	char host[256] = "localhost";
	struct headers fields = VEC_INIT;
	struct slice body;
	struct txn *txn;
	struct ip ip;

	if (policy == NULL || !tool_ip(tool, &ip, &status) ||
		!tool_read_message(tool, tool->nargs > 0 ? tool->args[0] : NULL, &fields,
			&body, &status) ||
		!tool_services(tool, policy, &services, &status))
		return status;
	gethostname(host, sizeof(host) - 1);
	session = session_new(policy, &services, NULL, tool_sockaddr(&ip, &buf), host);
	if (tool_value(tool, "helo") != NULL)
		session_helo(session, tool_value(tool, "helo"));
	txn = feed(tool, session, &fields, body, &verdict);
	status = tool->json ? print_json(tool, txn_results(txn), verdict)
	                    : print_text(tool, txn_results(txn), verdict);
	txn_free(txn);
	session_free(session);
	return status;
}

const struct command command_verify = {
	.name = "verify",
	.arguments = N_("[FILE]"),
	.summary = N_("check a message as if it came in from outside"),
	.run = run_verify,
	.keys = "spf spf_helo dkim iprev dmarc authentication_results removed action "
		"reply",
};
