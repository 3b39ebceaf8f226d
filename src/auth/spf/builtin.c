/*
 * The SPF engine of our own: the terms in their order, the first match decides.
 */
#include "base/base.h"
#include "auth/spf/terms.h"

enum auth_code
spf_builtin_run(struct spf_eval *eval, struct spf_frame *frame)
{
	const struct spf_terms *terms = &frame->record.terms;

	for (size_t i = 0; i < terms->n; i++) {
		switch (spf_eval_term(eval, frame, &terms->v[i], NULL)) {
		case SPF_MATCH:
			return terms->v[i].code;
		case SPF_STOPPED:
			return AUTH_NONE;
		case SPF_NO_MATCH:
			break;
		}
	}
	return AUTH_NONE;
}
