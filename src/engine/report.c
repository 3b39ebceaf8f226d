/*
 * A line is what a person asks of it, in that order: who, what the checks found and why,
 * what was signed, what was done. Each part has a function and leaves out what was not
 * there; a value is never trusted with the line's syntax (logline).
 */
#include "base/base.h"
#include "engine/report.h"

#include "auth/dkim_verify.h"
#include "auth/dmarc.h"
#include "auth/iprev.h"
#include "auth/spf.h"
#include "engine/logline.h"
#include "engine/state.h"

static void
add_client(struct str *line, const struct txn *txn)
{
	char ip[IP_TEXT_SIZE];

	logline_adds(line, "client", ip_print(&txn->session->client, ip));
	if (txn->session->helo.n > 0)
		logline_add(line, "helo", txn->session->helo);
	if (!txn->has_mail_from)
		return;
	if (txn->mail_from.n > 0)
		logline_add(line, "from", txn->mail_from);
	else
		logline_adds(line, "from", "<>");
}

static void
add_code(struct str *line, const char *key, const struct outcome *outcome)
{
	logline_adds(line, key, auth_code_name(outcome->code));
}

static void
add_dkim(struct str *line, const struct txn *txn)
{
	const struct dkim_results *dkim = txn->results.dkim;
	struct str list = STR_POOL(txn->pool);

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

/* What went wrong, in words, for the checks that did not pass. */
static void
add_why(struct str *line, const struct txn *txn)
{
	const struct results *r = &txn->results;
	const struct outcome *first = NULL;

	if (r->dkim != NULL && r->dkim->n > 0 && r->dkim->v[0].outcome.code != AUTH_PASS)
		first = &r->dkim->v[0].outcome;
	if (first != NULL)
		logline_adds(line, "dkim_why", first->reason);
	if (r->spf != NULL && (r->spf->outcome.code == AUTH_PERMERROR ||
				      r->spf->outcome.code == AUTH_TEMPERROR))
		logline_adds(line, "spf_why", r->spf->outcome.reason);
	if (r->dmarc != NULL && (r->dmarc->outcome.code == AUTH_PERMERROR ||
					r->dmarc->outcome.code == AUTH_TEMPERROR))
		logline_adds(line, "dmarc_why", r->dmarc->outcome.reason);
	if (r->resolver_silent)
		logline_adds(line, "dns_why", "this host's resolver answers nobody");
}

static void
add_author(struct str *line, const struct txn *txn)
{
	if (txn->author_text.n > 0)
		logline_add(line, "author", txn->author_text);
}

static void
add_checks(struct str *line, const struct txn *txn)
{
	const struct results *r = &txn->results;

	if (txn->inbound == NULL)
		return;
	add_author(line, txn);
	if (r->spf != NULL)
		add_code(line, "spf", &r->spf->outcome);
	if (r->spf_helo != NULL)
		add_code(line, "spf_helo", &r->spf_helo->outcome);
	add_dkim(line, txn);
	if (r->dmarc != NULL)
		add_code(line, "dmarc", &r->dmarc->outcome);
	if (r->iprev != NULL)
		add_code(line, "iprev", &r->iprev->outcome);
	add_why(line, txn);
	if (txn->note == NULL)
		return;
	logline_adds(line, "signed", "no");
	logline_adds(line, "why", r->unsigned_why);
	logline_adds(line, "note", txn->note);
}

static void
add_signatures(struct str *line, const struct txn *txn)
{
	struct str list = STR_POOL(txn->pool);

	for (size_t i = 0; i < txn->signed_by.n; i++)
		str_addf(&list, "%s%s/%s", i > 0 ? "," : "", txn->signed_by.v[i]->domain,
			txn->signed_by.v[i]->selector);
	if (txn->results.signatures.n > 0)
		logline_addf(line, "signed", "%s", list.p);
	else
		logline_adds(line, "signed", "no");
	logline_adds(line, "why", txn->results.unsigned_why);
}

/* What goes out: who sends it, in whose name, with which signatures. */
static void
add_outgoing(struct str *line, struct txn *txn)
{
	enum route route = txn->results.route.route;
	const char *warnings;

	if (route != ROUTE_OUTBOUND && route != ROUTE_LOCAL)
		return;
	logline_adds(line, "user", txn->auth_user);
	add_author(line, txn);
	add_signatures(line, txn);
	logline_adds(line, "note", txn->note);
	warnings = submission_warnings(txn->pool, &txn->submission, &txn->message);
	if (warnings != NULL)
		logline_addf(line, "warn", "%s", warnings);
}

/* What comes in with bytes that two readers take for different lines. */
static void
add_line_ends(struct str *line, struct txn *txn)
{
	const char *words = submission_line_ends(txn->pool, &txn->submission);
	bool hidden = cleanse_mends(txn->cleanse)->n > 0;

	if (txn->inbound == NULL || (words == NULL && !hidden))
		return;
	logline_addf(line, "warn", "%s%s%s", words != NULL ? words : "",
		words != NULL && hidden ? "," : "", hidden ? "hidden-field" : "");
}

static void
add_list(struct str *line, struct txn *txn, const char *key, const struct words *words)
{
	struct str list = STR_POOL(txn->pool);

	for (size_t i = 0; i < words->n; i++)
		str_addf(&list, "%s%s", i > 0 ? "," : "", words->v[i]);
	if (list.n > 0)
		logline_addf(line, key, "%s", list.p);
}

static void
add_verdict(struct str *line, struct txn *txn)
{
	logline_adds(line, "action", action_name(txn->verdict.action));
	if (txn->verdict.code[0] != '\0')
		logline_addf(
			line, "reply", "%s/%s", txn->verdict.code, txn->verdict.xcode);
	add_list(line, txn, "reason", &txn->results.reasons);
	if (txn->mixed)
		logline_adds(line, "mixed", "yes");
	logline_adds(line, "row", txn->where);
	logline_adds(line, "unread", txn->results.unread);
	if (txn->results.removed.n > 0)
		logline_addf(line, "removed", "%zu", txn->results.removed.n);
	if (txn->message.too_large)
		logline_adds(line, "header", "too-large");
	if (txn->shadow)
		logline_adds(line, "shadow", "yes");
	for (size_t i = 0; i < txn->results.differs.n; i++)
		logline_adds(line, "differs", txn->results.differs.v[i]);
}

const char *
report_print(struct txn *txn, const char *queue_id)
{
	struct str line = STR_POOL(txn->pool);

	logline_adds(&line, "id", queue_id != NULL ? queue_id : "-");
	logline_adds(&line, "route", route_name(txn->results.route.route));
	add_client(&line, txn);
	add_checks(&line, txn);
	add_line_ends(&line, txn);
	add_outgoing(&line, txn);
	add_verdict(&line, txn);
	if (txn->inbound != NULL) {
		logline_addf(&line, "dns", "%d", txn->meter.asked);
		logline_addf(&line, "dns_ms", "%" PRId64, txn->meter.waited_ms);
	}
	return line.p;
}
