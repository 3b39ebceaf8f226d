/*
 * Postfix has a list for mail by SMTP, one for mail of local programs, and any service
 * may have its own. What we propose is made before anything is said: each list with us in
 * it, once, in order, and with an action of our own where the general one would lose mail
 * and is somebody else's, too. So every finding on a list ends in the same command, and
 * after it nothing is left to be found.
 */
#include "base/base.h"
#include "tool/mta/postfix.h"

#include "base/ascii.h"
#include "base/ip.h"
#include "base/str.h"
#include "config/policy.h"
#include "tool/mta/milter_catalogue.h"
#include "tool/mta/milter_order.h"
#include "tool/tool.h"

/* One element: a place, or "{ place, name=value, ... }". */
static void
add_milter(const struct postfix *pf, struct slice text, struct milters *list)
{
	struct milter *milter = vec_add(pf->pool, list);
	struct slice rest = text, part = SLICE_EMPTY;

	*milter = (struct milter){ .text = pool_copy(pf->pool, text) };
	if (slice_starts(text, "{"))
		rest = slice_sub(text, 1, text.n - 2);
	slice_next(&rest, ',', &part);
	mta_place(&pf->mta, slice_trim(part), milter);
	milter->more = slice_trim(rest);
	while (slice_next(&rest, ',', &part)) {
		struct slice name, action;

		if (slice_cut(part, '=', &name, &action) &&
			slice_is(slice_trim(name), "default_action"))
			milter->action = pool_copy(pf->pool, slice_trim(action));
	}
}

void
postfix_parse_list(const struct postfix *pf, const char *text, struct milters *list)
{
	struct slice rest = slice_of(text);

	*list = (struct milters)VEC_INIT;
	while (rest.n > 0) {
		ptrdiff_t close = rest.p[0] == '{' ? slice_find(rest, '}') : -1;
		size_t n = 0;

		if (ascii_is_space(rest.p[0]) || rest.p[0] == ',') {
			rest = slice_from(rest, 1);
			continue;
		}
		if (close > 0)
			n = (size_t)close + 1;
		while (n == 0 || (n < rest.n && rest.p[n - 1] != '}' &&
					 !ascii_is_space(rest.p[n]) && rest.p[n] != ','))
			n++;
		add_milter(pf, slice_sub(rest, 0, n), list);
		rest = slice_from(rest, n);
	}
}

/* The elements with their text as it is written ("$dkim_milter"), where each stands for
 * one. */
static void
keep_words(const struct postfix *pf, const char *raw, struct milters *list)
{
	struct milters written;

	postfix_parse_list(pf, raw != NULL ? raw : "", &written);
	for (size_t i = 0; written.n == list->n && i < list->n; i++)
		list->v[i].text = written.v[i].text;
}

static bool
is_same_list(const struct milters *a, const struct milters *b)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (strcmp(a->v[i].text, b->v[i].text) != 0)
			return false;
	return a->n == b->n;
}

const char *
postfix_list_text(const struct postfix *pf, const struct milters *list)
{
	struct str text = STR_POOL(pf->pool);

	for (size_t i = 0; i < list->n; i++)
		str_addf(&text, "%s%s", i > 0 ? " " : "", list->v[i].text);
	return text.p != NULL ? text.p : "";
}

int
postfix_family(const struct endpoint *end)
{
	struct ip ip;

	if (end->kind == ENDPOINT_LOCAL || strcmp(end->host, "::") == 0)
		return 0;
	if (ip_parse(slice_of(end->host), &ip) != NULL)
		return 0;
	return ip.bits == 128 ? 6 : 4;
}

/* A path from the root of the host on leads a confined smtpd nowhere. */
static bool
is_whole_path(
	const struct postfix *pf, const struct postfix_list *list, const struct milter *m)
{
	bool confined =
		list->service != NULL ? list->service->is_confined : pf->is_confined;

	return confined && m->end.kind == ENDPOINT_LOCAL &&
	       mta_below(m->end.path, pf->mta.base) != NULL;
}

bool
postfix_is_elsewhere(
	const struct postfix *pf, const struct postfix_list *list, const struct milter *m)
{
	int ours = postfix_family(&pf->mta.future), theirs = postfix_family(&m->end);

	return m->is_ours && (!mta_is_same(&pf->mta, &m->end, &pf->mta.future) ||
				     (ours != 0 && theirs != 0 && ours != theirs) ||
				     is_whole_path(pf, list, m));
}

const char *
postfix_action(const struct postfix *pf)
{
	return pf->mta.tool->policy->opt.mode == MODE_SHADOW ? "accept" : "tempfail";
}

bool
postfix_is_good_action(const struct postfix *pf, const char *action)
{
	return strcmp(action, postfix_action(pf)) == 0 ||
	       (strcmp(action, "shutdown") == 0 &&
		       pf->mta.tool->policy->opt.mode != MODE_SHADOW);
}

/* Our element as it should be: its place, its settings, and an action if it needs one. */
static const char *
own_text(
	const struct postfix *pf, const struct postfix_list *list, const struct milter *m)
{
	const char *place = pf->place;
	struct slice rest = m->more, part, name, value;
	struct str text = STR_POOL(pf->pool);
	bool adds = m->action != NULL ? !postfix_is_good_action(pf, m->action)
	                              : pf->wants_own_action;

	if (m->text != NULL && !adds && !postfix_is_elsewhere(pf, list, m))
		return m->text;
	if (m->text == NULL && !adds)
		return place;
	str_addf(&text, "{ %s", place);
	while (slice_next(&rest, ',', &part))
		if (!adds || !slice_cut(part, '=', &name, &value) ||
			!slice_is(slice_trim(name), "default_action"))
			str_addf(&text, ", %.*s", SLICE_ARG(slice_trim(part)));
	if (adds)
		str_addf(&text, ", default_action=%s", postfix_action(pf));
	str_add(&text, " }");
	return m->more.n == 0 && !adds ? place : text.p;
}

/* How a list should be: with us, once, and in order. */
static void
want(const struct postfix *pf, struct postfix_list *list)
{
	bool is_shadow = pf->mta.tool->policy->opt.mode == MODE_SHADOW;
	struct milters made = VEC_INIT;
	bool has_us = false;

	for (size_t i = 0; i < list->now.n; i++) {
		struct milter m = list->now.v[i];

		if ((m.is_ours && (has_us || list->is_barred)) ||
			(m.is_off && !is_shadow))
			continue;
		has_us |= m.is_ours;
		if (m.is_ours)
			m.text = own_text(pf, list, &m);
		*vec_add(pf->pool, &made) = m;
	}
	if (!has_us && list->is_needed) {
		struct milter m = {
			.end = pf->mta.socket, .is_known = true, .is_ours = true
		};

		m.text = own_text(pf, list, &m);
		*vec_add(pf->pool, &made) = m;
	}
	milter_order_sort(&pf->mta, &made, &list->wanted);
}

bool
postfix_has_signer(const struct milters *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].does & DOES_SIGN ||
			(list->v[i].name != NULL &&
				strcmp(list->v[i].name, "OpenDKIM") == 0))
			return true;
	return false;
}

static bool
has_proxy(const struct postfix *pf, const struct postconf_service *s)
{
	const char *proxy = postconf_service_value(&pf->conf, s, "smtpd_proxy_filter");

	return proxy != NULL && proxy[0] != '\0';
}

/* Does mail come by this service that we see by its own list alone? */
static bool
needs_us(const struct postfix *pf, const struct postfix_list *list)
{
	const struct postconf_service *s = list->service;
	unsigned mode = pf->mta.tool->policy->opt.mode;
	enum postfix_back back = postfix_back_of(pf, s);

	if (back == BACK_IN || back == BACK_UNCLEAR)
		return false;
	if (postfix_has_signer(&list->now) || (back == BACK_OUT && mode & MODE_SIGN))
		return true;
	if (has_proxy(pf, s) || postfix_is_loopback(s) || list->is_empty_on_purpose)
		return false;
	return (mode & MODE_SIGN && postfix_lets_users_in(pf, s)) ||
	       (mode & MODE_VERIFY && postfix_is_public(s));
}

/* A port of one's own, for a web mail, a quarantine or a watchdog, where somebody took
 * all milters out; 25, 465 and 587 are everybody's and users' (RFC 6409, RFC 8314). */
static bool
is_empty_on_purpose(const struct postfix_list *list)
{
	return list->now.n == 0 && !postfix_is_public(list->service) &&
	       !postfix_is_submission(list->service) &&
	       !postfix_is_loopback(list->service);
}

static struct postfix_list *
add_list(struct postfix *pf, const char *name, const char *text)
{
	struct postfix_list *list = vec_add(pf->pool, &pf->lists);

	*list = (struct postfix_list){ .name = name };
	postfix_parse_list(pf, text, &list->now);
	for (size_t i = 0; i < list->now.n; i++) {
		mta_claim(&pf->mta, &list->now.v[i]);
		mta_look_for(&pf->mta, &list->now.v[i], postfix_value(pf, "mail_owner"));
	}
	return list;
}

/* Does a service use the list of main.cf? Without any we cannot know. */
static bool
is_main_needed(const struct postfix *pf)
{
	bool any = false;

	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];

		any |= postfix_is_smtpd(s);
		if (postfix_is_smtpd(s) && !has_proxy(pf, s) &&
			postfix_back_of(pf, s) == BACK_NONE &&
			postconf_override(s, "smtpd_milters") == NULL)
			return true;
	}
	return !any;
}

static void
read_main(struct postfix *pf)
{
	const char *raw = postconf_raw(&pf->conf, "non_smtpd_milters");
	unsigned mode = pf->mta.tool->policy->opt.mode;
	struct postfix_list *list;

	list = add_list(pf, "smtpd_milters", postfix_value(pf, "smtpd_milters"));
	list->is_needed = is_main_needed(pf) || postfix_has_signer(&list->now);
	keep_words(pf, postconf_raw(&pf->conf, "smtpd_milters"), &list->now);
	list = add_list(pf, "non_smtpd_milters", postfix_value(pf, "non_smtpd_milters"));
	list->is_needed = mode & MODE_SIGN;
	list->follows = raw != NULL && (strcmp(raw, "$smtpd_milters") == 0 ||
					       strcmp(raw, "${smtpd_milters}") == 0);
	if (!list->follows)
		keep_words(pf, raw, &list->now);
}

/* The list of a service: its own, or the one that it needs where that of main.cf does not
 * name us. */
static void
read_service_list(struct postfix *pf, const struct postconf_service *s)
{
	const char *text = postconf_override(s, "smtpd_milters");
	const struct postfix_list *general = &pf->lists.v[LIST_SMTPD];
	struct postfix_list *list;

	if (!postfix_is_smtpd(s))
		return;
	if (text == NULL && postfix_back_of(pf, s) == BACK_OUT && !general->is_needed &&
		mta_ours_in(&general->now) == NULL)
		text = postfix_value(pf, "smtpd_milters");
	if (text == NULL)
		return;
	list = add_list(
		pf, pool_printf(pf->pool, "%s/%s/smtpd_milters", s->name, s->type), text);
	list->service = s;
	list->is_empty_on_purpose = is_empty_on_purpose(list);
	list->is_needed = needs_us(pf, list);
	list->is_barred = postfix_is_barred(pf, s);
}

/* Mail of local programs follows the list of main.cf, unless that has no place for us. */
static void
want_local(struct postfix *pf)
{
	const struct milters *general = &pf->lists.v[LIST_SMTPD].wanted;
	struct postfix_list *list = &pf->lists.v[LIST_LOCAL];

	if (!list->follows && list->now.n > 0)
		return;
	if (mta_ours_in(general) != NULL || !list->is_needed)
		list->wanted = *general;
	else
		list->follows = false;
}

void
postfix_read_lists(struct postfix *pf)
{
	const char *general = postfix_value(pf, "milter_default_action");

	read_main(pf);
	for (size_t i = 0; i < pf->conf.services.n; i++)
		read_service_list(pf, &pf->conf.services.v[i]);
	for (size_t i = 0; i < pf->lists.n; i++)
		for (size_t k = 0; k < pf->lists.v[i].now.n; k++)
			pf->wants_own_action |= !pf->lists.v[i].now.v[k].is_ours &&
			                        !postfix_is_good_action(pf, general);
	for (size_t i = 0; i < pf->lists.n; i++)
		want(pf, &pf->lists.v[i]);
	want_local(pf);
	for (size_t i = 0; i < pf->lists.n; i++)
		if (mta_ours_in(&pf->lists.v[i].wanted) != NULL &&
			!(i == LIST_LOCAL && pf->lists.v[i].follows))
			milter_order_show(
				&pf->mta, pf->lists.v[i].name, &pf->lists.v[i].wanted);
}

/* Without blanks, as master.cf has it: there they end a value. */
static const char *
tight_text(const struct postfix *pf, const struct milters *list)
{
	struct str text = STR_POOL(pf->pool);

	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			str_addc(&text, ',');
		for (const char *p = list->v[i].text; *p != '\0'; p++)
			if (!ascii_is_space(*p))
				str_addc(&text, *p);
	}
	return text.p != NULL ? text.p : "";
}

const char *
postfix_set_list(const struct postfix *pf, const struct postfix_list *list)
{
	if (list->follows)
		return NULL;
	if (list == &pf->lists.v[LIST_LOCAL] && list->now.n == 0 &&
		mta_ours_in(&pf->lists.v[LIST_SMTPD].wanted) != NULL)
		return postfix_set(pf, list->name, "$smtpd_milters");
	if (is_same_list(&list->now, &list->wanted))
		return NULL;
	if (list->service != NULL)
		return postfix_set_service(pf, list->service, "smtpd_milters",
			tight_text(pf, &list->wanted));
	return postfix_set(pf, list->name, postfix_list_text(pf, &list->wanted));
}

const char *
postfix_set_without_us(const struct postfix *pf, const struct postconf_service *s)
{
	const struct milters *now = postfix_wanted(pf, s);
	struct milters others = VEC_INIT;

	for (size_t i = 0; i < now->n; i++)
		if (!now->v[i].is_ours)
			*vec_add(pf->pool, &others) = now->v[i];
	return postfix_set_service(pf, s, "smtpd_milters", tight_text(pf, &others));
}
