/* Any bytes as an SPF record: what is accepted is made of its terms, and can be expanded.
 */
#include "fuzz.h"

#include "auth/spf/macro.h"
#include "auth/spf/record.h"

/* A term lies within the text, and holds no space. */
static void
check_text(struct slice text, struct slice term)
{
	FUZZ_CHECK(term.p >= text.p && term.p + term.n <= text.p + text.n);
	FUZZ_CHECK(slice_find(term, ' ') < 0);
}

/* A domain-spec was checked, so expanding cannot fail. */
static void
check_target(struct pool *pool, struct slice spec, const struct ip *client)
{
	struct spf_vars vars = {
		.client = client,
		.sender = SLICE_LIT("a.b-c@d.example"),
		.local = SLICE_LIT("a.b-c"),
		.sender_domain = SLICE_LIT("d.example"),
		.domain = SLICE_LIT("e.example"),
		.helo = SLICE_LIT("f.example"),
	};

	if (spec.n > 0)
		spf_macro_name(pool, spec, &vars);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ip client = { 32, { 192, 0, 2, 1 } };
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size);
	struct spf_record record;
	bool all = false;

	if (spf_record_parse(pool, text, &record) == NULL) {
		for (size_t i = 0; i < record.terms.n; i++) {
			const struct spf_term *term = &record.terms.v[i];

			check_text(text, term->text);
			check_target(pool, term->target, &client);
			FUZZ_CHECK(term->prefix4 >= 0 && term->prefix4 <= 32);
			FUZZ_CHECK(term->prefix6 >= 0 && term->prefix6 <= 128);
			FUZZ_CHECK(!spf_term_asks(term) ||
				   !spf_term_has_client(term, &client));
			all = all || term->kind == SPF_TERM_ALL;
		}
		FUZZ_CHECK(all == record.has_all);
		check_target(pool, record.redirect.target, &client);
		check_target(pool, record.exp, &client);
	}
	pool_free(pool);
	return 0;
}
