/* Files of rows: fields, quotation marks, comments, complaints; own rows and ours. */
#include "base/base.h"

#include "base/msg.h"
#include "base/pool.h"
#include "base/str.h"
#include "tool/table_file.h"

#include "tap.h"
#include "tmpdir.h"

#include <sys/stat.h>

/* Rows as "a|b", with ';' between them; complaints follow, each behind '!'. */
static const char *
show(const struct table_file *table)
{
	struct str out = STR_POOL(table->pool);

	for (size_t i = 0; i < table->rows.n; i++) {
		const struct words *fields = &table->rows.v[i].fields;

		str_add(&out, i > 0 ? ";" : "");
		for (size_t k = 0; k < fields->n; k++)
			str_addf(&out, "%s%s", k > 0 ? "|" : "", fields->v[k]);
	}
	for (size_t i = 0; i < table->complaints.n; i++) {
		const struct file_complaint *c = &table->complaints.v[i];

		if (c->line == 0)
			str_addf(&out, "!%s", c->why);
		else
			str_addf(&out, "!%s:%d: %s", c->file, c->line, c->why);
	}
	return out.p;
}

static const struct {
	const char *name, *text, *want;
} texts[] = {
	{ "fields", "a b\tc\n", "a|b|c" },
	{ "no line end at the end", "a b", "a|b" },
	{ "CRLF", "a b\r\nc\r\n", "a|b;c" },
	{ "quotation marks", "a \"b c\" d", "a|b c|d" },
	{ "an empty field", "a \"\"", "a|" },
	{ "# within quotation marks", "a \"b # c\"", "a|b # c" },
	{ "a comment", "# a\n\nb # c\nd#e\n", "b;d" },
	{ "blanks before", "  a\n", "a" },
	{ "a row of two lines", "a b \\\n  c d\ne", "a|b|c|d;e" },
	{ "of three, CRLF", "a \\\r\n \\\r\nb\r\nc", "a|b;c" },
	{ "a backslash at the end of all", "a \\", "a" },
	{ "a backslash in a comment", "# a \\\nb", "b" },
	{ "the line of a complaint", "a \\\nb\nc \"d",
		"a|b!f:3: a quotation mark is not closed" },
	{ "nothing", "", "" },
	{ "open quotation mark", "a\nb \"c\nd",
		"a;d!f:2: a quotation mark is not closed" },
	{ "a word behind a quotation mark", "\"a\"b", "a|b" },
	{ "quotation mark in a word", "a\"b\" c\nd",
		"d!f:1: a quotation mark within a word" },
	{ "a tab within quotation marks", "\"a\tb\" c", "a\tb|c" },
	{ "control character", "a \001b\nc", "c!f:1: a control character" },
};

static const struct {
	const char *name, *own, *ours, *want;
} pairs[] = {
	{ "ours alone", NULL, "a 1\nb 2\n", "a|1;b|2" },
	{ "own rows first", "c 3\n", "a 1\n", "c|3;a|1" },
	{ "one taken out", "-a\n", "a 1\nb 2\n", "b|2" },
	{ "apart from its fields", "- A 1\n", "a 1\na 2\n", "a|2" },
	{ "all that begin so", "-a\nc 3\n", "a 1\na 2\nb 2\n", "c|3;b|2" },
	{ "an own row stays", "a 9\n-a\n", "a 1\n", "a|9" },
	{ "nothing taken out", "\n-x\n", "a 1\n",
		"a|1!own/t:2: takes nothing out: no row of ours begins with these "
		"fields" },
	{ "a lone -", "-\n", "a 1\n",
		"a|1!own/t:1: takes nothing out: no row of ours begins with these "
		"fields" },
	{ "more fields than ours", "-a 1 2\n", "a 1\n",
		"a|1!own/t:1: takes nothing out: no row of ours begins with these "
		"fields" },
	{ "ours missing", "c 3\n", NULL,
		"c|3!cannot read 'ours/t': No such file or directory: what it tells is "
		"not known here; install it again" },
	{ "a bad row of ours", "c 3\n", "a \"\nb\n",
		"c|3;b!ours/t:1: a quotation mark is not closed" },
};

static void
write_file(const char *name, const char *text)
{
	FILE *file;

	unlink(name);
	if (text == NULL)
		return;
	if ((file = fopen(name, "w")) == NULL || fputs(text, file) < 0 ||
		fclose(file) != 0)
		panic("cannot write %s", name);
}

int
main(void)
{
	struct pool *pool = pool_new();
	const char *directory = tmpdir_new(pool);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct table_file table = { .pool = pool };

		table_file_parse(&table, "f", slice_of(texts[i].text));
		tap_is(show(&table), texts[i].want, "%s", texts[i].name);
	}
	if (chdir(directory) != 0 || mkdir("own", 0700) != 0 || mkdir("ours", 0700) != 0)
		panic("no directory");
	setenv("SEKIMORI_DATADIR", "ours", 1);
	setenv("SEKIMORI_CONFDIR", "own", 1);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct table_file table;

		write_file("own/t", pairs[i].own);
		write_file("ours/t", pairs[i].ours);
		table_file_read(pool, "t", &table);
		tap_is(show(&table), pairs[i].want, "%s", pairs[i].name);
	}
	pool_free(pool);
	return tap_done();
}
