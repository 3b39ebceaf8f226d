/*
 * sekimori sendmail: what Sendmail's configuration means for us, and what to change.
 *
 * sendmail.cf is what runs; where there is none, its source sendmail.mc is read as far as
 * it speaks of milters.
 */
#include "base/base.h"
#include "base/file.h"
#include "tool/tool.h"

#include "base/scan.h"
#include "base/str.h"
#include "config/keytable.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/mta/milter_order.h"
#include "tool/mta/mta.h"

#include <sys/stat.h>

#define CONFIG_DIR "/etc/mail"

static const struct flag flags[] = {
	{ "config-dir", N_("DIR"), N_("where sendmail.cf is (default: /etc/mail)") },
	{ "etc", N_("DIR"),
		N_("where other milters have their configurations (default: /etc)") },
	{ "opendkim", N_("FILE"),
		N_("OpenDKIM's configuration on this host (default: "
		   "/etc/opendkim.conf)") },
};

/* A filter that is defined. */
struct filter {
	struct slice name, flag; /* F=T: "T" */
	struct slice socket;
};

struct sendmail {
	struct mta mta;
	struct pool *pool;
	const char *file;
	bool is_source; /* sendmail.mc */
	struct slice text;
	VEC(struct filter) filters;
	struct words order;  /* InputMailFilters */
	struct milters list; /* the same, with their sockets; action: F= */
	struct slice version, masquerade;
	struct slice connect, envfrom; /* macros */
	const char *never_called;      /* our name of a filter that the list leaves out */
};

/* "S=inet:8891@localhost, F=T, T=..." */
static void
add_filter(struct sendmail *sm, struct slice name, struct slice equates)
{
	struct filter *filter = vec_add(sm->pool, &sm->filters);

	filter->name = slice_trim(name);
	while (equates.n > 0) {
		struct slice part, rest, key, value;

		if (!slice_cut(equates, ',', &part, &rest)) {
			part = equates;
			rest = SLICE_EMPTY;
		}
		equates = rest;
		if (!slice_cut(part, '=', &key, &value))
			continue;
		key = slice_trim(key);
		if (slice_is(key, "S"))
			filter->socket = slice_trim(value);
		else if (slice_is(key, "F"))
			filter->flag = slice_trim(value);
	}
}

/* A line of sendmail.cf. */
static void
read_line(struct sendmail *sm, struct slice line)
{
	struct slice name, rest;
	static const char filters[] = "O InputMailFilters=";

	if (slice_starts(line, "X") && slice_cut(line, ',', &name, &rest))
		add_filter(sm, slice_from(name, 1), rest);
	else if (slice_starts(line, filters))
		value_words(sm->pool, slice_from(line, strlen(filters)), &sm->order);
	else if (slice_starts(line, "DZ"))
		sm->version = slice_from(line, 2);
	else if (slice_starts(line, "DM"))
		sm->masquerade = slice_trim(slice_from(line, 2));
	else if (slice_starts(line, "O Milter.macros.connect="))
		sm->connect = line;
	else if (slice_starts(line, "O Milter.macros.envfrom="))
		sm->envfrom = line;
}

/* The quoted words of a macro call: NAME(`a', `b'). */
static bool
quoted_word(struct scan *s, struct slice *word)
{
	scan_until(s, '`');
	if (!scan_char(s, '`'))
		return false;
	*word = scan_until(s, '\'');
	return scan_char(s, '\'');
}

/* A line of sendmail.mc. */
static void
read_source_line(struct sendmail *sm, struct slice line)
{
	bool input = slice_starts(line, "INPUT_MAIL_FILTER(");
	struct scan s = scan_of(line);
	struct slice name, value;

	if (!quoted_word(&s, &name) || !quoted_word(&s, &value)) {
		if (slice_starts(line, "MASQUERADE_AS("))
			sm->masquerade = name;
		return;
	}
	if (input || slice_starts(line, "MAIL_FILTER("))
		add_filter(sm, name, value);
	if (input)
		*vec_add(sm->pool, &sm->order) = pool_copy(sm->pool, name);
	if (!slice_is(name, "confINPUT_MAIL_FILTERS"))
		return;
	/* A definition takes the place of what INPUT_MAIL_FILTER has added above it. */
	sm->order = (struct words)VEC_INIT;
	value_words(sm->pool, value, &sm->order);
}

/* Is there a filter of ours that the list does not name? */
static void
find_never_called(struct sendmail *sm)
{
	for (size_t i = 0; i < sm->filters.n; i++) {
		struct milter milter = { 0 };

		mta_place(&sm->mta, sm->filters.v[i].socket, &milter);
		if (milter.is_ours && mta_ours_in(&sm->list) == NULL)
			sm->never_called = pool_copy(sm->pool, sm->filters.v[i].name);
	}
}

static const char *
look_read(struct sendmail *sm, const char *dir)
{
	const struct reason *bad;
	struct scan s;

	sm->file = pool_printf(sm->pool, "%s/sendmail.cf", dir);
	if (access(sm->file, F_OK) != 0) {
		sm->file = pool_printf(sm->pool, "%s/sendmail.mc", dir);
		sm->is_source = true;
	}
	if ((bad = file_read(sm->pool, sm->file, &sm->text)) != NULL)
		return tool_reason(sm->pool, bad);
	for (s = scan_of(sm->text); !scan_is_end(&s);) {
		struct slice line = scan_until(&s, '\n');

		scan_char(&s, '\n');
		if (sm->is_source)
			read_source_line(sm, line);
		else
			read_line(sm, line);
	}
	for (size_t i = 0; i < sm->order.n; i++) {
		struct milter *milter = vec_add(sm->pool, &sm->list);

		milter->text = sm->order.v[i];
		for (size_t k = 0; k < sm->filters.n; k++)
			if (slice_is(sm->filters.v[k].name, milter->text)) {
				mta_place(&sm->mta, sm->filters.v[k].socket, milter);
				milter->action =
					pool_copy(sm->pool, sm->filters.v[k].flag);
			}
	}
	find_never_called(sm);
	return NULL;
}

/* Our socket as Sendmail writes it. */
static const char *
own_place(const struct sendmail *sm)
{
	const struct endpoint *end = &sm->mta.socket;

	if (end->kind == ENDPOINT_LOCAL)
		return pool_printf(sm->pool, "local:%s", end->path);
	return pool_printf(sm->pool, "%s:%s@%s",
		end->kind == ENDPOINT_INET6 ? "inet6" : "inet", end->port,
		end->host[0] != '\0' ? end->host : "127.0.0.1");
}

static bool
is_shadow(const struct sendmail *sm)
{
	return sm->mta.tool->policy->opt.mode == MODE_SHADOW;
}

static const char *
own_line(const struct sendmail *sm)
{
	return pool_printf(sm->pool,
		"INPUT_MAIL_FILTER(`sekimori', `S=%s,%s T=C:2m;S:30s;R:2m;E:5m')dnl",
		own_place(sm), is_shadow(sm) ? "" : " F=T,");
}

static void
check_source(struct sendmail *sm)
{
	const char *slash = strrchr(sm->file, '/');
	const char *source = pool_printf(
		sm->pool, "%.*s/sendmail.mc", (int)(slash - sm->file), sm->file);
	struct stat cf, mc;

	if (sm->is_source || stat(sm->file, &cf) != 0 || stat(source, &mc) != 0 ||
		mc.st_mtim.tv_sec <= cf.st_mtim.tv_sec)
		return;
	mta_add(&sm->mta, FINDING_WARNING, "sendmail.source",
		pool_printf(sm->pool, _("%s is newer than %s"), source, sm->file));
	mta_remedy(&sm->mta, _("a sendmail.cf made of it"),
		_("make it anew (Debian: sendmailconfig), and restart Sendmail"), NULL);
}

/* The list with us, in the order that it should have. */
static void
wanted_list(const struct sendmail *sm, struct milters *wanted)
{
	struct milters all = VEC_INIT;

	for (size_t i = 0; i < sm->list.n; i++)
		*vec_add(sm->pool, &all) = sm->list.v[i];
	if (mta_ours_in(&all) == NULL)
		*vec_add(sm->pool, &all) = (struct milter){
			.text = sm->never_called != NULL ? sm->never_called : "sekimori",
			.is_known = true,
			.is_ours = true
		};
	milter_order_sort(&sm->mta, &all, wanted);
}

/* define(`confINPUT_MAIL_FILTERS', ...) of a list. */
static const char *
list_line(const struct sendmail *sm, const struct milters *list)
{
	struct str names = STR_POOL(sm->pool);

	for (size_t i = 0; i < list->n; i++)
		str_addf(&names, "%s%s", i > 0 ? ", " : "", list->v[i].text);
	return pool_printf(
		sm->pool, "define(`confINPUT_MAIL_FILTERS', `%s')dnl", names.p);
}

/* A filter of ours that the list does not name, whether MAIL_FILTER defines it or the
 * list stands below INPUT_MAIL_FILTER. */
static void
report_never_called(struct sendmail *sm)
{
	struct milters wanted;

	wanted_list(sm, &wanted);
	mta_add(&sm->mta, FINDING_FAILURE, "sendmail.filter",
		pool_printf(sm->pool,
			_("%s defines us as %s, but InputMailFilters does not name that: "
			  "it is never called"),
			sm->file, sm->never_called));
	mta_remedy(&sm->mta, _("us, in InputMailFilters"),
		_("put the line into sendmail.mc in place of any other "
		  "confINPUT_MAIL_FILTERS, behind the lines that define filters; make "
		  "sendmail.cf anew and restart Sendmail"),
		list_line(sm, &wanted));
}

static void
check_filter(struct sendmail *sm)
{
	if (mta_ours_in(&sm->list) != NULL) {
		mta_add(&sm->mta, FINDING_GOOD, "sendmail.filter",
			pool_printf(sm->pool, _("%s names us: %s"), sm->file,
				mta_ours_in(&sm->list)->text));
		return;
	}
	if (sm->never_called != NULL) {
		report_never_called(sm);
		return;
	}
	mta_add(&sm->mta, FINDING_FAILURE, "sendmail.filter",
		pool_printf(sm->pool, _("%s does not name us"), sm->file));
	mta_remedy(&sm->mta, own_place(sm),
		_("put the line into sendmail.mc, before the MAILER lines and behind "
		  "other filters; make sendmail.cf anew and restart Sendmail"),
		own_line(sm));
}

/* Sendmail asks in the order of InputMailFilters. */
static void
check_order(struct sendmail *sm)
{
	struct str names = STR_POOL(sm->pool);
	struct milters wanted;
	bool same = true;

	wanted_list(sm, &wanted);
	milter_order_show(&sm->mta, "InputMailFilters", &wanted);
	if (mta_ours_in(&sm->list) == NULL)
		return;
	for (size_t i = 0; i < wanted.n; i++) {
		same &= strcmp(wanted.v[i].text, sm->list.v[i].text) == 0;
		str_addf(&names, "%s%s", i > 0 ? ", " : "", wanted.v[i].text);
	}
	if (same)
		return;
	mta_add(&sm->mta, FINDING_WARNING, "sendmail.order",
		_("InputMailFilters: what changes a message has to stand behind who "
		  "checks and before who signs"));
	mta_remedy(&sm->mta, names.p,
		_("put the line into sendmail.mc, behind the INPUT_MAIL_FILTER lines"),
		list_line(sm, &wanted));
}

/* The shadow touches no mail: away, it must not either. */
static void
check_shadow_action(struct sendmail *sm, const char *flag)
{
	if (flag[0] == '\0') {
		mta_add(&sm->mta, FINDING_GOOD, "sendmail.default-action",
			_("while we are away, mail passes (no F=), as it does in Mode "
			  "shadow"));
		return;
	}
	mta_add(&sm->mta, FINDING_WARNING, "sendmail.default-action",
		pool_printf(sm->pool,
			_("while we are away, mail stops, although Mode shadow touches "
			  "none (F=%s)"),
			flag));
	mta_remedy(&sm->mta, _("no F="), _("mail passes, as it does through Mode shadow"),
		own_line(sm));
}

static void
check_action(struct sendmail *sm)
{
	const struct milter *ours = mta_ours_in(&sm->list);
	const char *flag = ours != NULL && ours->action != NULL ? ours->action : "";

	if (ours == NULL)
		return;
	if (is_shadow(sm)) {
		check_shadow_action(sm, flag);
		return;
	}
	if (strchr(flag, 'T') != NULL || strcmp(flag, "4") == 0) {
		mta_add(&sm->mta, FINDING_GOOD, "sendmail.default-action",
			pool_printf(sm->pool,
				_("while we are away, clients are asked to come again "
				  "(F=%s)"),
				flag));
		return;
	}
	mta_add(&sm->mta, FINDING_WARNING, "sendmail.default-action",
		strchr(flag, 'R') != NULL
			? _("while we are away, mail is refused (F=R)")
			: _("while we are away, mail leaves unsigned and comes in "
			    "unchecked (no F=)"));
	mta_remedy(&sm->mta, "F=T", _("nothing is lost by it"), own_line(sm));
}

/* What Sendmail completes to that domain is only held against its impersonation= when we
 * know of it. */
static void
check_appended(struct sendmail *sm)
{
	const struct policy *policy = sm->mta.tool->policy;
	const struct domains *known = &policy->appended, *guarded;
	struct asker asker = { .pool = sm->pool };
	const char *domain;

	if (keytable_guarded(policy->keys, &asker, &guarded) == ROW_ABSENT ||
		domain_parse(sm->pool, sm->masquerade, &domain) != NULL)
		return;
	for (size_t i = 0; i < known->n; i++)
		if (strcmp(known->v[i], domain) == 0)
			return;
	mta_add(&sm->mta, FINDING_WARNING, "sendmail.appended",
		pool_printf(sm->pool,
			_("an author without a domain becomes one of %s (MASQUERADE_AS), "
			  "from outside, too, and impersonation= does not know"),
			domain));
	mta_remedy(&sm->mta, pool_printf(sm->pool, "AppendedDomains %s", domain),
		_("write it into our configuration, and reload us"), NULL);
}

static void
check_masquerade(struct sendmail *sm)
{
	if (sm->masquerade.n == 0)
		return;
	check_appended(sm);
	mta_add(&sm->mta, FINDING_WARNING, "sendmail.masquerade",
		pool_printf(sm->pool,
			_("MASQUERADE_AS(%.*s): Sendmail writes From anew after we have "
			  "signed, and the signature breaks where it does"),
			SLICE_ARG(sm->masquerade)));
	mta_remedy(&sm->mta, _("addresses that are right before we see them"),
		_("have mail programs write the address as it shall be, or have a "
		  "second Sendmail, with us, relay what this one has rewritten"),
		NULL);
}

static bool
has_text(struct slice line, const char *text)
{
	return slice_search(line, text) >= 0;
}

/* What we are told of the client. Without a filter m4 writes nothing of macros. */
static void
check_macros(struct sendmail *sm)
{
	bool daemon = has_text(sm->connect, "{daemon_name}");
	bool auth = has_text(sm->envfrom, "{auth_type}") ||
	            has_text(sm->envfrom, "{auth_authen}");

	if (sm->is_source || sm->filters.n == 0)
		return;
	if (auth && daemon) {
		mta_add(&sm->mta, FINDING_GOOD, "sendmail.macros",
			_("we are told who has logged in, and at which daemon"));
		return;
	}
	mta_add(&sm->mta, auth ? FINDING_INFO : FINDING_WARNING, "sendmail.macros",
		auth ? _("we are not told at which daemon a client came in "
			 "({daemon_name}): the option MTA has no effect")
		     : _("we are not told who has logged in ({auth_type}): mail of "
			 "users from outside is not signed"));
	mta_remedy(&sm->mta, _("the macros that Sendmail sends by itself"),
		_("remove confMILTER_MACROS_CONNECT and confMILTER_MACROS_ENVFROM from "
		  "sendmail.mc, or add the macro there"),
		NULL);
}

static int
run_sendmail(struct tool *tool)
{
	static void (*const checks[])(struct sendmail *) = { check_source, check_filter,
		check_order, check_action, check_macros, check_masquerade };
	const char *dir = tool_value(tool, "config-dir"), *bad;
	struct sendmail sm = { .pool = tool->pool };
	const struct milters *lists[1];
	int status = 0;

	if (!mta_begin(tool, &sm.mta, &status))
		return status;
	if ((bad = look_read(&sm, dir != NULL ? dir : CONFIG_DIR)) != NULL)
		return tool_fail(tool, EX_NOINPUT,
			_("%s: is Sendmail installed here? --config-dir names another "
			  "directory; for Postfix there is `sekimori postfix`"),
			bad);
	mta_check_socket(&sm.mta, "sendmail.socket", "root", NULL);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](&sm);
	lists[0] = &sm.list;
	mta_check_opendkim(&sm.mta, "sendmail.opendkim", lists, 1);
	mta_check_opendmarc(&sm.mta, "sendmail.opendmarc", lists, 1);
	mta_check_key(&sm.mta, "sendmail.key");
	return mta_end(&sm.mta,
		sm.version.n > 0
			? pool_printf(tool->pool, "Sendmail %.*s", SLICE_ARG(sm.version))
			: "Sendmail",
		NULL);
}

const struct command command_sendmail = {
	.name = "sendmail",
	.arguments = "",
	.summary = N_("what to change in Sendmail's configuration for us"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_sendmail,
	.keys = "mta status checks layout commands",
};
