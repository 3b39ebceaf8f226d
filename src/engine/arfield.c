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
#include "engine/arfield.h"

#include "auth/dkim_verify.h"
#include "auth/dmarc.h"
#include "auth/iprev.h"
#include "auth/spf.h"
#include "base/ascii.h"
#include "engine/state.h"
#include "mail/authres.h"

enum { READER_BYTES = 1024, READER_RESULTS = 16 };
/* Results of signatures that were not examined: more would be too long for it anyhow. */
enum { IDLE_MAX = 16 };

/* How much is said. Each step leaves out what the next reader needs least: at last all
 * but what DMARC rests on, and of that the names. */
enum fullness {
	FULL,
	TERSE,  /* no reasons; one signature that was not examined stands for such */
	PASSES, /* signatures that passed */
	NEEDED,
};

struct field {
	struct pool *pool;
	struct authres authres;
	enum fullness fullness;
};

/* Some readers of the field end a quoted string at a quote that a backslash stands
 * before, and take what is behind it for syntax: a HELO name or a record could write
 * results of its own for them (S7). Some read ASCII alone, and nothing of a field that
 * has more. */
static bool
is_for_all(char c)
{
	return c != '"' && c != '\\' && !ascii_is_8bit(c);
}

/* A reason with other characters in the place of such; it may quote what a domain's owner
 * wrote. */
static struct slice
reason_for_all(struct pool *pool, const char *reason)
{
	char *text = pool_strdup(pool, reason);

	for (char *p = text; *p != '\0'; p++)
		if (!is_for_all(*p))
			*p = *p == '"' ? '\'' : '?';
	return slice_of(text);
}

/* A result with its reason: only pass and none go without one. */
static struct authres_result *
add(struct field *f, const char *method, const struct outcome *outcome)
{
	struct authres_result *r =
		authres_add(f->pool, &f->authres, method, auth_code_name(outcome->code));

	if (outcome->reason != NULL && outcome->code != AUTH_PASS &&
		outcome->code != AUTH_NONE && f->fullness == FULL)
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
add_login(struct field *f, const struct txn *txn)
{
	struct authres_result *r;

	if (!txn->results.route.authenticated || txn->auth_user == NULL)
		return;
	r = authres_add(f->pool, &f->authres, "auth", "pass");
	property_text(f, r, "smtp", "auth", txn->auth_user);
}

/* SPF-38: the identity that was judged names the property. The domain alone is shown:
 * the local part is nobody's business (AR-7). HELO stands for the null sender. */
static void
add_spf(struct field *f, const struct txn *txn)
{
	const struct spf_result *spf = txn->results.spf, *helo = txn->results.spf_helo;
	struct authres_result *r;

	if (spf != NULL && !spf->null_sender) {
		r = add(f, "spf", &spf->outcome);
		property(f, r, "smtp", "mailfrom",
			spf->domain != NULL ? slice_of(spf->domain) : txn->mail_from);
	}
	if (helo != NULL && (f->fullness < NEEDED || (spf != NULL && spf->null_sender))) {
		r = add(f, "spf", &helo->outcome);
		property(f, r, "smtp", "helo",
			helo->domain != NULL ? slice_of(helo->domain)
					     : txn->session->helo);
	}
}

static void
add_signature(struct field *f, const struct dkim_result *sig)
{
	struct authres_result *r = add(f, "dkim", &sig->outcome);

	property_text(f, r, "header", "d", sig->domain);
	if (f->fullness == NEEDED)
		return;
	if (f->fullness == FULL)
		property(f, r, "header", "i", sig->identity);
	property_text(f, r, "header", "s", sig->selector);
	if (f->fullness == FULL)
		property_text(f, r, "header", "a", sig->algorithm);
	property(f, r, "header", "b", sig->b_short);
}

/* The signature that DMARC rests on, if it rests on one. */
static void
add_signer(struct field *f, const struct txn *txn)
{
	const struct dkim_results *dkim = txn->results.dkim;
	const char *signer =
		txn->results.dmarc != NULL ? txn->results.dmarc->signer : NULL;

	for (size_t i = 0; signer != NULL && i < dkim->n; i++)
		if (dkim->v[i].outcome.code == AUTH_PASS &&
			strcmp(dkim->v[i].domain, signer) == 0) {
			add_signature(f, &dkim->v[i]);
			return;
		}
}

/* One result a signature, in their order. */
static void
add_dkim(struct field *f, const struct txn *txn)
{
	const struct dkim_results *dkim = txn->results.dkim;
	size_t idle = f->fullness == FULL ? 0 : IDLE_MAX - 1;

	if (dkim == NULL)
		return;
	if (dkim->n == 0)
		authres_add(f->pool, &f->authres, "dkim", "none");
	if (f->fullness == NEEDED) {
		add_signer(f, txn);
		return;
	}
	for (size_t i = 0; i < dkim->n; i++) {
		const struct dkim_result *sig = &dkim->v[i];

		if (f->fullness == PASSES ? sig->outcome.code == AUTH_PASS
					  : sig->examined || idle++ < IDLE_MAX)
			add_signature(f, sig);
	}
}

/* DM-32: the policy that holds after t=, not what we made of it. */
static void
add_dmarc(struct field *f, const struct txn *txn)
{
	const struct dmarc_result *dmarc = txn->results.dmarc;
	struct authres_result *r;

	if (dmarc == NULL)
		return;
	r = add(f, "dmarc", &dmarc->outcome);
	property_text(f, r, "header", "from", dmarc->from_domain);
	property_text(f, r, "policy", "dmarc", dmarc_policy_name(dmarc->applied));
}

static void
add_iprev(struct field *f, const struct txn *txn)
{
	char ip[IP_TEXT_SIZE];
	struct authres_result *r;

	if (txn->results.iprev == NULL || f->fullness == NEEDED)
		return;
	r = add(f, "iprev", &txn->results.iprev->outcome);
	property_text(f, r, "policy", "iprev",
		pool_strdup(f->pool, ip_print(&txn->session->client, ip)));
}

/* The room that a value takes in OpenDMARC's buffer, at most: a word and a delimiter each
 * end in a NUL there. */
static size_t
weight(const struct str *value)
{
	size_t n = value->n;

	for (size_t i = 0; i < value->n; i++)
		if (strchr(".;=", value->p[i]) != NULL)
			n += 2;
	return n;
}

/* Prints the whole value. False: it would be too much for OpenDMARC. */
static bool
print(struct txn *txn, const char *id, enum fullness fullness, struct str *value)
{
	struct field f = { .pool = txn->pool, .fullness = fullness };

	f.authres.authserv_id = slice_of(id);
	add_login(&f, txn);
	add_spf(&f, txn);
	add_dkim(&f, txn);
	add_dmarc(&f, txn);
	add_iprev(&f, txn);
	str_cut(value, 0);
	str_addc(value, ' ');
	authres_print(&f.authres, value);
	return weight(value) < READER_BYTES && f.authres.results.n <= READER_RESULTS;
}

struct slice
arfield_print(struct txn *txn, const char *queue_id)
{
	struct str value = STR_POOL(txn->pool);
	const char *id = txn_authserv_id(txn);
	int fullness = FULL;

	if (txn->policy->opt.authserv_id_with_job_id && queue_id != NULL)
		id = pool_printf(txn->pool, "%s/%s", id, queue_id);
	while (!print(txn, id, (enum fullness)fullness, &value) && fullness < NEEDED)
		fullness++;
	txn->results.authentication_results = value.p;
	return str_slice(&value);
}
