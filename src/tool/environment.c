/*
 * The world of the flags: the policy of --config, the DNS of --zone, the time of --now.
 */
#include "base/base.h"
#include "tool/tool.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/str.h"
#include "config/policy.h"
#include "dns/dns_cache.h"
#include "dns/dns_live.h"
#include "dns/dns_zone.h"
#include "engine/services.h"
#include "mail/message.h"

/* Reads a stream to its end. */
static bool
read_all(struct pool *pool, FILE *in, struct slice *text)
{
	struct str all = STR_POOL(pool);
	char chunk[65536];
	size_t n;

	/* At a terminal the end is said once: whoever reads on waits for it again. */
	while (!feof(in) && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		str_addn(&all, chunk, n);
	*text = str_slice(&all);
	return !ferror(in);
}

bool
tool_read(struct tool *tool, const char *file, struct slice *text, int *status)
{
	bool is_stdin = file == NULL || strcmp(file, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(file, "rb");
	bool ok;

	if (in == NULL) {
		*status = tool_fail(tool, EX_NOINPUT, _("cannot open '%s': %s"), file,
			_(strerror(errno)));
		return false;
	}
	if (isatty(fileno(in)) && isatty(STDERR_FILENO))
		fputs(_("paste the text, then press Enter and Ctrl-D\n"), stderr);
	ok = read_all(tool->pool, in, text);
	if (!ok)
		*status = tool_fail(tool, EX_NOINPUT, _("cannot read '%s': %s"),
			is_stdin ? "-" : file, _(strerror(errno)));
	if (!is_stdin)
		fclose(in);
	return ok;
}

/* Do some lines end with CRLF, and some with LF alone? */
static bool
has_mixed_ends(struct slice text)
{
	bool crlf = false, lf = false;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n' && i > 0 && text.p[i - 1] == '\r')
			crlf = true;
		else if (text.p[i] == '\n')
			lf = true;
	return crlf && lf;
}

bool
tool_read_message(struct tool *tool, const char *file, struct headers *fields,
	struct slice *body, int *status)
{
	struct slice text;

	if (!tool_read(tool, file, &text, status))
		return false;
	if (text.n == 0) {
		*status = tool_fail(tool, EX_NOINPUT, _("the message is empty"));
		return false;
	}
	message_split(tool->pool, text, fields, body);
	if (fields->n == 0) {
		*status = tool_fail(tool, EX_DATAERR,
			_("this is no message: it does not begin with a header field"));
		return false;
	}
	if (has_mixed_ends(text) && !tool->json)
		fprintf(stderr,
			_("sekimori: note: some lines end with CRLF, others with LF "
			  "alone, which is no line end then\n"));
	return true;
}

/* Every problem on a line of its own; with --json, together. */
static int
fail_with(struct tool *tool, const char *file, const struct problems *problems)
{
	struct str text = STR_POOL(tool->pool);

	for (size_t i = 0; i < problems->all.n; i++) {
		if (!problems->all.v[i].is_error)
			continue;
		if (text.n > 0)
			str_addc(&text, '\n');
		problem_say(&text, &problems->all.v[i], texts_of);
	}
	return tool_fail(tool, EX_CONFIG, "%s", text.n > 0 ? text.p : file);
}

const struct policy *
tool_policy(struct tool *tool, int *status)
{
	const char *file = tool_value(tool, "config"),
		   *id = tool_value(tool, "authserv-id");
	const struct policy *policy;
	struct policy *with_id;
	struct problems problems;

	problems_init(&problems, tool->pool);
	policy = file != NULL ? policy_load(file, &problems) : policy_default();
	if (policy == NULL) {
		*status = fail_with(tool, file, &problems);
		return NULL;
	}
	tool->policy = policy;
	if (id == NULL)
		return policy;
	with_id = pool_alloc(tool->pool, sizeof(*with_id));
	*with_id = *policy;
	with_id->opt.authserv_id = id;
	return with_id;
}

/* The zone of the files that a flag names; NULL: there are none, or *status is set. */
static struct dns *
read_zones(struct tool *tool, const char *flag, int *status)
{
	struct dns *zone = NULL;
	const struct reason *bad;
	const char *file;
	struct slice text;

	for (size_t i = 0; (file = tool_value_at(tool, flag, i)) != NULL; i++) {
		if (zone == NULL)
			zone = dns_zone_new();
		if (!tool_read(tool, file, &text, status))
			break;
		if ((bad = dns_zone_add(zone, tool->pool, file, text)) != NULL) {
			*status = tool_fail(
				tool, EX_DATAERR, "%s", tool_reason(tool->pool, bad));
			break;
		}
	}
	if (file != NULL) {
		dns_close(zone);
		zone = NULL;
	}
	return zone;
}

/* The network: --nameserver, or what the configuration or the system says. */
static struct dns *
open_network(struct tool *tool, const struct policy *policy, int *status)
{
	struct str servers = STR_POOL(tool->pool);
	const char *given = tool_value(tool, "nameserver");
	const struct reason *bad;
	struct dns_live_params params = { 0 };
	struct dns_backend *backend;

	for (size_t i = 0; given == NULL && i < policy->opt.nameservers.n; i++)
		str_addf(&servers, "%s ", policy->opt.nameservers.v[i]);
	params.nameservers = given != NULL ? given : servers.p;
	if (given != NULL && (bad = dns_live_check(tool->pool, given)) != NULL) {
		*status = tool_fail(tool, EX_USAGE, _("--nameserver '%s': %s"), given,
			tool_reason(tool->pool, bad));
		return NULL;
	}
	if ((bad = dns_live_new(tool->pool, &params, &backend)) != NULL) {
		*status = tool_fail(tool, EX_TEMPFAIL, _("cannot ask the DNS: %s"),
			tool_reason(tool->pool, bad));
		return NULL;
	}
	tool->nameservers = dns_live_servers(tool->pool, backend);
	return dns_cache_new(backend, NULL);
}

struct dns *
tool_dns(struct tool *tool, const struct policy *policy, int *status)
{
	struct dns *zone, *overlay;

	*status = 0;
	zone = read_zones(tool, "zone", status);
	if (*status != 0)
		return NULL;
	overlay = read_zones(tool, "overlay", status);
	if (*status != 0) {
		if (zone != NULL)
			dns_close(zone);
		return NULL;
	}
	tool->dns = zone != NULL ? zone : open_network(tool, policy, status);
	if (overlay != NULL && tool->dns != NULL)
		tool->dns = dns_overlay_new(overlay, tool->dns);
	else if (overlay != NULL)
		dns_close(overlay);
	return tool->dns;
}

bool
tool_services(struct tool *tool, const struct policy *policy, struct services *services,
	int *status)
{
	services->dns = tool_dns(tool, policy, status);
	services->signer = policy->signer;
	services->tables = policy->tables;
	services->now = NULL;
	services->given = tool->now;
	services->monotonic_ms = clock_monotonic_ms;
	return services->dns != NULL;
}

/* The address of --ip; IP_NONE without it. */
bool
tool_ip(struct tool *tool, struct ip *ip, int *status)
{
	const char *text = tool_value(tool, "ip");

	*ip = IP_NONE;
	if (text == NULL || ip_parse(slice_of(text), ip) == NULL)
		return true;
	*status = tool_fail(tool, EX_USAGE, _("--ip '%s' is not an address"), text);
	return false;
}

/* What is to become part of an SPF record must be what receivers see. */
bool
tool_public_ip(struct tool *tool, const char *text, struct ip *ip, int *status)
{
	if (ip_parse(slice_of(text), ip) != NULL)
		*status =
			tool_fail(tool, EX_USAGE, _("--ip '%s' is not an address"), text);
	else if (!ip_is_public(ip))
		*status = tool_fail(tool, EX_USAGE,
			_("--ip '%s' is a private address, which no receiver ever sees: "
			  "name the public one that mail leaves from (the router's, or "
			  "the relay's); a delivered copy of a message shows it"),
			text);
	else
		return true;
	return false;
}

/* The same for those who want it as the kernel does. */
const struct sockaddr *
tool_sockaddr(const struct ip *ip, struct sockaddr_storage *buf)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)buf;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)buf;

	memset(buf, 0, sizeof(*buf));
	if (ip->bits == 0)
		return NULL;
	if (ip->bits == 32) {
		in4->sin_family = AF_INET;
		memcpy(&in4->sin_addr, ip->addr, 4);
	} else {
		in6->sin6_family = AF_INET6;
		memcpy(&in6->sin6_addr, ip->addr, 16);
	}
	return (const struct sockaddr *)buf;
}

/* The envelope sender without its brackets; p == NULL: not given. */
struct slice
tool_mail_from(const struct tool *tool)
{
	struct slice path = slice_of(tool_value(tool, "mail-from"));

	if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
		path = slice_sub(path, 1, path.n - 2);
	return path;
}
