/* Any bytes as a DKIM-Signature: what is accepted keeps what its header file promises. */
#include "fuzz.h"

#include "auth/dkim/signature.h"
#include "mail/domain.h"

static void
check_names(const struct dkim_sig *sig)
{
	bool has_from = false;

	FUZZ_CHECK(sig->nnames > 0 && sig->nnames <= DKIM_SIG_NAMES);
	for (size_t i = 0; i < sig->nnames; i++) {
		FUZZ_CHECK(sig->names[i].n > 0);
		has_from = has_from || slice_is(sig->names[i], "from");
	}
	FUZZ_CHECK(has_from);
}

static void
check_good(struct pool *pool, const struct dkim_sig *sig)
{
	const struct slice value = sig->field->value;
	const char *cheap = dkim_sig_domain(pool, sig->field);
	ptrdiff_t at = slice_rfind(sig->identity, '@');

	FUZZ_CHECK(sig->domain != NULL && domain_labels(sig->domain) >= 2);
	FUZZ_CHECK(sig->selector != NULL && sig->algorithm != NULL);
	FUZZ_CHECK(cheap != NULL && strcmp(cheap, sig->domain) == 0);
	FUZZ_CHECK(at >= 0);
	FUZZ_CHECK(domain_is_within(
		pool_copy(pool, slice_from(sig->identity, (size_t)at + 1)), sig->domain));
	FUZZ_CHECK(sig->signature.n > 0 && sig->bodyhash.n > 0);
	FUZZ_CHECK(sig->b_place.p > value.p && sig->b_place.p[-1] == '=');
	FUZZ_CHECK(sig->b_place.p + sig->b_place.n <= value.p + value.n);
	FUZZ_CHECK(sig->expires < 0 || sig->expires > sig->signed_at);
	check_names(sig);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct header field = { SLICE_LIT("DKIM-Signature"), fuzz_slice(data, size) };
	struct dkim_sig sig;
	struct outcome outcome = dkim_sig_parse(pool, &field, &sig);

	FUZZ_CHECK((outcome.code == AUTH_NONE) == (outcome.reason == NULL));
	dkim_sig_key_name(pool, &sig);
	if (outcome.code == AUTH_NONE)
		check_good(pool, &sig);
	pool_free(pool);
	return 0;
}
