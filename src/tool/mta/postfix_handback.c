/*
 * A filter that takes mail from outside and hands it back to this host makes every client
 * this host: what we sign there may be anybody's. A service that takes mail back belongs
 * to the filter of strangers' mail, unless master.cf says by a name of its own that it is
 * there for our users, and another one is there for the strangers.
 */
#include "base/base.h"
#include "tool/mta/postfix.h"

#include "base/ip.h"
#include "config/endpoint.h"
#include "config/policy.h"
#include "engine/route.h"
#include "tool/tool.h"

bool
postfix_would_sign(const struct postfix *pf, const char *address, const char *daemon)
{
	struct route_query q = { .daemon_name = daemon };
	struct route_decision d;

	if (!(pf->mta.tool->policy->opt.mode & MODE_SIGN) ||
		ip_parse(slice_of(address), &q.client) != NULL)
		return false;
	if (ip_is_loopback(&q.client))
		q.client_name = "localhost";
	route_decide(pf->pool, pf->mta.tool->policy, &q, &d);
	return d.may_sign;
}

/* The filter of a service, before or after the queue; NULL: none. */
static const char *
filter_of(const struct postfix *pf, const struct postconf_service *s)
{
	static const char *const names[] = { "smtpd_proxy_filter", "content_filter" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *filter = postconf_service_value(&pf->conf, s, names[i]);

		if (filter != NULL && filter[0] != '\0')
			return filter;
	}
	return NULL;
}

/* Is the filter a program that pipe(8) starts? */
static bool
is_piped_to(const struct postfix *pf, const char *filter)
{
	struct slice name = slice_make(filter, strcspn(filter, ":"));

	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];

		if (slice_is(name, s->name) && strcmp(s->command, "pipe") == 0)
			return true;
	}
	return false;
}

/* The first service that strangers' mail comes by and that has a filter, of this kind;
 * NULL: there is none. */
static const struct postconf_service *
public_filter(const struct postfix *pf, bool is_piped, const char **filter)
{
	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];

		if (postfix_is_public(s) && (*filter = filter_of(pf, s)) != NULL &&
			is_piped_to(pf, *filter) == is_piped)
			return s;
	}
	return NULL;
}

/* Has users' mail a filter of its own? */
static bool
has_own_filter(const struct postfix *pf, const char *of_strangers)
{
	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];
		const char *filter = postfix_is_submission(s) ? filter_of(pf, s) : NULL;

		if (filter != NULL && strcmp(filter, of_strangers) != 0)
			return true;
	}
	return false;
}

static bool
has_own(const struct postconf_service *s, const char *name, const char *value)
{
	const char *own = postconf_override(s, name);

	return own != NULL && (value == NULL || strcmp(own, value) == 0);
}

/* May a filter hand mail back here? Who has to log in is no filter. */
static bool
takes_back(const struct postconf_service *s)
{
	if (!postfix_is_smtpd(s) || postfix_is_public(s) || postfix_is_submission(s) ||
		has_own(s, "smtpd_sasl_auth_enable", "yes"))
		return false;
	return postfix_is_loopback(s) || has_own(s, "content_filter", "") ||
	       has_own(s, "smtpd_proxy_filter", "") ||
	       has_own(s, "smtpd_authorized_xforward_hosts", NULL) ||
	       has_own(s, "mynetworks", NULL);
}

static const char *
daemon_name(const struct postfix *pf, const struct postconf_service *s)
{
	return postconf_service_value(&pf->conf, s, "milter_macro_daemon_name");
}

/* Does the service itself say that its mail is ours? */
static bool
is_declared(const struct postfix *pf, const struct postconf_service *s)
{
	const char *own = postconf_override(s, "milter_macro_daemon_name");

	return own != NULL && policy_has_mta(pf->mta.tool->policy, own);
}

/* A list of its own in which somebody signs. */
static bool
signs_itself(const struct postfix *pf, const struct postconf_service *s)
{
	const char *own = postconf_override(s, "smtpd_milters");
	struct milters list;

	if (own == NULL)
		return false;
	postfix_parse_list(pf, own, &list);
	return mta_ours_in(&list) != NULL || postfix_has_signer(&list);
}

enum postfix_back
postfix_back_of(const struct postfix *pf, const struct postconf_service *s)
{
	bool (*const signs[])(const struct postfix *,
		const struct postconf_service *) = { is_declared, signs_itself };
	size_t all = 0, some[ARRAY_LEN(signs)] = { 0 };
	const char *filter;

	if (!takes_back(s) || public_filter(pf, false, &filter) == NULL)
		return BACK_NONE;
	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *other = &pf->conf.services.v[i];

		all += takes_back(other);
		for (size_t k = 0; k < ARRAY_LEN(signs); k++)
			some[k] += takes_back(other) && signs[k](pf, other);
	}
	if (is_declared(pf, s) && all > 1)
		return some[0] < all ? BACK_OUT : BACK_UNCLEAR;
	if (some[0] == 0 && signs_itself(pf, s) && some[1] < all &&
		has_own_filter(pf, filter))
		return BACK_OUT;
	return BACK_IN;
}

/* Would mail be signed that is handed back here? From this host, or from the filter's. */
static bool
signs_all(const struct postfix *pf, const struct postconf_service *s)
{
	const char *name = daemon_name(pf, s), *filter;
	struct endpoint end;

	if (postfix_would_sign(pf, "127.0.0.1", name) ||
		postfix_would_sign(pf, "::1", name))
		return true;
	public_filter(pf, false, &filter);
	if (strchr(filter, '[') != NULL) {
		struct slice host = slice_of(strchr(filter, '[') + 1);

		host = slice_sub(host, 0, strcspn(host.p, "]"));
		return postfix_would_sign(pf, pool_copy(pf->pool, host), name);
	}
	filter = strncmp(filter, "inet:", 5) == 0 ? filter + 5 : filter;
	return endpoint_parse(slice_of(pool_printf(pf->pool, "inet:%s", filter)), &end) ==
	               NULL &&
	       end.kind != ENDPOINT_LOCAL && postfix_would_sign(pf, end.host, name);
}

bool
postfix_is_barred(const struct postfix *pf, const struct postconf_service *s)
{
	return postfix_back_of(pf, s) == BACK_IN && signs_all(pf, s);
}

const struct milters *
postfix_wanted(const struct postfix *pf, const struct postconf_service *s)
{
	for (size_t i = LIST_OWN; i < pf->lists.n; i++)
		if (pf->lists.v[i].service == s)
			return &pf->lists.v[i].wanted;
	return &pf->lists.v[LIST_SMTPD].wanted;
}

/* As it is, or as it will be when our commands have been pasted. */
static bool
asks_us(const struct postfix *pf, const struct postconf_service *s)
{
	const char *options =
		postconf_service_value(&pf->conf, s, "receive_override_options");

	if (options != NULL && strstr(options, "no_milters") != NULL)
		return false;
	for (size_t i = LIST_OWN; i < pf->lists.n; i++)
		if (pf->lists.v[i].service == s &&
			mta_ours_in(&pf->lists.v[i].now) != NULL)
			return true;
	return mta_ours_in(postfix_wanted(pf, s)) != NULL;
}

/* Strangers' mail, which looks as if this host had sent it. */
static void
check_strangers(struct postfix *pf, const struct postconf_service *s)
{
	const char *filter;
	const struct postconf_service *from = public_filter(pf, false, &filter);
	bool is_unclear = postfix_back_of(pf, s) == BACK_UNCLEAR;

	mta_add(&pf->mta, FINDING_FAILURE, "postfix.hand-back",
		pool_printf(pf->pool,
			_("the service %s takes back what the filter of %s (%s) hands "
			  "over, and asks us: there every client is this host, and "
			  "forged mail from outside is signed"),
			s->name, from->name, filter));
	mta_remedy(&pf->mta, _("us for mail of users alone"),
		is_unclear
			? _("all services that take mail back say that it is ours: take "
			    "us out of the one that strangers' mail comes back to")
			: _("do not ask us there; users' mail comes back to a service of "
			    "its own, with milter_macro_daemon_name and us"),
		is_unclear ? NULL : postfix_set_without_us(pf, s));
}

/* Users' mail: a name tells it from strangers'. */
static void
check_users(struct postfix *pf, const struct postconf_service *s)
{
	const struct words *names = &pf->mta.tool->policy->mta;
	const char *name = daemon_name(pf, s);

	if (name != NULL && policy_has_mta(pf->mta.tool->policy, name))
		return;
	mta_add(&pf->mta, FINDING_FAILURE, "postfix.hand-back",
		pool_printf(pf->pool,
			_("the service %s takes back mail of users, and nothing tells "
			  "it from what comes back from outside "
			  "(milter_macro_daemon_name)"),
			s->name));
	mta_remedy(&pf->mta, names->n > 0 ? names->v[0] : "MTA ORIGINATING",
		names->n > 0 ? _("the name that MTA of our configuration has")
			     : _("write this in our configuration, and give the service "
				 "this name"),
		names->n > 0 ? postfix_live(pf,
				       postfix_set_service(pf, s,
					       "milter_macro_daemon_name", names->v[0]))
			     : NULL);
}

/* Does every service with this kind of filter have us before it, so that our results say
 * that the message came from outside? */
static bool
is_told_by_us(const struct postfix *pf)
{
	if (!(pf->mta.tool->policy->opt.mode & MODE_VERIFY))
		return false;
	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];

		if (postfix_is_public(s) && filter_of(pf, s) != NULL && !asks_us(pf, s))
			return false;
	}
	return true;
}

/* A program that hands messages back as any program on this host does (sendmail). */
static void
check_program(struct postfix *pf)
{
	const struct milters *list = &pf->lists.v[LIST_LOCAL].wanted;
	const struct postconf_service *from;
	const char *filter;

	if ((from = public_filter(pf, true, &filter)) == NULL ||
		mta_ours_in(list) == NULL || is_told_by_us(pf) ||
		!postfix_would_sign(pf, "127.0.0.1", postfix_local_name(pf)))
		return;
	mta_add(&pf->mta, FINDING_FAILURE, "postfix.hand-back",
		pool_printf(pf->pool,
			_("the filter of %s (%s) is a program, which hands mail back as "
			  "programs of this host do, to non_smtpd_milters: forged mail "
			  "from outside is signed"),
			from->name, filter));
	mta_remedy(&pf->mta, _("us for mail of users alone"),
		pool_printf(pf->pool,
			_("have us check what comes by %s, too (Mode sv): what has our "
			  "results is not signed; or use a filter that hands mail back "
			  "by SMTP"),
			from->name),
		NULL);
}

void
postfix_check_hand_back(struct postfix *pf)
{
	check_program(pf);
	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];
		enum postfix_back back = postfix_back_of(pf, s);

		if (back == BACK_NONE || !asks_us(pf, s))
			continue;
		if (back == BACK_OUT)
			check_users(pf, s);
		else if (signs_all(pf, s))
			check_strangers(pf, s);
	}
}
