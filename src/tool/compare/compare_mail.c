/*
 * Whose field is theirs, when nobody says? OpenDKIM names itself as the mail server names
 * itself, and so does Received: the hosts that handed the message on since it reached us
 * are the `by` of the fields from the top down to the border. A field of another name is
 * somebody else's, even if it is the topmost: OpenDKIM writes none on mail without a
 * signature, and then the sender's own would be taken for it.
 */
#include "base/base.h"
#include "tool/compare/compare_mail.h"

#include "auth/dkim/verify.h"
#include "config/policy.h"
#include "engine/shadow.h"
#include "mail/authres_id.h"
#include "mail/message.h"
#include "mail/received.h"
#include "tool/compare/mailbox.h"
#include "tool/signatures.h"
#include "tool/tool.h"

#define NO_HEADER "is no message"
#define NO_DNS "the DNS does not answer for a key"

struct subject {
	struct hops hops;
	const struct hop *border; /* NULL: none is seen */
	struct message message;
	struct dkim_results results;
	struct differences differs;
	bool is_undated;
};

/* What the message is found by in its archive. */
static struct slice
message_id(const struct message *message)
{
	const struct header *field = headers_find(&message->all, "Message-ID");

	return field != NULL ? slice_trim(field->value) : SLICE_LIT("-");
}

/* The time of judgement. */
static int64_t
time_of(const struct tool *tool, const struct mail *mail, struct subject *subject)
{
	const struct hop *hop = subject->border;

	if (tool_value(tool, "now") != NULL)
		return tool->now;
	if (hop == NULL && subject->hops.n > 0)
		hop = &subject->hops.v[0];
	if (hop != NULL && hop->is_dated)
		return hop->time;
	if (mail->is_dated)
		return mail->time;
	subject->is_undated = true;
	return tool->now;
}

static size_t
count_passes(const struct dkim_results *results)
{
	size_t n = 0;

	for (size_t i = 0; i < results->n; i++)
		n += results->v[i].outcome.code == AUTH_PASS;
	return n;
}

/* Judges the message as it stands; where not all is well and an mbox may have quoted
 * lines of it, without the quotes, if that is better. */
static void
judge(struct pool *pool, struct signed_text *text, const struct mail *mail,
	struct subject *subject)
{
	struct dkim_results results = VEC_INIT;
	struct headers fields = VEC_INIT;
	struct message message;
	struct slice plain;

	signatures_judge(pool, text, &subject->message, &subject->results);
	if (!mail->is_mbox || count_passes(&subject->results) == subject->results.n ||
		!mailbox_unquote(pool, mail->text, &plain))
		return;
	message_split(pool, plain, &fields, &text->body);
	signatures_judge(pool, text, &message, &results);
	if (count_passes(&results) > count_passes(&subject->results))
		subject->results = results;
}

/* The names that their field may bear; none: any. */
static bool
find_ids(struct pool *pool, const struct subject *subject, const char *theirs,
	struct authres_ids *ids)
{
	if (theirs != NULL)
		return authres_ids_add(pool, ids, slice_of(theirs)) == NULL;
	for (size_t i = 0; i < subject->hops.n; i++) {
		const struct hop *hop = &subject->hops.v[i];

		if (hop->by != NULL)
			(void)authres_ids_add(pool, ids, slice_of(hop->by));
		if (subject->border == NULL || hop == subject->border)
			break;
	}
	return true;
}

static bool
has_kind(const struct differences *differs, enum difference_kind kind)
{
	for (size_t i = 0; i < differs->n; i++)
		if (differs->v[i].kind == kind)
			return true;
	return false;
}

static struct compare_difference
as_counted(struct pool *pool, const struct difference *d)
{
	struct str text = STR_POOL(pool);

	difference_print(&text, d);
	return (struct compare_difference){ slice_of(difference_name(d->kind)),
		d->about != NULL ? slice_of(d->about) : SLICE_LIT("-"), text.p };
}

static void
conclude(struct compare *c, struct pool *pool, const struct subject *subject)
{
	struct compare_differences counted = VEC_INIT;

	if (has_kind(&subject->differs, DIFFERENCE_DNS)) {
		compare_skip(c, NO_DNS);
		return;
	}
	for (size_t i = 0; i < subject->differs.n; i++) {
		struct compare_difference d = as_counted(pool, &subject->differs.v[i]);

		if (subject->differs.v[i].kind == DIFFERENCE_KEY)
			compare_unpublished(c, d.about);
		else
			*vec_add(pool, &counted) = d;
	}
	c->undated += subject->is_undated;
	compare_message(c, &counted, message_id(&subject->message));
}

/* Why it cannot be compared, or NULL. */
static const char *
examine(struct tool *tool, struct pool *pool, const struct mail *mail, const char *theirs,
	struct subject *subject)
{
	struct headers fields = VEC_INIT;
	struct authres_ids ids = VEC_INIT;
	struct signed_text text = { .fields = &fields,
		.dns = tool->dns,
		.timeout = tool->policy->opt.dns_timeout };
	struct differences scratch = VEC_INIT;
	const char *bad;

	if (mail->bad != NULL)
		return mail->bad;
	message_split(pool, mail->text, &fields, &text.body);
	if (fields.n == 0)
		return NO_HEADER;
	received_read(pool, &fields, &subject->hops);
	subject->border = received_last(&subject->hops);
	/* Keys are asked for only where there is something to compare with. */
	if (!find_ids(pool, subject, theirs, &ids))
		return SHADOW_NO_FIELD;
	bad = shadow_verdicts(pool, &fields, &ids, &subject->results, &scratch);
	if (bad != NULL)
		return bad;
	text.params = policy_dkim_params(tool->policy, time_of(tool, mail, subject));
	judge(pool, &text, mail, subject);
	return shadow_verdicts(pool, &fields, &ids, &subject->results, &subject->differs);
}

void
compare_mail(struct tool *tool, struct compare *c, const char *theirs, struct mail *mail)
{
	struct pool *pool = pool_new();
	struct subject subject = { .border = NULL };
	const char *bad = examine(tool, pool, mail, theirs, &subject);

	if (bad != NULL)
		compare_skip(c, bad);
	else
		conclude(c, pool, &subject);
	pool_free(pool);
}
