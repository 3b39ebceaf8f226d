/*
 * Every configuration is searched for one line, that of the socket, whatever the rest of
 * its grammar is. OpenDKIM alone is read as a whole (config/beside.h), since its keys
 * matter, too.
 */
#include "base/base.h"
#include "tool/neighbours.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "config/table.h"
#include "tool/mta.h"
#include "tool/tool.h"

static const struct neighbour {
	const char *name;
	const char *conf, *setting; /* below /etc; which line says the socket; or NULL */
	const char *part;           /* of the path of its socket */
	const char *port;           /* its usual one, or NULL */
	unsigned does;
} neighbours[] = {
	{ "OpenDMARC", "opendmarc.conf", "Socket", "opendmarc", "8893", DOES_READ },
	{ "rspamd", "rspamd/local.d/worker-proxy.inc", "bind_socket", "rspamd", "11332",
		DOES_CHECK | DOES_CHANGE },
	{ "spamass-milter", "default/spamass-milter", "SOCKET", "spamass", NULL,
		DOES_CHANGE },
	{ "clamav-milter", "clamav/clamav-milter.conf", "MilterSocket", "clamav", "7357",
		DOES_CHANGE },
	{ "amavisd-milter", NULL, NULL, "amavis", NULL, DOES_CHANGE },
	{ "MIMEDefang", NULL, NULL, "mimedefang", NULL, DOES_CHANGE },
	{ "milter-greylist", "milter-greylist/greylist.conf", "socket", "milter-greylist",
		NULL, DOES_CHECK },
	{ "pyspf-milter", "pyspf-milter/pyspf-milter.conf", "Socket", "pyspf", NULL,
		DOES_CHECK },
	{ "dkimpy-milter", "dkimpy-milter/dkimpy-milter.conf", "Socket", "dkimpy", NULL,
		DOES_CHECK | DOES_SIGN },
	{ "OpenARC", "openarc.conf", "Socket", "openarc", NULL, DOES_READ | DOES_SIGN },
	{ "OpenDKIM", NULL, NULL, "opendkim", NULL, DOES_CHECK | DOES_SIGN },
};

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || c == '_' || c == '-';
}

bool
neighbour_setting(struct slice text, const char *name, struct slice *value)
{
	struct slice line, word;

	while (slice_next(&text, '\n', &line)) {
		struct scan s = scan_of(slice_trim(line));

		if (!scan_span(&s, is_word, &word) || !slice_caseis(word, name))
			continue;
		*value = slice_trim(scan_rest(&s));
		if (slice_starts(*value, "=") || slice_starts(*value, ":"))
			*value = slice_trim(slice_from(*value, 1));
		if (slice_ends(*value, ";"))
			*value = slice_trim(slice_sub(*value, 0, value->n - 1));
		if (value->n >= 2 && (value->p[0] == '"' || value->p[0] == '\'') &&
			value->p[value->n - 1] == value->p[0])
			*value = slice_sub(*value, 1, value->n - 2);
		return true;
	}
	return false;
}

/* "local:/run/x.sock", "localhost:11332", "*:11332", "/run/x.sock mode=0660" */
static bool
parse_socket(struct pool *pool, struct slice value, struct endpoint *end)
{
	struct scan s = scan_of(value);
	struct slice place;

	place = scan_until(&s, ' ');
	if (endpoint_parse(place, end) == NULL)
		return true;
	if (slice_starts(place, "*:"))
		place = slice_from(place, 2);
	return endpoint_parse(slice_of(pool_printf(pool, "inet:%.*s", SLICE_ARG(place))),
		       end) == NULL;
}

static bool
read_conf(const struct mta *mta, const char *name, struct slice *text)
{
	return file_read(mta->tool->pool,
		       pool_printf(mta->tool->pool, "%s/%s", mta->etc, name),
		       text) == NULL;
}

/* Is this the socket that its configuration says? */
static bool
is_configured(const struct mta *mta, const struct neighbour *n, const struct milter *m)
{
	struct endpoint end;
	struct slice text, value;

	return n->conf != NULL && read_conf(mta, n->conf, &text) &&
	       neighbour_setting(text, n->setting, &value) &&
	       parse_socket(mta->tool->pool, value, &end) &&
	       mta_is_same(mta, &end, &m->end);
}

/* Is it called like this, or at the usual port? */
static bool
has_its_look(
	const struct mta *mta UNUSED, const struct neighbour *n, const struct milter *m)
{
	if (m->end.kind == ENDPOINT_LOCAL)
		return strcasestr(m->end.path, n->part) != NULL;
	return (n->port != NULL && strcmp(m->end.port, n->port) == 0) ||
	       strcasestr(m->end.host, n->part) != NULL;
}

static const struct neighbour *
find_neighbour(const struct mta *mta, const struct milter *m,
	bool (*is_it)(
		const struct mta *, const struct neighbour *, const struct milter *))
{
	for (size_t i = 0; i < ARRAY_LEN(neighbours); i++)
		if (is_it(mta, &neighbours[i], m))
			return &neighbours[i];
	return NULL;
}

void
neighbour_name(const struct mta *mta, struct milter *m)
{
	const struct beside *b = &mta->beside;
	const struct neighbour *n;

	m->name = NULL;
	m->does = 0;
	if (!m->is_known || m->is_ours)
		return;
	if (b->has_socket && mta_is_same(mta, &b->socket, &m->end)) {
		m->name = "OpenDKIM";
		m->does = (b->checks ? DOES_CHECK : 0) | (b->signs ? DOES_SIGN : 0);
		return;
	}
	/* What a configuration says is surer than a look. */
	if ((n = find_neighbour(mta, m, is_configured)) == NULL &&
		(n = find_neighbour(mta, m, has_its_look)) == NULL)
		return;
	m->name = n->name;
	m->does = n->does;
}

/* Is the name in a list between commas? HOSTNAME is this host's own. */
static bool
has_id(struct slice list, const char *authserv_id)
{
	struct slice part;
	char host[256];

	if (gethostname(host, sizeof(host)) != 0)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	while (slice_next(&list, ',', &part)) {
		part = slice_trim(part);
		if (slice_caseis(part, authserv_id) ||
			(slice_caseis(part, "HOSTNAME") &&
				strcasecmp(host, authserv_id) == 0))
			return true;
	}
	return false;
}

/* It trusts its own name, which is the mail server's by default, and those of the list.
 */
const char *
neighbour_trust(const struct mta *mta, const char *authserv_id)
{
	struct slice text, own, list = SLICE_EMPTY;

	if (!read_conf(mta, "opendmarc.conf", &text))
		return NULL;
	if (!neighbour_setting(text, "AuthservID", &own))
		own = slice_of(mta->host != NULL ? mta->host : authserv_id);
	if (has_id(own, authserv_id) ||
		(neighbour_setting(text, "TrustedAuthservIDs", &list) &&
			has_id(list, authserv_id)))
		return NULL;
	return pool_printf(mta->tool->pool, "TrustedAuthservIDs %.*s%s%s",
		SLICE_ARG(list), list.n > 0 ? "," : "", authserv_id);
}

bool
neighbour_takes_spf(const struct mta *mta)
{
	struct slice text, value;

	return !read_conf(mta, "opendmarc.conf", &text) ||
	       !neighbour_setting(text, "SPFIgnoreResults", &value) || value.n == 0 ||
	       strchr("TtYy1", value.p[0]) == NULL;
}

const char *
neighbour_filter(const char *transport)
{
	const char *colon = strrchr(transport, ':');

	if (strcasestr(transport, "amavis") != NULL ||
		(colon != NULL && strcmp(colon, ":10024") == 0))
		return "amavis";
	if (strcasestr(transport, "spamassassin") != NULL ||
		strcasestr(transport, "spampd") != NULL)
		return "SpamAssassin";
	return NULL;
}
