/*
 * A rule has its reply in a table, and every reply goes through one function that cuts
 * it to a line and shows foreign bytes as '?': what an SPF record explains comes from
 * whoever is being refused.
 */
#include "base/base.h"
#include "engine/reply.h"

#include "auth/dkim/verify.h"
#include "auth/spf/check.h"

#define REPLY_MAX 450 /* bytes of text: RFC 5321 4.5.3.1.5 has 512 for the line */

struct reply
reply_make(struct pool *pool, enum action action, const char *code, const char *xcode,
	const char *text)
{
	struct slice line = slice_sub(slice_of(text), 0, REPLY_MAX);
	struct reply reply = { .action = action };

	snprintf(reply.code, sizeof(reply.code), "%s", code);
	snprintf(reply.xcode, sizeof(reply.xcode), "%s", xcode);
	reply.text = pool_show(pool, line, REPLY_MAX);
	return reply;
}

/* Who is meant: the envelope's domain, else HELO's. */
static const char *
sender_domain(const struct results *r)
{
	return r->spf != NULL && r->spf->domain != NULL ? r->spf->domain : "the sender";
}

static const char *
code_of_spf(const struct results *r)
{
	return r->spf != NULL ? auth_code_name(r->spf->outcome.code) : "none";
}

/* The best that a signature came to. */
static const char *
code_of_dkim(const struct results *r)
{
	return r->dkim != NULL && r->dkim->n > 0
	               ? auth_code_name(r->dkim->v[0].outcome.code)
	               : "none";
}

static const char *
client_text(const struct mail_object *mail)
{
	char ip[IP_TEXT_SIZE];

	return pool_strdup(mail->pool, ip_print(&mail->session->client, ip));
}

/* RFC 7372 3.2: 5.7.23. */
static struct reply
refuse_spf(const struct mail_object *mail, const struct results *r)
{
	const struct spf_result *spf = r->spf;
	const char *text = pool_printf(mail->pool, "SPF: %s may not send mail for %s",
		client_text(mail), sender_domain(r));

	if (spf->explanation != NULL && *spf->explanation != '\0' && spf->domain != NULL)
		text = pool_printf(mail->pool, "%s; %s explains: %s", text, spf->domain,
			spf->explanation);
	return reply_make(mail->pool, ACTION_REJECT, "550", "5.7.23", text);
}

/* RFC 7372 3.4: 5.7.26. */
static struct reply
refuse_unauthenticated(const struct mail_object *mail, const struct results *r)
{
	return reply_make(mail->pool, ACTION_REJECT, "550", "5.7.26",
		pool_printf(mail->pool,
			"mail of %s from %s is not authenticated: SPF %s, DKIM %s; "
			"publish an SPF record that names the client, or sign with DKIM",
			sender_domain(r), client_text(mail), code_of_spf(r),
			code_of_dkim(r)));
}

/* RFC 9989 7.2: 5.7.1. */
static struct reply
refuse_dmarc(const struct mail_object *mail, const struct results *r UNUSED)
{
	const char *author = mail->author.domain, *text;

	if (mail->message.too_large)
		text = "the message header is too large for DMARC to be checked";
	else if (author == NULL)
		text = "the From field does not name one author, so DMARC cannot be "
		       "checked";
	else
		text = pool_printf(mail->pool,
			"rejected by the DMARC policy of %s: neither SPF nor DKIM "
			"passes for it",
			author);
	return reply_make(mail->pool, ACTION_REJECT, "550", "5.7.1", text);
}

static struct reply
refuse_impersonation(const struct mail_object *mail, const struct results *r UNUSED)
{
	const char *author = mail->author.domain;

	return reply_make(mail->pool, ACTION_REJECT, "550", "5.7.1",
		pool_printf(mail->pool,
			"%s claims to send mail of %s, but neither SPF nor DKIM passes "
			"for it",
			client_text(mail), author != NULL ? author : "a domain of ours"));
}

static struct reply
defer_dns(const struct mail_object *mail, const struct results *r)
{
	const char *author = mail->author.domain;

	return reply_make(mail->pool, ACTION_TEMPFAIL, "451", "4.4.3",
		pool_printf(mail->pool,
			"mail of %s cannot be checked now: the DNS does not answer",
			author != NULL ? author : sender_domain(r)));
}

struct reply
reply_of_rule(
	enum rule_kind kind, const struct mail_object *mail, const struct results *r)
{
	static struct reply (*const replies[RULE_KINDS])(
		const struct mail_object *, const struct results *) = {
		[RULE_SPF_FAIL] = refuse_spf,
		[RULE_UNAUTHENTICATED] = refuse_unauthenticated,
		[RULE_DMARC] = refuse_dmarc,
		[RULE_DNS_ERROR] = defer_dns,
		[RULE_IMPERSONATION] = refuse_impersonation,
	};

	return replies[kind](mail, r);
}

struct reply
reply_of_dkim(enum action action, struct pool *pool, const struct dkim_results *dkim)
{
	const struct reason *reason = dkim->n > 0 ? dkim->v[0].outcome.reason : NULL;
	const char *text = pool_printf(pool, "no DKIM signature is valid: %s",
		reason != NULL ? reason_text(pool, reason, NULL)
			       : "there is no signature");

	return action == ACTION_REJECT ? reply_make(pool, action, "550", "5.7.20", text)
	                               : reply_make(pool, action, "451", "4.7.5", text);
}

struct reply
reply_unsigned(
	enum action action, struct pool *pool, const char *detail, const char *text)
{
	bool reject = action == ACTION_REJECT;

	return reply_make(pool, action, reject ? "550" : "451",
		pool_printf(pool, "%c.%s", reject ? '5' : '4', detail), text);
}

/* RFC 3463 3.4: the trouble is this host's own, and none of the kinds that have a code.
 */
struct reply
reply_unknown(struct pool *pool, const char *author)
{
	const char *text = "what is asked of this message cannot be looked up now";

	if (author != NULL)
		text = pool_printf(pool,
			"mail of %s cannot be signed now: its key cannot be looked up",
			author);
	return reply_make(pool, ACTION_TEMPFAIL, "451", "4.3.0", text);
}
