#include "base/base.h"
#include "tool/signatures.h"

#include "auth/bodyhash.h"
#include "base/clock.h"
#include "config/policy.h"
#include "mail/message.h"
#include "tool/check.h"

void
signatures_judge(struct pool *pool, const struct signed_text *text,
	struct message *message, struct dkim_results *results)
{
	struct bodyhash *hash = bodyhash_new(pool);
	struct dkim_verify *verify;

	message_init(message, pool, SIZE_MAX);
	for (size_t i = 0; i < text->fields->n; i++)
		message_add(message, text->fields->v[i]->name, text->fields->v[i]->value);
	verify = dkim_verify_begin(pool, &text->params, message, text->author, hash);
	dkim_verify_prefetch(verify, text->dns);
	bodyhash_feed(hash, text->body.p, text->body.n);
	bodyhash_end(hash);
	dkim_verify_end(
		verify, text->dns, clock_monotonic_ms() + text->timeout * 1000, results);
}

/* As any receiver may judge, so without our own limits. */
void
signatures_read(struct check *check, struct signatures *all)
{
	struct signed_text text = { check->fields, check->body, check->domain,
		DKIM_VERIFY_PARAMS_DEFAULT, check->dns, check->policy->opt.dns_timeout };
	struct dkim_results results = VEC_INIT;
	struct pool *pool = check->pool;
	struct message message;

	text.params.now = check->now;
	signatures_judge(pool, &text, &message, &results);
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
