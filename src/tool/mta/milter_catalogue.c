/*
 * Every configuration is searched for one line, that of the socket, whatever the rest of
 * its grammar is. OpenDKIM alone is read as a whole (config/opendkim_peer.h), since its
 * keys matter, too.
 */
#include "base/base.h"
#include "tool/mta/milter_catalogue.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/scan.h"
#include "base/str.h"
#include "config/policy.h"
#include "config/values.h"
#include "tool/mta/mta.h"
#include "tool/table_file.h"
#include "tool/tool.h"

#include <dirent.h>

struct other_milter {
	const char *name;
	const char *conf, *setting; /* below /etc; which line says the socket; or NULL */
	const char *part;           /* of the path of its socket; or NULL */
	const char *port;           /* its usual one, or NULL */
	unsigned does;
};

struct other_milters VEC_OF(struct other_milter);

static const struct {
	const char *word;
	unsigned does;
} does_words[] = {
	{ "checks", DOES_CHECK },
	{ "changes", DOES_CHANGE },
	{ "signs", DOES_SIGN },
	{ "reads", DOES_READ },
};

static unsigned
read_does(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(does_words); i++)
		if (strcmp(word, does_words[i].word) == 0)
			return does_words[i].does;
	return 0;
}

/* NULL, or why the row is no milter's. "*" is nothing of the kind. */
static const char *
read_milter(struct pool *pool, const struct file_row *row, struct other_milter *m)
{
	const char *const *f = row->fields.v;

	if (row->fields.n < 6)
		return _("a milter has a name, a configuration, a setting, a part of a "
			 "path, a port, and what it does");
	*m = (struct other_milter){ f[0], file_row_cell(row, 1), file_row_cell(row, 2),
		file_row_cell(row, 3), file_row_cell(row, 4), 0 };
	if (m->part != NULL && slice_trim(slice_of(m->part)).n == 0)
		return _("an empty part of a path: every milter would fit");
	if (m->conf == NULL && m->part == NULL && m->port == NULL)
		return _("neither a configuration nor a part of a path nor a port");
	if ((m->conf == NULL) != (m->setting == NULL))
		return _("a configuration goes with a setting");
	for (size_t i = 5; i < row->fields.n; i++) {
		if (read_does(f[i]) == 0)
			return pool_printf(pool,
				_("'%s' is none of checks, changes, signs, reads"), f[i]);
		m->does |= read_does(f[i]);
	}
	return NULL;
}

const struct other_milters *
other_milters_of(struct table_file *table)
{
	struct other_milters *all = pool_alloc(table->pool, sizeof(*all));

	*all = (struct other_milters)VEC_INIT;
	for (size_t i = 0; i < table->rows.n; i++) {
		struct other_milter m;
		const char *bad = read_milter(table->pool, &table->rows.v[i], &m);

		if (bad != NULL)
			table_file_complain(table, &table->rows.v[i], bad);
		else
			*vec_add(table->pool, all) = m;
	}
	return all;
}

const struct other_milters *
other_milters_read(struct pool *pool)
{
	const struct other_milters *all;
	struct table_file table;

	table_file_read(pool, "milters", &table);
	all = other_milters_of(&table);
	table_file_report(&table);
	return all;
}

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || c == '_' || c == '-';
}

bool
setting_find(struct slice text, const char *name, struct slice *value)
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
is_configured(const struct mta *mta, const struct other_milter *n, const struct milter *m)
{
	struct endpoint end;
	struct slice text, value;

	return n->conf != NULL && read_conf(mta, n->conf, &text) &&
	       setting_find(text, n->setting, &value) &&
	       parse_socket(mta->tool->pool, value, &end) &&
	       mta_is_same(mta, &end, &m->end);
}

/* Is it called like this, or at the usual port? */
static bool
has_its_look(const struct mta *mta UNUSED, const struct other_milter *n,
	const struct milter *m)
{
	const char *name = m->end.kind == ENDPOINT_LOCAL ? m->end.path : m->end.host;

	if (n->part != NULL && strcasestr(name, n->part) != NULL)
		return true;
	return m->end.kind != ENDPOINT_LOCAL && n->port != NULL &&
	       strcmp(m->end.port, n->port) == 0;
}

static const struct other_milter *
find_milter(const struct mta *mta, const struct milter *m,
	bool (*is_it)(
		const struct mta *, const struct other_milter *, const struct milter *))
{
	for (size_t i = 0; i < mta->others->n; i++)
		if (is_it(mta, &mta->others->v[i], m))
			return &mta->others->v[i];
	return NULL;
}

void
milter_identify(const struct mta *mta, struct milter *m)
{
	const struct opendkim_peer *b = &mta->opendkim;
	const struct other_milter *n;

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
	if ((n = find_milter(mta, m, is_configured)) == NULL &&
		(n = find_milter(mta, m, has_its_look)) == NULL)
		return;
	m->name = n->name;
	m->does = n->does;
}

/* "opendkim.service", "opendkim@x.service" */
static bool
is_unit_of(const char *file, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(file, name, n) == 0 && (file[n] == '.' || file[n] == '@');
}

/* Is a unit of this name wanted by a target? Links below these directories say so. */
static bool
is_wanted(const struct mta *mta, const char *units, const char *name)
{
	DIR *all = opendir(units), *one;
	struct dirent *target, *unit;
	bool found = false;

	while (all != NULL && !found && (target = readdir(all)) != NULL) {
		struct slice kind = slice_of(target->d_name);

		if (!slice_ends(kind, ".wants") && !slice_ends(kind, ".requires"))
			continue;
		one = opendir(
			pool_printf(mta->tool->pool, "%s/%s", units, target->d_name));
		while (one != NULL && !found && (unit = readdir(one)) != NULL)
			found = is_unit_of(unit->d_name, name);
		if (one != NULL)
			closedir(one);
	}
	if (all != NULL)
		closedir(all);
	return found;
}

bool
milter_is_off(const struct mta *mta, const char *name)
{
	const char *units = pool_printf(mta->tool->pool, "%s/systemd/system", mta->etc);
	bool is_asked = tool_value(mta->tool, "etc") != NULL;

	return name != NULL && access(units, X_OK) == 0 &&
	       (is_asked || access("/run/systemd/system", F_OK) == 0) &&
	       !is_wanted(mta, units, name);
}

/* The next name of a list between commas. HOSTNAME is this host's own. */
static bool
next_id(struct pool *pool, struct slice *list, const char **id)
{
	struct slice part;
	char host[256];

	if (!slice_next(list, ',', &part))
		return false;
	part = slice_trim(part);
	*id = pool_copy(pool, part);
	if (!slice_is(part, "HOSTNAME") || gethostname(host, sizeof(host)) != 0)
		return true;
	host[sizeof(host) - 1] = '\0';
	*id = pool_strdup(pool, host);
	return true;
}

/* Which names it trusts: its own, which is the mail server's by default, in any case of
 * letters, and those of its list as they are written. False: we cannot know. */
static bool
read_ids(const struct mta *mta, struct slice *own, struct slice *list)
{
	struct slice text;

	if (!read_conf(mta, "opendmarc.conf", &text))
		return false;
	if (!setting_find(text, "AuthservID", own))
		*own = mta->host != NULL ? slice_of(mta->host) : SLICE_EMPTY;
	if (!setting_find(text, "TrustedAuthservIDs", list))
		*list = SLICE_EMPTY;
	return true;
}

const char *
opendmarc_trust(const struct mta *mta, const char *authserv_id)
{
	struct pool *pool = mta->tool->pool;
	struct slice own, list, rest;
	const char *id;

	if (!read_ids(mta, &own, &list))
		return NULL;
	rest = own;
	if (own.n == 0 || (next_id(pool, &rest, &id) && strcasecmp(id, authserv_id) == 0))
		return NULL;
	for (rest = list; next_id(pool, &rest, &id);)
		if (strcmp(id, authserv_id) == 0)
			return NULL;
	return pool_printf(pool, "TrustedAuthservIDs %.*s%s%s", SLICE_ARG(list),
		list.n > 0 ? "," : "", authserv_id);
}

/* Do we remove fields of this name, or write them? */
static bool
is_removed(const struct mta *mta, const char *id, const char *authserv_id)
{
	const struct words *more = &mta->tool->policy->remove_ar_from;

	for (size_t i = 0; i < more->n; i++)
		if (strcasecmp(more->v[i], id) == 0)
			return true;
	return *id == '\0' || (authserv_id != NULL && strcasecmp(id, authserv_id) == 0);
}

const char *
opendmarc_others(const struct mta *mta, const char *authserv_id)
{
	struct str others = STR_POOL(mta->tool->pool);
	struct words seen = VEC_INIT;
	struct slice own, list, rest;
	const char *id;

	if (!read_ids(mta, &own, &list))
		return NULL;
	rest = slice_of(pool_printf(
		mta->tool->pool, "%.*s,%.*s", SLICE_ARG(own), SLICE_ARG(list)));
	while (next_id(mta->tool->pool, &rest, &id)) {
		if (is_removed(mta, id, authserv_id) || words_have(&seen, slice_of(id)))
			continue;
		*vec_add(mta->tool->pool, &seen) = id;
		str_addf(&others, "%s%s", others.n > 0 ? "," : "", id);
	}
	return others.n > 0 ? others.p : NULL;
}

bool
opendmarc_takes_spf(const struct mta *mta)
{
	struct slice text, value;

	return !read_conf(mta, "opendmarc.conf", &text) ||
	       !setting_find(text, "SPFIgnoreResults", &value) || value.n == 0 ||
	       strchr("TtYy1", value.p[0]) == NULL;
}

const char *
content_filter_name(const char *transport)
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
