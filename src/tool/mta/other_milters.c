/*
 * OpenDKIM and OpenDMARC in the lists of a mail server, and what they and we are to each
 * other there. In which list, and in which order, is known only here: the daemon knows
 * but the configurations (config/opendkim_peer.h).
 */
#include "base/base.h"
#include "tool/mta/mta.h"

#include "base/shell.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/mta/milter_catalogue.h"
#include "tool/mta/milter_order.h"
#include "tool/tool.h"

/* Is one of this name in a list? */
static bool
is_named(const char *name, const struct milters *const lists[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < lists[i]->n; k++)
			if (lists[i]->v[k].name != NULL && lists[i]->v[k].away == NULL &&
				strcmp(lists[i]->v[k].name, name) == 0)
				return true;
	return false;
}

/* Adds a line to our configuration, where the last of a name counts; NULL: there is no
 * file. */
static const char *
append_line(struct mta *mta, const char *name, const char *value)
{
	struct pool *pool = mta->tool->pool;
	const char *file = mta->tool->policy->file;

	if (file == NULL)
		return NULL;
	mta->changes++;
	return pool_printf(pool, "printf '\\n%s %%s\\n' %s >>%s", name,
		shell_quote(pool, value), shell_quote(pool, file));
}

/* A name that OpenDKIM cannot have by chance; NULL: ours is chosen already, or the mail
 * server's is not known, or is none. */
static const char *
name_to_choose(const struct mta *mta)
{
	const struct policy *policy = mta->tool->policy;
	const char *host;

	if (policy->opt.authserv_id != NULL || policy->file == NULL ||
		mta->host == NULL ||
		domain_parse(mta->tool->pool, slice_of(mta->host), &host) != NULL)
		return NULL;
	return pool_printf(mta->tool->pool, "sekimori.%s", mta->host);
}

static void
check_one_name(struct mta *mta, const char *id)
{
	struct pool *pool = mta->tool->pool;
	const char *name = name_to_choose(mta), *command = NULL;

	mta_add(mta, FINDING_FAILURE, id,
		pool_printf(pool,
			_("OpenDKIM (%s) checks mail too, and writes its results under "
			  "the same name: each removes the other's"),
			mta->opendkim.at.conf));
	/* A second AuthservID in the file would be one too many. */
	if (name != NULL)
		command = append_line(mta, "AuthservID", name);
	mta_remedy(mta, _("one of them, or two names"),
		_("set AuthservID in one of the two configurations, write Mode s in "
		  "OpenDKIM's, or take OpenDKIM out of the list of milters"),
		command);
}

static void
check_one_key(struct mta *mta, const char *id, bool is_twice)
{
	struct pool *pool = mta->tool->pool;
	const struct opendkim_peer *b = &mta->opendkim;

	if (!is_twice) {
		mta_add(mta, FINDING_GOOD, id,
			pool_printf(pool,
				_("OpenDKIM (%s) signs with the same key (%s), before "
				  "us: what it has signed is not signed again"),
				b->at.conf, b->same_key));
		return;
	}
	mta_add(mta, FINDING_FAILURE, id,
		pool_printf(pool,
			_("OpenDKIM (%s) signs with the same key (%s), behind us: "
			  "messages get two signatures of it, since it signs what is "
			  "signed"),
			b->at.conf, b->same_key));
	mta_remedy(mta, _("one signature of a key"),
		_("write Mode v in OpenDKIM's configuration or take it out of the list "
		  "of milters, then we sign alone; or put OpenDKIM before us, then we "
		  "sign what it has not signed"),
		NULL);
}

static void
check_two_signers(struct mta *mta, const char *id)
{
	struct pool *pool = mta->tool->pool;
	const struct opendkim_peer *b = &mta->opendkim;

	if (b->has_no_rows) {
		mta_add(mta, FINDING_WARNING, id,
			pool_printf(pool,
				_("OpenDKIM (%s) signs too; with which keys cannot be "
				  "seen"),
				b->at.conf));
		mta_remedy(mta, _("other selectors than ours"),
			_("run this as root; with the same selector, OpenDKIM has to "
			  "stand before us"),
			NULL);
		return;
	}
	mta_add(mta, FINDING_GOOD, id,
		pool_printf(pool,
			_("OpenDKIM (%s) signs too, with other keys: both signatures "
			  "hold, in either order"),
			b->at.conf));
}

void
mta_check_opendkim(
	struct mta *mta, const char *id, const struct milters *const lists[], size_t n)
{
	const struct opendkim_peer *b = &mta->opendkim;
	unsigned mode = mta->tool->policy->opt.mode;
	bool is_twice = false;

	if (mta->is_opendkim_away || !b->has_socket ||
		mta_is_same(mta, &b->socket, &mta->socket) ||
		!is_named("OpenDKIM", lists, n))
		return;
	for (size_t i = 0; i < n; i++)
		is_twice |= milter_order_is_twice(mta, lists[i]);
	if (opendkim_peer_has_our_id(b, mta->tool->policy, mta->host))
		check_one_name(mta, id);
	if (b->same_key != NULL)
		check_one_key(mta, id, is_twice);
	else if (b->signs && mode != MODE_SHADOW && mode & MODE_SIGN &&
		 keytable_rows(mta->tool->policy->keys)->n > 0)
		check_two_signers(mta, id);
	else if (!opendkim_peer_has_our_id(b, mta->tool->policy, mta->host))
		mta_add(mta, FINDING_GOOD, id,
			pool_printf(mta->tool->pool,
				_("OpenDKIM (%s) is in the list, and not in our way"),
				b->at.conf));
}

/* Whose Received-SPF it believes: the first one must be ours. */
static void
check_received_spf(struct mta *mta, const char *id)
{
	if (mta->tool->policy->opt.received_spf || !opendmarc_takes_spf(mta))
		return;
	mta_add(mta, FINDING_WARNING, id,
		_("OpenDMARC believes the first Received-SPF field more than our "
		  "results, one of the sender's, too: he can pass for anybody"));
	mta_remedy(mta, "ReceivedSPF yes",
		_("write the line in our configuration: then the first one is ours"),
		append_line(mta, "ReceivedSPF", "yes"));
}

/* May RemoveARFrom be this list, and no file or table; and do we take away by the new ids
 * what nobody on this host has written? */
static bool
may_remove(const struct mta *mta, const char *list, struct slice ids)
{
	const struct opendkim_peer *b = &mta->opendkim;
	const char *theirs = b->authserv_id != NULL ? b->authserv_id : mta->host;
	struct slice id;

	while (b->has_socket && b->checks && theirs != NULL && slice_next(&ids, ',', &id))
		if (slice_caseis(id, theirs))
			return false;
	return strpbrk(list, "/:") == NULL;
}

/* Results under other names that it trusts: nobody else removes those of a sender. */
static void
check_other_names(struct mta *mta, const char *id, const char *own)
{
	struct pool *pool = mta->tool->pool;
	const char *now = mta->tool->policy->opt.remove_ar_from;
	const char *others = opendmarc_others(mta, own), *list;

	if (others == NULL)
		return;
	list = now != NULL ? pool_printf(pool, "%s,%s", now, others) : others;
	mta_add(mta, FINDING_WARNING, id,
		pool_printf(pool,
			_("OpenDMARC believes results under %s, too, also those that the "
			  "sender wrote: he can pass for anybody"),
			others));
	mta_remedy(mta, pool_printf(pool, "RemoveARFrom %s", list),
		_("write the line in our configuration, then such fields are removed; or "
		  "have OpenDMARC trust our name alone"),
		may_remove(mta, list, slice_of(others))
			? append_line(mta, "RemoveARFrom", list)
			: NULL);
}

void
mta_check_opendmarc(
	struct mta *mta, const char *id, const struct milters *const lists[], size_t n)
{
	const struct policy *policy = mta->tool->policy;
	const char *own = policy->opt.authserv_id, *line;

	if (!(policy->opt.mode & MODE_VERIFY) || policy->opt.mode == MODE_SHADOW ||
		!is_named("OpenDMARC", lists, n))
		return;
	/* The name that we shall have counts. */
	if (own == NULL && !mta->is_opendkim_away && is_named("OpenDKIM", lists, n) &&
		opendkim_peer_has_our_id(&mta->opendkim, policy, mta->host))
		own = name_to_choose(mta);
	own = own != NULL ? own : mta->host;
	check_received_spf(mta, id);
	check_other_names(mta, id, own);
	if (own == NULL)
		return;
	if ((line = opendmarc_trust(mta, own)) == NULL) {
		mta_add(mta, FINDING_GOOD, id,
			pool_printf(mta->tool->pool,
				_("OpenDMARC trusts results under our name, %s"), own));
		return;
	}
	mta_add(mta, FINDING_WARNING, id,
		pool_printf(mta->tool->pool,
			_("OpenDMARC (%s/opendmarc.conf) does not trust results under "
			  "our name, %s: it judges without them"),
			mta->etc, own));
	mta_remedy(mta, line, _("write the line there, and restart OpenDMARC"), NULL);
}
