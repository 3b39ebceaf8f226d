/*
 * Networks are kept by length, the longest first, so the first that holds the address is
 * the most precise one; names in a map, asked for the name itself and then for each
 * `.parent`. A name beats an address, as in OpenDKIM.
 */
#include "base/base.h"
#include "config/netlist.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/scan.h"
#include "base/vec.h"
#include "config/values.h"
#include "mail/domain.h"

struct net {
	struct ip net;
	int prefix;
	bool is_out; /* "!" */
	const char *where;
	const char *text; /* as it was written */
	struct place at;
};

struct host {
	bool is_out;
	const char *where;
};

struct netlist {
	const char *option;
	VEC(struct net) nets; /* the longest prefix first */
	struct map *hosts;    /* name, or ".parent" -> struct host */
};

static int
net_order(const void *a, const void *b)
{
	const struct net *left = a, *right = b;
	/* IPv4 and IPv6 never meet, so only the length within a family matters. */
	int order = right->prefix - left->prefix;

	return order != 0 ? order : (int)(left->is_out ? 0 : 1) - (right->is_out ? 0 : 1);
}

/* "192.0.2.0/24", "[2001:db8::]/32", "[192.0.2.1]". False: no address at all. */
static bool
net_parse(struct pool *pool, struct slice text, struct net *net, const char **bad)
{
	struct slice addr, length, inner = text;
	bool has_length = slice_cut(text, '/', &addr, &length);
	int64_t n = 0;

	if (slice_starts(addr, "[") && slice_ends(addr, "]"))
		inner = slice_sub(addr, 1, addr.n - 2);
	else
		inner = addr;
	if (slice_starts(addr, "[") && has_length && slice_ends(length, "]")) {
		inner = slice_from(addr, 1);
		length.n--;
	} else if (slice_starts(text, "[") && slice_ends(text, "]") && !has_length)
		inner = slice_sub(text, 1, text.n - 2);
	*bad = NULL;
	if (ip_parse(inner, &net->net) != NULL)
		return false;
	net->prefix = net->net.bits;
	if (!has_length)
		return true;
	*bad = value_number(pool, length, 0, net->net.bits, &n);
	/* ::ffff:192.0.2.0/120 is 192.0.2.0/24. */
	if (net->net.bits == 32 && slice_find(inner, ':') >= 0) {
		*bad = value_number(pool, length, 96, 128, &n);
		n -= 96;
	}
	net->prefix = (int)n;
	return true;
}

/* Is a bit set behind the prefix, so that the writer meant something else? */
static bool
net_has_host_bits(const struct net *net)
{
	for (int i = net->prefix; i < net->net.bits; i++)
		if (net->net.addr[i / 8] & 0x80 >> i % 8)
			return true;
	return false;
}

static void
netlist_add_net(struct pool *pool, struct netlist *list, const struct net *net)
{
	*vec_add(pool, &list->nets) = *net;
}

/* A host name, or ".example.com". */
static const char *
netlist_add_name(
	struct pool *pool, struct netlist *list, struct slice name, struct host host)
{
	bool below = slice_starts(name, ".");
	const char *domain;
	struct host *kept = pool_alloc(pool, sizeof(*kept));

	if (domain_parse(pool, slice_from(name, below), &domain) != NULL)
		return "neither an address, a network (192.0.2.0/24, 2001:db8::/32), a "
		       "host name, nor .example.com";
	*kept = host;
	if (below)
		domain = pool_printf(pool, ".%s", domain);
	if (map_get(list->hosts, slice_of(domain)) == NULL)
		map_put(list->hosts, slice_of(domain), kept);
	return NULL;
}

static void
netlist_add(struct pool *pool, struct netlist *list, const struct table_row *row,
	struct problems *problems)
{
	bool is_out = slice_starts(row->key, "!");
	struct slice text = slice_from(row->key, is_out);
	const char *where = row->at.file != NULL ? place_short(pool, row->at)
	                                         : pool_copy(pool, row->key);
	struct net net = { .is_out = is_out,
		.where = where,
		.text = pool_copy(pool, row->key),
		.at = row->at };
	const char *bad = NULL;

	/* The usual way to write an empty list. */
	if (slice_is(text, "-") || slice_is(text, "."))
		return;
	if (net_parse(pool, text, &net, &bad)) {
		if (bad == NULL && net_has_host_bits(&net))
			problems_note(problems, row->at,
				"'%.*s' in %s has bits behind its /%d; they are ignored",
				SLICE_ARG(row->key), list->option, net.prefix);
		if (bad == NULL)
			netlist_add_net(pool, list, &net);
		else
			problems_error(problems, row->at,
				"the length of the network '%.*s' in %s is wrong: %s",
				SLICE_ARG(row->key), list->option, bad);
		return;
	}
	bad = netlist_add_name(pool, list, text, (struct host){ is_out, where });
	if (bad != NULL)
		problems_error(problems, row->at, "'%.*s' in %s is %s",
			SLICE_ARG(row->key), list->option, bad);
}

const struct netlist *
netlist_new(struct pool *pool, const struct table *table, const char *option,
	struct problems *problems)
{
	struct netlist *list = pool_alloc(pool, sizeof(*list));

	list->option = option;
	list->hosts = map_new(pool);
	for (size_t i = 0; i < table->rows.n; i++)
		netlist_add(pool, list, &table->rows.v[i], problems);
	if (list->nets.n > 0)
		qsort(list->nets.v, list->nets.n, sizeof(*list->nets.v), net_order);
	return list;
}

size_t
netlist_count(const struct netlist *list)
{
	return list->nets.n + map_count(list->hosts);
}

/* The entry for a name: itself, then ".parent" from the nearest up. */
static const struct host *
netlist_name(const struct netlist *list, const char *rdns)
{
	char name[256] = "";
	size_t n = 0;
	const struct host *host;

	/* An MTA writes an address in brackets where it knows no name. */
	while (rdns[n] != '\0' && n < sizeof(name) - 1) {
		name[n] = ascii_lower(rdns[n]);
		n++;
	}
	if (rdns[n] != '\0')
		return NULL;
	if (n > 0 && name[n - 1] == '.')
		n--;
	host = map_get(list->hosts, slice_make(name, n));
	for (size_t i = 0; i < n && host == NULL; i++)
		if (name[i] == '.')
			host = map_get(list->hosts, slice_make(name + i, n - i));
	return host;
}

bool
netlist_has(const struct netlist *list, const struct ip *ip, const char *rdns,
	const char **at)
{
	const struct host *host = rdns != NULL ? netlist_name(list, rdns) : NULL;

	if (at != NULL)
		*at = host != NULL ? host->where : NULL;
	if (host != NULL)
		return !host->is_out;
	for (size_t i = 0; i < list->nets.n; i++) {
		const struct net *net = &list->nets.v[i];

		if (!ip_in_net(ip, &net->net, net->prefix))
			continue;
		if (at != NULL)
			*at = net->where;
		return !net->is_out;
	}
	return false;
}

void
netlist_review(const struct netlist *list, struct place place, struct problems *problems)
{
	static const struct ip bridge = { 32, { 172, 16 } };
	static const struct ip v4 = { 32, { 127, 0, 0, 1 } };
	static const struct ip v6 = { 128, { [15] = 1 } };

	for (size_t i = 0; i < list->nets.n; i++) {
		const struct net *net = &list->nets.v[i];

		if (net->is_out)
			continue;
		if (net->prefix == 0)
			problems_note(problems, net->at,
				"%s holds every client (/0): all mail from outside "
				"counts as ours, it is signed and never checked; list "
				"your own networks only",
				list->option);
		else if (ip_in_net(&net->net, &bridge, 12) ||
			 ip_in_net(&bridge, &net->net, net->prefix))
			problems_note(problems, net->at,
				"%s holds '%s', where container bridges live: if the "
				"bridge rewrites client addresses, everybody outside "
				"seems to come from there; have the MTA see the real "
				"address, or use MTA and authentication instead",
				list->option, net->text);
	}
	if (!netlist_has(list, &v4, NULL, NULL) && !netlist_has(list, &v6, NULL, NULL))
		problems_note(problems, place,
			"%s replaces the default, and this host itself (127.0.0.1, ::1) "
			"is not in it: mail from local programs will not be signed; add "
			"127.0.0.1 and ::1 if it should be",
			list->option);
}
