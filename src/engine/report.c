/*
 * A line is what a person asks of it, in that order: who, what the checks found and why,
 * what was signed, what was done. Each part has a function and leaves out what was not
 * there; a value is never trusted with the line's syntax (logline).
 */
#include "base/base.h"
#include "engine/report.h"

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/iprev.h"
#include "auth/spf/check.h"
#include "engine/logline.h"

static void
add_client(struct str *line, const struct message_record *record)
{
	char ip[IP_TEXT_SIZE];

	logline_adds(line, "client", ip_print(&record->mail->session->client, ip));
	if (record->mail->session->helo.n > 0)
		logline_add(line, "helo", record->mail->session->helo);
	if (!record->mail->has_mail_from)
		return;
	if (record->mail->mail_from.n > 0)
		logline_add(line, "from", record->mail->mail_from);
	else
		logline_adds(line, "from", "<>");
}

static void
add_code(struct str *line, const char *key, const struct outcome *outcome)
{
	logline_adds(line, key, auth_code_name(outcome->code));
}

static void
add_dkim(struct str *line, const struct message_record *record)
{
	const struct dkim_results *dkim = record->results->dkim;
	struct str list = STR_POOL(record->mail->pool);

	if (dkim == NULL)
		return;
	/* The cut of a long value comes later: here is the limit for 10,000 of them. */
	for (size_t i = 0; i < dkim->n && list.n <= LOGLINE_VALUE_MAX; i++) {
		const struct dkim_result *r = &dkim->v[i];

		str_addf(
			&list, "%s%s", i > 0 ? "," : "", auth_code_name(r->outcome.code));
		if (r->domain != NULL && r->selector != NULL)
			str_addf(&list, ":%s/%s", r->domain, r->selector);
	}
	logline_addf(line, "dkim", "%s", list.n > 0 ? list.p : "none");
}

static void
add_reason(struct str *line, const char *key, const struct message_record *record,
	const struct reason *reason)
{
	logline_adds(line, key, reason_text(record->mail->pool, reason, NULL));
}

/* What went wrong, in words, for the checks that did not pass. */
static void
add_why(struct str *line, const struct message_record *record)
{
	const struct results *r = record->results;
	const struct outcome *first = NULL;

	if (r->dkim != NULL && r->dkim->n > 0 && r->dkim->v[0].outcome.code != AUTH_PASS)
		first = &r->dkim->v[0].outcome;
	if (first != NULL)
		add_reason(line, "dkim_why", record, first->reason);
	if (r->spf != NULL && (r->spf->outcome.code == AUTH_PERMERROR ||
				      r->spf->outcome.code == AUTH_TEMPERROR))
		add_reason(line, "spf_why", record, r->spf->outcome.reason);
	if (r->dmarc != NULL && (r->dmarc->outcome.code == AUTH_PERMERROR ||
					r->dmarc->outcome.code == AUTH_TEMPERROR))
		add_reason(line, "dmarc_why", record, r->dmarc->outcome.reason);
	if (r->resolver_silent)
		logline_adds(line, "dns_why", "this host's resolver answers nobody");
}

static void
add_author(struct str *line, const struct message_record *record)
{
	if (record->mail->author.text.n > 0)
		logline_add(line, "author", record->mail->author.text);
}

static void
add_checks(struct str *line, const struct message_record *record)
{
	const struct results *r = record->results;

	if (!record->is_verified)
		return;
	add_author(line, record);
	if (r->spf != NULL)
		add_code(line, "spf", &r->spf->outcome);
	if (r->spf_helo != NULL)
		add_code(line, "spf_helo", &r->spf_helo->outcome);
	add_dkim(line, record);
	if (r->dmarc != NULL)
		add_code(line, "dmarc", &r->dmarc->outcome);
	if (r->iprev != NULL)
		add_code(line, "iprev", &r->iprev->outcome);
	add_why(line, record);
	if (record->note == NULL)
		return;
	logline_adds(line, "signed", "no");
	add_reason(line, "why", record, r->unsigned_why);
	add_reason(line, "note", record, record->note);
}

static void
add_signatures(struct str *line, const struct message_record *record)
{
	struct str list = STR_POOL(record->mail->pool);

	for (size_t i = 0; i < record->signed_by.n; i++)
		str_addf(&list, "%s%s/%s", i > 0 ? "," : "",
			record->signed_by.v[i]->domain, record->signed_by.v[i]->selector);
	if (record->results->signatures.n > 0)
		logline_addf(line, "signed", "%s", list.p);
	else
		logline_adds(line, "signed", "no");
	add_reason(line, "why", record, record->results->unsigned_why);
}

/* What goes out: who sends it, in whose name, with which signatures. */
static void
add_outgoing(struct str *line, const struct message_record *record)
{
	enum route route = record->mail->route.route;
	const char *warnings;

	if (route != ROUTE_OUTBOUND && route != ROUTE_LOCAL)
		return;
	logline_adds(line, "user", record->mail->auth_user);
	add_author(line, record);
	add_signatures(line, record);
	add_reason(line, "note", record, record->note);
	warnings = submission_warnings(
		record->mail->pool, record->submission, &record->mail->message);
	if (warnings != NULL)
		logline_addf(line, "warn", "%s", warnings);
}

/* What comes in with bytes that two readers take for different lines. */
static void
add_line_ends(struct str *line, const struct message_record *record)
{
	const char *words = submission_line_ends(record->mail->pool, record->submission);
	bool hidden = record->has_hidden;

	if (!record->is_verified || (words == NULL && !hidden))
		return;
	logline_addf(line, "warn", "%s%s%s", words != NULL ? words : "",
		words != NULL && hidden ? "," : "", hidden ? "hidden-field" : "");
}

static void
add_list(struct str *line, const struct message_record *record, const char *key,
	const struct words *words)
{
	struct str list = STR_POOL(record->mail->pool);

	for (size_t i = 0; i < words->n; i++)
		str_addf(&list, "%s%s", i > 0 ? "," : "", words->v[i]);
	if (list.n > 0)
		logline_addf(line, key, "%s", list.p);
}

static void
add_verdict(struct str *line, const struct message_record *record)
{
	logline_adds(line, "action", action_name(record->reply.action));
	if (record->reply.code[0] != '\0')
		logline_addf(
			line, "reply", "%s/%s", record->reply.code, record->reply.xcode);
	add_list(line, record, "reason", &record->results->reasons);
	if (record->is_mixed)
		logline_adds(line, "mixed", "yes");
	logline_adds(line, "row", record->where);
	logline_adds(line, "unread", record->results->unread);
	add_reason(line, "table_why", record, record->results->unavailable);
	if (record->results->removed.n > 0)
		logline_addf(line, "removed", "%zu", record->results->removed.n);
	if (record->mail->message.too_large)
		logline_adds(line, "header", "too-large");
	if (record->mail->is_shadow)
		logline_adds(line, "shadow", "yes");
	for (size_t i = 0; i < record->results->differs.n; i++) {
		struct str text = STR_POOL(record->mail->pool);

		difference_print(&text, &record->results->differs.v[i]);
		logline_adds(line, "differs", text.p);
	}
}

const char *
report_print(const struct message_record *record)
{
	struct str line = STR_POOL(record->mail->pool);

	logline_adds(&line, "id", record->queue_id != NULL ? record->queue_id : "-");
	logline_adds(&line, "route", route_name(record->mail->route.route));
	add_client(&line, record);
	add_checks(&line, record);
	add_line_ends(&line, record);
	add_outgoing(&line, record);
	add_verdict(&line, record);
	if (record->is_verified) {
		logline_addf(&line, "dns", "%d", record->dns_asked);
		logline_addf(&line, "dns_ms", "%" PRId64, record->dns_ms);
	}
	return line.p;
}
