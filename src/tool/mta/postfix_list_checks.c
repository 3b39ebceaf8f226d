/*
 * Do the lists name us, once, where we listen, in the right place, and so that nothing is
 * lost while we are away?
 */
#include "base/base.h"
#include "tool/mta/postfix.h"

#include "config/policy.h"
#include "tool/mta/milter_order.h"
#include "tool/tool.h"

static void
check_smtpd(struct postfix *pf)
{
	const struct postfix_list *list = &pf->lists.v[LIST_SMTPD];
	const struct milter *ours = mta_ours_in(&list->now);

	if (ours != NULL) {
		if (!postfix_is_elsewhere(pf, list, ours))
			mta_add(&pf->mta, FINDING_GOOD, "postfix.smtpd-milters",
				_("smtpd_milters names us"));
		return;
	}
	if (!list->is_needed)
		return;
	mta_add(&pf->mta, FINDING_FAILURE, "postfix.smtpd-milters",
		pool_printf(pf->pool, _("smtpd_milters does not name us: %s"),
			list->now.n > 0 ? postfix_list_text(pf, &list->now)
					: _("it is empty")));
	mta_remedy(&pf->mta, pf->place, _("name us where we belong in the order"),
		postfix_set_list(pf, list));
}

static void
check_local(struct postfix *pf)
{
	const struct postfix_list *list = &pf->lists.v[LIST_LOCAL];
	const struct milter *ours = mta_ours_in(&list->now);
	bool same;

	if (ours != NULL) {
		if (!postfix_is_elsewhere(pf, list, ours))
			mta_add(&pf->mta, FINDING_GOOD, "postfix.non-smtpd-milters",
				_("non_smtpd_milters names us"));
		return;
	}
	if (!list->is_needed || list->follows)
		return;
	mta_add(&pf->mta, FINDING_WARNING, "postfix.non-smtpd-milters",
		_("non_smtpd_milters does not name us: mail that programs on this host "
		  "hand in is not signed"));
	same = list->now.n == 0 && mta_ours_in(&pf->lists.v[LIST_SMTPD].wanted) != NULL;
	mta_remedy(&pf->mta, same ? "$smtpd_milters" : pf->place,
		same ? _("use the same list") : _("name us where we belong in the order"),
		postfix_set_list(pf, list));
}

/* A service with a list of its own that does not name us. */
static const char *
missed_by(const struct postfix *pf, const struct postfix_list *list)
{
	if (postfix_has_signer(&list->now))
		return pool_printf(pf->pool,
			_("the service %s (master.cf) has its own smtpd_milters, with a "
			  "signer, and does not name us"),
			list->service->name);
	if (postfix_is_public(list->service))
		return pool_printf(pf->pool,
			_("the service %s (master.cf) takes mail from everybody, and its "
			  "own smtpd_milters does not name us: it is not checked"),
			list->service->name);
	return pool_printf(pf->pool,
		_("the service %s (master.cf) takes mail of users, and its own "
		  "smtpd_milters does not name us: it is not signed"),
		list->service->name);
}

/* Nothing to mend: a port that somebody keeps to himself. */
static void
report_empty(struct postfix *pf, const struct postfix_list *list)
{
	mta_add(&pf->mta, FINDING_INFO, "postfix.submission",
		pool_printf(pf->pool,
			_("the service %s (master.cf) has an empty smtpd_milters of its "
			  "own: its mail is neither checked nor signed"),
			list->service->name));
}

void
postfix_check_lists(struct postfix *pf)
{
	check_smtpd(pf);
	check_local(pf);
	for (size_t i = LIST_OWN; i < pf->lists.n; i++) {
		const struct postfix_list *list = &pf->lists.v[i];

		if (list->is_empty_on_purpose && !list->is_needed)
			report_empty(pf, list);
		if (!list->is_needed || mta_ours_in(&list->now) != NULL)
			continue;
		mta_add(&pf->mta, FINDING_FAILURE,
			postfix_is_public(list->service) ? "postfix.public"
							 : "postfix.submission",
			missed_by(pf, list));
		mta_remedy(&pf->mta, pf->place, _("name us there, or drop the override"),
			postfix_set_list(pf, list));
	}
}

/* What is wrong with the places in a list, or NULL. */
static const char *
what_is_wrong(const struct postfix *pf, const struct milters *now)
{
	struct milters sorted;
	size_t ours = 0;

	milter_order_sort(&pf->mta, now, &sorted);
	for (size_t i = 0; i < now->n; i++)
		ours += now->v[i].is_ours;
	if (ours > 1)
		return _("we are named twice, and asked twice");
	if (milter_order_is_twice(&pf->mta, now))
		return _("OpenDKIM signs with the same key, and has to stand before us");
	for (size_t i = 0; i < now->n; i++)
		if (strcmp(now->v[i].text, sorted.v[i].text) != 0)
			return _("what changes a message has to stand behind who checks "
				 "and before who signs");
	return NULL;
}

void
postfix_check_order(struct postfix *pf)
{
	for (size_t i = 0; i < pf->lists.n; i++) {
		const struct postfix_list *list = &pf->lists.v[i];
		const char *bad = what_is_wrong(pf, &list->now);

		if (mta_ours_in(&list->now) == NULL || list->now.n < 2 || list->follows)
			continue;
		if (bad == NULL) {
			mta_add(&pf->mta, FINDING_GOOD, "postfix.order",
				pool_printf(pf->pool,
					_("%s: who checks stands first, who signs last"),
					list->name));
			continue;
		}
		mta_add(&pf->mta, FINDING_WARNING, "postfix.order",
			pool_printf(pf->pool, "%s: %s: %s", list->name,
				postfix_list_text(pf, &list->now), bad));
		mta_remedy(&pf->mta, postfix_list_text(pf, &list->wanted),
			_("verify first, change next, sign last"),
			postfix_set_list(pf, list));
	}
}

static void
check_protocols(struct postfix *pf)
{
	const char *protocols = postfix_value(pf, "inet_protocols");
	int family = postfix_family(&pf->mta.socket);
	const char *own = family == 6 ? "ipv6" : "ipv4";

	if (family == 0 || protocols[0] == '\0' || strstr(protocols, "all") != NULL ||
		strstr(protocols, own) != NULL)
		return;
	mta_add(&pf->mta, FINDING_FAILURE, "postfix.address",
		pool_printf(pf->pool,
			_("inet_protocols is %s: Postfix does not connect to our socket "
			  "at %s"),
			protocols, pf->mta.socket.host));
	mta_remedy(&pf->mta, family == 6 ? "127.0.0.1" : "::1",
		pool_printf(pf->pool, _("write Socket inet:%s@%s in our configuration"),
			pf->mta.socket.port, family == 6 ? "127.0.0.1" : "[::1]"),
		NULL);
}

/* "localhost" may be either, and Postfix tries both. */
void
postfix_check_family(struct postfix *pf)
{
	check_protocols(pf);
	for (size_t i = 0; i < pf->lists.n; i++) {
		const struct postfix_list *list = &pf->lists.v[i];
		const struct milter *ours = mta_ours_in(&list->now);

		if (ours == NULL || list->follows ||
			!postfix_is_elsewhere(pf, list, ours))
			continue;
		mta_add(&pf->mta, FINDING_FAILURE, "postfix.address",
			ours->end.kind == ENDPOINT_LOCAL &&
					mta_is_same(&pf->mta, &ours->end, &pf->mta.socket)
				? pool_printf(pf->pool,
					  _("%s names us at %s, which smtpd does not "
					    "reach from its chroot"),
					  list->name, ours->text)
				: pool_printf(pf->pool,
					  _("%s names us at %s, and we listen at %s"),
					  list->name, ours->text,
					  pf->mta.tool->policy->opt.socket));
		mta_remedy(&pf->mta, pf->place, _("name us at this place"),
			postfix_set_list(pf, list));
	}
}

static const char *
what_it_does(const struct postfix *pf, const char *where, const char *action)
{
	if (pf->mta.tool->policy->opt.mode == MODE_SHADOW)
		return pool_printf(pf->pool,
			_("while we are away, mail stops, although Mode shadow touches "
			  "none (%s: default action %s)"),
			where, action);
	if (strcmp(action, "accept") == 0)
		return pool_printf(pf->pool,
			_("while we are away, mail leaves unsigned and comes in "
			  "unchecked "
			  "(%s: default action %s)"),
			where, action);
	return pool_printf(pf->pool,
		_("while we are away, mail is lost or set aside (%s: default action "
		  "%s)"),
		where, action);
}

static const char *
why_this_action(const struct postfix *pf)
{
	return pf->mta.tool->policy->opt.mode == MODE_SHADOW
	               ? _("mail passes, as it does through Mode shadow")
	               : _("nothing is lost by it");
}

/* Do we take the general action somewhere? */
static bool
takes_general(const struct postfix *pf)
{
	for (size_t i = 0; i < pf->lists.n; i++) {
		const struct milter *ours = mta_ours_in(&pf->lists.v[i].wanted);

		if (ours != NULL && ours->action == NULL)
			return true;
	}
	return false;
}

/* The action that is written for us, or that we share with others. False: it is good. */
static bool
has_bad_action(struct postfix *pf, const struct postfix_list *list, const char *general)
{
	const struct milter *ours = mta_ours_in(&list->now);
	const char *action;

	if (ours == NULL || list->follows)
		return false;
	action = ours->action != NULL ? ours->action : general;
	if (postfix_is_good_action(pf, action) ||
		(ours->action == NULL && !pf->wants_own_action))
		return false;
	mta_add(&pf->mta, FINDING_WARNING, "postfix.default-action",
		what_it_does(pf, list->name, action));
	/* A list of several milters keeps what the others have. */
	mta_remedy(&pf->mta,
		pool_printf(pf->pool, "default_action=%s", postfix_action(pf)),
		why_this_action(pf), postfix_set_list(pf, list));
	return true;
}

void
postfix_check_action(struct postfix *pf)
{
	const char *general = postfix_value(pf, "milter_default_action");
	const struct milter *ours = NULL;
	bool bad = false;

	for (size_t i = 0; i < pf->lists.n; i++) {
		bad |= has_bad_action(pf, &pf->lists.v[i], general);
		ours = ours != NULL ? ours : mta_ours_in(&pf->lists.v[i].now);
	}
	if (!postfix_is_good_action(pf, general) && !pf->wants_own_action &&
		takes_general(pf)) {
		mta_add(&pf->mta, FINDING_WARNING, "postfix.default-action",
			what_it_does(pf, "main.cf", general));
		mta_remedy(&pf->mta, postfix_action(pf), why_this_action(pf),
			postfix_set(pf, "milter_default_action", postfix_action(pf)));
		return;
	}
	if (bad || ours == NULL)
		return;
	general = ours->action != NULL ? ours->action : general;
	mta_add(&pf->mta, FINDING_GOOD, "postfix.default-action",
		strcmp(general, "accept") == 0
			? _("while we are away, mail passes (accept), as it does in Mode "
			    "shadow")
			: pool_printf(pf->pool,
				  _("while we are away, clients are asked to come again "
				    "(%s)"),
				  general));
}

/* One milter that is not there: what Postfix then does with mail. */
static void
report_away(struct postfix *pf, const struct postfix_list *list, const struct milter *m,
	const char *why)
{
	const char *action = m->action != NULL
	                             ? m->action
	                             : postfix_value(pf, "milter_default_action");
	bool passes = strcmp(action, "accept") == 0;

	mta_add(&pf->mta, passes ? FINDING_WARNING : FINDING_FAILURE, "postfix.away",
		pool_printf(pf->pool,
			passes ? _("%s names %s, where nobody answers (%s): mail passes "
				   "without it (default action %s)")
			       : _("%s names %s, where nobody answers (%s): all mail "
				   "stops there (default action %s)"),
			list->name, m->text, why, action));
	mta_remedy(&pf->mta, _("a milter that answers"),
		m->is_off ? pool_printf(pf->pool,
				    _("the service of %s is disabled: take its place out "
				      "of "
				      "the list"),
				    m->name)
		: m->name != NULL
			? pool_printf(pf->pool,
				  _("start %s, or take its place out of the list"),
				  m->name)
			: _("start it, or take the place out of the list"),
		m->is_off ? postfix_live(pf, postfix_set_list(pf, list)) : NULL);
}

void
postfix_check_away(struct postfix *pf)
{
	struct words seen = VEC_INIT;

	for (size_t i = 0; i < pf->lists.n; i++) {
		const struct postfix_list *list = &pf->lists.v[i];

		for (size_t k = 0; k < list->now.n; k++) {
			const struct milter *m = &list->now.v[k];

			if (m->away == NULL || list->follows ||
				(!m->is_off && words_have(&seen, slice_of(m->text))))
				continue;
			*vec_add(pf->pool, &seen) = m->text;
			report_away(pf, list, m, m->away);
		}
	}
}
