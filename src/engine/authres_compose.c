/*
 * The field is written for the weakest of its readers: each result is put together from
 * what the checks left behind, and what one of the readers in use could misread, or could
 * not hold, stays out, as long as verdicts and domains say the same without it.
 *
 * OpenDMARC takes a field apart in a buffer of a kilobyte and passes over one that does
 * not fit: all of it, the pass at its beginning included. It has room for sixteen
 * results, and writes past its end where there are more. So a field that is too much for
 * it is printed again, with less.
 */
#include "base/base.h"
#include "engine/authres_compose.h"

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/iprev.h"
#include "auth/spf/check.h"
#include "base/ascii.h"

enum { READER_BYTES = 1024, READER_RESULTS = 16 };
/* Results of signatures that were not examined: more would be too long for it anyhow. */
enum { IDLE_MAX = 16 };

/* What is being put together, of what. */
struct field {
	struct pool *pool;
	const struct mail_object *mail;
	const struct results *results;
	enum authres_detail detail;
	struct authres *authres;
};

/* Some readers of the field end a quoted string at a quote that a backslash stands
 * before, and take what is after it for syntax: a HELO name or a record could write
 * results of its own for them. Some read ASCII alone, and nothing of a field that
 * has more. */
static bool
is_for_all(char c)
{
	return c != '"' && c != '\\' && !ascii_is_8bit(c);
}

/* A reason with other characters in the place of such; it may quote what a domain's owner
 * wrote. */
static struct slice
reason_for_all(struct pool *pool, const struct reason *reason)
{
	struct str text = STR_POOL(pool);

	reason_print(&text, reason, NULL);
	for (char *p = text.p; *p != '\0'; p++)
		if (!is_for_all(*p))
			*p = *p == '"' ? '\'' : '?';
	return str_slice(&text);
}

/* A result with its reason: only pass and none go without one. */
static struct authres_result *
add(struct field *f, const char *method, const struct outcome *outcome)
{
	struct authres_result *r =
		authres_add(f->pool, f->authres, method, auth_code_name(outcome->code));

	if (outcome->reason != NULL && outcome->code != AUTH_PASS &&
		outcome->code != AUTH_NONE && f->detail == AUTHRES_FULL)
		r->reason = reason_for_all(f->pool, outcome->reason);
	return r;
}

/* A value that not all could read is left out: a part of an identity is another one. */
static void
property(struct field *f, struct authres_result *r, const char *type, const char *name,
	struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (!is_for_all(value.p[i]))
			return;
	if (value.n > 0)
		authres_property(f->pool, r, type, name, value);
}

static void
property_text(struct field *f, struct authres_result *r, const char *type,
	const char *name, const char *value)
{
	property(f, r, type, name, slice_of(value));
}

/* Who logged in; only where the operator wants the world to know. */
static void
add_login(struct field *f)
{
	struct authres_result *r;

	if (!f->mail->route.authenticated || f->mail->auth_user == NULL)
		return;
	r = authres_add(f->pool, f->authres, "auth", "pass");
	property_text(f, r, "smtp", "auth", f->mail->auth_user);
}

/* RFC 7208 9.2: the identity that was judged names the property: smtp.mailfrom, or
 * smtp.helo for the null sender. The domain alone is shown, not the local part (RFC 8601
 * 2.7.2). */
static void
add_spf(struct field *f)
{
	const struct spf_result *spf = f->results->spf, *helo = f->results->spf_helo;
	struct authres_result *r;

	if (spf != NULL && !spf->null_sender) {
		r = add(f, "spf", &spf->outcome);
		property(f, r, "smtp", "mailfrom",
			spf->domain != NULL ? slice_of(spf->domain) : f->mail->mail_from);
	}
	if (helo != NULL &&
		(f->detail < AUTHRES_NEEDED || (spf != NULL && spf->null_sender))) {
		r = add(f, "spf", &helo->outcome);
		property(f, r, "smtp", "helo",
			helo->domain != NULL ? slice_of(helo->domain)
					     : f->mail->session->helo);
	}
}

static void
add_signature(struct field *f, const struct dkim_result *sig)
{
	struct authres_result *r = add(f, "dkim", &sig->outcome);

	property_text(f, r, "header", "d", sig->domain);
	if (f->detail == AUTHRES_NEEDED)
		return;
	if (f->detail == AUTHRES_FULL)
		property(f, r, "header", "i", sig->identity);
	property_text(f, r, "header", "s", sig->selector);
	if (f->detail == AUTHRES_FULL)
		property_text(f, r, "header", "a", sig->algorithm);
	property(f, r, "header", "b", sig->b_short);
}

/* The signature that DMARC rests on, if it rests on one. */
static void
add_signer(struct field *f)
{
	const struct dkim_results *dkim = f->results->dkim;
	const char *signer = f->results->dmarc != NULL ? f->results->dmarc->signer : NULL;

	for (size_t i = 0; signer != NULL && i < dkim->n; i++)
		if (dkim->v[i].outcome.code == AUTH_PASS &&
			strcmp(dkim->v[i].domain, signer) == 0) {
			add_signature(f, &dkim->v[i]);
			return;
		}
}

/* One result a signature, in their order. */
static void
add_dkim(struct field *f)
{
	const struct dkim_results *dkim = f->results->dkim;
	size_t idle = f->detail == AUTHRES_FULL ? 0 : IDLE_MAX - 1;

	if (dkim == NULL)
		return;
	if (dkim->n == 0)
		authres_add(f->pool, f->authres, "dkim", "none");
	if (f->detail == AUTHRES_NEEDED) {
		add_signer(f);
		return;
	}
	for (size_t i = 0; i < dkim->n; i++) {
		const struct dkim_result *sig = &dkim->v[i];

		if (f->detail == AUTHRES_PASSES ? sig->outcome.code == AUTH_PASS
						: sig->examined || idle++ < IDLE_MAX)
			add_signature(f, sig);
	}
}

/* RFC 9989 9.1: policy.dmarc is the policy after sp, np and t=, not what was done. */
static void
add_dmarc(struct field *f)
{
	const struct dmarc_result *dmarc = f->results->dmarc;
	struct authres_result *r;

	if (dmarc == NULL)
		return;
	r = add(f, "dmarc", &dmarc->outcome);
	property_text(f, r, "header", "from", dmarc->from_domain);
	property_text(f, r, "policy", "dmarc", dmarc_policy_name(dmarc->applied));
}

static void
add_iprev(struct field *f)
{
	char ip[IP_TEXT_SIZE];
	struct authres_result *r;

	if (f->results->iprev == NULL || f->detail == AUTHRES_NEEDED)
		return;
	r = add(f, "iprev", &f->results->iprev->outcome);
	property_text(f, r, "policy", "iprev",
		pool_strdup(f->pool, ip_print(&f->mail->session->client, ip)));
}

void
authres_of(const struct mail_object *mail, const struct results *results,
	enum authres_detail detail, struct authres *authres)
{
	struct field f = { mail->pool, mail, results, detail, authres };

	add_login(&f);
	add_spf(&f);
	add_dkim(&f);
	add_dmarc(&f);
	add_iprev(&f);
}

/* The room that a value takes in OpenDMARC's buffer, at most: a word and a delimiter each
 * end in a NUL there. */
static size_t
opendmarc_size(const struct str *value)
{
	size_t n = value->n;

	for (size_t i = 0; i < value->n; i++)
		if (strchr(".;=", value->p[i]) != NULL)
			n += 2;
	return n;
}

struct slice
authres_fit(const struct mail_object *mail, const struct results *results,
	const char *authserv_id)
{
	struct str value = STR_POOL(mail->pool);

	for (int detail = AUTHRES_FULL; detail <= AUTHRES_NEEDED; detail++) {
		struct authres authres = { .authserv_id = slice_of(authserv_id) };

		authres_of(mail, results, (enum authres_detail)detail, &authres);
		str_cut(&value, 0);
		str_addc(&value, ' ');
		authres_print(&authres, &value);
		if (opendmarc_size(&value) < READER_BYTES &&
			authres.results.n <= READER_RESULTS)
			break;
	}
	return str_slice(&value);
}
