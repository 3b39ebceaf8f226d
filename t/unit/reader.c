#include "base/base.h"

#include "config/reader.h"
#include "config/table.h"

#include "tap.h"
#include "tmpdir.h"

static const char conf[] = "  mOdE   v   # a comment\r and what follows a CR\r\n"
			   "#Mode sv\n\n\t\nAUTHSERVID mx.example.jp\r\n"
			   "Selector a b  c \nIprev no";

static void
test_text(struct pool *pool)
{
	struct problems problems;
	struct options o;
	size_t at = (size_t)(option_find(SLICE_LIT("iprev")) - option_at(0));
	size_t id = (size_t)(option_find(SLICE_LIT("authservid")) - option_at(0));

	problems_init(&problems, pool);
	options_preset(pool, &o);
	reader_text(pool, SLICE_LIT(conf), "x.conf", &o, &problems);
	tap_is_int((int64_t)problems.all.n, 0, "no problem");
	tap_is_int(o.mode, MODE_VERIFY, "names in any case, '#' and CR cut the line");
	tap_is(o.authserv_id, "mx.example.jp", "a text");
	tap_is(o.selector, "a b  c", "blanks inside stay");
	tap_ok(!o.iprev, "the last line needs no line end");
	tap_is_int(o.origins[at].line, 7, "the line of an option");
	tap_is(place_print(pool, o.origins[at]), "x.conf:7", "in words");
	tap_is(place_print(pool, o.origins[id]), "x.conf:5", "of another");
	tap_is(place_short(pool, (struct place){ "/a/b/c", 3 }), "c:3", "in short");
	tap_is(place_short(pool, (struct place){ NULL, 0 }), "default", "nowhere");
	reader_text(pool, slice_make("Mode\0v s", 8), "x", &o, &problems);
	tap_ok(problems.errors == 1 && strstr(problems.all.v[0].text, "NUL") != NULL,
		"a NUL byte");
}

static void
test_include(struct pool *pool)
{
	const char *dir = tmpdir_new(pool);
	struct problems problems;
	struct options o;
	const char *path = NULL;

	tmpdir_write(pool, dir, "f0", 0644, "Iprev no\n");
	for (int i = 1; i <= READER_DEPTH; i++)
		path = tmpdir_write(pool, dir, pool_printf(pool, "f%d", i), 0644,
			pool_printf(pool, "include @DIR@/f%d\n", i - 1));
	problems_init(&problems, pool);
	options_preset(pool, &o);
	reader_file(pool, path, &o, &problems);
	tap_is_int((int64_t)problems.errors, 1, "one file too deep");
	path = pool_printf(pool, "%s/f%d", dir, READER_DEPTH - 1);
	problems_init(&problems, pool);
	reader_file(pool, path, &o, &problems);
	tap_is_int((int64_t)problems.errors, 0, "as deep as is allowed");
	tap_ok(!o.iprev, "the innermost file is read");
}

/* What is printed is read as the same. */
static void
test_print(struct pool *pool)
{
	struct options o, again;
	struct words bad = VEC_INIT;

	options_preset(pool, &o);
	options_preset(pool, &again);
	for (size_t i = 0; i < option_count(); i++) {
		const struct option *option = option_at(i);
		const char *text = option_print(pool, option, &o);

		if (i > 0 && strcmp(option_at(i - 1)->name, option->name) >= 0)
			*vec_add(pool, &bad) = option->name;
		if (text[0] != '\0' &&
			option_parse(pool, option, slice_of(text), &again) != NULL)
			*vec_add(pool, &bad) = option->name;
		if (strcmp(option_print(pool, option, &again), text) != 0)
			*vec_add(pool, &bad) = option->name;
		if (option_find(slice_of(option->name)) != option ||
			foreign_option_find(slice_of(option->name)) != NULL ||
			option_type_print(pool, option)[0] == '\0')
			*vec_add(pool, &bad) = option->name;
	}
	tap_is_int(
		(int64_t)bad.n, 0, "every option prints, parses and stands in its place");
	for (size_t i = 0; i < bad.n; i++)
		tap_note("%s", bad.v[i]);
	tap_ok(foreign_option_find(SLICE_LIT("ldaptimeout")) != NULL,
		"a family of options");
	tap_ok(foreign_option_find(SLICE_LIT("LD")) == NULL, "not of this family");
}

static void
test_table(struct pool *pool)
{
	struct table table = { .kind = TABLE_FILE };
	struct problems problems;
	const struct table *list;

	table_parse(
		pool, SLICE_LIT("# x\n\n a  b c \r junk\r\n\td#e f\nlast"), "t", &table);
	tap_is_int((int64_t)table.rows.n, 3, "rows");
	tap_is_slice(table.rows.v[0].key, SLICE_LIT("a"), "a key");
	tap_is_slice(table.rows.v[0].value, SLICE_LIT("b c"), "a value");
	tap_is_int(table.rows.v[1].at.line, 4, "a line");
	tap_is_slice(table.rows.v[1].key, SLICE_LIT("d"), "a comment begins anywhere");
	tap_is_slice(table.rows.v[2].key, SLICE_LIT("last"), "no line end needed");
	problems_init(&problems, pool);
	list = table_read(pool, "csl: a, b=c\td", (struct place){ "x", 1 }, &problems);
	tap_ok(list->kind == TABLE_CSL && list->rows.n == 3, "a list");
	tap_is_slice(list->rows.v[1].value, SLICE_LIT("c"), "with a value");
	list = table_read(pool, "LMDB:/x", (struct place){ "x", 1 }, &problems);
	tap_ok(problems.errors == 1 && list->rows.n == 0, "a data base is refused");
	list = table_read(pool, "/nonexistent/x", (struct place){ "x", 1 }, &problems);
	tap_ok(problems.errors == 2 && list->rows.n == 0, "a file that is not there");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_text(pool);
	test_include(pool);
	test_print(pool);
	test_table(pool);
	pool_free(pool);
	return tap_done();
}
