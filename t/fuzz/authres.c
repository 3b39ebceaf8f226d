/* Any bytes as a field: what was read is written and read again as the same. */
#include "fuzz.h"

#include "base/utf8.h"
#include "mail/authres_parse.h"

/* Whether all values are short enough to be written whole, and free of what is replaced.
 */
static bool
is_whole(struct slice text)
{
	return text.n <= AUTHRES_VALUE_MAX && slice_find(text, '\t') < 0;
}

static void
check_result(const struct authres_result *a, const struct authres_result *b)
{
	FUZZ_CHECK(strcmp(a->method, b->method) == 0 && a->version == b->version);
	FUZZ_CHECK(strcmp(a->result, b->result) == 0);
	FUZZ_CHECK(!is_whole(a->reason) || slice_eq(a->reason, b->reason));
	for (size_t i = 0, j = 0; i < a->properties.n; i++) {
		const struct authres_property *p = &a->properties.v[i], *q;

		if (p->value.n > AUTHRES_VALUE_MAX)
			continue;
		FUZZ_CHECK(j < b->properties.n);
		q = &b->properties.v[j++];
		FUZZ_CHECK(
			strcmp(p->type, q->type) == 0 && strcmp(p->name, q->name) == 0);
		FUZZ_CHECK(!is_whole(p->value) || slice_eq(p->value, q->value));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct authres in, out;
	struct str text = STR_POOL(pool);

	/* Words of ours are short, so no keyword may fill a line here either. */
	if (size <= 400 && authres_parse(pool, fuzz_slice(data, size), &in) == NULL) {
		authres_print(&in, &text);
		FUZZ_CHECK(utf8_is_valid(str_slice(&text)));
		FUZZ_CHECK(authres_parse(pool, str_slice(&text), &out) == NULL);
		FUZZ_CHECK(in.version == out.version && in.instance == out.instance);
		FUZZ_CHECK(in.results.n == out.results.n);
		for (size_t i = 0; i < in.results.n; i++)
			check_result(&in.results.v[i], &out.results.v[i]);
	}
	pool_free(pool);
	return 0;
}
