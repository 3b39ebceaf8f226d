/*
 * Which form a reference has is decided as OpenDKIM does: a known prefix, else a leading
 * slash means a file, else it is the list itself. What it would look up in a data base or
 * ask a program for is refused here with a way out.
 */
#include "base/base.h"
#include "config/table.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/scan.h"
#include "config/values.h"

/* The forms that need something we do not link: what to do instead. */
static const struct {
	const char *prefix, *remedy;
} foreign_forms[] = {
	{ "db:", N_("write the rows to a text file and use file:") },
	{ "bdb:", N_("write the rows to a text file and use file:") },
	{ "lmdb:", N_("write the rows to a text file and use file:") },
	{ "mdb:", N_("write the rows to a text file and use file:") },
	{ "dsn:", N_("export the SQL table to a text file whenever it changes, use "
	             "file:, and "
		     "send SIGHUP") },
	{ "ldap:", N_("export the entries to a text file whenever they change, use "
	              "file:, and "
		      "send SIGHUP") },
	{ "ldaps:",
		N_("export the entries to a text file whenever they change, use file:, "
		   "and send SIGHUP") },
	{ "ldapi:",
		N_("export the entries to a text file whenever they change, use file:, "
		   "and send SIGHUP") },
	{ "lua:", N_("a script cannot be read; write its answers as rows of a text file "
	             "and "
		     "use refile:") },
	{ "memcache:", N_("write the rows to a text file and use file:") },
	{ "socket:", N_("write the rows to a text file and use file:") },
	{ "repute:", N_("write the rows to a text file and use file:") },
	{ "erlang:", N_("write the rows to a text file and use file:") },
};

/* A form that is somebody else's, or of another version: "redis://host/0", or Postfix'
 * "hash:/etc/x". A list of words begins with none. */
static bool
is_address_of_store(struct slice reference, struct slice *form)
{
	ptrdiff_t colon = slice_find(reference, ':');

	if (colon <= 0 || !slice_starts(slice_from(reference, (size_t)colon), ":/"))
		return false;
	*form = slice_sub(reference, 0, (size_t)colon + 1);
	for (size_t i = 0; i < (size_t)colon; i++)
		if (!ascii_is_alnum(form->p[i]))
			return false;
	return true;
}

/* One line: a comment is cut off, then key, blanks, value. False: nothing is left. */
static bool
row_parse(struct slice line, struct table_row *row)
{
	struct slice head, tail;
	struct scan s;

	slice_cut(line, '\r', &head, &tail);
	slice_cut(head, '#', &line, &tail);
	s = scan_of(slice_trim(line));
	if (!scan_span(&s, ascii_is_nonspace, &row->key))
		return false;
	row->value = slice_trim(scan_rest(&s));
	return true;
}

void
table_parse(struct pool *pool, struct slice text, const char *file, struct table *table)
{
	struct scan s = scan_of(text);
	int line = 0;

	while (!scan_is_end(&s)) {
		struct table_row row = { .at = { file, ++line } };
		struct slice bytes = scan_until(&s, '\n');

		scan_char(&s, '\n');
		if (row_parse(bytes, &row))
			*vec_add(pool, &table->rows) = row;
	}
}

static void
table_list(struct pool *pool, const char *list, struct place at, struct table *table)
{
	struct words words = VEC_INIT;

	table->kind = TABLE_CSL;
	value_words(pool, slice_of(list), &words);
	for (size_t i = 0; i < words.n; i++) {
		struct table_row row = { .key = slice_of(words.v[i]), .at = at };
		struct slice key, value;

		if (slice_cut(row.key, '=', &key, &value) && key.n > 0) {
			row.key = key;
			row.value = value;
		}
		*vec_add(pool, &table->rows) = row;
	}
}

const struct table *
table_read(struct pool *pool, const char *reference, struct place at,
	struct problems *problems)
{
	struct table *table = pool_alloc(pool, sizeof(*table));
	struct scan s = scan_of(slice_trim(slice_of(reference)));
	struct slice text, form;
	const struct reason *bad;

	for (size_t i = 0; i < ARRAY_LEN(foreign_forms); i++) {
		if (!scan_casetext(&s, foreign_forms[i].prefix))
			continue;
		problems_error(problems, at,
			"tables of the form '%s' are not supported: %p",
			foreign_forms[i].prefix,
			reason_of(pool, foreign_forms[i].remedy));
		return table;
	}
	if (scan_casetext(&s, "csl:")) {
		table_list(pool, pool_copy(pool, scan_rest(&s)), at, table);
		return table;
	}
	table->kind = scan_casetext(&s, "refile:") ? TABLE_REFILE : TABLE_FILE;
	if (table->kind == TABLE_FILE && !scan_casetext(&s, "file:") &&
		!slice_starts(scan_rest(&s), "/")) {
		if (is_address_of_store(scan_rest(&s), &form))
			problems_error(problems, at,
				"tables of the form '%.*s' are not supported: write the "
				"rows to a text file and use file:",
				SLICE_ARG(form));
		else
			table_list(pool, pool_copy(pool, scan_rest(&s)), at, table);
		return table;
	}
	table->file = pool_copy(pool, slice_trim(scan_rest(&s)));
	if ((bad = file_read(pool, table->file, &text)) != NULL)
		problems_error(problems, at, "%p: write it, or name another file", bad);
	else
		table_parse(pool, text, table->file, table);
	return table;
}
