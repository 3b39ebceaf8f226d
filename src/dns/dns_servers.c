/*
 * An IPv6 address goes into brackets, an IPv4 one must not, and both get a port, so that
 * nothing is left to the library's taste.
 */
#include "base/base.h"
#include "dns/dns_servers.h"

#include "base/ascii.h"
#include "base/ip.h"
#include "base/scan.h"

#define PORT_USUAL "53"

/* Takes "ADDR", "ADDR:PORT", "[ADDR]" or "[ADDR]:PORT" and adds it as c-ares wants it. */
static const struct reason *
server_parse(struct pool *pool, struct slice word, struct str *csv)
{
	struct slice addr = word, port = SLICE_LIT(PORT_USUAL), rest = SLICE_EMPTY;
	struct scan s;
	uint64_t number = 0;
	struct ip ip;

	if (slice_starts(word, "[")) {
		if (!slice_cut(slice_from(word, 1), ']', &addr, &rest) ||
			(rest.n > 0 && rest.p[0] != ':'))
			return reason_make(pool,
				"'%.*s' is no nameserver: [ADDR]:PORT is "
				"right",
				SLICE_ARG(word));
		if (rest.n > 0)
			port = slice_from(rest, 1);
	} else if (slice_find(word, ':') == slice_rfind(word, ':') &&
		   slice_find(word, ':') >= 0)
		slice_cut(word, ':', &addr, &port);
	s = scan_of(port);
	if (ip_parse(addr, &ip) != NULL)
		return reason_make(pool,
			"'%.*s' is no nameserver: an address is right, "
			"with or without :PORT",
			SLICE_ARG(word));
	if (!scan_number(&s, &number) || !scan_is_end(&s) || number == 0 ||
		number > 65535)
		return reason_make(pool, "'%.*s' is no nameserver: a port is 1 to 65535",
			SLICE_ARG(word));
	str_addf(csv, ip.bits == 32 ? "%s%.*s:%u" : "%s[%.*s]:%u", csv->n > 0 ? "," : "",
		SLICE_ARG(addr), (unsigned)number);
	return NULL;
}

static bool
is_server(char c)
{
	return c != ',' && !ascii_is_space(c);
}

static bool
is_between(char c)
{
	return !is_server(c);
}

const struct reason *
dns_servers_parse(struct pool *pool, const char *text, struct str *csv)
{
	struct scan s = scan_of(slice_of(text));
	struct slice word;
	const struct reason *bad;

	scan_skip(&s, is_between);
	while (scan_span(&s, is_server, &word)) {
		if ((bad = server_parse(pool, word, csv)) != NULL)
			return bad;
		scan_skip(&s, is_between);
	}
	return NULL;
}
