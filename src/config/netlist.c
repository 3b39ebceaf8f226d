/*
 * Networks are kept by length, the longest first, so the first that holds the address is
 * the most precise one; names in a map, asked for the name itself and then for each
 * `.parent`. A name beats an address.
 *
 * OpenDKIM looks a client up as text, and asks for "!client" before it asks for "client".
 * So a pattern of a refile: that begins with '*' matches the first question: it lets
 * nobody in, and keeps out what another entry lets in. People write "*.example.jp" and
 * mean the opposite, but what they have run for years is this, and to trust more hosts
 * than they did is not ours to decide: such a pattern does here what it does there, and a
 * note says so. What it cannot match at all (a netmask, an URL) is a note, too, because
 * it never stopped OpenDKIM either.
 */
#include "base/base.h"
#include "config/netlist.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/scan.h"
#include "base/vec.h"
#include "config/patterns.h"
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

/* An entry of a refile: with '*' in it, over the client's name or address as text. */
struct star {
	struct slice pattern; /* in lower case */
	const char *where;
};

struct stars VEC_OF(struct star);

struct netlist {
	const char *option;
	VEC(struct net) nets;    /* the longest prefix first */
	struct map *hosts;       /* name, or ".parent" -> struct host */
	struct stars in, barred; /* of a refile: */
};

static int
net_order(const void *a, const void *b)
{
	const struct net *left = a, *right = b;
	/* IPv4 and IPv6 never meet, so only the length within a family matters. */
	int order = right->prefix - left->prefix;

	return order != 0 ? order : (int)(left->is_out ? 0 : 1) - (right->is_out ? 0 : 1);
}

static bool
strip_brackets(struct slice *text)
{
	if (!slice_starts(*text, "[") || !slice_ends(*text, "]"))
		return false;
	*text = slice_sub(*text, 1, text->n - 2);
	return true;
}

/* The address and the length behind it, without the brackets of the spellings
 *
 *     192.0.2.1, 192.0.2.0/24
 *     [192.0.2.1]
 *     [2001:db8::/32]
 *     [2001:db8::]/32
 *
 * False: there is no length. */
static bool
net_split(struct slice text, struct slice *addr, struct slice *length)
{
	bool is_stripped = strip_brackets(&text);
	bool has_length = slice_cut(text, '/', addr, length);

	if (!is_stripped)
		strip_brackets(addr);
	return has_length;
}

/* False: no address at all. bad: a complaint about the length. */
static bool
net_parse(
	struct pool *pool, struct slice text, struct net *net, const struct reason **bad)
{
	struct slice addr, length;
	bool has_length = net_split(text, &addr, &length), is_mapped;
	int64_t n = 0;

	*bad = NULL;
	if (ip_parse(addr, &net->net) != NULL)
		return false;
	net->prefix = net->net.bits;
	if (!has_length)
		return true;
	/* ::ffff:192.0.2.0/120 is 192.0.2.0/24. */
	is_mapped = net->net.bits == 32 && slice_find(addr, ':') >= 0;
	*bad = value_number(
		pool, length, is_mapped ? 96 : 0, is_mapped ? 128 : net->net.bits, &n);
	net->prefix = (int)n - (is_mapped ? 96 : 0);
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

/* While an entry is being read. */
struct entry {
	struct pool *pool;
	struct netlist *list;
	struct problems *problems;
	const struct table_row *row;
	struct slice text; /* without its '!' */
	bool is_out;
	const char *where;
};

/* What stands for nobody: no reason to stop, as OpenDKIM is not stopped by it either. */
static void
note_nobody(const struct entry *e, const struct reason *why)
{
	problems_note(e->problems, e->row->at,
		"'%.*s' in %s stands for nobody, in OpenDKIM neither: %p",
		SLICE_ARG(e->row->key), e->list->option, why);
}

/* What OpenDKIM looks up in another spelling, and so does not find. */
static void
note_more(const struct entry *e, const struct reason *what)
{
	problems_note(e->problems, e->row->at,
		e->is_out ? N_("'%.*s' in %s %p: OpenDKIM matches nobody by such an "
	                       "entry, so "
			       "fewer hosts count here than there")
			  : N_("'%.*s' in %s %p: OpenDKIM matches nobody by such an "
	                       "entry, so "
			       "more hosts count here than there"),
		SLICE_ARG(e->row->key), e->list->option, what);
}

/* Does the last label consist of digits, as an address's and no name's does? */
static bool
is_numeric(const char *domain)
{
	const char *last = domain_tail(domain, 1);

	return last[strspn(last, "0123456789")] == '\0';
}

/* A host name, or ".example.com". */
static void
add_name(struct entry *e)
{
	bool below = slice_starts(e->text, ".");
	const char *domain;
	struct host *kept = pool_alloc(e->pool, sizeof(*kept));

	if (domain_parse(e->pool, slice_from(e->text, below), &domain) != NULL) {
		note_nobody(e,
			REASON("it is neither an address, a network (192.0.2.0/24, "
			       "2001:db8::/32), a host name, nor .example.com; write one "
			       "of these, or remove it"));
		return;
	}
	if (is_numeric(domain)) {
		note_nobody(e, REASON("it is no whole address; write an address or a "
				      "network (192.0.2.0/24), or remove it"));
		return;
	}
	if (slice_ends(e->text, "."))
		note_more(e, REASON("ends in a dot, which is left off"));
	*kept = (struct host){ e->is_out, e->where };
	if (below)
		domain = pool_printf(e->pool, ".%s", domain);
	if (map_get(e->list->hosts, slice_of(domain)) == NULL)
		map_put(e->list->hosts, slice_of(domain), kept);
}

/* "255.255.0.0" as 16; -1: no netmask. */
static int
netmask_length(struct slice text)
{
	struct ip mask;
	int n = 0;

	if (slice_find(text, '.') < 0 || ip_parse(text, &mask) != NULL || mask.bits != 32)
		return -1;
	while (n < 32 && mask.addr[n / 8] & 0x80 >> n % 8)
		n++;
	for (int i = n; i < 32; i++)
		if (mask.addr[i / 8] & 0x80 >> i % 8)
			return -1;
	return n;
}

static void
note_length(const struct entry *e, const struct reason *bad)
{
	struct slice addr, length;
	int n;

	slice_cut(e->text, '/', &addr, &length);
	n = netmask_length(length);
	note_nobody(e,
		n >= 0 ? reason_make(e->pool,
				 "netmasks are not read; write %.*s/%d, or remove it",
				 SLICE_ARG(addr), n)
		       : reason_make(e->pool,
				 "the length of the network is wrong; %p, or remove it",
				 bad));
}

/* OpenDKIM compares the text of an address: only its usual spelling is ever found. */
static void
review_net(const struct entry *e, const struct net *net)
{
	char usual[IP_TEXT_SIZE];
	struct slice addr, length, text = e->text;
	bool has_length = slice_cut(text, '/', &addr, &length);
	bool in_brackets = slice_starts(addr, "[");

	ip_print(&net->net, usual);
	if (net_has_host_bits(net)) {
		note_more(e,
			reason_make(e->pool, "has bits behind its /%d, which are ignored",
				net->prefix));
		return;
	}
	if (in_brackets && !has_length) {
		note_more(e, REASON("stands in brackets"));
		return;
	}
	if (in_brackets)
		addr = slice_sub(addr, 1, addr.n - 1 - slice_ends(addr, "]"));
	if (!slice_caseis(addr, usual) || slice_ends(length, "]"))
		note_more(e, REASON("is not written in the usual form"));
}

static void
add_net(struct entry *e, const struct net *net, const struct reason *bad)
{
	if (bad != NULL) {
		note_length(e, bad);
		return;
	}
	review_net(e, net);
	*vec_add(e->pool, &e->list->nets) = *net;
}

/* "192.168.*" as 192.168.0.0/16; NULL: it is no beginning of an address. */
static const char *
star_network(struct pool *pool, struct slice pattern)
{
	struct str text = STR_POOL(pool);
	struct slice rest = pattern, part;
	int n = 0;

	if (!slice_ends(pattern, ".*"))
		return NULL;
	rest.n -= 2;
	for (; n < 4 && slice_next(&rest, '.', &part); n++)
		str_addf(&text, "%s%.*s", n > 0 ? "." : "", SLICE_ARG(part));
	if (n == 0 || n > 3)
		return NULL;
	for (int i = n; i < 4; i++)
		str_add(&text, ".0");
	for (const char *p = text.p; *p != '\0'; p++)
		if (!ascii_is_digit(*p) && *p != '.')
			return NULL;
	return pool_printf(pool, "%s/%d", text.p, 8 * n);
}

/* What to write in the place of an entry with a star. */
static const struct reason *
star_remedy(const struct entry *e)
{
	const char *domain, *net = star_network(e->pool, e->text);
	bool below = slice_starts(e->text, "*.");
	struct slice rest = slice_from(e->text, below ? 2 : 1);

	if (net != NULL)
		return reason_make(e->pool, "write %s, or remove it", net);
	if (!slice_starts(e->text, "*") || slice_find(rest, '*') >= 0 || rest.n == 0 ||
		domain_parse(e->pool, rest, &domain) != NULL)
		return REASON("write the networks or names themselves (192.0.2.0/24, "
			      ".example.com), or remove it");
	return below ? reason_make(e->pool, "write .%s, or remove it", domain)
	             : reason_make(
			       e->pool, "write %s and .%s, or remove it", domain, domain);
}

static void
add_star(struct entry *e, enum table_kind kind)
{
	struct star star = { pool_lower(e->pool, e->text), e->where };

	if (kind != TABLE_REFILE) {
		note_nobody(e,
			reason_make(e->pool, "'*' is a wildcard in a refile: alone; %p",
				star_remedy(e)));
		return;
	}
	if (!slice_starts(e->text, "*") && !e->is_out) {
		*vec_add(e->pool, &e->list->in) = star;
		return;
	}
	*vec_add(e->pool, &e->list->barred) = star;
	if (!e->is_out)
		problems_note(e->problems, e->row->at,
			"'%.*s' in %s keeps out what it matches: OpenDKIM reads a "
			"pattern that begins with '*' as if '!' stood before it, and so "
			"is it here, even where another entry names the host; %p",
			SLICE_ARG(e->row->key), e->list->option, star_remedy(e));
}

static void
netlist_add(struct pool *pool, struct netlist *list, const struct table_row *row,
	enum table_kind kind, struct problems *problems)
{
	bool is_out = slice_starts(row->key, "!");
	const char *where = row->at.file != NULL ? place_short(pool, row->at)
	                                         : pool_copy(pool, row->key);
	struct entry e = { pool, list, problems, row, slice_from(row->key, is_out),
		is_out, where };
	struct net net = { .is_out = is_out,
		.where = where,
		.text = pool_copy(pool, row->key),
		.at = row->at };
	const struct reason *bad = NULL;

	/* The usual way to write an empty list. */
	if (slice_is(e.text, "-") || slice_is(e.text, "."))
		return;
	if (slice_find(e.text, '*') >= 0)
		add_star(&e, kind);
	else if (net_parse(pool, e.text, &net, &bad))
		add_net(&e, &net, bad);
	else
		add_name(&e);
}

const struct netlist *
netlist_new(struct pool *pool, const struct table *table, const char *option,
	struct problems *problems)
{
	struct netlist *list = pool_alloc(pool, sizeof(*list));

	list->option = option;
	list->hosts = map_new(pool);
	for (size_t i = 0; i < table->rows.n; i++)
		netlist_add(pool, list, &table->rows.v[i], table->kind, problems);
	if (list->nets.n > 0)
		qsort(list->nets.v, list->nets.n, sizeof(*list->nets.v), net_order);
	return list;
}

size_t
netlist_count(const struct netlist *list)
{
	return list->nets.n + map_count(list->hosts) + list->in.n;
}

static const struct star *
stars_find(const struct stars *stars, struct slice text)
{
	for (size_t i = 0; i < stars->n; i++)
		if (pattern_match(stars->v[i].pattern, text))
			return &stars->v[i];
	return NULL;
}

/* The entry for a name: itself, then ".parent" from the nearest up. NULL: none, or an
 * entry with a star keeps the name out. */
static const struct host *
netlist_name(const struct netlist *list, const char *rdns, struct host *of_star)
{
	char name[256] = "";
	size_t n = 0;
	const struct host *host = NULL;
	const struct star *star;

	/* An MTA writes an address in brackets where it knows no name. */
	while (n < sizeof(name) - 1 && rdns[n] != '\0') {
		name[n] = ascii_lower(rdns[n]);
		n++;
	}
	if (rdns[n] != '\0')
		return NULL;
	if (n > 0 && name[n - 1] == '.')
		n--;
	if (stars_find(&list->barred, slice_make(name, n)) != NULL)
		return NULL;
	for (size_t i = 0; i < n && host == NULL; i++) {
		struct slice form = slice_make(name + i, n - i);

		if (i > 0 && name[i] != '.')
			continue;
		host = map_get(list->hosts, form);
		if (host == NULL && (star = stars_find(&list->in, form)) != NULL) {
			*of_star = (struct host){ false, star->where };
			host = of_star;
		}
	}
	return host;
}

/* Is there an entry with a star for the address? *in: it lets the client in. */
static const struct star *
netlist_star(const struct netlist *list, const struct ip *ip, bool *in)
{
	char text[IP_TEXT_SIZE];
	const struct star *star;

	*in = false;
	if (ip->bits == 0 || list->barred.n + list->in.n == 0)
		return NULL;
	ip_print(ip, text);
	star = stars_find(&list->barred, slice_of(text));
	if (star != NULL)
		return star;
	*in = true;
	return stars_find(&list->in, slice_of(text));
}

bool
netlist_has(const struct netlist *list, const struct ip *ip, const char *rdns,
	const char **at)
{
	struct host of_star;
	const struct host *host =
		rdns != NULL ? netlist_name(list, rdns, &of_star) : NULL;
	const struct star *star;
	bool in;

	if (at != NULL)
		*at = host != NULL ? host->where : NULL;
	if (host != NULL)
		return !host->is_out;
	if ((star = netlist_star(list, ip, &in)) != NULL) {
		if (at != NULL)
			*at = star->where;
		return in;
	}
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
			"is not in it: mail from local programs will not be signed, but "
			"checked like mail from outside; add 127.0.0.1 and ::1 if it "
			"should be",
			list->option);
}
