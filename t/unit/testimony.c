/* What Authentication-Results fields of ours say against an author. */
#include "base/base.h"

#include "engine/testimony.h"
#include "tap.h"

/* against: a word of the complaint for that author; NULL: there is none. */
static const struct {
	const char *fields[2], *author, *against;
} rows[] = {
	{ { NULL }, "b.example", NULL },
	{ { "mx.example; dmarc=pass header.from=b.example" }, "b.example", NULL },
	{ { "mx.example; dmarc=fail header.from=b.example" }, "b.example",
		"not dmarc=pass for b.example" },
	{ { "mx.example; dmarc=none header.from=b.example" }, "b.example", "b.example" },
	{ { "mx.example; dmarc=fail header.from=c.example" }, "b.example", NULL },
	{ { "mx.example; dmarc=fail header.from=B.EXAMPLE" }, "b.example", "b.example" },
	{ { "mx.example; dmarc=fail header.from=c.example" }, NULL, "names no author" },
	{ { "mx.example; spf=pass smtp.mailfrom=b.example" }, "b.example",
		"names no author" },
	{ { "mx.example; dmarc=pass" }, "b.example", "names no author" },
	{ { "mx.example; none" }, "b.example", "names no author" },
	{ { "mx.example; auth=pass smtp.auth=jiro" }, "b.example", NULL },
	{ { "mx.example; dmarc=pass header.from=(" }, "b.example", "names no author" },
	{ { "mx.example; dmarc=pass header.from=b.example",
		  "mx.example; dmarc=fail header.from=b.example" },
		"b.example", "b.example" },
	{ { "mx.example; dmarc=pass header.from=b.example; dmarc=fail "
	    "header.from=c.example" },
		"c.example", "c.example" },
};

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct testimony t = { .nobody = false };
		const char *got;

		for (size_t k = 0; k < ARRAY_LEN(rows[i].fields); k++)
			if (rows[i].fields[k] != NULL)
				testimony_add(&t, pool, slice_of(rows[i].fields[k]));
		got = reason_text(
			pool, testimony_against(&t, pool, rows[i].author), NULL);
		tap_ok((got == NULL) == (rows[i].against == NULL) &&
				(got == NULL || strstr(got, rows[i].against) != NULL),
			"%s, author %s: %s",
			rows[i].fields[0] != NULL ? rows[i].fields[0] : "no field",
			rows[i].author != NULL ? rows[i].author : "unknown",
			got != NULL ? got : "nothing against it");
	}
	pool_free(pool);
	return tap_done();
}
