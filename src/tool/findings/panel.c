/*
 * Forms differ in five things that people stumble over: "@" that is refused, the domain
 * that is added or not, quotation marks that become part of the value, a TTL that has to
 * be there, and the priority of an MX that has a field of its own.
 */
#include "base/base.h"
#include "tool/findings/panel.h"

#include "base/scan.h"
#include "base/slice.h"
#include "base/str.h"
#include "base/words.h"
#include "tool/table_file.h"
#include "tool/tool.h"

#define FIELDS_BEFORE 6

enum panel_form { PANEL_FIELDS, PANEL_ZONE, PANEL_LINE };
enum panel_apex { PANEL_AT, PANEL_EMPTY, PANEL_WHOLE, PANEL_DOTTED };

struct panel {
	const char *id, *name;
	enum panel_form form;
	enum panel_apex apex;
	bool is_quoted;
	const char *ttl;    /* NULL: the form asks for none */
	struct words types; /* "TXT=Text (TXT)" */
};

static const char *const forms[] = {
	[PANEL_FIELDS] = "fields",
	[PANEL_ZONE] = "zone",
	[PANEL_LINE] = "line",
};

static const char *const apexes[] = {
	[PANEL_AT] = "@",
	[PANEL_EMPTY] = "empty",
	[PANEL_WHOLE] = "whole",
	[PANEL_DOTTED] = "dotted",
};

static const char *const texts[] = { "plain", "quoted" };

/* Which of the words it is; -1: none. */
static int
word_of(const char *text, const char *const words[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return (int)i;
	return -1;
}

static bool
is_number(const char *text)
{
	struct scan s = scan_of(slice_of(text));
	uint64_t n;

	return scan_number(&s, &n) && scan_is_end(&s);
}

/* NULL, or why the row is no panel. */
static const char *
read_row(struct pool *pool, const struct file_row *row, struct panel *panel)
{
	const struct words *f = &row->fields;
	int form, apex, text;

	if (f->n < FIELDS_BEFORE)
		return _("a panel has an ID, a name, a form, the domain's name, a text "
			 "and a TTL");
	form = word_of(f->v[2], forms, ARRAY_LEN(forms));
	apex = word_of(f->v[3], apexes, ARRAY_LEN(apexes));
	text = word_of(f->v[4], texts, ARRAY_LEN(texts));
	if (form < 0 || apex < 0 || text < 0)
		return pool_printf(pool, _("'%s' is no word for this"),
			f->v[form < 0      ? 2
				: apex < 0 ? 3
					   : 4]);
	*panel = (struct panel){ .id = f->v[0],
		.name = _(f->v[1]),
		.form = (enum panel_form)form,
		.apex = (enum panel_apex)apex,
		.is_quoted = text == 1,
		.ttl = file_row_cell(row, 5) };
	if (panel->ttl != NULL && !is_number(panel->ttl))
		return pool_printf(pool, _("'%s' is no TTL"), panel->ttl);
	for (size_t i = FIELDS_BEFORE; i < f->n; i++)
		*vec_add(pool, &panel->types) = _(f->v[i]);
	return NULL;
}

const struct panel *
panel_find(struct pool *pool, const char *id, const char **names)
{
	struct str all = STR_POOL(pool);
	const struct panel *found = NULL;
	struct table_file table;

	table_file_read(pool, "panels", &table);
	for (size_t i = 0; i < table.rows.n; i++) {
		struct panel *panel = pool_alloc(pool, sizeof(*panel));
		const char *bad = read_row(pool, &table.rows.v[i], panel);

		if (bad != NULL) {
			table_file_complain(&table, &table.rows.v[i], bad);
			continue;
		}
		str_addf(&all, "%s%s", all.n > 0 ? ", " : "", panel->id);
		if (found == NULL && strcasecmp(panel->id, id) == 0)
			found = panel;
	}
	table_file_report(&table);
	*names = all.p;
	return found;
}

static void
add(struct pool *pool, struct panel_fields *out, const char *label, const char *value)
{
	*vec_add(pool, out) = (struct panel_field){ label, value, false };
}

/* "Text (TXT)" for TXT, if the panel says so. */
static const char *
type_name(const struct panel *panel, const char *type)
{
	size_t n = strlen(type);

	for (size_t i = 0; i < panel->types.n; i++)
		if (strncmp(panel->types.v[i], type, n) == 0 &&
			panel->types.v[i][n] == '=')
			return panel->types.v[i] + n + 1;
	return type;
}

static void
add_name(struct pool *pool, const struct panel *panel, const char *about,
	const struct zone_record *record, struct panel_fields *out)
{
	const char *relative = zone_relative_name(pool, about, record->name);

	/* What is not below the domain is in another zone, whose form wants it whole. */
	if (panel->apex == PANEL_DOTTED || relative == NULL)
		add(pool, out, _("name"), pool_printf(pool, "%s.", record->name));
	else if (panel->apex == PANEL_WHOLE)
		add(pool, out, _("name"), record->name);
	else if (panel->apex == PANEL_EMPTY && strcmp(relative, "@") == 0)
		*vec_add(pool, out) =
			(struct panel_field){ _("name"), _("(leave it empty)"), true };
	else
		add(pool, out, _("name"), relative);
}

/* "10 mail.example.jp." in its parts. */
static bool
split_mx(struct pool *pool, const struct zone_record *record, const char **priority,
	struct slice *host)
{
	struct slice head;

	if (strcmp(record->type, "MX") != 0 ||
		!slice_cut(slice_of(record->value), ' ', &head, host))
		return false;
	*priority = pool_copy(pool, head);
	if (host->n > 1 && slice_ends(*host, "."))
		host->n--;
	return true;
}

/* "txt @ v=spf1 mx -all", "mx mail.example.jp. 10". */
static const char *
one_line(struct pool *pool, const char *about, const struct zone_record *record)
{
	const char *relative = zone_relative_name(pool, about, record->name), *priority;
	struct slice type = pool_lower(pool, slice_of(record->type)), host;

	if (relative == NULL)
		relative = record->name;
	if (split_mx(pool, record, &priority, &host))
		return strcmp(relative, "@") == 0
		               ? pool_printf(
					 pool, "mx %.*s. %s", SLICE_ARG(host), priority)
		               : pool_printf(pool, "mx %.*s. %s %s", SLICE_ARG(host),
					 priority, relative);
	return pool_printf(pool, "%.*s %s %s", SLICE_ARG(type), relative, record->value);
}

static void
add_value(struct pool *pool, const struct panel *panel, const struct zone_record *record,
	struct panel_fields *out)
{
	struct slice line = slice_of(zone_record_line(pool, record)), host;
	ptrdiff_t quote = slice_find(line, '"');
	const char *priority;

	if (split_mx(pool, record, &priority, &host)) {
		/* Where names are whole there is one field for both. */
		if (panel->apex == PANEL_WHOLE) {
			add(pool, out, _("value"),
				pool_printf(pool, "%s %.*s.", priority, SLICE_ARG(host)));
			return;
		}
		add(pool, out, _("priority"), priority);
		add(pool, out, _("value"), pool_copy(pool, host));
	} else if (panel->is_quoted && strcmp(record->type, "TXT") == 0 && quote >= 0) {
		add(pool, out, _("value"),
			pool_copy(pool, slice_from(line, (size_t)quote)));
	} else {
		add(pool, out, _("value"), record->value);
	}
}

void
panel_fill(struct pool *pool, const struct panel *panel, const char *about,
	const struct zone_record *record, struct panel_fields *out)
{
	*vec_add(pool, out) = (struct panel_field){ _("panel"), panel->name, true };
	if (panel->form == PANEL_ZONE) {
		add(pool, out, _("line"), zone_record_line(pool, record));
		return;
	}
	if (panel->form == PANEL_LINE) {
		add(pool, out, _("line"), one_line(pool, about, record));
		return;
	}
	add_name(pool, panel, about, record, out);
	add(pool, out, _("type"), type_name(panel, record->type));
	if (panel->ttl != NULL)
		add(pool, out, "TTL", panel->ttl);
	add_value(pool, panel, record, out);
}
