/*
 * From an author to signatures. With a SigningTable, OpenDKIM's rules decide which rows
 * of the key table sign; without one, the rows of the author's own domain, else of the
 * nearest domain above that allows it. Only then is asked whether this user may use the
 * domain. A row that is out of service, or whose key cannot be read, is a failure where
 * no other row of its domain signs, never a reason to send unsigned.
 */
#include "base/base.h"
#include "config/policy.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/str.h"
#include "config/patterns.h"
#include "crypto/keyref.h"
#include "mail/domain.h"

/* A signature that should be made and cannot be. */
struct lost {
	const char *domain; /* its d=; NULL: not known */
	const struct reason *reason;
};

/* One author's search. */
struct plan_maker {
	const struct policy *policy;
	struct pool *pool;
	const struct address *author;
	const char *auth_user;
	struct signing_plan *plan;
	struct asker asker;
	VEC(struct lost) lost;
};

/* "%" becomes the author's domain. It is a checked name: no slash, no "..". */
static const char *
with_domain(struct pool *pool, const char *text, const char *domain)
{
	struct str out = STR_POOL(pool);

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '%')
			str_add(&out, domain);
		else
			str_addc(&out, *p);
	}
	return out.p;
}

/* NULL: the row does not say anything against this user. */
static const struct reason *
login_refusal(const struct plan_maker *m, const struct key_row *row)
{
	struct slice user, domain;
	const char *author = m->author->domain, *own;
	static const char *const names[] = { NULL, "*" };

	if (m->auth_user == NULL || row->login == LOGIN_ANY)
		return NULL;
	if (row->login == LOGIN_SAME_DOMAIN) {
		if (slice_cut(slice_of(m->auth_user), '@', &user, &domain) &&
			domain_parse(m->pool, domain, &own) == NULL &&
			strcmp(own, author) == 0)
			return NULL;
		return reason_make(m->pool,
			"login=same-domain (%s): user '%s' is not of the domain %s",
			row->login_where, m->auth_user, author);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *name = names[i] != NULL ? names[i] : m->auth_user;
		const struct words *domains = map_get(row->login_users, slice_of(name));

		if (domains != NULL && words_have(domains, slice_of(author)))
			return NULL;
	}
	return reason_make(m->pool, "login=%s (%s): user '%s' may not write as %s",
		row->login_file, row->login_where, m->auth_user, author);
}

static void
plan_lose(struct plan_maker *m, const char *domain, const char *where,
	const struct reason *bad)
{
	if (domain != NULL && strcmp(domain, "%") == 0)
		domain = m->author->domain;
	*vec_add(m->pool, &m->lost) = (struct lost){ domain,
		reason_make(m->pool, "%s: %p", where, reason_copy(m->pool, bad)) };
}

/* i=, where it lies within d= (else OpenDKIM leaves it out too). */
static const char *
identity_of(const struct plan_maker *m, const struct signing_row *via, const char *d)
{
	const char *text, *at, *domain;

	if (via == NULL || via->signer == NULL)
		return NULL;
	text = with_domain(m->pool, via->signer, m->author->domain);
	at = strrchr(text, '@');
	if (domain_parse(m->pool, slice_of(at != NULL ? at + 1 : text), &domain) !=
			NULL ||
		!domain_is_within(domain, d))
		return NULL;
	return pool_printf(
		m->pool, "%.*s@%s", at != NULL ? (int)(at - text) : 0, text, domain);
}

/* The key itself: of the row, or of the file that its "%" names now. */
static const struct keyref *
row_key_now(struct plan_maker *m, const struct key_row *row)
{
	const struct policy *policy = m->policy;
	struct keystore_params store = { policy->signer, &policy->user,
		policy->opt.require_safe_keys };
	const struct keyref *key = row->key;
	const struct reason *bad;
	const char *path;

	if (key != NULL || row->key_path == NULL)
		return key;
	path = with_domain(m->pool, row->key_path, m->author->domain);
	bad = keyfile_load(m->pool, path, &store, &key);
	if (bad == NULL)
		return key;
	plan_lose(m, row->domain, row->where, bad);
	return NULL;
}

/* Would it be the same signature again? Several rows may lead to one key, and a selector
 * has one of a type. */
static bool
plan_has(const struct signing_plan *plan, const struct signing *signing)
{
	for (size_t i = 0; i < plan->rows.n; i++)
		if (plan->rows.v[i].key->type == signing->key->type &&
			strcmp(plan->rows.v[i].domain, signing->domain) == 0 &&
			strcmp(plan->rows.v[i].selector, signing->selector) == 0)
			return true;
	return false;
}

static const struct reason *
says_no(const struct plan_maker *m, const struct key_row *row)
{
	return reason_make(m->pool, "%s says sign=no", row->where);
}

/* via: the row of the signing table that led here, or NULL. */
static void
plan_add(struct plan_maker *m, const struct key_row *row, const struct signing_row *via)
{
	bool own = row->domain != NULL && strcmp(row->domain, "%") == 0;
	struct signing signing = {
		.domain = own ? m->author->domain : row->domain,
		.selector = row->selector,
		.canon = row->canon,
		.expire = row->expire,
		.row = row,
		.where = via != NULL ? via->where : row->where,
	};
	const struct reason *refusal = login_refusal(m, row);

	if (row->bad != NULL) {
		plan_lose(m, row->domain, row->where, row->bad);
		return;
	}
	if (!row->sign)
		refusal = says_no(m, row);
	if (refusal != NULL) {
		m->plan->reason = refusal;
		return;
	}
	signing.identity = identity_of(m, via, signing.domain);
	signing.key = row_key_now(m, row);
	if (signing.key != NULL && !plan_has(m->plan, &signing))
		*vec_add(m->pool, &m->plan->rows) = signing;
}

/* A table has no answer: whatever else was found, what is missing may be what counts. */
static void
plan_unknown(struct plan_maker *m)
{
	m->plan->no_answer = true;
	m->plan->reason = m->asker.why;
}

/* What one row of the signing table leads to. */
static void
plan_by_row(struct plan_maker *m, const struct signing_row *via)
{
	const char *name = with_domain(m->pool, via->key_name, m->author->domain);
	const struct key_row *row = NULL;
	enum found found;

	if (via->bad != NULL) {
		plan_lose(m, NULL, via->where, via->bad);
		return;
	}
	found = keytable_name(m->policy->keys, &m->asker, slice_of(name), &row);
	if (found == ROW_UNAVAILABLE && row == NULL)
		plan_unknown(m);
	else if (found == ROW_UNAVAILABLE ||
		 (found == ROW_FOUND && row->selector != NULL))
		plan_add(m, row, via);
	else
		m->plan->reason = reason_make(m->pool,
			"%s names the key '%s', and the key table has no such row",
			via->where, name);
	/* With "%" some authors have a row, and others none; any other NAME is a row's.
	 */
	if ((found == ROW_ABSENT || (found == ROW_FOUND && row->selector == NULL)) &&
		strcmp(via->key_name, "%") != 0)
		*vec_add(m->pool, &m->lost) = (struct lost){ NULL, m->plan->reason };
}

static void
plan_by_signing_table(struct plan_maker *m)
{
	const struct policy *policy = m->policy;
	struct signing_rows rows;
	enum found found = signingtable_find(policy->signing, &m->asker, m->author,
		policy->opt.multiple_signatures, &rows);

	if (found == ROW_UNAVAILABLE)
		plan_unknown(m);
	if (found == ROW_ABSENT)
		m->plan->reason = reason_make(m->pool,
			"no row of the signing table matches %.*s@%s",
			SLICE_ARG(m->author->local), m->author->domain);
	for (size_t i = 0; i < rows.n && !m->plan->no_answer; i++)
		plan_by_row(m, rows.v[i]);
}

/* No row signs for it. Where the author's domain has keys that shall not, or one above
 * has some, the administrator believes that they do: what is missing stands in a row, or
 * in an option when there is no table.
 */
static const struct reason *
no_key_reason(struct plan_maker *m)
{
	const char *author = m->author->domain;
	const struct key_domain *own, *above;

	(void)keytable_domain(m->policy->keys, &m->asker, author, &own);
	for (size_t i = 0; own != NULL && i < own->all.n; i++)
		if (own->all.v[i]->selector != NULL && !own->all.v[i]->sign)
			return says_no(m, own->all.v[i]);

	for (const char *name = domain_parent(author); name != NULL;
		name = domain_parent(name)) {
		(void)keytable_domain(m->policy->keys, &m->asker, name, &above);
		if (above != NULL && above->signing.n > 0)
			return reason_make(m->pool,
				"the key table has no key for %s, and those of %s are "
				"not for names below it: %p",
				author, name,
				m->policy->opt.key_table == NULL
					? REASON("SubDomains is no")
					: reason_make(m->pool, "%s has no subdomains=yes",
						  above->signing.v[0]->where));
	}
	return reason_make(m->pool, "the key table has no key for %s", author);
}

static void
plan_by_key_table(struct plan_maker *m)
{
	const struct key_domain *domain;
	enum found found =
		keytable_author(m->policy->keys, &m->asker, m->author->domain, &domain);

	if (found == ROW_ABSENT)
		m->plan->reason = no_key_reason(m);
	else if (domain == NULL)
		plan_unknown(m);
	if (domain == NULL)
		return;
	if (domain->never != NULL) {
		m->plan->reason = says_no(m, domain->never);
		return;
	}
	for (size_t i = 0; i < domain->signing.n; i++)
		plan_add(m, domain->signing.v[i], NULL);
	for (size_t i = 0; i < domain->lost.n; i++)
		plan_add(m, domain->lost.v[i], NULL);
}

/* Is there a signature that does for the author what the lost one should have done? */
static bool
is_made_up_for(const struct plan_maker *m, const struct lost *lost)
{
	for (size_t i = 0; i < m->plan->rows.n; i++) {
		const char *domain = m->plan->rows.v[i].domain;

		if (lost->domain != NULL ? strcmp(domain, lost->domain) == 0
		                         : domain_is_within(m->author->domain, domain))
			return true;
	}
	return false;
}

/* What is lost is made up for by another row of the same domain, or the message stays. */
static void
plan_settle(struct plan_maker *m)
{
	struct signing_plan *plan = m->plan;

	if (plan->no_answer) {
		plan->failed = true;
		plan->rows.n = 0;
		return;
	}
	if (plan->rows.n > 0)
		plan->reason = NULL;
	for (size_t i = 0; i < m->lost.n; i++) {
		if (is_made_up_for(m, &m->lost.v[i])) {
			if (plan->left_out == NULL)
				plan->left_out = reason_make(
					m->pool, "not signed by %p", m->lost.v[i].reason);
			continue;
		}
		plan->failed = true;
		plan->reason = m->lost.v[i].reason;
		plan->rows.n = 0;
		plan->left_out = NULL;
		return;
	}
}

/* Some verifiers stop at the first signature, and not all know Ed25519: RSA goes on top.
 * Beyond that the table's order stays. */
static void
plan_sort(struct signing_plan *plan)
{
	for (size_t i = 1; i < plan->rows.n; i++)
		for (size_t k = i; k > 0; k--) {
			struct signing *a = &plan->rows.v[k - 1], *b = &plan->rows.v[k];
			struct signing swap = *a;

			if (a->key->type == KEY_RSA || b->key->type != KEY_RSA)
				break;
			*a = *b;
			*b = swap;
		}
}

enum found
policy_signings(const struct policy *policy, struct pool *pool,
	const struct address *author, const char *auth_user, struct signing_plan *plan)
{
	struct plan_maker m = { policy, pool, author, auth_user, plan, { pool, NULL },
		VEC_INIT };

	*plan = (struct signing_plan){ .reason = NULL };
	if (author->domain == NULL) {
		plan->reason = REASON("the author's address has no domain");
		return ROW_ABSENT;
	}
	if (policy->signing != NULL)
		plan_by_signing_table(&m);
	else
		plan_by_key_table(&m);
	plan_settle(&m);
	plan_sort(plan);
	return plan->failed ? ROW_UNAVAILABLE : plan->rows.n > 0 ? ROW_FOUND : ROW_ABSENT;
}

const char *
policy_key_hint(
	const struct policy *policy, struct pool *pool, const struct address *author)
{
	struct asker asker = { .pool = pool };
	const struct key_domain *domain;
	struct signing_rows rows;

	if (author->domain == NULL)
		return NULL;
	if (policy->signing != NULL) {
		(void)signingtable_find(policy->signing, &asker, author, false, &rows);
		return rows.n > 0 ? rows.v[0]->where : NULL;
	}
	(void)keytable_author(policy->keys, &asker, author->domain, &domain);
	if (domain == NULL)
		return NULL;
	if (domain->signing.n > 0)
		return domain->signing.v[0]->where;
	return domain->lost.n > 0 ? domain->lost.v[0]->where : NULL;
}

bool
policy_sets_internal(const struct policy *policy)
{
	return OPTION_ORIGIN(&policy->opt, internal).file != NULL;
}

bool
policy_is_exempt(const struct policy *policy, const char *domain)
{
	size_t from = 0;

	return domain != NULL &&
	       patterns_next(policy->exempt, slice_of(domain), &from) != NULL;
}

bool
policy_may_sign_to(const struct policy *policy, const struct address *recipient)
{
	char buf[600];
	int n;
	size_t from = 0;

	if (patterns_count(policy->dont_sign_to) == 0)
		return true;
	n = snprintf(buf, sizeof(buf), "%.*s@%s", SLICE_ARG(recipient->local),
		recipient->domain != NULL ? recipient->domain : "");
	n = MIN(n, (int)sizeof(buf) - 1);
	for (int i = 0; i < n; i++)
		buf[i] = ascii_lower(buf[i]);
	return patterns_next(policy->dont_sign_to, slice_make(buf, (size_t)n), &from) ==
	       NULL;
}
