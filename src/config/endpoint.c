/*
 * The two spellings cannot be confused: a host has letters or dots or colons where a port
 * has neither, and '@' occurs in no host. So '@' decides first, then the last colon that
 * is outside brackets, and what is left is a port.
 */
#include "base/base.h"
#include "config/endpoint.h"

#include "base/ascii.h"

static const struct {
	const char *prefix;
	enum endpoint_kind kind;
} kinds[] = {
	{ "inet:", ENDPOINT_INET },
	{ "inet6:", ENDPOINT_INET6 },
	{ "local:", ENDPOINT_LOCAL },
	{ "unix:", ENDPOINT_LOCAL },
	{ "/", ENDPOINT_LOCAL },
};

/* Copies into a field of fixed size; false where it does not fit. */
static bool
take(struct slice text, char *field, size_t size)
{
	if (text.n >= size || (text.n > 0 && memchr(text.p, '\0', text.n) != NULL))
		return false;
	if (text.n > 0)
		memcpy(field, text.p, text.n);
	field[text.n] = '\0';
	return true;
}

/* A number up to 65535, or the name of a service. */
static const char *
take_port(struct slice text, struct endpoint *end)
{
	unsigned number = 0;
	bool digits = true;

	if (text.n == 0)
		return N_("there is no port");
	for (size_t i = 0; i < text.n; i++) {
		if (!ascii_is_alnum(text.p[i]) && text.p[i] != '-')
			return N_(
				"the port is neither a number nor the name of a service");
		digits = digits && ascii_is_digit(text.p[i]);
	}
	if (!take(text, end->port, sizeof(end->port)))
		return N_("the port is too long");
	for (size_t i = 0; digits && i < text.n; i++)
		if ((number = number * 10 + (unsigned)(text.p[i] - '0')) > 65535)
			return N_("the port is above 65535");
	return NULL;
}

/* A name or an address, which may stand in brackets. */
static const char *
take_host(struct slice text, struct endpoint *end)
{
	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']') {
		text = slice_sub(text, 1, text.n - 2);
		if (slice_find(text, ':') >= 0)
			end->kind = ENDPOINT_INET6;
	}
	if (text.n == 0)
		return N_("there is no host");
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_alnum(text.p[i]) && strchr(".:-_%", text.p[i]) == NULL)
			return N_("the host is neither a name nor an address");
	if (!take(text, end->host, sizeof(end->host)))
		return N_("the host is too long");
	if (end->kind == ENDPOINT_INET && slice_find(text, ':') >= 0)
		return N_("an IPv6 address needs brackets, or inet6:");
	return NULL;
}

/* PORT@HOST, HOST:PORT, or PORT. */
static const char *
take_inet(struct slice text, struct endpoint *end)
{
	struct slice host = SLICE_EMPTY, port = text;
	ptrdiff_t colon = slice_rfind(text, ':');
	const char *bad;

	if (slice_find(text, '@') >= 0) {
		slice_cut(text, '@', &port, &host);
		bad = take_host(host, end);
	} else if (colon > slice_rfind(text, ']')) {
		host = slice_sub(text, 0, (size_t)colon);
		port = slice_from(text, (size_t)colon + 1);
		bad = take_host(host, end);
	} else {
		bad = NULL;
	}
	return bad != NULL ? bad : take_port(port, end);
}

const char *
endpoint_parse(struct slice text, struct endpoint *end)
{
	*end = (struct endpoint){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!slice_starts(text, kinds[i].prefix))
			continue;
		end->kind = kinds[i].kind;
		if (text.p[0] != '/')
			text = slice_from(text, strlen(kinds[i].prefix));
		if (end->kind != ENDPOINT_LOCAL)
			return take_inet(text, end);
		if (text.n == 0 || text.p[0] != '/')
			return N_("the path of a socket begins with '/'");
		return take(text, end->path, sizeof(end->path))
		               ? NULL
		               : N_("the path is longer than a socket's may be (107)");
	}
	return N_("a socket is inet:PORT@HOST, inet6:PORT@HOST or local:/PATH");
}
