/*
 * sekimori postfix: what Postfix's configuration means for us, and what to change.
 *
 * Each check is a function of the live configuration. They are called in the order in
 * which a person would mend things: the socket, the lists that name it, what happens when
 * it is away, and only then what harms signatures on their way out.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/shell.h"
#include "config/policy.h"
#include "tool/mta/milter_catalogue.h"
#include "tool/mta/other_signers.h"
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
is_out_of_reach(const struct postfix *pf)
{
	return pf->mta.socket.kind == ENDPOINT_LOCAL && pf->is_confined &&
	       mta_below(pf->mta.socket.path, pf->mta.base) == NULL;
}

/* Our socket in Postfix's spelling, from its queue directory if it lies below. */
static const char *
own_place(const struct postfix *pf)
{
	const struct endpoint *end = &pf->mta.future;

	if (end->kind != ENDPOINT_LOCAL)
		return strchr(end->host, ':') != NULL
		               ? pool_printf(
					 pf->pool, "inet:[%s]:%s", end->host, end->port)
		               : pool_printf(pf->pool, "inet:%s:%s",
					 end->host[0] != '\0' ? end->host : "127.0.0.1",
					 end->port);
	if (mta_below(end->path, pf->mta.base) != NULL)
		return pool_printf(
			pf->pool, "unix:%s", mta_below(end->path, pf->mta.base) + 1);
	return pool_printf(pf->pool, "unix:%s", end->path);
}

static void
check_path(struct postfix *pf)
{
	const char *base = pf->mta.base, *owner = postfix_value(pf, "mail_owner");
	const char *place = pool_printf(pf->pool, "%s/sekimori", base);

	if (!is_out_of_reach(pf))
		return;
	mta_add(&pf->mta, FINDING_FAILURE, "postfix.socket-path",
		pool_printf(pf->pool,
			_("smtpd runs in a chroot (%s), and our socket %s lies outside"),
			base, pf->mta.socket.path));
	mta_remedy(&pf->mta, pool_printf(pf->pool, _("a socket below %s"), base),
		pool_printf(pf->pool,
			_("write Socket local:%s/sekimori/sekimori.sock, UserID "
			  "sekimori:%s and UMask 007 in our configuration, or use "
			  "Socket inet:8891@127.0.0.1"),
			base, owner),
		access(place, F_OK) == 0
			? NULL
			: pool_printf(pf->pool, "install -d -o sekimori -g %s -m 750 %s",
				  shell_quote(pf->pool, owner),
				  shell_quote(pf->pool, place)));
}

static void
check_socket(struct postfix *pf)
{
	const char *base = pf->mta.base;

	/* Outside of it nothing can be found; that has been said. */
	mta_check_socket(&pf->mta, "postfix.socket", postfix_value(pf, "mail_owner"),
		pf->is_confined && mta_below(pf->mta.socket.path, base) != NULL ? base
										: NULL);
}

static void
check_bounces(struct postfix *pf)
{
	const char *classes = postfix_value(pf, "internal_mail_filter_classes");

	if (!(pf->mta.tool->policy->opt.mode & MODE_SIGN))
		return;
	if (strstr(classes, "bounce") != NULL) {
		mta_add(&pf->mta, FINDING_GOOD, "postfix.bounces",
			_("bounces go through the milters"));
		return;
	}
	mta_add(&pf->mta, FINDING_WARNING, "postfix.bounces",
		_("bounces do not go through the milters (internal_mail_filter_classes): "
		  "they leave unsigned, and Gmail refuses such"));
	mta_remedy(&pf->mta, "bounce",
		_("have them filtered; nothing is ever refused there"),
		postfix_live(
			pf, postfix_set(pf, "internal_mail_filter_classes",
				    classes[0] != '\0'
					    ? pool_printf(pf->pool, "%s, bounce", classes)
					    : "bounce")));
}

/* cleanup does for mail of local programs. */
static bool
calls_milters(const struct postconf_service *s)
{
	return postfix_is_smtpd(s) || strcmp(s->command, "cleanup") == 0;
}

static void
look_begin(struct postfix *pf)
{
	pf->mta.base = postfix_value(pf, "queue_directory");
	pf->mta.host = postconf_value(&pf->conf, "myhostname");
	for (size_t i = 0; i < pf->conf.services.n; i++)
		pf->is_confined |= calls_milters(&pf->conf.services.v[i]) &&
		                   pf->conf.services.v[i].is_confined;
	if (is_out_of_reach(pf))
		snprintf(pf->mta.future.path, sizeof(pf->mta.future.path),
			"%s/sekimori/sekimori.sock", pf->mta.base);
	pf->place = own_place(pf);
	postfix_read_lists(pf);
}

/* OpenDKIM and OpenDMARC, in whatever list they are. */
static void
check_neighbours(struct postfix *pf)
{
	const struct milters **lists = pool_array(pf->pool, pf->lists.n, sizeof(*lists));

	for (size_t i = 0; i < pf->lists.n; i++)
		lists[i] = &pf->lists.v[i].now;
	mta_check_opendkim(&pf->mta, "postfix.opendkim", lists, pf->lists.n);
	mta_check_opendmarc(&pf->mta, "postfix.opendmarc", lists, pf->lists.n);
}

/* A filter that signs beside us, once for each name. */
static void
check_signer(struct postfix *pf, struct words *seen, const char *name)
{
	const char *keys;

	if (name == NULL || words_have(seen, slice_of(name)))
		return;
	*vec_add(pf->pool, seen) = name;
	if ((keys = other_signer_keys(&pf->mta, name)) == NULL)
		return;
	mta_add(&pf->mta, FINDING_INFO, "postfix.signer",
		pool_printf(pf->pool,
			_("%s signs, too (%s): mail of a domain that has a key there and "
			  "here leaves with two signatures"),
			name, keys));
	mta_remedy(&pf->mta, _("one that signs"),
		_("take the domain's key out there, once the one here has its record in "
		  "the DNS"),
		NULL);
}

static void
check_signers(struct postfix *pf)
{
	static const char *const filters[] = { "content_filter", "smtpd_proxy_filter" };
	struct words seen = VEC_INIT;

	if (!(pf->mta.tool->policy->opt.mode & MODE_SIGN))
		return;
	for (size_t i = 0; i < pf->lists.n; i++)
		for (size_t k = 0; k < pf->lists.v[i].now.n; k++)
			check_signer(pf, &seen, pf->lists.v[i].now.v[k].name);
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		check_signer(
			pf, &seen, content_filter_name(postfix_value(pf, filters[i])));
		for (size_t k = 0; k < pf->conf.services.n; k++) {
			const char *own =
				postconf_override(&pf->conf.services.v[k], filters[i]);

			if (own != NULL)
				check_signer(pf, &seen, content_filter_name(own));
		}
	}
}

static void
check_key(struct postfix *pf)
{
	const char *host = postfix_value(pf, "myhostname");
	const char *origin = postfix_value(pf, "myorigin");

	mta_check_key(&pf->mta, "postfix.key");
	if (mta_ours_in(&pf->lists.v[LIST_LOCAL].wanted) == NULL)
		return;
	mta_check_host_key(&pf->mta, "postfix.host-key", host);
	if (strcasecmp(origin, host) != 0)
		mta_check_host_key(&pf->mta, "postfix.host-key", origin);
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
		check_signers, check_key };
	struct postfix pf = { .pool = tool->pool };
	const char *dir = tool_value(tool, "config-dir"), *bad;
	int status = 0;

	if (!mta_begin(tool, &pf.mta, &status))
		return status;
	pf.with_dir = dir != NULL
	                      ? pool_printf(pf.pool, " -c %s", shell_quote(pf.pool, dir))
	                      : "";
	bad = postconf_read(tool->pool, dir, &pf.conf);
	if (bad != NULL)
		return tool_fail(tool, EX_UNAVAILABLE, "%s", bad);
	look_begin(&pf);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](&pf);
	return mta_end(&pf.mta,
		pool_printf(tool->pool, "Postfix %s", postfix_value(&pf, "mail_version")),
		pool_printf(tool->pool, "postfix%s reload", pf.with_dir));
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
