/* Any bytes as a macro string and as what the macros stand for: the macro string ends at
 * the first LF, then come local part, HELO name and, by its first byte, the client. */
#include "fuzz.h"

#include "auth/spf/macro.h"

static struct slice
validated(void *arg UNUSED, struct slice domain)
{
	return domain;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ip v4 = { 32, { 192, 0, 2, 1 } }, v6 = { 128, { 0x20, 1 } };
	struct pool *pool = pool_new();
	struct slice text, local, helo, name;
	struct spf_vars vars = { .validated = validated, .now = 1 };

	slice_cut(fuzz_slice(data, size), '\n', &text, &local);
	slice_cut(local, '\n', &local, &helo);
	vars.client = helo.n > 0 && helo.p[0] == '6' ? &v6 : &v4;
	vars.local = vars.sender = local;
	vars.helo = vars.domain = vars.sender_domain = helo;
	if (spf_macro_check(text, SPF_MACRO_TEXT) == NULL)
		FUZZ_CHECK(spf_macro_text(pool, text, &vars, 200).n <= 200);
	if (spf_domain_spec_check(text) == NULL) {
		/* Whatever passes as a name passes as a text. */
		FUZZ_CHECK(spf_macro_check(text, SPF_MACRO_NAME) == NULL);
		FUZZ_CHECK(spf_macro_check(text, SPF_MACRO_TEXT) == NULL);
		name = spf_macro_name(pool, text, &vars);
		FUZZ_CHECK(name.n <= 253 ||
			   slice_find(slice_from(name, name.n - 253), '.') < 0);
	}
	pool_free(pool);
	return 0;
}
