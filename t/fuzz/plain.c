/* Any bytes as base64, as text for a terminal, and as pieces of a field to fold. */
#include "fuzz.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/plain.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/fold.h"

static void
check_plain(struct pool *pool, struct slice text)
{
	const char *once = plain_line(pool, text), *twice;
	char *copy;

	twice = plain_line(pool, slice_of(once));
	FUZZ_CHECK(strcmp(once, twice) == 0 && strlen(once) <= text.n);
	FUZZ_CHECK(utf8_is_valid(slice_of(once)));
	for (const char *p = once; *p != '\0'; p++)
		FUZZ_CHECK(!ascii_is_ctl(*p));
	copy = pool_copy(pool, text);
	if (strlen(copy) == text.n) {
		plain_make(copy);
		FUZZ_CHECK(strcmp(copy, once) == 0);
	}
}

static void
check_base64(struct pool *pool, struct slice text)
{
	struct slice bytes = SLICE_EMPTY, again = SLICE_EMPTY;
	struct str out = STR_POOL(pool);

	base64_print(&out, text.p, text.n);
	FUZZ_CHECK(base64_parse(pool, str_slice(&out), &bytes) == NULL);
	FUZZ_CHECK(slice_eq(bytes, text));
	if (base64_parse(pool, text, &bytes) != NULL)
		return;
	str_cut(&out, 0);
	base64_print(&out, bytes.p, bytes.n);
	FUZZ_CHECK(base64_parse(pool, str_slice(&out), &again) == NULL);
	FUZZ_CHECK(slice_eq(bytes, again));
}

/* What was folded is what was given once the folds are gone. */
static void
check_fold(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool), flat = STR_POOL(pool), want = STR_POOL(pool);
	struct fold fold = fold_begin(&out, 10);
	struct slice rest = text, piece;

	while (slice_next(&rest, ' ', &piece)) {
		if (piece.n == 0 || piece.n > FOLD_PIECE_MAX ||
			slice_find(piece, '\r') >= 0 || slice_find(piece, '\n') >= 0)
			continue;
		fold_piece(&fold, piece);
		fold_blank(&fold);
		str_add_slice(&want, piece);
	}
	for (size_t i = 0; i < out.n; i++)
		if (!(ascii_is_space(out.p[i]) && out.p[i] != '\t') &&
			!(out.p[i] == '\t' && i > 0 && out.p[i - 1] == '\n'))
			str_addc(&flat, out.p[i]);
	FUZZ_CHECK(slice_eq(str_slice(&flat), str_slice(&want)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size);

	check_plain(pool, text);
	check_base64(pool, text);
	check_fold(pool, text);
	pool_free(pool);
	return 0;
}
