/*
 * sekimori postfix: what Postfix's configuration means for us, and what to change.
 *
 * Each check is a function of the live configuration. They are called in the order in
 * which a person would mend things: the socket, the lists that name it, what happens when
 * it is away, and only then what harms signatures on their way out.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/ascii.h"
#include "base/str.h"
#include "config/policy.h"
#include "tool/postfix.h"

static const struct flag flags[] = {
	{ "config-dir", N_("DIR"), N_("Postfix's configuration (postconf -c)") },
	{ "opendkim", N_("FILE"),
		N_("OpenDKIM's configuration on this host (default: "
		   "/etc/opendkim.conf)") },
};

/* Takes what is before the next comma. */
static struct slice
take_part(struct slice *rest)
{
	struct slice part, tail;

	if (!slice_cut(*rest, ',', &part, &tail)) {
		part = *rest;
		tail = SLICE_EMPTY;
	}
	*rest = tail;
	return slice_trim(part);
}

/* One element: a place, or "{ place, name=value, ... }". */
static void
add_milter(const struct postfix *l, struct slice text, struct milters *list)
{
	struct milter *milter = vec_add(l->pool, list);
	struct slice rest = text;

	milter->text = pool_copy(l->pool, text);
	if (slice_starts(text, "{"))
		rest = slice_sub(text, 1, text.n - 2);
	mta_place(&l->mta, take_part(&rest), milter);
	while (rest.n > 0) {
		struct slice name, action;

		if (slice_cut(take_part(&rest), '=', &name, &action) &&
			slice_is(slice_trim(name), "default_action"))
			milter->action = pool_copy(l->pool, slice_trim(action));
	}
}

/* A list between commas and blanks, with elements in braces. */
static void
parse_milters(const struct postfix *l, const char *text, struct milters *list)
{
	struct slice rest = slice_of(text);

	*list = (struct milters)VEC_INIT;
	while (rest.n > 0) {
		ptrdiff_t close = slice_find(rest, '}');
		size_t n = 0;

		if (ascii_is_space(rest.p[0]) || rest.p[0] == ',') {
			rest = slice_from(rest, 1);
			continue;
		}
		if (rest.p[0] == '{' && close > 0)
			n = (size_t)close + 1;
		while (n == 0 || (n < rest.n && rest.p[n - 1] != '}' &&
					 !ascii_is_space(rest.p[n]) && rest.p[n] != ','))
			n++;
		add_milter(l, slice_sub(rest, 0, n), list);
		rest = slice_from(rest, n);
	}
}

static const struct milter *
ours_in(const struct milters *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].is_ours)
			return &list->v[i];
	return NULL;
}

/* The list with ours behind all others. */
static const char *
with_ours_last(const struct postfix *l, const struct milters *list)
{
	const struct milter *ours = ours_in(list);
	struct str text = STR_POOL(l->pool);

	for (size_t i = 0; i < list->n; i++)
		if (!list->v[i].is_ours)
			str_addf(&text, "%s ", list->v[i].text);
	str_add(&text, ours != NULL ? ours->text : l->place);
	return text.p;
}

/* Our socket in Postfix's spelling, from its queue directory if it lies below. */
static const char *
own_place(const struct postfix *l)
{
	const struct endpoint *end = &l->mta.socket;
	size_t n = strlen(l->mta.base);

	if (end->kind != ENDPOINT_LOCAL)
		return strchr(end->host, ':') != NULL
		               ? pool_printf(
					 l->pool, "inet:[%s]:%s", end->host, end->port)
		               : pool_printf(l->pool, "inet:%s:%s",
					 end->host[0] != '\0' ? end->host : "127.0.0.1",
					 end->port);
	if (strncmp(end->path, l->mta.base, n) == 0 && end->path[n] == '/')
		return pool_printf(l->pool, "unix:%s", end->path + n + 1);
	return pool_printf(l->pool, "unix:%s", end->path);
}

static void
check_path(struct postfix *l)
{
	const char *path = l->mta.socket.path, *base = l->mta.base;
	size_t n = strlen(base);

	if (l->mta.socket.kind != ENDPOINT_LOCAL || !l->is_confined ||
		(strncmp(path, base, n) == 0 && path[n] == '/'))
		return;
	mta_add(&l->mta, CHECK_FAILURE, "postfix.socket-path",
		pool_printf(l->pool,
			_("smtpd runs in a chroot (%s), and our socket %s lies outside"),
			base, path));
	mta_mend(&l->mta, pool_printf(l->pool, _("a socket below %s"), base),
		pool_printf(l->pool,
			_("write Socket local:%s/sekimori/sekimori.sock, UserID "
			  "sekimori:%s and UMask 007 in our configuration, or use "
			  "Socket inet:8891@127.0.0.1"),
			base, postfix_value(l, "mail_owner")),
		pool_printf(l->pool, "install -d -o sekimori -g %s -m 750 %s/sekimori",
			postfix_value(l, "mail_owner"), base));
	l->place = "unix:sekimori/sekimori.sock";
}

static void
check_socket(struct postfix *l)
{
	const char *path = l->mta.socket.path, *base = l->mta.base;
	size_t n = strlen(base);
	bool below = strncmp(path, base, n) == 0 && path[n] == '/';

	/* Outside of it nothing can be found; that has been said. */
	mta_check_socket(&l->mta, "postfix.socket", postfix_value(l, "mail_owner"),
		l->is_confined && below ? base : NULL);
}

static void
check_lists(struct postfix *l)
{
	struct milters other;

	if (ours_in(&l->list) == NULL) {
		mta_add(&l->mta, CHECK_FAILURE, "postfix.smtpd-milters",
			pool_printf(l->pool, _("smtpd_milters does not name us: %s"),
				l->list.n > 0 ? postfix_value(l, "smtpd_milters")
					      : _("it is empty")));
		mta_mend(&l->mta, l->place,
			_("name us last, behind whatever changes messages"),
			postfix_set(l, "smtpd_milters", with_ours_last(l, &l->list)));
	} else {
		mta_add(&l->mta, CHECK_GOOD, "postfix.smtpd-milters",
			_("smtpd_milters names us"));
	}
	parse_milters(l, postfix_value(l, "non_smtpd_milters"), &other);
	if (ours_in(&other) == NULL) {
		mta_add(&l->mta, CHECK_WARNING, "postfix.non-smtpd-milters",
			_("non_smtpd_milters does not name us: mail that programs on "
			  "this host hand in is not signed"));
		mta_mend(&l->mta, "$smtpd_milters", _("use the same list"),
			postfix_set(l, "non_smtpd_milters", "$smtpd_milters"));
	} else {
		mta_add(&l->mta, CHECK_GOOD, "postfix.non-smtpd-milters",
			_("non_smtpd_milters names us"));
	}
}

/* OpenDMARC reads our results, and changes nothing that is signed. */
static bool
may_follow(const struct milter *milter)
{
	return milter->is_known && (strcmp(milter->end.port, "8893") == 0 ||
					   strstr(milter->end.path, "opendmarc") != NULL);
}

static void
check_order(struct postfix *l)
{
	const struct milter *ours = ours_in(&l->list);
	struct str behind = STR_POOL(l->pool);

	for (size_t i = 0; ours != NULL && i < l->list.n; i++)
		if (&l->list.v[i] > ours && !may_follow(&l->list.v[i]))
			str_addf(&behind, "%s%s", behind.n > 0 ? ", " : "",
				l->list.v[i].text);
	if (ours == NULL || l->list.n < 2)
		return;
	if (behind.n == 0) {
		mta_add(&l->mta, CHECK_GOOD, "postfix.order",
			_("we stand behind the milters that change messages"));
		return;
	}
	mta_add(&l->mta, CHECK_WARNING, "postfix.order",
		pool_printf(l->pool,
			_("behind us in smtpd_milters: %s: what it changes after we have "
			  "signed breaks the signature"),
			behind.p));
	mta_mend(&l->mta, _("us last"), _("put us behind it"),
		postfix_set(l, "smtpd_milters", with_ours_last(l, &l->list)));
}

static void
check_bounces(struct postfix *l)
{
	const char *classes = postfix_value(l, "internal_mail_filter_classes");

	if (strstr(classes, "bounce") != NULL) {
		mta_add(&l->mta, CHECK_GOOD, "postfix.bounces",
			_("bounces go through the milters"));
		return;
	}
	mta_add(&l->mta, CHECK_WARNING, "postfix.bounces",
		_("bounces do not go through the milters (internal_mail_filter_classes): "
		  "they leave unsigned, and Gmail refuses such"));
	mta_mend(&l->mta, "bounce",
		_("have them filtered; nothing is ever refused there"),
		postfix_set(l, "internal_mail_filter_classes",
			classes[0] != '\0' ? pool_printf(l->pool, "%s, bounce", classes)
					   : "bounce"));
}

static void
check_action(struct postfix *l)
{
	const struct milter *ours = ours_in(&l->list);
	const char *general = postfix_value(l, "milter_default_action"), *action;
	bool own = ours != NULL && ours->action != NULL;

	if (ours == NULL)
		return;
	action = own ? ours->action : general;
	if (strcmp(action, "tempfail") == 0 || strcmp(action, "shutdown") == 0) {
		mta_add(&l->mta, CHECK_GOOD, "postfix.default-action",
			pool_printf(l->pool,
				_("while we are away, clients are asked to come again "
				  "(%s)"),
				action));
		return;
	}
	mta_add(&l->mta, CHECK_WARNING, "postfix.default-action",
		pool_printf(l->pool,
			strcmp(action, "accept") == 0
				? _("while we are away, mail leaves unsigned and comes "
				    "in unchecked (default action %s)")
				: _("while we are away, mail is lost or set aside "
				    "(default action %s)"),
			action));
	/* A list of several milters keeps what the others have. */
	if (l->list.n == 1 && !own) {
		mta_mend(&l->mta, "tempfail", _("nothing is lost by it"),
			postfix_set(l, "milter_default_action", "tempfail"));
		return;
	}
	mta_mend(&l->mta, _("default_action=tempfail for us"),
		pool_printf(l->pool,
			_("write us as { %s, default_action=tempfail } in smtpd_milters "
			  "(Postfix 3.0 and later)"),
			l->place),
		NULL);
}

/* Services with a list of their own. */
static void
check_services(struct postfix *l)
{
	for (size_t i = 0; i < l->conf.services.n; i++) {
		const struct postconf_service *s = &l->conf.services.v[i];
		const char *text = postconf_service_value(&l->conf, s, "smtpd_milters");
		const char *sasl =
			postconf_service_value(&l->conf, s, "smtpd_sasl_auth_enable");
		struct milters own;

		if (!postfix_is_smtpd(s) || text == NULL || sasl == NULL)
			continue;
		parse_milters(l, text, &own);
		if (ours_in(&own) != NULL || ours_in(&l->list) == NULL ||
			strcmp(sasl, "yes") != 0)
			continue;
		mta_add(&l->mta, CHECK_FAILURE, "postfix.submission",
			pool_printf(l->pool,
				_("the service %s (master.cf) takes mail of users, and "
				  "its own smtpd_milters does not name us: it is not "
				  "signed"),
				s->name));
		mta_mend(&l->mta, l->place, _("name us there, or drop the override"),
			pool_printf(l->pool, "postconf -P '%s/%s/smtpd_milters = %s'",
				s->name, s->type, with_ours_last(l, &own)));
	}
}

static void
look_begin(struct postfix *l)
{
	l->mta.base = postfix_value(l, "queue_directory");
	for (size_t i = 0; i < l->conf.services.n; i++)
		l->is_confined |= postfix_is_smtpd(&l->conf.services.v[i]) &&
		                  l->conf.services.v[i].is_confined;
	l->place = own_place(l);
	parse_milters(l, postfix_value(l, "smtpd_milters"), &l->list);
}

static int
run_postfix(struct tool *tool)
{
	static void (*const checks[])(struct postfix *) = { check_path, check_socket,
		check_lists, check_order, check_services, check_bounces, check_action,
		postfix_check_newline, postfix_check_header_checks, postfix_check_filters,
		postfix_check_conversion, postfix_check_protocol };
	struct postfix l = { .pool = tool->pool };
	const char *bad;
	int status = 0;

	if (!mta_begin(tool, &l.mta, &status))
		return status;
	bad = postconf_read(tool->pool, tool_value(tool, "config-dir"), &l.conf);
	if (bad != NULL)
		return tool_fail(tool, EX_UNAVAILABLE, "%s", bad);
	look_begin(&l);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](&l);
	mta_check_opendkim(&l.mta, "postfix.opendkim", &l.list);
	return mta_end(&l.mta,
		pool_printf(tool->pool, "Postfix %s", postfix_value(&l, "mail_version")));
}

const struct command command_postfix = {
	.name = "postfix",
	.arguments = "",
	.summary = N_("what to change in Postfix's configuration for us"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_postfix,
	.keys = "mta status checks commands",
};
