/* A body whole and in pieces: the canonical forms are the same. The first byte says how
 * large the pieces are. */
#include "fuzz.h"

#include "auth/dkim/canon.h"
#include "base/str.h"

static void
to_str(void *arg, const char *p, size_t n)
{
	str_addn(arg, p, n);
}

static void
canonical(struct str *out, enum canon_form form, struct slice body, size_t piece)
{
	struct canon_body machine;

	canon_body_init(&machine, form, (struct canon_sink){ to_str, out });
	while (body.n > 0) {
		struct slice part = slice_sub(body, 0, piece);

		canon_body_feed(&machine, part.p, part.n);
		body = slice_from(body, part.n);
	}
	canon_body_end(&machine);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice body = slice_from(fuzz_slice(data, size), 1);
	size_t piece = size > 0 ? (size_t)data[0] % 64 + 1 : 1;

	for (int i = 0; i < 2; i++) {
		enum canon_form form = i == 0 ? CANON_SIMPLE : CANON_RELAXED;
		struct str whole = STR_POOL(pool), parts = STR_POOL(pool);
		struct str again = STR_POOL(pool);

		canonical(&whole, form, body, SIZE_MAX);
		canonical(&parts, form, body, piece);
		canonical(&again, form, str_slice(&whole), piece);
		FUZZ_CHECK(slice_eq(str_slice(&whole), str_slice(&parts)));
		/* What is canonical stays as it is, and ends in one line end. */
		FUZZ_CHECK(slice_eq(str_slice(&whole), str_slice(&again)));
		FUZZ_CHECK(whole.n == 0 || slice_ends(str_slice(&whole), "\r\n"));
		FUZZ_CHECK(whole.n <= body.n + 2);
	}
	pool_free(pool);
	return 0;
}
