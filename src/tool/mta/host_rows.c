/*
 * A host below the domain that has the key sends as itself, too: bounces, cron. Such
 * mail is signed only where a row says so.
 */
#include "base/base.h"
#include "tool/mta/mta.h"

#include "config/policy.h"
#include "mail/domain.h"
#include "tool/tool.h"

/* Is there a signature for an author at this host? */
static bool
is_signed(const struct mta *mta, const char *host)
{
	struct address author = { .local = SLICE_LIT("MAILER-DAEMON"), .domain = host };
	struct signing_plan plan = { 0 };

	return policy_signings(mta->tool->policy, mta->tool->pool, &author, NULL, &plan) !=
	       ROW_ABSENT;
}

/* The row of a domain above the host whose key could do it; NULL: there is none. */
static const struct key_row *
row_above(const struct mta *mta, const char *host)
{
	const struct keytable *keys = mta->tool->policy->keys;
	struct asker asker = { .pool = mta->tool->pool };
	const struct key_domain *d;

	for (const char *dot = strchr(host, '.'); dot != NULL;
		dot = strchr(dot + 1, '.')) {
		(void)keytable_domain(keys, &asker, dot + 1, &d);
		if (d != NULL && d->signing.n > 0)
			return d->signing.v[0];
	}
	return NULL;
}

void
mta_check_host_key(struct mta *mta, const char *id, const char *name)
{
	const struct policy *policy = mta->tool->policy;
	struct pool *pool = mta->tool->pool;
	const struct key_row *row;
	const char *host, *remedy;

	if (policy->opt.mode == MODE_SHADOW || !(policy->opt.mode & MODE_SIGN) ||
		keytable_rows(policy->keys)->n == 0 || name == NULL ||
		strchr(name, '.') == NULL ||
		domain_parse(pool, slice_of(name), &host) != NULL || is_signed(mta, host))
		return;
	mta_add(mta, FINDING_WARNING, id,
		pool_printf(pool,
			_("mail of this host itself (bounces, cron: MAILER-DAEMON@%s, "
			  "root@%s) has no key: it leaves unsigned"),
			host, host));
	row = row_above(mta, host);
	if (policy->signing != NULL && row != NULL)
		remedy = pool_printf(pool,
			_("add a row to SigningTable: %s %s in a file:, *@%s %s in a "
			  "refile:, and subdomains=yes to the row of the key (%s)"),
			host, row->name, host, row->name, row->where);
	else if (row != NULL)
		remedy = pool_printf(pool,
			_("add subdomains=yes to the row of %s (%s), and reload us"),
			row->domain, row->where);
	else
		remedy = pool_printf(pool,
			_("make a key with `sekimori keygen %s --add`, publish the "
			  "record that it prints, and reload us"),
			host);
	mta_remedy(mta, row != NULL ? "subdomains=yes" : _("a key for this host's name"),
		remedy, NULL);
}
