/*
 * A message shows what records cannot: that the signature holds, that the header is one
 * that receivers take, and, in a delivered copy, from which address it came.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/signature.h"
#include "auth/dkim/verify.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "config/policy.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "mail/message.h"
#include "mail/received.h"
#include "tool/check/signer.h"
#include "tool/signatures.h"
#include "tool/tool.h"

#define ADDRESSES_MAX 1000

static size_t
count_fields(const struct headers *fields, const char *name, const struct header **last)
{
	size_t n = 0;

	for (size_t i = 0; i < fields->n; i++) {
		if (!header_is(fields->v[i], name))
			continue;
		n++;
		if (last != NULL)
			*last = fields->v[i];
	}
	return n;
}

void
check_addresses_of_message(const struct subject *subject, struct facts *facts)
{
	struct hops hops = VEC_INIT;
	const struct hop *last;

	received_read(subject->pool, subject->fields, &hops);
	last = received_last(&hops);
	if (last != NULL)
		facts_add_address(facts, &last->ip);
}

static void
report_form(struct facts *facts, struct findings *findings, const char *found,
	const char *wanted, const char *remedy)
{
	struct finding *f =
		findings_add(findings, "message.form", FINDING_FAILURE, found);

	finding_remedy(f, wanted, remedy);
	facts_learn(facts, FACT_FORM, false);
}

/* RFC 5322 3.6: fields that may stand once. */
static void
judge_counts(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	static const char *const needed[] = { "From", "Date", "Message-ID" };
	const char *once;

	for (size_t i = 0; (once = header_singleton(i)) != NULL; i++) {
		size_t n = headers_count(subject->fields, once);

		if (n > 1)
			report_form(facts, findings,
				pool_printf(subject->pool, _("%s stands there %zu times"),
					once, n),
				_("once"),
				_("Find the program that adds it a second time; many "
				  "receivers refuse such mail."));
	}
	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (headers_count(subject->fields, needed[i]) == 0)
			report_form(facts, findings,
				pool_printf(subject->pool, _("there is no %s field"),
					needed[i]),
				pool_printf(subject->pool, _("a %s field"), needed[i]),
				_("Let the program that writes the message add it, or "
				  "set always_add_missing_headers = yes in Postfix."));
}

/* One address that can be read, of the domain that is checked. */
static void
judge_from(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	const struct header *from = NULL;
	struct addresses list = VEC_INIT;
	const char *bad;
	struct finding *f;

	if (count_fields(subject->fields, "From", &from) != 1)
		return;
	bad = address_list_parse(subject->pool, from->value, ADDRESSES_MAX, &list);
	if (bad == NULL && (list.n == 0 || list.v[0].domain == NULL))
		bad = _("no address with a domain");
	if (bad == NULL && list.n > 1)
		bad = _("more than one address");
	if (bad != NULL) {
		report_form(facts, findings,
			pool_printf(subject->pool, _("From cannot be used: %s (%s)"), bad,
				check_show(subject->pool, slice_trim(from->value))),
			_("one address"),
			_("Write one address in From: Name <name@example.jp>"));
		return;
	}
	if (strcmp(list.v[0].domain, subject->domain) == 0)
		return;
	f = findings_add(findings, "message.from", FINDING_WARNING,
		pool_printf(subject->pool, _("From is of the domain %s, not of %s"),
			list.v[0].domain, subject->domain));
	finding_remedy(f, subject->domain,
		pool_printf(subject->pool,
			_("Check the domain that receivers see: sekimori check %s"),
			list.v[0].domain));
}

/* "<left@right>" and nothing else. */
static bool
is_message_id(struct slice text)
{
	text = slice_trim(text);
	if (text.n < 5 || text.p[0] != '<' || text.p[text.n - 1] != '>' ||
		slice_find(text, '@') < 2 ||
		slice_find(text, '>') != (ptrdiff_t)text.n - 1)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (ascii_is_space(text.p[i]) || ascii_is_ctl(text.p[i]))
			return false;
	return text.p[text.n - 2] != '@';
}

static void
judge_message_id(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	const struct header *id = NULL;

	if (count_fields(subject->fields, "Message-ID", &id) == 1 &&
		!is_message_id(id->value))
		report_form(facts, findings,
			pool_printf(subject->pool, _("Message-ID is not valid: %s"),
				check_show(subject->pool, slice_trim(id->value))),
			"<name@example.jp>",
			_("Let the program that writes the message make a valid one."));
}

/* RFC 5322 2.1.1 */
static void
judge_lines(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct slice rest = subject->body, line;
	bool more = true;

	while (more) {
		more = slice_cut(rest, '\n', &line, &rest);
		if (slice_ends(line, "\r"))
			line.n--;
		if (line.n <= 998)
			continue;
		report_form(facts, findings,
			pool_printf(subject->pool, _("a line of the body has %zu bytes"),
				line.n),
			_("998 at most"),
			_("Let the program that writes the message break its lines or "
			  "encode them (quoted-printable, base64); servers break them "
			  "on the way, and the signature with them."));
		return;
	}
}

static void
report_signature(struct findings *findings, const struct signature *s)
{
	const struct dkim_result *r = &s->result;
	bool is_pass = r->outcome.code == AUTH_PASS;
	struct finding *f;

	f = findings_add(findings, "message.dkim",
		is_pass                             ? FINDING_GOOD
		: r->outcome.code == AUTH_TEMPERROR ? FINDING_WARNING
						    : FINDING_FAILURE,
		pool_printf(findings->pool, _("signature of %s (selector %s): %s%s%s"),
			r->domain != NULL ? r->domain : "?",
			r->selector != NULL ? r->selector : "?",
			auth_code_name(r->outcome.code),
			r->outcome.reason != NULL ? ", " : "",
			r->outcome.reason != NULL
				? tool_reason(findings->pool, r->outcome.reason)
				: ""));
	if (is_pass)
		return;
	finding_remedy(f, _("pass"),
		r->outcome.code == AUTH_FAIL
			? _("The message was changed after it was signed: look for "
			    "another filter, a disclaimer or a list footer behind the "
			    "signer.")
			: _("Look at the findings about the key."));
}

/* Signatures of others do no harm, and count for nothing here. */
static void
judge_signatures(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct signatures *all)
{
	bool any = false;
	struct finding *f;

	for (size_t i = 0; i < all->n; i++) {
		const char *d = all->v[i].result.domain;

		if (d == NULL || (!domain_is_within(d, subject->domain) &&
					 !domain_is_within(subject->domain, d)))
			continue;
		any = true;
		report_signature(findings, &all->v[i]);
		if (all->v[i].result.outcome.code == AUTH_PASS)
			return;
	}
	facts_learn(facts, FACT_DKIM, false);
	if (any)
		return;
	f = findings_add(findings, "message.dkim", FINDING_FAILURE,
		pool_printf(subject->pool, _("the message has no DKIM signature of %s"),
			subject->domain));
	finding_remedy(f, _("a signature that passes"),
		signer_remedy(subject, facts, subject->domain));
	if (signer_service(subject, facts) == NULL)
		f->remedy = pool_printf(subject->pool,
			_("%s If there is one, `sekimori why --from postmaster@%s` tells "
			  "why it was not used."),
			f->remedy, subject->domain);
}

/* Does one signature that passes cover both fields? RFC 8058 4. */
static bool
is_unsubscribe_signed(const struct signatures *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].result.outcome.code == AUTH_PASS &&
			signature_has(&all->v[i], "list-unsubscribe") &&
			signature_has(&all->v[i], "list-unsubscribe-post"))
			return true;
	return false;
}

static void
report_unsubscribe(struct facts *facts, struct findings *findings, const char *found,
	const char *remedy)
{
	struct finding *f =
		findings_add(findings, "message.unsubscribe", FINDING_WARNING, found);

	finding_remedy(f, _("one-click unsubscribe, both fields signed"), remedy);
	facts_learn(facts, FACT_UNSUBSCRIBE, false);
}

static void
judge_unsubscribe(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct signatures *all)
{
	const struct header *list = NULL, *post = NULL;

	if (count_fields(subject->fields, "List-Unsubscribe", &list) == 0) {
		findings_add(findings, "message.unsubscribe", FINDING_INFO,
			_("no List-Unsubscribe: right for letters, not for newsletters"));
		return;
	}
	if (slice_search(list->value, "<https:") < 0)
		report_unsubscribe(facts, findings,
			_("List-Unsubscribe has no https: address"),
			_("Put <https://...> into List-Unsubscribe."));
	else if (count_fields(subject->fields, "List-Unsubscribe-Post", &post) == 0 ||
		 !slice_caseis(slice_trim(post->value), "List-Unsubscribe=One-Click"))
		report_unsubscribe(facts, findings,
			_("List-Unsubscribe stands there without List-Unsubscribe-Post"),
			_("Add the field List-Unsubscribe-Post: "
			  "List-Unsubscribe=One-Click"));
	else if (!is_unsubscribe_signed(all))
		report_unsubscribe(facts, findings,
			_("no signature that passes covers List-Unsubscribe and "
			  "List-Unsubscribe-Post"),
			_("Have both signed: sekimori does by itself; for OpenDKIM name "
			  "them in SignHeaders."));
	else {
		findings_add(findings, "message.unsubscribe", FINDING_GOOD,
			_("one-click unsubscribe, both fields signed"));
		facts_learn(facts, FACT_UNSUBSCRIBE, true);
	}
}

void
check_message(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct signatures all = VEC_INIT;

	if (subject->fields == NULL)
		return;
	judge_counts(subject, facts, findings);
	judge_from(subject, facts, findings);
	judge_message_id(subject, facts, findings);
	judge_lines(subject, facts, findings);
	if (facts->known[FACT_FORM] == KNOWN_NOT) {
		findings_add(findings, "message.form", FINDING_GOOD,
			_("the header is well-formed"));
		facts_learn(facts, FACT_FORM, true);
	}
	subject_signatures(subject, &all);
	judge_signatures(subject, facts, findings, &all);
	judge_unsubscribe(subject, facts, findings, &all);
}
