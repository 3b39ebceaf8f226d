/*
 * Findings in the order in which they were made, under a heading each time the part
 * changes. Text is broken to 80 columns; a record to paste never is: one that is longer
 * stands on a line of its own, without blanks before it, as it has to be copied.
 */
#include "base/base.h"
#include "tool/findings/print.h"

#include "base/plain.h"
#include "tool/findings/panel.h"
#include "tool/layout.h"
#include "tool/tool.h"

#define STATUS_COLUMNS 7
#define LABEL_COLUMNS 9
#define TEXT_COLUMN (2 + STATUS_COLUMNS)

static const struct look {
	const char *word, *colour;
} looks[] = {
	[FINDING_GOOD] = { N_("ok"), "\033[32m" },
	[FINDING_INFO] = { N_("info"), "\033[36m" },
	[FINDING_WARNING] = { N_("warn"), "\033[33m" },
	[FINDING_FAILURE] = { N_("FAIL"), "\033[1;31m" },
};

static const char *const part_names[][2] = {
	{ "dns.resolver", N_("This host's resolver") },
	{ "dns.", N_("Domain") },
	{ "config.", N_("Configuration") },
	{ "host.", N_("Hosts") },
	{ "spf.", N_("SPF") },
	{ "dkim.", N_("DKIM") },
	{ "dmarc.", N_("DMARC") },
	{ "message.", N_("Message") },
	{ "more.", N_("Further") },
	{ "receiver.", N_("Receivers") },
	{ "postfix.", N_("Postfix") },
	{ "sendmail.", N_("Sendmail") },
};

const char *
finding_heading(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(part_names); i++)
		if (slice_starts(slice_of(id), part_names[i][0]))
			return _(part_names[i][1]);
	return _("Other");
}

const char *
finding_status_word(enum finding_status status)
{
	return _(looks[status].word);
}

/* Colours only for a terminal, and not against its owner's wish (NO_COLOR). */
bool
findings_wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

/* How many columns a label takes, with the blank behind it. */
static int
label_columns(const char *label)
{
	return MAX(LABEL_COLUMNS, layout_width(label) + 1);
}

/* "         wanted   text", wrapped. */
static void
add_labelled(struct str *out, const char *label, const char *text)
{
	int columns = label_columns(label);

	str_addf(out, "%*s", TEXT_COLUMN, "");
	layout_pad(out, label, columns);
	layout_wrap(out, text, TEXT_COLUMN + columns);
}

/* The same for what has to stay in one piece. */
static void
add_whole(struct str *out, const char *label, const char *text)
{
	str_addf(out, "%*s", TEXT_COLUMN, "");
	if (TEXT_COLUMN + LABEL_COLUMNS + layout_width(text) <= LAYOUT_COLUMNS) {
		layout_pad(out, label, LABEL_COLUMNS);
	} else {
		str_addf(out, "%s\n", label);
	}
	layout_show(out, text);
	str_addc(out, '\n');
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
			add_whole(out, fields.v[i].label, fields.v[i].value);
		return;
	}
	add_whole(out, _("name"), f->record.name);
	relative = zone_relative_name(findings->pool, findings->about, f->record.name);
	if (relative != NULL)
		add_labelled(out, "",
			pool_printf(findings->pool,
				_("(%s in a form that adds %s by itself)"), relative,
				findings->about));
	add_whole(out, _("type"), f->record.type);
	add_whole(out, _("value"), f->record.value);
	if (strlen(f->record.value) > 255)
		add_whole(out, _("in a zone file"),
			zone_record_line(findings->pool, &f->record));
}

static void
add_finding(const struct findings *findings, const struct finding *f, bool colour,
	struct str *out)
{
	const struct look *look = &looks[f->status];

	str_addf(out, "  %s", colour ? look->colour : "");
	str_add(out, _(look->word));
	str_addf(out, "%s%*s", colour ? "\033[0m" : "",
		MAX(STATUS_COLUMNS - layout_width(_(look->word)), 1), "");
	layout_wrap(out, f->found, TEXT_COLUMN);
	for (size_t i = 0; i < f->details.n; i++) {
		const char *line = f->details.v[i];
		int indent = TEXT_COLUMN + (int)strspn(line, " ");

		str_addf(out, "%*s", indent, "");
		layout_wrap(out, line + strspn(line, " "), indent);
	}
	if (f->wanted != NULL)
		add_labelled(out, _("wanted"), f->wanted);
	if (f->remedy != NULL)
		add_labelled(out, _("to do"), f->remedy);
	add_record(findings, f, out);
}

const char *
findings_summary(const struct findings *findings)
{
	return pool_printf(findings->pool,
		_("%s: failures: %zu, warnings: %zu, good: %zu"),
		findings->shown != NULL ? findings->shown : findings->about,
		findings_count(findings, FINDING_FAILURE),
		findings_count(findings, FINDING_WARNING),
		findings_count(findings, FINDING_GOOD));
}

void
findings_text(const struct findings *findings, enum finding_status least, bool colour,
	struct str *out)
{
	const char *part = NULL;

	for (size_t i = 0; i < findings->list.n; i++) {
		const struct finding *f = &findings->list.v[i];

		if (f->status < least)
			continue;
		if (part == NULL || strcmp(part, finding_heading(f->id)) != 0) {
			part = finding_heading(f->id);
			str_addf(out, "%s%s%s%s\n", out->n > 0 ? "\n" : "",
				colour ? "\033[1m" : "", part, colour ? "\033[0m" : "");
		}
		add_finding(findings, f, colour, out);
	}
}

void
findings_print(const struct findings *findings, FILE *out, bool colour)
{
	struct str text = STR_POOL(findings->pool);

	findings_text(findings, FINDING_GOOD, colour, &text);
	str_addc(&text, '\n');
	layout_wrap(&text, findings_summary(findings), 0);
	/* What is quoted is plain by now; the colours are ours. */
	if (colour)
		plain_bypass(text.p, text.n);
	else
		fputs(text.p, out);
}
