/* Folding of what we write. */
#include "base/base.h"

#include "base/str.h"
#include "mail/fold.h"

#include "tap.h"

/* The longest line, given that the first begins at a column. */
static size_t
longest(struct slice text, size_t column)
{
	size_t most = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\r') {
			column = 0;
			i++;
			continue;
		}
		column++;
		most = MAX(most, column);
	}
	return most;
}

static void
test_places(struct pool *pool)
{
	struct str out = STR_POOL(pool);
	struct fold f = fold_begin(&out, 10);

	fold_text(&f, "a;");
	fold_blank(&f);
	fold_text(&f, "b");
	fold_text(&f, ";");
	fold_here(&f);
	fold_text(&f, "c");
	fold_line(&f);
	fold_text(&f, "d");
	fold_blank(&f);
	fold_text(&f, "");
	fold_text(&f, "e");
	tap_is(out.p, "a; b;c\r\n\td e", "places");
}

static void
test_widths(struct pool *pool)
{
	struct str out = STR_POOL(pool);
	char word[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	              "xxxxxxx";

	for (size_t n = 1; n < sizeof(word); n++) {
		struct fold f = fold_begin(&out, 24);

		str_cut(&out, 0);
		for (int i = 0; i < 50; i++) {
			fold_piece(&f, slice_make(word, n));
			fold_text(&f, ";");
			if (i % 2 == 0)
				fold_blank(&f);
			else
				fold_here(&f);
		}
		if (longest(str_slice(&out), 24) > FOLD_COLUMNS && n + 25 < FOLD_COLUMNS)
			break;
		if (n == sizeof(word) - 1)
			tap_ok(true,
				"no line passes 78 columns, at no width of the words");
	}
	tap_ok(longest(str_slice(&out), 0) <= FOLD_COLUMNS, "nor does the last text");
}

static void
test_long(struct pool *pool)
{
	struct str out = STR_POOL(pool), in = STR_POOL(pool);
	struct fold f = fold_begin(&out, 24);

	for (int i = 0; i < FOLD_PIECE_MAX; i++)
		str_addc(&in, 'x');
	for (int i = 0; i < 3; i++) {
		fold_blank(&f);
		fold_piece(&f, str_slice(&in));
	}
	tap_is_int((int64_t)out.n, 3 * (FOLD_PIECE_MAX + 3),
		"long pieces have lines of their own");
	tap_ok(longest(str_slice(&out), 24) < 998, "and stay below 998");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_places(pool);
	test_widths(pool);
	test_long(pool);
	pool_free(pool);
	return tap_done();
}
