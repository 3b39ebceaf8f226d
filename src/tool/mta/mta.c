/*
 * Finding ourselves in somebody else's list of filters is the work here: one socket has
 * many spellings (a path below the chroot, localhost and 127.0.0.1, two words for a UNIX
 * socket), so both sides are brought to one form before they are compared. A command to
 * paste is kept once, however many findings want it.
 */
#include "base/base.h"
#include "tool/mta/mta.h"

#include "base/shell.h"
#include "base/str.h"
#include "config/policy.h"
#include "tool/findings/json.h"
#include "tool/findings/print.h"
#include "tool/layout.h"
#include "tool/mta/handshake.h"
#include "tool/mta/milter_catalogue.h"
#include "tool/mta/milter_order.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

bool
mta_begin(struct tool *tool, struct mta *mta, int *status)
{
	const char *bad, *conf = tool_value(tool, "opendkim");
	const char *etc =
		tool_value(tool, "etc") != NULL ? tool_value(tool, "etc") : "/etc";
	struct opendkim_place place = opendkim_place();

	*mta = (struct mta){
		.tool = tool, .findings = { .pool = tool->pool }, .etc = etc
	};
	place.conf = pool_printf(tool->pool, "%s/opendkim.conf", etc);
	if (tool->nargs > 0) {
		*status = tool_fail(tool, EX_USAGE, _("takes flags only"));
		return false;
	}
	if ((tool->policy = conf_policy(tool, status)) == NULL)
		return false;
	mta->others = other_milters_read(tool->pool);
	bad = endpoint_parse(slice_of(tool->policy->opt.socket), &mta->socket);
	if (bad != NULL) {
		*status = tool_fail(tool, EX_CONFIG, "Socket '%s': %s",
			tool->policy->opt.socket, bad);
		return false;
	}
	mta->future = mta->socket;
	place.conf = conf != NULL ? conf : place.conf;
	opendkim_peer_read(tool->pool, place, tool->policy, &mta->opendkim);
	mta->is_opendkim_away = mta->opendkim.has_socket &&
	                        mta_nobody_at(mta, &mta->opendkim.socket, NULL) != NULL;
	if (mta->is_opendkim_away)
		mta->opendkim.same_key = NULL;
	return true;
}

void
mta_add(struct mta *mta, enum finding_status status, const char *id, const char *found)
{
	findings_add(&mta->findings, id, status, found);
}

void
mta_remedy(struct mta *mta, const char *wanted, const char *remedy, const char *command)
{
	finding_remedy(findings_last(&mta->findings), wanted, remedy);
	for (size_t i = 0; command != NULL && i < mta->commands.n; i++)
		if (strcmp(mta->commands.v[i], command) == 0)
			return;
	if (command != NULL)
		*vec_add(mta->tool->pool, &mta->commands) = command;
}

/* A host that is this one, in the spelling that all its names share. */
static const char *
host_spelling(const char *host)
{
	static const char *const here[] = { "", "localhost", "127.0.0.1", "::1",
		"0.0.0.0", "::", "ip6-localhost" };

	for (size_t i = 0; i < ARRAY_LEN(here); i++)
		if (strcasecmp(host, here[i]) == 0)
			return "localhost";
	return host;
}

const char *
mta_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return strncmp(path, directory, n) == 0 && path[n] == '/' ? path + n : NULL;
}

/* The path from the root of the host on. */
static const char *
whole_path(const struct mta *mta, const char *path)
{
	if (mta->base == NULL || mta_below(path, mta->base) != NULL)
		return path;
	return pool_printf(
		mta->tool->pool, "%s/%s", mta->base, path[0] == '/' ? path + 1 : path);
}

/* An absolute path may be meant from the root of the host or from that of a confined
 * process: either counts. */
bool
mta_is_same(const struct mta *mta, const struct endpoint *a, const struct endpoint *b)
{
	if ((a->kind == ENDPOINT_LOCAL) != (b->kind == ENDPOINT_LOCAL))
		return false;
	if (a->kind == ENDPOINT_LOCAL)
		return strcmp(a->path, b->path) == 0 ||
		       strcmp(whole_path(mta, a->path), whole_path(mta, b->path)) == 0;
	return strcmp(a->port, b->port) == 0 &&
	       strcasecmp(host_spelling(a->host), host_spelling(b->host)) == 0;
}

/* Surely not there: what may not be looked at may be. */
static bool
is_gone(const char *path)
{
	return access(path, F_OK) != 0 && errno == ENOENT;
}

static bool
is_on_this_host(const struct endpoint *end)
{
	struct ip ip;

	return end->kind == ENDPOINT_LOCAL ||
	       strcmp(host_spelling(end->host), "localhost") == 0 ||
	       (ip_parse(slice_of(end->host), &ip) == NULL && ip_is_loopback(&ip));
}

/* Tries a place, at this path where it has one. */
static const char *
try_place(const struct mta *mta, const struct handshake *as, const char *path)
{
	struct handshake h = *as;

	h.path = path;

	/* Whoever answers something is there; what we may not look at may be. */
	if (handshake_try(mta->tool->pool, &h) == NULL || h.error == 0 ||
		(h.error == EACCES && !h.as_user))
		return NULL;
	return _(strerror(h.error));
}

static const char *
nobody_at(const struct mta *mta, const struct handshake *h)
{
	const struct endpoint *end = h->end;
	const char *why = NULL;

	if (!is_on_this_host(end))
		return NULL;
	/* From the root of the host on, or from that of a confined process. */
	if (end->kind != ENDPOINT_LOCAL || end->path[0] == '/')
		if ((why = try_place(mta, h, end->path)) == NULL)
			return NULL;
	return end->kind == ENDPOINT_LOCAL && mta->base != NULL
	               ? try_place(mta, h, whole_path(mta, end->path))
	               : why;
}

const char *
mta_nobody_at(const struct mta *mta, const struct endpoint *end, const char *user)
{
	return nobody_at(mta, &(struct handshake){ .end = end, .user = user });
}

const char *
mta_refused_at(const struct mta *mta, const struct endpoint *end, const char *user)
{
	return nobody_at(mta,
		&(struct handshake){ .end = end, .user = user, .only_connects = true });
}

void
mta_look_for(const struct mta *mta, struct milter *milter, const char *user)
{
	if (milter->is_ours || !milter->is_known)
		return;
	milter->away = mta_nobody_at(mta, &milter->end, user);
	milter->is_off = milter->away != NULL && milter_is_off(mta, milter->name);
}

void
mta_claim(const struct mta *mta, struct milter *milter)
{
	const struct opendkim_peer *b = &mta->opendkim;
	bool others = b->at.conf != NULL &&
	              (!b->has_socket || mta_is_same(mta, &b->socket, &milter->end));

	if (!milter->is_known || milter->end.kind == ENDPOINT_LOCAL || others ||
		strcmp(milter->end.port, "8891") != 0 ||
		mta_nobody_at(mta, &milter->end, NULL) == NULL)
		return;
	milter->is_ours = true;
	milter->name = NULL;
	milter->does = 0;
}

/* A socket of ours from before our configuration named another one: it bears our name,
 * and is gone. Whoever calls there would be told to come again for ever. */
static bool
is_old_socket(const struct mta *mta, const struct milter *milter)
{
	const char *path = milter->end.path;

	return mta->base != NULL && milter->is_known &&
	       milter->end.kind == ENDPOINT_LOCAL &&
	       strstr(path, "sekimori.sock") != NULL &&
	       (path[0] != '/' || is_gone(path)) && is_gone(whole_path(mta, path));
}

bool
mta_endpoint(struct slice place, struct endpoint *end)
{
	if (endpoint_parse(place, end) == NULL)
		return true;
	/* Postfix takes a path that does not begin at the root. */
	if (!slice_starts(place, "unix:") && !slice_starts(place, "local:"))
		return false;
	place = slice_from(place, (size_t)slice_find(place, ':') + 1);
	*end = (struct endpoint){ .kind = ENDPOINT_LOCAL };
	snprintf(end->path, sizeof(end->path), "%.*s", SLICE_ARG(place));
	return true;
}

void
mta_place(const struct mta *mta, struct slice place, struct milter *milter)
{
	milter->is_known = mta_endpoint(place, &milter->end);
	milter->is_ours = milter->is_known &&
	                  (mta_is_same(mta, &milter->end, &mta->socket) ||
				  mta_is_same(mta, &milter->end, &mta->future) ||
				  is_old_socket(mta, milter));
	milter_identify(mta, milter);
}

const struct milter *
mta_ours_in(const struct milters *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].is_ours)
			return &list->v[i];
	return NULL;
}

/* The name in UserID, or that of the package. */
static const char *
service_user(const struct mta *mta)
{
	const char *id = mta->tool->policy->opt.user_id;
	size_t n = id != NULL ? strcspn(id, ":") : 0;

	return n > 0 ? pool_copy(mta->tool->pool, slice_make(id, n)) : "sekimori";
}

/* The package's own directory, in the group of our user: at the next start it gets that
 * of the mail server. */
static bool
is_made_by_unit(const struct mta *mta, const struct obstacle *o)
{
	const char *name = strrchr(o->path, '/'), *user = service_user(mta);

	return mta->base != NULL && mta_below(o->path, mta->base) != NULL &&
	       strcmp(name, "/sekimori") == 0 &&
	       strcmp(o->owner, pool_printf(mta->tool->pool, "%s:%s", user, user)) == 0;
}

/* The socket is there, and the user may not connect: what of it, and which setting. */
static void
mend_access(struct mta *mta, const char *user, const struct obstacle *o)
{
	struct pool *pool = mta->tool->pool;
	struct finding *f = findings_last(&mta->findings);
	const char *path = shell_quote(pool, o->path),
		   *group = shell_quote(pool, o->group);

	if (!o->is_socket) {
		finding_detail(mta->tool->pool, f,
			pool_printf(pool,
				_("the user %s may not enter the directory %s (owner %s, "
				  "mode %04o)"),
				user, o->path, o->owner, o->mode));
		if (is_made_by_unit(mta, o)) {
			mta_remedy(mta, _("a directory that he may enter"),
				_("restart us: the directory was made before the group "
				  "of the mail server was there"),
				"systemctl restart sekimori");
			return;
		}
		mta_remedy(mta, _("a directory that he may enter"),
			_("let him in; of a directory in /run the unit of the service "
			  "says the mode (RuntimeDirectoryMode=)"),
			pool_printf(pool, "chmod o+x %s", path));
		return;
	}
	finding_detail(mta->tool->pool, f,
		pool_printf(pool,
			_("the user %s may not write to the socket (owner %s, mode "
			  "%04o)"),
			user, o->owner, o->mode));
	mta_remedy(mta,
		o->is_member ? "UMask 007"
			     : pool_printf(pool, "UserID %s:%s, UMask 007",
				       service_user(mta), o->group),
		_("write this in our configuration and restart us: the socket is made so "
		  "at every start; the command helps until then"),
		o->is_member ? pool_printf(pool, "chmod g+rw %s", path)
			     : pool_printf(pool, "chgrp %s %s && chmod g+rw %s", group,
				       path, path));
}

void
mta_check_socket(struct mta *mta, const char *id, const char *user, const char *chroot)
{
	struct pool *pool = mta->tool->pool;
	const char *where = mta->tool->policy->opt.socket, *bad;
	struct handshake h = { .end = &mta->socket,
		.user = user,
		.chroot = chroot,
		.path = mta->socket.path };
	struct obstacle obstacle;

	if (chroot != NULL && mta->socket.kind == ENDPOINT_LOCAL && geteuid() == 0 &&
		mta_below(h.path, chroot) != NULL)
		h.path = mta_below(h.path, chroot);
	bad = handshake_try(pool, &h);
	if (bad == NULL && h.as_user) {
		mta_add(mta, FINDING_GOOD, id,
			pool_printf(pool,
				_("the daemon answers at %s, and the user %s may "
				  "connect (milter protocol %u)"),
				where, user, h.version));
		return;
	}
	if (bad == NULL) {
		mta_add(mta, FINDING_GOOD, id,
			pool_printf(pool,
				_("the daemon answers at %s (milter protocol %u)"), where,
				h.version));
		if (mta->socket.kind == ENDPOINT_LOCAL)
			mta_remedy(mta, NULL,
				_("run this as root to see whether the mail server's "
				  "user may connect"),
				NULL);
		return;
	}
	mta_add(mta, FINDING_FAILURE, id,
		h.as_user
			? pool_printf(pool, _("%s, as the user %s: %s"), where, user, bad)
			: pool_printf(pool, "%s: %s", where, bad));
	if (h.error == EACCES && handshake_obstacle(pool, &h, &obstacle))
		mend_access(mta, user, &obstacle);
	else if (h.error == EACCES && user != NULL)
		mta_remedy(mta, _("a milter that answers"),
			pool_printf(pool,
				_("see that the daemon runs, and restart it if the mail "
				  "server came after it; then let the user %s in: "
				  "UserID with a group that he is in (UserID "
				  "sekimori:%s) and UMask 007, and a directory that this "
				  "group may enter"),
				user, user),
			NULL);
	else
		mta_remedy(mta, _("a milter that answers"),
			_("see that the daemon runs: sekimorid -n, and the mail log"),
			NULL);
}

/* As it is after a first installation: no fault, but the next thing to do. */
void
mta_check_key(struct mta *mta, const char *id)
{
	const struct policy *policy = mta->tool->policy;

	if (policy->opt.mode == MODE_SHADOW || !(policy->opt.mode & MODE_SIGN) ||
		keytable_rows(policy->keys)->n > 0)
		return;
	mta_add(mta, FINDING_INFO, id, _("we have no key yet: nothing is signed"));
	mta_remedy(mta, _("a key for each domain that sends"),
		_("make one with `sekimori keygen DOMAIN --add`, publish the record that "
		  "it prints, see with `sekimori check DOMAIN` that it is there, and "
		  "reload us"),
		NULL);
}

/* What puts our changed configuration in force. */
static const char *
own_reload(const struct mta *mta)
{
	const char *pid_file = mta->tool->policy->opt.pid_file;

	if (access("/run/systemd/system", F_OK) == 0 &&
		strcmp(conf_file(mta->tool), SYSCONFDIR "/sekimori/sekimori.conf") == 0)
		return "systemctl reload sekimori";
	if (pid_file == NULL)
		return NULL;
	return pool_printf(mta->tool->pool, "kill -HUP $(cat %s)",
		shell_quote(mta->tool->pool, pid_file));
}

/* Changes are followed by what puts them in force. */
static void
add_reloads(struct mta *mta, const char *reload)
{
	const char *own = mta->changes > 0 ? own_reload(mta) : NULL;
	size_t foreign = mta->commands.n - mta->changes;

	if (foreign > 0 && reload != NULL)
		*vec_add(mta->tool->pool, &mta->commands) = reload;
	if (own != NULL)
		*vec_add(mta->tool->pool, &mta->commands) = own;
}

/* Nobody pastes a command that holds what a terminal acts on. */
static void
print_command(const struct mta *mta, const char *command)
{
	struct str shown = STR_POOL(mta->tool->pool);

	layout_show(&shown, command);
	printf("%s%s\n", strcmp(shown.p, command) != 0 ? "# " : "", shown.p);
}

static void
print_text(struct mta *mta)
{
	struct str out = STR_POOL(mta->tool->pool);

	findings_print(&mta->findings, stdout, findings_wants_colour());
	milter_order_print(mta, &out);
	if (out.n > 0)
		fputs(out.p, stdout);
	if (mta->commands.n > 0)
		puts(_("\nto paste, when you agree:"));
	for (size_t i = 0; i < mta->commands.n; i++)
		print_command(mta, mta->commands.v[i]);
}

int
mta_end(struct mta *mta, const char *title, const char *reload)
{
	json_t *commands;

	mta->findings.about = title;
	add_reloads(mta, reload);
	if (!mta->tool->json) {
		print_text(mta);
		return findings_exit_status(&mta->findings);
	}
	commands = json_array();
	for (size_t i = 0; i < mta->commands.n; i++)
		json_array_append_new(commands, tool_json_text(mta->commands.v[i]));
	tool_print(mta->tool,
		json_pack("{s:o,s:s,s:o,s:o,s:o}", "mta", tool_json_text(title), "status",
			finding_status_name(findings_worst(&mta->findings)), "checks",
			findings_json(&mta->findings, FINDING_GOOD), "layout",
			milter_order_json(mta), "commands", commands));
	return findings_exit_status(&mta->findings);
}
