/*
 * What each line of an opendmarc.conf means here. It is a program of another kind: it reads
 * the results of others, we make them; so next to nothing can be copied, and what counts is
 * said in words of the key table and a few options. Nothing is written: a few lines are to be
 * put into a configuration that is in use already.
 *
 * A line is of one of four kinds: it has a counterpart (carried), always holds here or
 * means something else (a note of its own), belonged to its reports, or was about its own
 * process. The last of several lines counts, as it does there.
 */
#include "base/base.h"
#include "base/file.h"
#include "tool/keys/import.h"

#include "base/ip.h"
#include "config/table.h"
#include "config/values.h"
#include "tool/tool.h"

/* What is gathered while the lines are read. */
struct opendmarc {
	struct import *im;
	bool refuses, holds; /* RejectFailures, HoldQuarantinedMessages */
	bool reports;        /* it writes a history, or sends reports */
	bool spares_users;   /* IgnoreAuthenticatedClients */
	struct place refuses_at, holds_at;
	struct words own; /* options of its own process */
};

struct meaning {
	const char *name;
	void (*take)(struct opendmarc *, const struct meaning *, struct place,
		struct slice value);
	const char *text;
};

static void
carry(struct opendmarc *od, struct place at, const char *name, const char *value,
	const char *instead)
{
	*vec_add(od->im->pool, &od->im->options) =
		(struct import_option){ name, value, instead, at };
}

/* A Boolean: is it on? What is none is off, as there. */
static bool
is_on(struct slice value)
{
	bool on = false;

	return value_bool(value, &on) == NULL && on;
}

static void
take_refusal(struct opendmarc *od, const struct meaning *m UNUSED, struct place at,
	struct slice value)
{
	od->refuses = is_on(value);
	od->refuses_at = at;
}

static void
take_hold(struct opendmarc *od, const struct meaning *m UNUSED, struct place at,
	struct slice value)
{
	od->holds = is_on(value);
	od->holds_at = at;
	if (od->holds)
		carry(od, at, "Quarantine", "hold", NULL);
}

/* An option of ours of the same name and type. */
static void
take_option(struct opendmarc *od, const struct meaning *m, struct place at,
	struct slice value)
{
	struct import *im = od->im;
	const struct reason *bad =
		option_parse(im->pool, option_find(slice_of(m->name)), value, &im->opt);

	if (bad != NULL)
		problems_note(&im->problems, at, "%s: %p", m->name, bad);
	else
		carry(od, at, m->name, pool_copy(im->pool, value), NULL);
}

static bool
is_loopback(const char *host)
{
	struct slice address, prefix;
	struct ip ip;

	slice_cut(slice_of(host), '/', &address, &prefix);
	return strcasecmp(host, "localhost") == 0 ||
	       (ip_parse(address, &ip) == NULL && ip_is_loopback(&ip));
}

static void
add_host(struct str *list, const char *host)
{
	str_addf(list, "%s%s", list->n > 0 ? ", " : "", host);
}

/* A file of clients whose mail it does not look at. Those on this host are ours anyway, unless
 * InternalHosts is set without them. */
static void
take_hosts(struct opendmarc *od, const struct meaning *m UNUSED, struct place at,
	struct slice value)
{
	struct import *im = od->im;
	struct str list = STR_POOL(im->pool), here = STR_POOL(im->pool);
	struct slice text;
	struct table lines = { 0 };
	const char *path = pool_copy(im->pool, value);
	const struct reason *bad;

	if ((bad = file_read(im->pool, path, &text)) != NULL) {
		problems_error(&im->problems, at, "IgnoreHosts: %p", bad);
		return;
	}
	table_parse(im->pool, text, path, &lines);
	for (size_t i = 0; i < lines.rows.n; i++) {
		const char *host = pool_copy(im->pool, lines.rows.v[i].key);

		add_host(is_loopback(host) ? &here : &list, host);
	}
	if (here.n > 0)
		problems_note(&im->problems, at,
			"IgnoreHosts: no policy acts on mail of this host (%s) where "
			"InternalHosts names these, as it does unless it is set",
			here.p);
	if (list.n == 0)
		return;
	carry(od, at, "TrustedRelays", list.p,
		pool_printf(im->pool, "IgnoreHosts %s", path));
	problems_note(&im->problems, at,
		"IgnoreHosts: mail of these clients gets results here, and no policy "
		"acts on it; those whose mail is yours belong into InternalHosts, where "
		"it is signed");
}

static void
take_name(struct opendmarc *od, const struct meaning *m, struct place at,
	struct slice value)
{
	if (!slice_caseis(value, "HOSTNAME"))
		take_option(od, m, at, value);
}

static void
take_reports(struct opendmarc *od, const struct meaning *m UNUSED, struct place at UNUSED,
	struct slice value)
{
	od->reports |= is_on(value);
}

/* A path, an address or a command. */
static void
take_reports_to(struct opendmarc *od, const struct meaning *m UNUSED,
	struct place at UNUSED, struct slice value UNUSED)
{
	od->reports = true;
}

static void
take_own(struct opendmarc *od, const struct meaning *m, struct place at UNUSED,
	struct slice value UNUSED)
{
	*vec_add(od->im->pool, &od->own) = m->name;
}

static void
take_note(struct opendmarc *od, const struct meaning *m, struct place at,
	struct slice value UNUSED)
{
	problems_note(&od->im->problems, at, "%s: %p", m->name,
		reason_of(od->im->pool, m->text));
}

/* A note, if a Boolean is on. */
static void
take_note_on(struct opendmarc *od, const struct meaning *m, struct place at,
	struct slice value)
{
	if (is_on(value))
		take_note(od, m, at, value);
}

static void
take_users(struct opendmarc *od, const struct meaning *m UNUSED, struct place at UNUSED,
	struct slice value)
{
	od->spares_users = is_on(value);
}

static const struct meaning meanings[] = {
	{ "AuthservID", take_name, NULL },
	{ "AuthservIDWithJobID", take_option, NULL },
	{ "AutoRestart", take_own, NULL },
	{ "AutoRestartCount", take_own, NULL },
	{ "AutoRestartRate", take_own, NULL },
	{ "Background", take_own, NULL },
	{ "BaseDirectory", take_own, NULL },
	{ "ChangeRootDirectory", take_own, NULL },
	{ "CopyFailuresTo", take_reports_to, NULL },
	{ "DNSTimeout", take_own, NULL },
	{ "DomainWhitelist", take_note,
		N_("no seal of a forwarder (ARC) is believed here; name the addresses of "
		   "those you trust in TrustedRelays") },
	{ "DomainWhitelistFile", take_note,
		N_("no seal of a forwarder (ARC) is believed here; name the addresses of "
		   "those you trust in TrustedRelays") },
	{ "DomainWhitelistSize", take_own, NULL },
	{ "EnableCoredumps", take_own, NULL },
	{ "FailureReports", take_reports, NULL },
	{ "FailureReportsBcc", take_reports_to, NULL },
	{ "FailureReportsOnNone", take_reports, NULL },
	{ "FailureReportsSentBy", take_reports_to, NULL },
	{ "HistoryFile", take_reports_to, NULL },
	{ "HoldQuarantinedMessages", take_hold, NULL },
	{ "IgnoreAuthenticatedClients", take_users, NULL },
	{ "IgnoreHosts", take_hosts, NULL },
	{ "IgnoreMailFrom", take_note,
		N_("write these domains into ExemptDomains, if no policy shall act on "
		   "their mail; they are then not signed either") },
	{ "IgnoreMailTo", take_reports_to, NULL },
	{ "MilterDebug", take_own, NULL },
	{ "PidFile", take_own, NULL },
	{ "PublicSuffixList", take_note,
		N_("the DNS says which domain is the organizational one (RFC 9989), no "
		   "list is needed") },
	{ "RecordAllMessages", take_reports, NULL },
	{ "RejectFailures", take_refusal, NULL },
	{ "RejectMultiValueFrom", take_note_on,
		N_("a From field of several author domains is refused where dmarc=reject "
		   "holds") },
	{ "RejectString", take_note,
		N_("the reply to mail that is refused names the domain and the reason") },
	{ "ReportCommand", take_reports_to, NULL },
	{ "RequiredHeaders", take_note_on,
		N_("mail is not refused because a field is missing or stands twice; From "
		   "must name one author where dmarc=reject holds") },
	{ "SPFIgnoreResults", take_own, NULL },
	{ "SPFSelfValidate", take_own, NULL },
	{ "Socket", take_own, NULL },
	{ "SoftwareHeader", take_own, NULL },
	{ "Syslog", take_own, NULL },
	{ "SyslogFacility", take_own, NULL },
	{ "TemporaryDirectory", take_own, NULL },
	{ "TrustedAuthservIDs", take_note,
		N_("nobody's results are believed here, all checks are made anew; name "
		   "relays of yours that check before us in TrustedRelays") },
	{ "UMask", take_own, NULL },
	{ "UserID", take_own, NULL },
};

/* Is this line's option set again below? */
static bool
is_overruled(const struct table *lines, size_t i)
{
	for (size_t j = i + 1; j < lines->rows.n; j++)
		if (slice_caseeq(lines->rows.v[j].key, lines->rows.v[i].key))
			return true;
	return false;
}

static void
take_line(struct opendmarc *od, const struct table_row *row)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (slice_caseis(row->key, meanings[i].name)) {
			meanings[i].take(od, &meanings[i], row->at, row->value);
			return;
		}
	problems_note(&od->im->problems, row->at, "%s: not an option of OpenDMARC 1.4",
		pool_copy(od->im->pool, row->key));
}

/* What it refuses, as a row of the key table for all domains. */
static void
conclude_policy(struct opendmarc *od)
{
	struct import *im = od->im;

	if (od->refuses)
		carry(od, od->refuses_at, IMPORT_ROW,
			"*  *:-:-  dmarc=reject dns-error=tempfail", "RejectFailures yes");
	else if (od->holds)
		carry(od, od->holds_at, IMPORT_ROW, "*  *:-:-  dmarc=quarantine",
			"HoldQuarantinedMessages yes");
	else
		*vec_add(im->pool, &im->notes) =
			N_("it refuses nothing (RejectFailures is not on), as we do: mail "
			   "that fails is marked, dmarc=mark");
	if (od->refuses && !od->holds)
		*vec_add(im->pool, &im->notes) =
			N_("it delivers mail that fails p=quarantine with the field alone; "
			   "here the option Quarantine says what becomes of it");
	if (od->holds && !od->refuses)
		*vec_add(im->pool, &im->notes) =
			N_("it delivers mail that fails p=reject with the field alone; here "
			   "dmarc=quarantine holds it, too");
}

static void
conclude(struct opendmarc *od)
{
	struct import *im = od->im;
	struct str own = STR_POOL(im->pool);

	conclude_policy(od);
	if (!od->spares_users)
		*vec_add(im->pool, &im->notes) =
			N_("IgnoreAuthenticatedClients is not on: there, mail of users who "
			   "log in is judged; here it is signed and never judged");
	if (od->reports)
		*vec_add(im->pool, &im->notes) =
			N_("its reports to other domains end: sekimori sends none; take "
			   "out what runs opendmarc-import, opendmarc-reports and "
			   "opendmarc-expire (cron)");
	for (size_t i = 0; i < od->own.n; i++)
		str_addf(&own, "%s%s", i > 0 ? ", " : "", od->own.v[i]);
	if (od->own.n > 0)
		*vec_add(im->pool, &im->notes) = pool_printf(im->pool,
			_("about its own process, nothing to do: %s"), own.p);
}

const struct reason *
import_opendmarc(struct import *im)
{
	struct opendmarc od = { .im = im };
	struct table lines = { 0 };
	struct slice text;
	const struct reason *bad;

	if ((bad = file_read(im->pool, im->from, &text)) != NULL)
		return bad;
	problems_init(&im->problems, im->pool);
	options_preset(im->pool, &im->opt);
	table_parse(im->pool, text, im->from, &lines);
	for (size_t i = 0; i < lines.rows.n; i++)
		if (!is_overruled(&lines, i))
			take_line(&od, &lines.rows.v[i]);
	conclude(&od);
	return NULL;
}
