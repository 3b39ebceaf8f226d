/*
 * sekimori explain: a refused message in plain words.
 *
 * Three sources are laid side by side: what the receiver said (bounce), what the message
 * itself shows of its way (original, forward), and what the DNS says now (the parts of
 * `sekimori check` that the reply points to).
 */
#include "base/base.h"
#include "tool/explain/explain.h"

#include "base/ascii.h"
#include "base/str.h"
#include "tool/check/open.h"
#include "tool/findings/print.h"
#include "tool/explain/bounce_catalogue.h"
#include "tool/explain/status.h"
#include "tool/tool.h"

static const struct flag flags[] = {
	{ "relays", N_("FILE"), N_("more relays, a line each; may be repeated") },
};

/* Names and addresses stand between blanks, in Japanese too; Japanese words do not. */
static void
add_word(struct str *out, const char *word, const char **next)
{
	bool is_wide = ascii_is_8bit(word[0]);

	if (is_wide && out->n > 1 && out->p[out->n - 1] == ' ' &&
		ascii_is_8bit(out->p[out->n - 2]))
		str_cut(out, out->n - 1);
	str_add(out, word);
	if (is_wide && (*next)[0] == ' ' && ascii_is_8bit((*next)[1]))
		++*next;
}

/* "%d" and "%i" become the domain and the address, or words for them. */
static const char *
fill_in(const struct explain *e, const char *text)
{
	struct str out = STR_POOL(e->tool->pool);
	char address[IP_TEXT_SIZE];

	for (const char *p = text; *p != '\0';) {
		bool is_domain = p[0] == '%' && p[1] == 'd';

		if (!is_domain && !(p[0] == '%' && p[1] == 'i')) {
			str_addc(&out, *p++);
			continue;
		}
		p += 2;
		if (is_domain)
			add_word(&out, e->domain != NULL ? e->domain : _("YOUR.DOMAIN"),
				&p);
		else
			add_word(&out,
				e->ip.bits != 0 ? ip_print(&e->ip, address)
						: _("the sending address"),
				&p);
	}
	return out.p;
}

static void
add_remedy(struct explain *e, const char *text)
{
	*vec_add(e->tool->pool, &e->remedies) = fill_in(e, text);
}

/* Is MAIL FROM the reporting host's own domain, or one above or below it? Then nobody
 * handed the message on for somebody else: what failed is this sender's own. */
static bool
is_own_mail(const struct explain *e)
{
	struct slice host = e->original.reporting, sender = e->original.sender;
	struct slice longer, shorter;

	if (slice_rfind(sender, '@') >= 0)
		sender = slice_from(sender, (size_t)slice_rfind(sender, '@') + 1);
	else
		sender = slice_of(e->bounce.domain);
	if (slice_ends(sender, ">"))
		sender.n--;
	if (host.n == 0 || sender.n == 0)
		return false;
	longer = host.n > sender.n ? host : sender;
	shorter = host.n > sender.n ? sender : host;
	return slice_caseeq(slice_from(longer, longer.n - shorter.n), shorter) &&
	       (longer.n == shorter.n || longer.p[longer.n - shorter.n - 1] == '.');
}

/* Do two hosts share their last labels: three below "co.jp", else two? */
static bool
is_same_party(struct slice a, struct slice b)
{
	size_t n = 0, labels = 0, second = 0;

	while (n < a.n && n < b.n &&
		ascii_lower(a.p[a.n - 1 - n]) == ascii_lower(b.p[b.n - 1 - n])) {
		if (a.p[a.n - 1 - n++] != '.')
			continue;
		if (++labels == 2)
			second = n;
	}
	labels += (n == a.n || a.p[a.n - 1 - n] == '.') &&
	          (n == b.n || b.p[b.n - 1 - n] == '.');
	return labels > 2 || (labels == 2 && (second == 0 || second > 7));
}

/* Does what the bounce says agree with what the message shows: is the host that reports
 * the one that took it for another recipient? A list counts where it is not the
 * author's own. */
static bool
is_handed_on(const struct explain *e)
{
	const struct forward *f = &e->forward;
	struct slice sender = e->original.sender;

	if (f->is_marked)
		return true;
	if (f->earlier.n > 0 && slice_caseeq(f->earlier, e->original.first_recipient))
		return true;
	if (f->is_list && f->earlier.n == 0)
		return f->author != NULL && slice_rfind(sender, '@') >= 0 &&
		       slice_search(sender, f->author) < 0;
	return f->changed_by != NULL &&
	       (e->original.reporting.n == 0 ||
		       is_same_party(slice_of(f->changed_by), e->original.reporting));
}

/* A reply is about forwarding only where it is about authentication, and the message had
 * left its sender's host before. */
bool
explain_is_forwarding(const struct explain *e)
{
	const struct bounce_cause *cause = e->bounce.cause;
	unsigned about = LOOK_SPF | LOOK_DKIM | LOOK_DMARC;

	if (!e->forward.is_found)
		return false;
	if (e->bounce.code == NULL && e->bounce.status == NULL && cause == NULL)
		return !e->original.is_notice;
	return cause != NULL && (cause->look & about) != 0 && e->forward.is_crossed &&
	       is_handed_on(e) && !is_own_mail(e);
}

const char *
explain_survivor(const struct explain *e)
{
	const struct forward_result *dkim = forward_result(&e->forward, "dkim");

	for (size_t i = 0; i < e->signatures.n; i++)
		if (e->signatures.v[i].result.outcome.code == AUTH_PASS)
			return e->signatures.v[i].result.domain;
	if (dkim != NULL && strcmp(dkim->result, "pass") == 0)
		return dkim->domain != NULL ? dkim->domain : "?";
	return NULL;
}

static void
explain_forwarding(struct explain *e)
{
	const char *by = e->forward.by;
	const char *domain = explain_survivor(e);
	struct str text = STR_POOL(e->tool->pool);

	if (by == NULL)
		str_add(&text, e->forward.is_list
				       ? _("The message came through a mailing list or a "
					   "forwarder. ")
				       : _("The message was forwarded. "));
	else
		str_addf(&text,
			e->forward.is_list ? _("The message came through a mailing list "
					       "or a forwarder (%s). ")
					   : _("The message was forwarded by %s. "),
			by);
	str_add(&text,
		_("The receiver sees the forwarder's address, which the SPF record of "
		  "the author does not cover and need not cover: SPF cannot survive "
		  "forwarding. "));
	if (domain != NULL)
		str_addf(&text,
			_("The DKIM signature of %s survived: it still holds, so DMARC "
			  "can pass by it."),
			domain);
	else
		str_add(&text,
			_("A DKIM signature survives as long as nobody changes the "
			  "message; none that holds was seen here."));
	e->meaning = text.p;
	add_remedy(
		e, domain != NULL
			   ? _("The sender: nothing in the SPF record. Keep signing with "
			       "d=%d; that is what carries forwarded mail.")
			   : _("The sender: sign with DKIM, d=%d (`sekimori keygen %d`); "
			       "the signature holds where SPF cannot. Do not add the "
			       "forwarder to the SPF record."));
	add_remedy(e,
		_("The forwarder: pass the message on unchanged (no footer, no subject "
		  "tag), rewrite the envelope sender (SRS) so that SPF passes for the "
		  "forwarder himself, and seal it with ARC."));
	add_remedy(e,
		e->forward.is_list
			? _("A list that changes messages has to write its own address "
			    "in From and sign by itself.")
			: _("The recipient: let the last mailbox fetch the mail (POP, "
			    "IMAP) instead of having it forwarded, or name the forwarder "
			    "there as a trusted one."));
}

/* What can be said of a reply that nobody knows: its class, and what its code stands for.
 * Nothing is asked of the reader, since nothing is known. */
static const char *
unknown_meaning(struct pool *pool, const struct bounce *b)
{
	const char *code = b->code != NULL ? b->code : b->status;
	const char *means = b->status != NULL ? status_meaning(b->status) : NULL;
	struct str text = STR_POOL(pool);

	str_add(&text, _("This reply is not in the catalogue. "));
	str_add(&text,
		code[0] == '4'
			? _("It is not final: the mail server tries again by itself.")
			: _("It is final: the message will not be tried again."));
	if (means != NULL)
		str_addf(&text, _(" %s stands for: %s."), b->status, means);
	return text.p;
}

/* What the reply itself says of the checks: "SPF failed, DKIM passed"; empty: nothing. */
static const char *
said_text(struct pool *pool, const struct bounce *b)
{
	const struct {
		const char *name;
		enum bounce_said said;
	} checks[] = { { "SPF", b->spf }, { "DKIM", b->dkim }, { "DMARC", b->dmarc } };
	struct str text = STR_POOL(pool);

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (checks[i].said != SAID_NOTHING)
			str_addf(&text, "%s%s=%s", text.n > 0 ? ", " : "", checks[i].name,
				checks[i].said == SAID_PASS ? "pass" : "fail");
	return text.p;
}

void
explain_reply(struct explain *e)
{
	struct pool *pool = e->tool->pool;
	const struct bounce_cause *cause = e->bounce.cause;
	const char *said = said_text(pool, &e->bounce);

	if (cause == NULL) {
		e->meaning = unknown_meaning(pool, &e->bounce);
		return;
	}
	e->meaning = fill_in(e, _(cause->meaning));
	if (*said != '\0')
		e->meaning = pool_printf(
			pool, _("%s The reply itself says: %s."), e->meaning, said);
	for (size_t i = 0; i < ARRAY_LEN(cause->remedies); i++)
		if (cause->remedies[i] != NULL)
			add_remedy(e, _(cause->remedies[i]));
	if (e->domain == NULL && cause->look != 0)
		add_remedy(e, _("Put your own domain in place of YOUR.DOMAIN: this text "
				"does not name it."));
}

/* A message that arrived, with what its receiver found and nothing to mend. */
static void
explain_results(struct explain *e)
{
	struct str text = STR_POOL(e->tool->pool);

	str_add(&text, _("The message was delivered. Its receiver found:"));
	for (size_t i = 0; i < e->forward.results.n; i++) {
		const struct forward_result *r = &e->forward.results.v[i];

		str_addf(&text, "%s %s=%s%s%s%s", i > 0 ? "," : "", r->method, r->result,
			r->domain != NULL ? " (" : "", r->domain != NULL ? r->domain : "",
			r->domain != NULL ? ")" : "");
	}
	e->meaning = text.p;
	add_remedy(e, _("If it went into the wrong folder: `sekimori check %d --message "
			"FILE` with this message."));
}

/* False: nothing could be understood. */
static bool
conclude(struct explain *e)
{
	const struct bounce *b = &e->bounce;

	if (explain_is_forwarding(e))
		explain_forwarding(e);
	else if (b->cause != NULL || (b->code != NULL || b->status != NULL))
		explain_reply(e);
	else if (e->forward.results.n > 0)
		explain_results(e);
	return e->meaning != NULL;
}

/* The reply: in the text of the bounce, else in its page; without any, what its first
 * text part says. */
static void
read_reply(struct explain *e, const struct bounce_replies *replies)
{
	struct pool *pool = e->tool->pool;
	const struct original *original = &e->original;
	struct bounce *b = &e->bounce;

	bounce_read(pool, replies, original->outer, b);
	if (b->code == NULL && b->status == NULL && original->page.n > 0)
		bounce_read(pool, replies, original->page, b);
	if (b->code == NULL && b->status == NULL && original->is_notice)
		bounce_read_notice(pool, replies, original->first, b);
}

/* Reads everything that the text holds. */
static bool
read_text(struct explain *e, int *status)
{
	struct tool *tool = e->tool;
	const struct bounce_replies *replies;
	struct slice text;

	if (tool->nargs > 1) {
		*status = tool_fail(tool, EX_USAGE, _("name one file at most"));
		return false;
	}
	if (!tool_read(tool, tool->nargs > 0 ? tool->args[0] : NULL, &text, status))
		return false;
	original_read(tool->pool, text, &e->original);
	replies = bounce_replies_read(tool->pool);
	read_reply(e, replies);
	/* A letter may hold any number; only words that are known make it a bounce. */
	if (!e->original.is_bounce &&
		(e->bounce.cause == NULL || e->bounce.code == NULL ||
			e->bounce.receiver == NULL))
		e->bounce = (struct bounce){ .ip = IP_NONE };
	if (e->bounce.cause != NULL)
		bounce_read_others(
			tool->pool, replies, e->original.outer, &e->bounce, &e->others);
	forward_read(tool->pool, &e->original.fields, e->original.final, &e->forward);
	if (e->original.fields.n == 0)
		e->forward.ip = IP_NONE;
	return true;
}

/* Whose records, and which address: the flag, the reply, the message. */
static bool
find_subjects(struct explain *e, int *status)
{
	const char *ip = tool_value(e->tool, "ip");

	if (ip != NULL && !tool_public_ip(e->tool, ip, &e->ip, status))
		return false;
	if (e->ip.bits == 0)
		e->ip = e->bounce.ip;
	if (e->ip.bits == 0)
		e->ip = e->forward.ip;
	e->domain = e->bounce.domain != NULL ? e->bounce.domain : e->forward.author;
	return true;
}

/* What of the checks the reply points to. */
static unsigned
wanted_looks(const struct explain *e)
{
	if (explain_is_forwarding(e))
		return LOOK_DKIM | LOOK_DMARC;
	return e->bounce.cause != NULL ? e->bounce.cause->look : 0;
}

static void
run_checks(struct explain *e, unsigned looks)
{
	/* Behind a forwarder, the address is the forwarder's. */
	if (e->ip.bits != 0 && !explain_is_forwarding(e))
		facts_add_address(&e->facts, &e->ip);
	check_run(&e->subject, &e->facts, &e->findings, looks);
}

/* Judges the signatures of the original, where its body is there. */
static void
judge_original(struct explain *e)
{
	if (!e->original.is_whole || e->original.fields.n == 0)
		return;
	e->subject.fields = &e->original.fields;
	e->subject.body = e->original.body;
	subject_signatures(&e->subject, &e->signatures);
}

static int
run_explain(struct tool *tool)
{
	struct explain e = { .tool = tool };
	int status = 0;

	if (!read_text(&e, &status) || !find_subjects(&e, &status) ||
		!check_open(tool, &e.subject, &e.facts, &e.findings, &status))
		return status;
	e.subject.domain = e.subject.envelope = e.findings.about = e.domain;
	if (e.forward.is_found)
		judge_original(&e);
	if (!conclude(&e))
		return tool_fail(tool, EX_DATAERR,
			_("nothing in this text was understood: neither a code of a "
			  "receiver nor a delivered message with results"));
	if (e.domain != NULL && wanted_looks(&e) != 0)
		run_checks(&e, wanted_looks(&e));
	return explain_print(&e);
}

const struct command command_explain = {
	.name = "explain",
	.arguments = N_("[FILE]"),
	.summary = N_("a bounce, or a forwarded message, in plain words"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_explain,
	.keys = "code receiver reply domain ip cause meaning remedies forwarding checks "
		"others",
};
