#include "base/base.h"
#include "base/base64.h"

#include "tap.h"

static const struct {
	const char *name, *text, *bytes; /* bytes NULL: not base64 */
} cases[] = {
	{ "nothing", "", "" },
	{ "one byte", "Zg==", "f" },
	{ "two bytes", "Zm8=", "fo" },
	{ "three bytes", "Zm9v", "foo" },
	{ "GEN-6 white space is skipped", " Zm\r\n 9v\tYg = =", "foob" },
	{ "GEN-6 padding is required", "Zg=", NULL },
	{ "GEN-6 padding is required, all of it", "Zg", NULL },
	{ "GEN-6 nothing follows the padding", "Zg==Zm9v", NULL },
	{ "too much padding", "Zm9v====", NULL },
	{ "a lone digit", "Z", NULL },
	{ "a foreign byte", "Zm9*", NULL },
	{ "stray bits", "Zh==", NULL },
};

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct slice bytes = SLICE_EMPTY;
		const char *bad = base64_parse(pool, slice_of(cases[i].text), &bytes);

		tap_ok((bad == NULL) == (cases[i].bytes != NULL), "%s: taken or refused",
			cases[i].name);
		if (bad == NULL)
			tap_is_slice(bytes, slice_of(cases[i].bytes), "%s: bytes",
				cases[i].name);
	}
	for (size_t n = 0; n < 40; n++) {
		char in[40];
		struct str text = STR_INIT;
		struct slice out = SLICE_EMPTY;

		for (size_t i = 0; i < n; i++)
			in[i] = (char)(i * 37 + n * 11);
		base64_print(&text, in, n);
		tap_ok(base64_parse(pool, str_slice(&text), &out) == NULL,
			"%zu bytes go there", n);
		tap_is_slice(out, slice_make(in, n), "%zu bytes come back", n);
		str_release(&text);
	}
	pool_free(pool);
	return tap_done();
}
