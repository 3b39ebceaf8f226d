/*
 * Findings in the order in which they were made, under a heading each time the part
 * changes. Text is broken to 80 columns; a record to paste never is: one that is longer
 * stands on a line of its own, without blanks before it, as it has to be copied.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "base/plain.h"
#include "tool/check/print.h"
#include "tool/layout.h"
#include "tool/tool.h"

#define STATUS_COLUMNS 7
#define LABEL_COLUMNS 9
#define TEXT_COLUMN (2 + STATUS_COLUMNS)

static const struct look {
	const char *word, *colour;
} looks[] = {
	[CHECK_GOOD] = { N_("ok"), "\033[32m" },
	[CHECK_INFO] = { N_("info"), "\033[36m" },
	[CHECK_WARNING] = { N_("warn"), "\033[33m" },
	[CHECK_FAILURE] = { N_("FAIL"), "\033[1;31m" },
};

static const char *const part_names[][2] = {
	{ "dns.", N_("This host's resolver") },
	{ "config.", N_("Configuration") },
	{ "host.", N_("Hosts") },
	{ "spf.", N_("SPF") },
	{ "dkim.", N_("DKIM") },
	{ "dmarc.", N_("DMARC") },
	{ "message.", N_("Message") },
	{ "receiver.", N_("Receivers") },
	{ "postfix.", N_("Postfix") },
	{ "sendmail.", N_("Sendmail") },
};

const char *
check_part_name(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(part_names); i++)
		if (slice_starts(slice_of(id), part_names[i][0]))
			return _(part_names[i][1]);
	return _("Other");
}

const char *
check_status_word(enum check_status status)
{
	return _(looks[status].word);
}

const char *
check_relative_name(const struct check *check, const char *name)
{
	struct slice text = slice_of(name), domain = slice_of(check->domain);

	if (slice_eq(text, domain))
		return "@";
	if (text.n > domain.n + 1 &&
		slice_eq(slice_from(text, text.n - domain.n), domain) &&
		text.p[text.n - domain.n - 1] == '.')
		return pool_copy(check->pool, slice_sub(text, 0, text.n - domain.n - 1));
	return NULL;
}

/* Colours only for a terminal, and not against its owner's wish (NO_COLOR). */
bool
check_wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

size_t
check_count(const struct check *check, enum check_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < check->findings.n; i++)
		n += check->findings.v[i].status == status;
	return n;
}

/* "         wanted   text", wrapped. */
static void
add_labelled(struct str *out, const char *label, const char *text)
{
	str_addf(out, "%*s", TEXT_COLUMN, "");
	layout_pad(out, label, LABEL_COLUMNS);
	layout_wrap(out, text, TEXT_COLUMN + LABEL_COLUMNS);
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
add_record(const struct check *check, const struct finding *f, struct str *out)
{
	const char *relative;

	if (f->record.name == NULL)
		return;
	add_whole(out, _("name"), f->record.name);
	relative = check_relative_name(check, f->record.name);
	if (relative != NULL)
		add_labelled(out, "",
			pool_printf(check->pool,
				_("(%s in a form that adds %s by itself)"), relative,
				check->domain));
	add_whole(out, _("type"), f->record.type);
	add_whole(out, _("value"), f->record.value);
	if (strlen(f->record.value) > 255)
		add_whole(out, _("in a zone file"),
			check_record_line(check->pool, &f->record));
}

static void
add_finding(
	const struct check *check, const struct finding *f, bool colour, struct str *out)
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
	add_record(check, f, out);
}

const char *
check_summary(const struct check *check)
{
	return pool_printf(check->pool, _("%s: failures: %zu, warnings: %zu, good: %zu"),
		check->domain, check_count(check, CHECK_FAILURE),
		check_count(check, CHECK_WARNING), check_count(check, CHECK_GOOD));
}

void
check_print_findings(
	const struct check *check, enum check_status least, bool colour, struct str *out)
{
	const char *part = NULL;

	for (size_t i = 0; i < check->findings.n; i++) {
		const struct finding *f = &check->findings.v[i];

		if (f->status < least)
			continue;
		if (part == NULL || strcmp(part, check_part_name(f->id)) != 0) {
			part = check_part_name(f->id);
			str_addf(out, "%s%s%s%s\n", out->n > 0 ? "\n" : "",
				colour ? "\033[1m" : "", part, colour ? "\033[0m" : "");
		}
		add_finding(check, f, colour, out);
	}
}

void
check_print(const struct check *check, FILE *out, bool colour)
{
	struct str text = STR_POOL(check->pool);

	check_print_findings(check, CHECK_GOOD, colour, &text);
	str_addc(&text, '\n');
	layout_wrap(&text, check_summary(check), 0);
	/* What is quoted is plain by now; the colours are ours. */
	if (colour)
		plain_bypass(text.p, text.n);
	else
		fputs(text.p, out);
}
