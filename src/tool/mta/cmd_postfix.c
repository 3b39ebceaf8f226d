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
#include "base/shell.h"
#include "base/str.h"
#include "config/policy.h"
#include "tool/mta/postfix.h"

static const struct flag flags[] = {
	{ "config-dir", N_("DIR"), N_("Postfix's configuration (postconf -c)") },
	{ "etc", N_("DIR"),
		N_("where other milters have their configurations (default: /etc)") },
	{ "opendkim", N_("FILE"),
		N_("OpenDKIM's configuration on this host (default: "
		   "/etc/opendkim.conf)") },
};

/* A socket that a confined smtpd cannot reach. */
static bool
is_out_of_reach(const struct postfix *l)
{
	return l->mta.socket.kind == ENDPOINT_LOCAL && l->is_confined &&
	       mta_below(l->mta.socket.path, l->mta.base) == NULL;
}

/* Our socket in Postfix's spelling, from its queue directory if it lies below. */
static const char *
own_place(const struct postfix *l)
{
	const struct endpoint *end = &l->mta.future;

	if (end->kind != ENDPOINT_LOCAL)
		return strchr(end->host, ':') != NULL
		               ? pool_printf(
					 l->pool, "inet:[%s]:%s", end->host, end->port)
		               : pool_printf(l->pool, "inet:%s:%s",
					 end->host[0] != '\0' ? end->host : "127.0.0.1",
					 end->port);
	if (mta_below(end->path, l->mta.base) != NULL)
		return pool_printf(
			l->pool, "unix:%s", mta_below(end->path, l->mta.base) + 1);
	return pool_printf(l->pool, "unix:%s", end->path);
}

static void
check_path(struct postfix *l)
{
	const char *base = l->mta.base, *owner = postfix_value(l, "mail_owner");
	const char *place = pool_printf(l->pool, "%s/sekimori", base);

	if (!is_out_of_reach(l))
		return;
	mta_add(&l->mta, FINDING_FAILURE, "postfix.socket-path",
		pool_printf(l->pool,
			_("smtpd runs in a chroot (%s), and our socket %s lies outside"),
			base, l->mta.socket.path));
	mta_mend(&l->mta, pool_printf(l->pool, _("a socket below %s"), base),
		pool_printf(l->pool,
			_("write Socket local:%s/sekimori/sekimori.sock, UserID "
			  "sekimori:%s and UMask 007 in our configuration, or use "
			  "Socket inet:8891@127.0.0.1"),
			base, owner),
		access(place, F_OK) == 0
			? NULL
			: pool_printf(l->pool, "install -d -o sekimori -g %s -m 750 %s",
				  shell_quote(l->pool, owner),
				  shell_quote(l->pool, place)));
}

static void
check_socket(struct postfix *l)
{
	const char *base = l->mta.base;

	/* Outside of it nothing can be found; that has been said. */
	mta_check_socket(&l->mta, "postfix.socket", postfix_value(l, "mail_owner"),
		l->is_confined && mta_below(l->mta.socket.path, base) != NULL ? base
									      : NULL);
}

static void
check_bounces(struct postfix *l)
{
	const char *classes = postfix_value(l, "internal_mail_filter_classes");

	if (!(l->mta.policy->opt.mode & MODE_SIGN))
		return;
	if (strstr(classes, "bounce") != NULL) {
		mta_add(&l->mta, FINDING_GOOD, "postfix.bounces",
			_("bounces go through the milters"));
		return;
	}
	mta_add(&l->mta, FINDING_WARNING, "postfix.bounces",
		_("bounces do not go through the milters (internal_mail_filter_classes): "
		  "they leave unsigned, and Gmail refuses such"));
	mta_mend(&l->mta, "bounce",
		_("have them filtered; nothing is ever refused there"),
		postfix_live(
			l, postfix_set(l, "internal_mail_filter_classes",
				   classes[0] != '\0'
					   ? pool_printf(l->pool, "%s, bounce", classes)
					   : "bounce")));
}

/* cleanup does for mail of local programs. */
static bool
calls_milters(const struct postconf_service *s)
{
	return postfix_is_smtpd(s) || strcmp(s->command, "cleanup") == 0;
}

static void
look_begin(struct postfix *l)
{
	l->mta.base = postfix_value(l, "queue_directory");
	l->mta.host = postconf_value(&l->conf, "myhostname");
	for (size_t i = 0; i < l->conf.services.n; i++)
		l->is_confined |= calls_milters(&l->conf.services.v[i]) &&
		                  l->conf.services.v[i].is_confined;
	if (is_out_of_reach(l))
		snprintf(l->mta.future.path, sizeof(l->mta.future.path),
			"%s/sekimori/sekimori.sock", l->mta.base);
	l->place = own_place(l);
	postfix_read_lists(l);
}

/* OpenDKIM and OpenDMARC, in whatever list they are. */
static void
check_neighbours(struct postfix *l)
{
	const struct milters **lists = pool_array(l->pool, l->lists.n, sizeof(*lists));

	for (size_t i = 0; i < l->lists.n; i++)
		lists[i] = &l->lists.v[i].now;
	mta_check_opendkim(&l->mta, "postfix.opendkim", lists, l->lists.n);
	mta_check_opendmarc(&l->mta, "postfix.opendmarc", lists, l->lists.n);
}

static void
check_key(struct postfix *l)
{
	const char *host = postfix_value(l, "myhostname");
	const char *origin = postfix_value(l, "myorigin");

	mta_check_key(&l->mta, "postfix.key");
	if (mta_ours_in(&l->lists.v[LIST_LOCAL].wanted) == NULL)
		return;
	mta_check_host_key(&l->mta, "postfix.host-key", host);
	if (strcasecmp(origin, host) != 0)
		mta_check_host_key(&l->mta, "postfix.host-key", origin);
}

static int
run_postfix(struct tool *tool)
{
	static void (*const checks[])(struct postfix *) = { check_path, check_socket,
		postfix_check_hand_back, postfix_check_daemons, postfix_check_lists,
		postfix_check_family, postfix_check_order, postfix_check_away,
		postfix_check_no_milters, postfix_check_local_name, check_bounces,
		postfix_check_policy_services, postfix_check_action, postfix_check_macros,
		postfix_check_newline, postfix_check_stray_cr,
		postfix_check_header_checks, postfix_check_filters,
		postfix_check_conversion, postfix_check_protocol, check_neighbours,
		check_key };
	struct postfix l = { .pool = tool->pool };
	const char *dir = tool_value(tool, "config-dir"), *bad;
	int status = 0;

	if (!mta_begin(tool, &l.mta, &status))
		return status;
	l.with_dir = dir != NULL ? pool_printf(l.pool, " -c %s", shell_quote(l.pool, dir))
	                         : "";
	bad = postconf_read(tool->pool, dir, &l.conf);
	if (bad != NULL)
		return tool_fail(tool, EX_UNAVAILABLE, "%s", bad);
	look_begin(&l);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](&l);
	return mta_end(&l.mta,
		pool_printf(tool->pool, "Postfix %s", postfix_value(&l, "mail_version")),
		pool_printf(tool->pool, "postfix%s reload", l.with_dir));
}

const struct command command_postfix = {
	.name = "postfix",
	.arguments = "",
	.summary = N_("what to change in Postfix's configuration for us"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_postfix,
	.keys = "mta status checks layout commands",
};
