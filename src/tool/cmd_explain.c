/*
 * sekimori explain: a refused message in plain words.
 *
 * Three sources are laid side by side: what the receiver said (bounce), what the message
 * itself shows of its way (original, forward), and what the DNS says now (the parts of
 * `sekimori check` that the reply points to).
 */
#include "base/base.h"
#include "tool/tool.h"

#include "mail/domain.h"
#include "tool/bounce.h"
#include "tool/bounce_catalogue.h"
#include "tool/check.h"
#include "tool/check_json.h"
#include "tool/check_parts.h"
#include "tool/check_world.h"
#include "tool/forward.h"
#include "tool/layout.h"
#include "tool/original.h"
#include "tool/progress.h"
#include "tool/signatures.h"

static const struct flag flags[] = {
	{ "relays", N_("FILE"), N_("more relays, a line each; may be repeated") },
};

struct explain {
	struct tool *tool;
	struct bounce bounce;
	struct original original;
	struct forward forward;
	struct signatures signatures; /* of the original, judged now */
	struct check check;
	const char *domain;  /* whose records matter; NULL: not known */
	struct ip ip;        /* that sent; IP_NONE: not known */
	const char *meaning; /* NULL: nothing to say */
	struct words remedies;
};

/* "%d" and "%i" become the domain and the address. */
static const char *
fill_in(const struct explain *e, const char *text)
{
	struct str out = STR_POOL(e->tool->pool);
	char address[IP_TEXT_SIZE];

	for (const char *p = text; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 'd') {
			str_add(&out, e->domain != NULL ? e->domain : _("YOUR.DOMAIN"));
			p++;
		} else if (p[0] == '%' && p[1] == 'i') {
			str_add(&out, e->ip.bits != 0 ? ip_print(&e->ip, address)
						      : _("the sending address"));
			p++;
		} else {
			str_addc(&out, *p);
		}
	}
	return out.p;
}

static void
add_remedy(struct explain *e, const char *text)
{
	*vec_add(e->tool->pool, &e->remedies) = fill_in(e, text);
}

static const char *
code_of(const struct explain *e)
{
	const struct bounce *b = &e->bounce;

	if (b->code != NULL && b->status != NULL)
		return pool_printf(e->tool->pool, "%s %s", b->code, b->status);
	return b->code != NULL ? b->code : b->status;
}

/* Is forwarding what the reply, or the result of the receiver, is about? */
static bool
is_forwarding(const struct explain *e)
{
	const struct bounce_cause *cause = e->bounce.cause;
	unsigned about = LOOK_SPF | LOOK_DKIM | LOOK_DMARC;

	return e->forward.is_found && (cause == NULL || (cause->look & about) != 0);
}

/* The signature of the author's domain that still holds; NULL: none, or not known. */
static const char *
surviving_domain(const struct explain *e)
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
	const char *by = e->forward.by != NULL ? e->forward.by : _("somebody");
	const char *domain = surviving_domain(e);
	struct str text = STR_POOL(e->tool->pool);

	str_addf(&text,
		e->forward.is_list ? _("The message came through a mailing list or a "
				       "forwarder (%s). ")
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

static void
explain_reply(struct explain *e)
{
	const struct bounce_cause *cause = e->bounce.cause;

	if (cause == NULL) {
		e->meaning =
			_("This reply is not in the catalogue. What could be made out of "
			  "it stands above.");
		add_remedy(e,
			_("Look whether SPF, DKIM and DMARC pass: `sekimori check %d`."));
		add_remedy(e, _("Look for the code on the receiver's page for senders."));
		return;
	}
	e->meaning = fill_in(e, _(cause->meaning));
	for (size_t i = 0; i < ARRAY_LEN(cause->remedies); i++)
		if (cause->remedies[i] != NULL)
			add_remedy(e, _(cause->remedies[i]));
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

	if (is_forwarding(e))
		explain_forwarding(e);
	else if (b->cause != NULL || (b->code != NULL || b->status != NULL))
		explain_reply(e);
	else if (e->forward.results.n > 0)
		explain_results(e);
	return e->meaning != NULL;
}

/* Reads everything that the text holds. */
static bool
read_text(struct explain *e, int *status)
{
	struct tool *tool = e->tool;
	struct slice text;

	if (tool->nargs > 1) {
		*status = tool_fail(tool, EX_USAGE, _("name one file at most"));
		return false;
	}
	if (!tool_read(tool, tool->nargs > 0 ? tool->args[0] : NULL, &text, status))
		return false;
	original_read(tool->pool, text, &e->original);
	bounce_read(tool->pool, e->original.outer, &e->bounce);
	/* A letter may hold any number; only words that are known make it a bounce. */
	if (!e->original.is_bounce &&
		(e->bounce.cause == NULL || e->bounce.code == NULL ||
			e->bounce.receiver == NULL))
		e->bounce = (struct bounce){ .ip = IP_NONE };
	forward_read(tool->pool, &e->original.fields, e->original.final, &e->forward);
	if (e->original.fields.n == 0)
		e->forward.ip = IP_NONE;
	return true;
}

/* Whose records, and which address: the flag, the reply, the message. */
static bool
find_subjects(struct explain *e, int *status)
{
	if (!tool_ip(e->tool, &e->ip, status))
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
	if (is_forwarding(e))
		return LOOK_DKIM | LOOK_DMARC;
	return e->bounce.cause != NULL ? e->bounce.cause->look : 0;
}

/* Takes out the findings that nobody asked for. */
static void
keep_findings(struct check *check, unsigned looks)
{
	static const struct {
		const char *prefix;
		unsigned looks;
	} rows[] = {
		{ "spf.", LOOK_SPF },
		{ "dkim.", LOOK_DKIM },
		{ "dmarc.", LOOK_DMARC },
		{ "host.ptr", LOOK_PTR },
		{ "host.tls", LOOK_TLS },
		{ "message.", LOOK_HEADER },
	};
	size_t kept = 0;

	for (size_t i = 0; i < check->findings.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(rows); k++)
			if ((rows[k].looks & looks) != 0 &&
				slice_starts(slice_of(check->findings.v[i].id),
					rows[k].prefix))
				check->findings.v[kept++] = check->findings.v[i];
	check->findings.n = kept;
}

static void
run_checks(struct explain *e, unsigned looks)
{
	static const struct {
		unsigned looks;
		const char *name;
		void (*run)(struct check *);
	} parts[] = {
		{ LOOK_DKIM | LOOK_DMARC, N_("key table"), check_config },
		{ LOOK_PTR | LOOK_SPF, N_("reverse names"), check_reverse },
		{ LOOK_TLS, N_("TLS"), check_tls },
		{ LOOK_SPF | LOOK_DMARC, N_("SPF"), check_spf },
		{ LOOK_SPF | LOOK_DMARC, N_("SPF"), check_cover },
		{ LOOK_DKIM | LOOK_DMARC, N_("DKIM"), check_dkim },
		{ LOOK_HEADER, N_("message"), check_message },
		{ LOOK_DMARC, N_("DMARC"), check_dmarc },
	};
	struct progress *progress = progress_new();

	/* Behind a forwarder, the address is his. */
	if (e->ip.bits != 0 && !is_forwarding(e))
		check_add_address(&e->check, &e->ip);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if ((parts[i].looks & looks) == 0)
			continue;
		progress_step(progress, _(parts[i].name));
		parts[i].run(&e->check);
	}
	progress_free(progress);
	keep_findings(&e->check, looks);
}

/* Judges the signatures of the original, where its body is there. */
static void
judge_original(struct explain *e)
{
	if (!e->original.is_whole || e->original.fields.n == 0)
		return;
	e->check.fields = &e->original.fields;
	e->check.body = e->original.body;
	signatures_read(&e->check, &e->signatures);
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
		"survives", tool_json_text(surviving_domain(e)));
}

static int
print_json(struct explain *e)
{
	json_t *remedies = json_array();
	char address[IP_TEXT_SIZE];
	const char *cause = e->bounce.cause != NULL ? e->bounce.cause->id : NULL;

	if (is_forwarding(e))
		cause = "forwarded";
	for (size_t i = 0; i < e->remedies.n; i++)
		json_array_append_new(remedies, tool_json_text(e->remedies.v[i]));
	return tool_print(e->tool,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "code",
			tool_json_text(code_of(e)), "receiver",
			tool_json_text(e->bounce.receiver), "reply",
			tool_json_text(e->bounce.reply), "domain",
			tool_json_text(e->domain), "ip",
			tool_json_text(
				e->ip.bits != 0 ? ip_print(&e->ip, address) : NULL),
			"cause", tool_json_text(cause), "meaning",
			tool_json_text(e->meaning), "remedies", remedies, "forwarding",
			forwarding_json(e), "checks",
			check_json(&e->check, CHECK_WARNING)));
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
	const char *receiver = bounce_receiver_name(b->receiver);
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

static void
print_forwarding(const struct explain *e, struct str *out)
{
	struct pool *pool = e->tool->pool;

	if (!is_forwarding(e))
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
	add_heading(&out, _("What it means"));
	add_line(&out, e->meaning);
	add_heading(&out, _("What to do"));
	for (size_t i = 0; i < e->remedies.n; i++) {
		str_addf(&out, "  %zu. ", i + 1);
		layout_wrap(&out, e->remedies.v[i], 5);
	}
	check_print_findings(&e->check, CHECK_WARNING, check_wants_colour(), &findings);
	if (findings.n > 0) {
		str_addf(&out, "\n%s\n\n",
			pool_printf(e->tool->pool, _("What the DNS says of %s now"),
				e->domain));
		str_add_slice(&out, str_slice(&findings));
	}
	fputs(out.p, stdout);
	return 0;
}

static int
run_explain(struct tool *tool)
{
	struct explain e = { .tool = tool };
	int status = 0;

	if (!read_text(&e, &status) || !find_subjects(&e, &status) ||
		!check_world(tool, &e.check, &status))
		return status;
	e.check.domain = e.check.envelope = e.domain;
	if (e.forward.is_found)
		judge_original(&e);
	if (!conclude(&e))
		return tool_fail(tool, EX_DATAERR,
			_("nothing in this text was understood: neither a code of a "
			  "receiver nor a delivered message with results"));
	if (e.domain != NULL && wanted_looks(&e) != 0)
		run_checks(&e, wanted_looks(&e));
	return tool->json ? print_json(&e) : print_text(&e);
}

const struct command command_explain = {
	.name = "explain",
	.arguments = N_("[FILE]"),
	.summary = N_("a bounce, or a forwarded message, in plain words"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_explain,
	.keys = "code receiver reply domain ip cause meaning remedies forwarding checks",
};
