/*
 * A relay is known by its networks or by the names of its hosts, never by its include
 * alone: that the record names a service does not say that it sends.
 */
#include "base/base.h"
#include "tool/check/relays.h"

#include "base/scan.h"
#include "mail/domain.h"
#include "tool/tool.h"

/* "192.0.2.0/24", or an address alone. */
static bool
parse_net(struct slice word, struct relay_net *net)
{
	struct slice head, tail;
	struct scan s;
	uint64_t prefix;

	if (!slice_cut(word, '/', &head, &tail)) {
		if (ip_parse(word, &net->ip) != NULL)
			return false;
		net->prefix = net->ip.bits;
		return true;
	}
	s = scan_of(tail);
	if (ip_parse(head, &net->ip) != NULL || !scan_number(&s, &prefix) ||
		!scan_is_end(&s) || prefix > (uint64_t)net->ip.bits)
		return false;
	net->prefix = (int)prefix;
	return true;
}

/* One word between the name and the include. */
static const char *
parse_sign(struct pool *pool, struct slice word, struct relay *relay)
{
	bool is_other = slice_starts(word, "-.");
	struct relay_net net;
	const char *domain;

	if (slice_is(word, "shared")) {
		relay->is_shared = true;
		return NULL;
	}
	if (word.p[0] == '.' || is_other) {
		if (domain_parse(pool, slice_from(word, is_other ? 2 : 1), &domain) !=
			NULL)
			return _("is no end of a host name");
		*vec_add(pool, is_other ? &relay->others : &relay->suffixes) =
			pool_printf(pool, ".%s", domain);
		return NULL;
	}
	if (!parse_net(word, &net))
		return _("is neither '.NAME' nor a network");
	*vec_add(pool, &relay->nets) = net;
	return NULL;
}

/* The include itself. */
static const char *
parse_include(struct pool *pool, struct slice word, struct relay *relay)
{
	const char *domain;

	if (domain_parse(pool, slice_from(word, 8), &domain) != NULL)
		return _("has no domain behind include:");
	relay->include = pool_printf(pool, "include:%s", domain);
	return NULL;
}

static char *
relay_name(struct pool *pool, const char *word)
{
	char *name = pool_strdup(pool, word);

	for (char *p = name; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return name;
}

/* NULL, or why the row is no relay. */
static const char *
parse_row(struct pool *pool, const struct words *fields, struct relay *relay)
{
	*relay = (struct relay){ .name = relay_name(pool, fields->v[0]) };
	for (size_t i = 1; i < fields->n; i++) {
		struct slice word = slice_of(fields->v[i]);
		const char *bad = slice_starts(word, "include:")
		                          ? parse_include(pool, word, relay)
		                          : parse_sign(pool, word, relay);

		if (bad != NULL)
			return pool_printf(pool, "'%s' %s", fields->v[i], bad);
		if (relay->include != NULL && i + 1 < fields->n)
			return _("something stands behind the include");
	}
	if (relay->include == NULL)
		return _("no include: at its end");
	if (relay->suffixes.n == 0 && relay->nets.n == 0)
		return _("neither a host name nor a network");
	return NULL;
}

void
relays_add(struct relays *relays, struct table_file *table)
{
	for (size_t i = 0; i < table->rows.n; i++) {
		const struct file_row *row = &table->rows.v[i];
		struct relay relay;
		const char *bad = parse_row(table->pool, &row->fields, &relay);

		if (bad != NULL)
			table_file_complain(table, row, bad);
		else
			*vec_add(table->pool, relays) = relay;
	}
}

static bool
has_suffix(const struct words *suffixes, const char *host)
{
	for (size_t i = 0; i < suffixes->n && host != NULL; i++)
		if (slice_ends(slice_of(host), suffixes->v[i]))
			return true;
	return false;
}

static bool
relay_has(const struct relay *relay, const struct ip *ip, const char *host)
{
	for (size_t i = 0; i < relay->nets.n; i++)
		if (ip_in_net(ip, &relay->nets.v[i].ip, relay->nets.v[i].prefix))
			return true;
	return has_suffix(&relay->suffixes, host) && !has_suffix(&relay->others, host);
}

const struct relay *
relays_find(const struct relays *relays, const struct ip *ip, const char *host)
{
	for (size_t i = 0; i < relays->n; i++)
		if (relay_has(&relays->v[i], ip, host))
			return &relays->v[i];
	return NULL;
}

const struct relay *
relays_of_include(const struct relays *relays, struct slice domain)
{
	for (size_t i = 0; i < relays->n; i++)
		if (slice_caseis(domain, relays->v[i].include + strlen("include:")))
			return &relays->v[i];
	return NULL;
}
