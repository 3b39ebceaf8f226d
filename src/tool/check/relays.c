#include "base/base.h"
#include "tool/check/relays.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "mail/domain.h"

#define RELAYS_MAX 1000
#define WORDS_MAX 64

static bool
is_blank(char c)
{
	return ascii_is_wsp(c) || c == '\r';
}

static bool
is_word(char c)
{
	return !is_blank(c) && !ascii_is_ctl(c);
}

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
	struct relay_net net;
	const char *domain;

	if (word.p[0] == '.') {
		if (domain_parse(pool, slice_from(word, 1), &domain) != NULL)
			return "is no end of a host name";
		*vec_add(pool, &relay->suffixes) = pool_printf(pool, ".%s", domain);
		return NULL;
	}
	if (!parse_net(word, &net))
		return "is neither '.NAME' nor a network";
	*vec_add(pool, &relay->nets) = net;
	return NULL;
}

/* The include itself. */
static const char *
parse_include(struct pool *pool, struct slice word, struct relay *relay)
{
	const char *domain;

	if (domain_parse(pool, slice_from(word, 8), &domain) != NULL)
		return "has no domain behind include:";
	relay->include = pool_printf(pool, "include:%s", domain);
	return NULL;
}

static char *
relay_name(struct pool *pool, struct slice word)
{
	char *name = pool_copy(pool, word);

	for (char *p = name; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return name;
}

/* A line that is not empty. */
static const char *
parse_line(struct pool *pool, struct slice line, struct relay *relay)
{
	struct scan s = scan_of(line);
	const char *bad = NULL;
	struct slice word;

	*relay = (struct relay){ 0 };
	for (int i = 0; !scan_is_end(&s) && bad == NULL; i++) {
		if (!scan_span(&s, is_word, &word))
			return "control character";
		scan_skip(&s, is_blank);
		if (i == WORDS_MAX)
			return "too many words";
		if (relay->include != NULL)
			return "something stands behind the include";
		if (i == 0)
			relay->name = relay_name(pool, word);
		else if (slice_starts(word, "include:"))
			bad = parse_include(pool, word, relay);
		else
			bad = parse_sign(pool, word, relay);
	}
	if (bad != NULL)
		return pool_printf(pool, "'%.*s' %s", SLICE_ARG(word), bad);
	if (relay->include == NULL)
		return "no include: at its end";
	if (relay->suffixes.n == 0 && relay->nets.n == 0)
		return "neither a host name nor a network";
	return NULL;
}

const char *
relays_parse(struct pool *pool, struct slice text, struct relays *relays)
{
	struct scan s = scan_of(text);
	struct relay relay;
	const char *bad;

	for (int number = 1; !scan_is_end(&s); number++) {
		struct slice line = scan_until(&s, '\n'), head, tail;

		scan_char(&s, '\n');
		if (slice_cut(line, '#', &head, &tail))
			line = head;
		line = slice_trim(line);
		if (line.n == 0)
			continue;
		bad = relays->n < RELAYS_MAX ? parse_line(pool, line, &relay)
		                             : "too many relays";
		if (bad != NULL)
			return pool_printf(pool, "line %d: %s", number, bad);
		*vec_add(pool, relays) = relay;
	}
	return NULL;
}

static bool
relay_has(const struct relay *relay, const struct ip *ip, const char *host)
{
	for (size_t i = 0; i < relay->nets.n; i++)
		if (ip_in_net(ip, &relay->nets.v[i].ip, relay->nets.v[i].prefix))
			return true;
	for (size_t i = 0; i < relay->suffixes.n && host != NULL; i++)
		if (slice_ends(slice_of(host), relay->suffixes.v[i]))
			return true;
	return false;
}

const struct relay *
relays_find(const struct relays *relays, const struct ip *ip, const char *host)
{
	/* The administrator's own lines are read last, and go first. */
	for (size_t i = relays->n; i-- > 0;)
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
