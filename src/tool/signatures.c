#include "base/base.h"
#include "tool/signatures.h"

#include "auth/dkim/bodyhash.h"
#include "base/clock.h"
#include "mail/message.h"

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

bool
signature_has(const struct signature *signature, const char *name)
{
	for (size_t i = 0; i < signature->sig.nnames; i++)
		if (slice_caseis(signature->sig.names[i], name))
			return true;
	return false;
}
