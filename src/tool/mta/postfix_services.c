/*
 * What master.cf says of single services. The number of a port tells for whom a service
 * is there (RFC 8314): 25 for everybody, 587 and 465 for users. A service at a loopback
 * address takes back what a filter hands over.
 */
#include "base/base.h"
#include "tool/mta/postfix.h"

#include "base/shell.h"
#include "base/str.h"
#include "config/policy.h"
#include "config/values.h"
#include "tool/mta/milter_catalogue.h"
#include "tool/tool.h"

bool
postfix_is_smtpd(const struct postconf_service *service)
{
	return strcmp(service->command, "smtpd") == 0;
}

/* The port of "smtp", "10.0.0.1:smtp", "[::1]:10025". */
static const char *
port_of(const struct postconf_service *s)
{
	const char *colon = strrchr(s->name, ':');

	return colon != NULL ? colon + 1 : s->name;
}

static bool
has_port(const struct postconf_service *s, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(port_of(s), names[i]) == 0)
			return postfix_is_smtpd(s) && !postfix_is_loopback(s);
	return false;
}

bool
postfix_is_public(const struct postconf_service *s)
{
	static const char *const names[] = { "smtp", "25" };

	/* Behind postscreen it is a service that is handed connections. */
	if (postfix_is_smtpd(s) && strcmp(s->type, "pass") == 0)
		return true;
	return has_port(s, names, ARRAY_LEN(names));
}

bool
postfix_is_submission(const struct postconf_service *s)
{
	static const char *const names[] = { "submission", "submissions", "smtps", "urd",
		"587", "465" };

	return has_port(s, names, ARRAY_LEN(names));
}

bool
postfix_is_loopback(const struct postconf_service *s)
{
	static const char *const hosts[] = { "127.", "localhost:", "[::1]:", "::1:" };

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (strncmp(s->name, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

/* Is the name that a service tells us one whose mail is ours? */
static bool
is_our_daemon(const struct postfix *pf, const char *name)
{
	return name != NULL && policy_has_mta(pf->mta.tool->policy, name);
}

/* Mail that comes by port 25 counts as ours: strangers' mail is signed and not checked.
 * The name in main.cf stays: by it others know the mail of this host's programs. */
static void
check_public_daemon(struct postfix *pf, const struct postconf_service *s)
{
	static const char parameter[] = "milter_macro_daemon_name";
	const char *name = postconf_service_value(&pf->conf, s, parameter), *command;
	bool is_host = name != NULL && pf->mta.host != NULL &&
	               strcasecmp(name, pf->mta.host) == 0;

	if (!is_our_daemon(pf, name) || mta_ours_in(postfix_wanted(pf, s)) == NULL)
		return;
	mta_add(&pf->mta, FINDING_WARNING, "postfix.daemon-name",
		pool_printf(pf->pool,
			_("the service %s takes mail from everybody under the name %s, "
			  "which is in MTA of our configuration: that mail counts as "
			  "ours, is signed and not checked"),
			s->name, name));
	command = postfix_set_service(pf, s, parameter, "$myhostname");
	mta_remedy(&pf->mta, _("this name for submission services alone"),
		is_host ? _("take it out of MTA: it is the one that every service has by "
			    "default")
			: _("give the service the usual name"),
		is_host ? NULL : postfix_live(pf, command));
}

/* Users' mail, however they were let in. */
static void
check_submission_daemon(struct postfix *pf, const struct postconf_service *s)
{
	const char *name =
		postconf_service_value(&pf->conf, s, "milter_macro_daemon_name");
	const char *wanted = pf->mta.tool->policy->mta.v[0];

	if (is_our_daemon(pf, name))
		return;
	mta_add(&pf->mta, FINDING_INFO, "postfix.daemon-name",
		pool_printf(pf->pool,
			_("the service %s does not say that its mail is ours "
			  "(milter_macro_daemon_name): mail of whoever is let in there "
			  "without a login is not signed"),
			s->name));
	mta_remedy(&pf->mta, wanted, _("the name that MTA of our configuration has"),
		postfix_live(pf,
			postfix_set_service(pf, s, "milter_macro_daemon_name", wanted)));
}

void
postfix_check_daemons(struct postfix *pf)
{
	const struct policy *policy = pf->mta.tool->policy;

	if (policy->mta.n == 0 || !(policy->opt.mode & MODE_SIGN))
		return;
	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];

		if (postfix_is_public(s))
			check_public_daemon(pf, s);
		else if (postfix_is_submission(s))
			check_submission_daemon(pf, s);
	}
}

/* The service that takes mail of programs and bounces. */
static const struct postconf_service *
local_cleanup(const struct postfix *pf)
{
	for (size_t i = 0; i < pf->conf.services.n; i++)
		if (strcmp(pf->conf.services.v[i].name, "cleanup") == 0)
			return &pf->conf.services.v[i];
	return NULL;
}

const char *
postfix_local_name(const struct postfix *pf)
{
	const struct postconf_service *s = local_cleanup(pf);

	return s != NULL
	               ? postconf_service_value(&pf->conf, s, "milter_macro_daemon_name")
	               : postconf_value(&pf->conf, "milter_macro_daemon_name");
}

/* Postfix shows such mail as that of the client 127.0.0.1. */
void
postfix_check_local_name(struct postfix *pf)
{
	const struct postconf_service *s = local_cleanup(pf);
	const struct words *names = &pf->mta.tool->policy->mta;
	const char *name = postfix_local_name(pf);

	if (!(pf->mta.tool->policy->opt.mode & MODE_SIGN) ||
		mta_ours_in(&pf->lists.v[LIST_LOCAL].wanted) == NULL ||
		postfix_would_sign(pf, "127.0.0.1", name))
		return;
	mta_add(&pf->mta, FINDING_WARNING, "postfix.local",
		pool_printf(pf->pool,
			_("mail of programs on this host (sendmail, cron) and bounces "
			  "come to us from 127.0.0.1 under the name %s: neither is ours "
			  "(InternalHosts, MTA), so it leaves unsigned"),
			name != NULL && name[0] != '\0' ? name : "-"));
	mta_remedy(&pf->mta, _("a client or a name that is ours"),
		names->n > 0 && s != NULL
			? _("give the service cleanup a name that MTA of our "
			    "configuration has")
			: _("write 127.0.0.1 into InternalHosts, unless a filter hands "
			    "mail from outside back to this host; else write MTA "
			    "ORIGINATING, and give the service cleanup this name "
			    "(milter_macro_daemon_name)"),
		names->n > 0 && s != NULL
			? postfix_live(
				  pf, postfix_set_service(pf, s,
					      "milter_macro_daemon_name", names->v[0]))
			: NULL);
}

/* The options without the one that turns milters off. */
static const char *
without_no_milters(const struct postfix *pf, const char *options)
{
	struct words words = VEC_INIT;
	struct str out = STR_POOL(pf->pool);

	value_words(pf->pool, slice_of(options), &words);
	for (size_t i = 0; i < words.n; i++)
		if (strcmp(words.v[i], "no_milters") != 0)
			str_addf(&out, "%s%s", out.n > 0 ? "," : "", words.v[i]);
	return out.p != NULL ? out.p : "";
}

static bool
has_no_milters(const char *options)
{
	return options != NULL && strstr(options, "no_milters") != NULL;
}

void
postfix_check_no_milters(struct postfix *pf)
{
	static const char name[] = "receive_override_options";

	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];
		const char *options = postconf_service_value(&pf->conf, s, name);

		if (!has_no_milters(options) ||
			!(postfix_is_public(s) || postfix_is_submission(s)))
			continue;
		mta_add(&pf->mta, FINDING_FAILURE, "postfix.no-milters",
			pool_printf(pf->pool,
				_("the service %s has receive_override_options with "
				  "no_milters: no milter is asked"),
				s->name));
		options = without_no_milters(pf, options);
		mta_remedy(&pf->mta,
			_("no_milters where a filter hands mail back, and "
			  "nowhere else"),
			_("take it out"),
			postconf_override(s, name) != NULL
				? postfix_set_service(pf, s, name, options)
				: postfix_set(pf, name, options));
	}
}

/* Does this service take mail back without calling us again? */
static bool
is_quiet(const struct postfix *pf, const struct postconf_service *s)
{
	const char *own = postconf_override(s, "smtpd_milters");
	struct milters list;

	if (postfix_is_barred(pf, s) || has_no_milters(postconf_service_value(&pf->conf,
						s, "receive_override_options")))
		return true;
	if (own == NULL)
		return false;
	postfix_parse_list(pf, own, &list);
	return mta_ours_in(&list) == NULL;
}

/* The service where a content filter hands mail back: at loopback, or with the filter
 * turned off. */
static const struct postconf_service *
way_back(const struct postfix *pf, bool quiet)
{
	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];
		const char *filter = postconf_override(s, "content_filter");

		if (postfix_is_smtpd(s) && s->overrides.n > 0 &&
			(postfix_is_loopback(s) ||
				(filter != NULL && filter[0] == '\0')) &&
			is_quiet(pf, s) == quiet)
			return s;
	}
	return NULL;
}

/* "content_filter smtp:[127.0.0.1]:10024 (amavis)" */
static const char *
filter_name(const struct postfix *pf, const char *parameter, const char *filter)
{
	const char *name = content_filter_name(filter);

	return name != NULL ? pool_printf(pf->pool, "%s %s (%s)", parameter, filter, name)
	                    : pool_printf(pf->pool, "%s %s", parameter, filter);
}

static void
check_way_back(struct postfix *pf, const char *filter)
{
	static const char name[] = "receive_override_options";
	const struct postconf_service *s = way_back(pf, false);
	const char *options =
		s != NULL ? postconf_service_value(&pf->conf, s, name) : NULL;

	mta_add(&pf->mta, FINDING_WARNING, "postfix.content-filter",
		pool_printf(pf->pool,
			_("%s hands mail back to a service that calls the milters again: "
			  "it is checked twice, the second time as if it came from this "
			  "host"),
			filter_name(pf, "content_filter", filter)));
	mta_remedy(&pf->mta, _("milters once"),
		_("in master.cf, at the service that takes the mail back: -o "
		  "receive_override_options=no_milters; if the filter changes messages, "
		  "sign there and not before"),
		s == NULL ? NULL
			  : postfix_set_service(pf, s, name,
				    options != NULL && options[0] != '\0'
					    ? pool_printf(
						      pf->pool, "%s,no_milters", options)
					    : "no_milters"));
}

static void
check_content_filter(struct postfix *pf)
{
	const char *filter = postfix_value(pf, "content_filter");

	for (size_t i = 0; i < pf->conf.services.n && filter[0] == '\0'; i++) {
		const char *own =
			postconf_override(&pf->conf.services.v[i], "content_filter");

		filter = own != NULL ? own : filter;
	}
	if (filter[0] == '\0')
		return;
	if (way_back(pf, true) == NULL) {
		check_way_back(pf, filter);
		return;
	}
	mta_add(&pf->mta, FINDING_INFO, "postfix.content-filter",
		pool_printf(pf->pool,
			_("%s takes messages after us: see that it does not change what "
			  "is signed"),
			filter_name(pf, "content_filter", filter)));
}

void
postfix_check_filters(struct postfix *pf)
{
	const char *filter = postfix_value(pf, "smtpd_proxy_filter");

	check_content_filter(pf);
	for (size_t i = 0; i < pf->conf.services.n && filter[0] == '\0'; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];
		const char *own = postconf_override(s, "smtpd_proxy_filter");

		if (own != NULL && !is_quiet(pf, s))
			filter = own;
	}
	if (filter[0] == '\0')
		return;
	mta_add(&pf->mta, FINDING_WARNING, "postfix.proxy-filter",
		pool_printf(pf->pool, _("%s: milters before it see no content"),
			filter_name(pf, "smtpd_proxy_filter", filter)));
	mta_remedy(&pf->mta, _("a filter behind us"),
		_("use it as content_filter, then we check before it; behind this one "
		  "every client is this host: name us there for mail of users alone, at "
		  "a service of its own with milter_macro_daemon_name"),
		NULL);
}
