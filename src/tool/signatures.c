#include "base/base.h"
#include "tool/signatures.h"

#include "auth/bodyhash.h"
#include "base/clock.h"
#include "config/policy.h"
#include "mail/message.h"
#include "tool/check.h"

void
signatures_read(struct check *check, struct signatures *all)
{
	struct dkim_verify_params params = DKIM_VERIFY_PARAMS_DEFAULT;
	struct dkim_results results = VEC_INIT;
	struct pool *pool = check->pool;
	struct dkim_verify *verify;
	struct bodyhash *hash = bodyhash_new(pool);
	struct message message;

	message_init(&message, pool, SIZE_MAX);
	for (size_t i = 0; i < check->fields->n; i++)
		message_add(
			&message, check->fields->v[i]->name, check->fields->v[i]->value);
	params.now = check->now;
	verify = dkim_verify_begin(pool, &params, &message, check->domain, hash);
	dkim_verify_prefetch(verify, check->dns);
	bodyhash_feed(hash, check->body.p, check->body.n);
	bodyhash_end(hash);
	dkim_verify_end(verify, check->dns,
		clock_monotonic_ms() + check->policy->opt.dns_timeout * 1000, &results);
	for (size_t i = 0; i < results.n; i++) {
		struct signature *s = vec_add(pool, all);

		s->result = results.v[i];
		dkim_sig_parse(pool, message.dkim.v[i], &s->sig);
	}
}

bool
signature_has(const struct signature *signature, const char *name)
{
	for (size_t i = 0; i < signature->sig.nnames; i++)
		if (slice_caseis(signature->sig.names[i], name))
			return true;
	return false;
}
