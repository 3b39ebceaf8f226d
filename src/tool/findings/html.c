/*
 * One page that can be mailed or printed: style inside, no script, nothing from outside.
 * Everything that comes from the DNS or from a message is escaped.
 */
#include "base/base.h"
#include "tool/findings/html.h"

#include "base/slice.h"
#include "tool/findings/panel.h"
#include "tool/findings/print.h"
#include "tool/tool.h"

static const char style[] =
	":root{color-scheme:light "
	"dark;--ink:#1d2430;--soft:#5b6675;--line:#dfe4ea;--page:#f5f7f9;--card:#fff;"
	"--good:#1a7f4b;--info:#2b6cb0;--warning:#a15c00;--failure:#b3261e}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e7ebf0;--soft:#9aa6b5;"
	"--line:#333c48;--page:#14181d;--card:#1d232b;--good:#4cc38a;--info:#6cb2f5;"
	"--warning:#f0a73c;--failure:#ff7b72}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--page);color:var(--ink);"
	"font:16px/1.5 system-ui,-apple-system,'Segoe UI','Hiragino Sans','Noto Sans CJK "
	"JP','Noto Sans',sans-serif}\n"
	"main{max-width:56rem;margin:0 auto;padding:2rem 1rem 4rem}\n"
	"h1{font-size:1.75rem;margin:0 0 .25rem;overflow-wrap:anywhere}\n"
	"h2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
	".when{color:var(--soft);margin:0}\n"
	".end{font-size:1.2rem;font-weight:700;margin:1rem 0 0;padding-left:.75rem;"
	"border-left:4px solid var(--c)}\n"
	".sum{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0 0;padding:0;"
	"list-style:none}\n"
	".sum li{flex:1 1 5rem;background:var(--card);border:1px solid var(--line);"
	"border-top:4px solid var(--c);border-radius:.5rem;padding:.6rem .8rem}\n"
	".sum b{display:block;font-size:1.75rem;line-height:1.2;color:var(--c)}\n"
	".f{background:var(--card);border:1px solid var(--line);"
	"border-left:4px solid var(--c);border-radius:.5rem;margin:.5rem 0;"
	"padding:.65rem 1rem;display:grid;grid-template-columns:5.5rem 1fr;gap:.15rem "
	"1rem}\n"
	".s{color:var(--c);font-weight:700}\n"
	".f p{margin:0;overflow-wrap:anywhere}\n"
	"dl{grid-column:2;margin:.35rem 0 0;display:grid;"
	"grid-template-columns:max-content 1fr;gap:.2rem .9rem}\n"
	"dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"
	"code,pre{font:.875rem/1.5 ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans "
	"Mono',monospace}\n"
	"dd code{display:block;background:var(--page);border:1px solid var(--line);"
	"border-radius:.35rem;padding:.35rem .6rem;overflow-wrap:anywhere;"
	"user-select:all}\n"
	"pre{grid-column:2;margin:.35rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere;"
	"color:var(--soft)}\n"
	".good{--c:var(--good)}.info{--c:var(--info)}.warning{--c:var(--warning)}"
	".failure{--c:var(--failure)}\n"
	"@media(max-width:34rem){.f{grid-template-columns:1fr}dl,pre{grid-column:1}}\n"
	"@page{margin:14mm}\n"
	"@media print{:root{--ink:#000;--soft:#444;--line:#999;--page:#fff;--card:#fff;"
	"--good:#1a7f4b;--info:#2b6cb0;--warning:#a15c00;--failure:#b3261e}"
	"body{font-size:11pt}main{max-width:none;padding:0}h2{break-after:avoid}"
	".f,.sum li{break-inside:avoid;border-radius:0}}\n";

static void
add_escaped(struct str *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '&')
			str_add(out, "&amp;");
		else if (*p == '<')
			str_add(out, "&lt;");
		else if (*p == '>')
			str_add(out, "&gt;");
		else if (*p == '"')
			str_add(out, "&quot;");
		else
			str_addc(out, *p);
	}
}

/* <TAG>text</TAG>; the tag may have a class behind a blank. */
static void
add_element(struct str *out, const char *tag, const char *text)
{
	str_addf(out, "<%s>", tag);
	add_escaped(out, text);
	str_addf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
}

static void
add_pair(struct str *out, const char *label, const char *text, bool is_code)
{
	add_element(out, "dt", label);
	str_add(out, "<dd>");
	add_element(out, is_code ? "code" : "span", text);
	str_add(out, "</dd>\n");
}

static void
add_record(const struct findings *findings, const struct finding *f, struct str *out)
{
	struct panel_fields fields = VEC_INIT;
	const char *relative;

	if (f->record.name == NULL)
		return;
	if (findings->panel != NULL) {
		panel_fill(findings->pool, findings->panel, findings->about, &f->record,
			&fields);
		for (size_t i = 0; i < fields.n; i++)
			add_pair(out, fields.v[i].label, fields.v[i].value,
				!fields.v[i].is_note);
		return;
	}
	relative = zone_relative_name(findings->pool, findings->about, f->record.name);
	add_pair(out, _("name"), f->record.name, true);
	if (relative != NULL)
		add_pair(out, _("short name"), relative, true);
	add_pair(out, _("type"), f->record.type, false);
	add_pair(out, _("value"), f->record.value, true);
}

static void
add_finding(const struct findings *findings, const struct finding *f, struct str *out)
{
	/* The id is for who looks it up in the manual, or in --json: on the page it is in
	 * the way of who reads. */
	str_addf(out, "<div class=\"f %s\" title=\"%s\">", finding_status_name(f->status),
		f->id);
	add_element(out, "span class=\"s\"", finding_status_word(f->status));
	add_element(out, "p", f->found);
	str_addc(out, '\n');
	if (f->details.n > 0) {
		str_add(out, "<pre>");
		for (size_t i = 0; i < f->details.n; i++) {
			add_escaped(out, f->details.v[i]);
			str_addc(out, '\n');
		}
		str_add(out, "</pre>\n");
	}
	if (f->wanted != NULL || f->remedy != NULL || f->record.name != NULL) {
		str_add(out, "<dl>");
		if (f->wanted != NULL)
			add_pair(out, _("wanted"), f->wanted, false);
		if (f->remedy != NULL)
			add_pair(out, _("to do"), f->remedy, false);
		add_record(findings, f, out);
		str_add(out, "</dl>");
	}
	str_add(out, "</div>\n");
}

static void
add_sum(const struct findings *findings, struct str *out)
{
	static const struct {
		enum finding_status status;
		const char *word;
	} rows[] = {
		{ FINDING_FAILURE, N_("failures") },
		{ FINDING_WARNING, N_("warnings") },
		{ FINDING_INFO, N_("remarks") },
		{ FINDING_GOOD, N_("good") },
	};

	str_add(out, "<ul class=\"sum\">\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		str_addf(out, "<li class=\"%s\"><b>%zu</b>",
			finding_status_name(rows[i].status),
			findings_count(findings, rows[i].status));
		add_escaped(out, _(rows[i].word));
		str_add(out, "</li>\n");
	}
	str_add(out, "</ul>\n");
}

/* "Gmail" of "Gmail, all senders". */
static struct slice
short_name(const char *name)
{
	static const char *const ends[] = { ",", "（", "、" };
	struct slice text = slice_of(name);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		ptrdiff_t at = slice_search(text, ends[i]);

		if (at > 0)
			text = slice_sub(text, 0, (size_t)at);
	}
	return text;
}

static bool
refuses(const struct finding *f)
{
	return f->receiver != NULL && f->status == FINDING_FAILURE;
}

/* Is it the first that says so of this receiver? */
static bool
is_first(const struct findings *findings, const struct finding *f)
{
	for (const struct finding *g = findings->list.v; g < f; g++)
		if (refuses(g) &&
			slice_eq(short_name(g->receiver), short_name(f->receiver)))
			return false;
	return true;
}

/* Who refuses, each once: "Gmail, Yahoo"; NULL: nobody that is known. */
static const char *
who_refuses(const struct findings *findings)
{
	struct str out = STR_POOL(findings->pool);

	for (size_t i = 0; i < findings->list.n; i++) {
		const struct finding *f = &findings->list.v[i];

		if (refuses(f) && is_first(findings, f))
			str_addf(&out, "%s%.*s", out.n > 0 ? _(", ") : "",
				SLICE_ARG(short_name(f->receiver)));
	}
	return out.n > 0 ? out.p : NULL;
}

/* How many findings of this status there are but for those of receivers, which say the
 * same once more. */
static size_t
count_own(const struct findings *findings, enum finding_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->list.n; i++)
		n += findings->list.v[i].receiver == NULL &&
		     findings->list.v[i].status == status;
	return n;
}

static const char *
things_to_mend(const struct findings *findings, size_t n)
{
	return n == 1 ? _("one thing to mend")
	              : pool_printf(findings->pool, _("%zu things to mend"), n);
}

/* What all of it comes to, in one sentence. */
static const char *
conclusion(const struct findings *findings)
{
	size_t failures = count_own(findings, FINDING_FAILURE);
	size_t warnings = count_own(findings, FINDING_WARNING);
	const char *who = who_refuses(findings);

	if (who != NULL)
		return pool_printf(findings->pool, _("%s will refuse this mail: %s."),
			who,
			things_to_mend(findings, failures > 0 ? failures : warnings));
	if (failures > 0)
		return pool_printf(findings->pool, _("Something is wrong: %s."),
			things_to_mend(findings, failures));
	if (warnings == 0)
		return _("Nothing has to be mended.");
	return warnings == 1
	               ? _("Nothing is wrong; one thing to look at.")
	               : pool_printf(findings->pool,
				 _("Nothing is wrong; %zu things to look at."), warnings);
}

static void
add_conclusion(const struct findings *findings, struct str *out)
{
	str_addf(out, "<p class=\"end %s\">",
		finding_status_name(findings_worst(findings)));
	add_escaped(out, conclusion(findings));
	str_add(out, "</p>\n");
}

/* The findings about receivers, or all others. */
static void
add_findings(const struct findings *findings, bool receivers, struct str *out)
{
	const char *part = NULL;

	for (size_t i = 0; i < findings->list.n; i++) {
		const struct finding *f = &findings->list.v[i];

		if (slice_starts(slice_of(f->id), "receiver.") != receivers)
			continue;
		if (part == NULL || strcmp(part, finding_heading(f->id)) != 0) {
			part = finding_heading(f->id);
			add_element(out, "h2", part);
			str_addc(out, '\n');
		}
		add_finding(findings, f, out);
	}
}

void
findings_html(const struct findings *findings, int64_t now, struct str *out)
{
	time_t seconds = (time_t)now;
	char when[64] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M %Z", &tm);
	str_addf(out,
		"<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		_("en"));
	str_add(out, "<meta name=\"viewport\" "
		     "content=\"width=device-width,initial-scale=1\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
		     "'none';"
		     "style-src 'unsafe-inline'\">\n");
	add_element(out, "title", findings_summary(findings));
	str_addf(out, "\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
	add_element(
		out, "h1", findings->shown != NULL ? findings->shown : findings->about);
	str_addc(out, '\n');
	add_element(out, "p class=\"when\"",
		pool_printf(findings->pool, _("how its mail is set up (%s)"), when));
	str_addc(out, '\n');
	add_conclusion(findings, out);
	add_sum(findings, out);
	add_findings(findings, true, out);
	add_findings(findings, false, out);
	str_add(out, "</main>\n</body>\n</html>\n");
}
