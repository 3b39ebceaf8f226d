/*
 * The text is cut at its spaces; each piece is a modifier if a name and '=' begin it, and
 * a mechanism otherwise. A row of the table says what a mechanism may have after its
 * name; a function for each kind of argument reads it. Every byte is looked at a fixed
 * number of times, and a term costs one element of an array.
 */
#include "base/base.h"
#include "auth/spf/record.h"

#include <arpa/inet.h>

#include "auth/spf/macro.h"
#include "base/ascii.h"
#include "base/msg.h"
#include "base/scan.h"

#define SHOWN_LIMIT 80

/* RFC 7208 4.5: v=spf1, alone or before a space. */
static bool
is_record(struct slice text)
{
	return text.n >= 6 && slice_caseis(slice_sub(text, 0, 6), "v=spf1") &&
	       (text.n == 6 || text.p[6] == ' ');
}

size_t
spf_record_select(const struct dns_answer *answer, struct slice *text)
{
	size_t found = 0;

	for (size_t i = 0; i < answer->n; i++)
		if (is_record(answer->records[i].data) && found++ == 0)
			*text = answer->records[i].data;
	return found;
}

static bool
is_visible(char c)
{
	return c > 0x20 && c < 0x7f;
}

static bool
is_name_byte(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* A prefix length: no sign, no leading zero, no more than the family has. */
static bool
parse_prefix(struct slice digits, int most, int *prefix)
{
	*prefix = 0;
	if (digits.n == 0 || digits.n > 3 || (digits.n > 1 && digits.p[0] == '0'))
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		if (!ascii_is_digit(digits.p[i]))
			return false;
		*prefix = *prefix * 10 + (digits.p[i] - '0');
	}
	return *prefix <= most;
}

/* Where the digits at the end of the text begin. */
static size_t
digits_at_end(struct slice text)
{
	size_t n = text.n;

	while (n > 0 && ascii_is_digit(text.p[n - 1]))
		n--;
	return n;
}

/* Takes "/N", "//N" or "/N//N" off the end; a slash elsewhere is part of the domain. */
static const char *
cut_prefixes(struct slice *arg, struct spf_term *term)
{
	size_t n = digits_at_end(*arg);

	if (n >= 2 && arg->p[n - 1] == '/' && arg->p[n - 2] == '/') {
		if (!parse_prefix(slice_from(*arg, n), 128, &term->prefix6))
			return N_("bad IPv6 prefix length");
		arg->n = n - 2;
		n = digits_at_end(*arg);
	}
	if (n >= 1 && arg->p[n - 1] == '/') {
		if (!parse_prefix(slice_from(*arg, n), 32, &term->prefix4))
			return N_("bad IPv4 prefix length");
		arg->n = n - 1;
	}
	return NULL;
}

static const char *
parse_none(struct slice arg, struct spf_term *term UNUSED)
{
	return arg.n == 0 ? NULL : N_("argument where none is allowed");
}

static const char *
parse_domain(struct slice arg, struct spf_term *term)
{
	if (arg.n == 0 || arg.p[0] != ':')
		return N_("no domain");
	term->target = slice_from(arg, 1);
	return spf_domain_spec_check(term->target);
}

static const char *
parse_optional_domain(struct slice arg, struct spf_term *term)
{
	return arg.n == 0 ? NULL : parse_domain(arg, term);
}

static const char *
parse_domain_and_prefixes(struct slice arg, struct spf_term *term)
{
	const char *bad = cut_prefixes(&arg, term);

	return bad != NULL ? bad : parse_optional_domain(arg, term);
}

/* Cuts ":ADDRESS[/PREFIX]" into its parts. */
static const char *
cut_network(struct slice arg, int most, struct slice *address, int *prefix)
{
	struct slice digits;

	if (arg.n == 0 || arg.p[0] != ':')
		return N_("no address");
	if (slice_cut(slice_from(arg, 1), '/', address, &digits) &&
		!parse_prefix(digits, most, prefix))
		return N_("bad prefix length");
	return NULL;
}

static const char *
parse_ip4(struct slice arg, struct spf_term *term)
{
	struct slice address;
	const char *bad = cut_network(arg, 32, &address, &term->prefix4);

	if (bad != NULL)
		return bad;
	if (slice_find(address, ':') >= 0 || ip_parse(address, &term->net) != NULL)
		return N_("not an IPv4 address");
	return NULL;
}

/* RFC 7208 5.6. Not ip_parse: there a mapped address is an IPv4 one, but this term is
 * for IPv6 clients alone, and a short prefix of a mapped address does hold some. */
static const char *
parse_ip6(struct slice arg, struct spf_term *term)
{
	char word[INET6_ADDRSTRLEN];
	struct slice address;
	const char *bad = cut_network(arg, 128, &address, &term->prefix6);

	if (bad != NULL)
		return bad;
	if (address.n >= sizeof(word))
		return N_("not an IPv6 address");
	snprintf(word, sizeof(word), "%.*s", SLICE_ARG(address));
	if (inet_pton(AF_INET6, word, term->net.addr) != 1)
		return N_("not an IPv6 address");
	term->net.bits = 128;
	return NULL;
}

static const struct mechanism {
	const char *name;
	enum spf_kind kind;
	const char *(*parse)(struct slice arg, struct spf_term *);
	bool asks;
} mechanisms[] = {
	{ "all", SPF_TERM_ALL, parse_none, false },
	{ "include", SPF_TERM_INCLUDE, parse_domain, true },
	{ "a", SPF_TERM_A, parse_domain_and_prefixes, true },
	{ "mx", SPF_TERM_MX, parse_domain_and_prefixes, true },
	{ "ptr", SPF_TERM_PTR, parse_optional_domain, true },
	{ "ip4", SPF_TERM_IP4, parse_ip4, false },
	{ "ip6", SPF_TERM_IP6, parse_ip6, false },
	{ "exists", SPF_TERM_EXISTS, parse_domain, true },
	{ "redirect", SPF_TERM_REDIRECT, NULL, true }, /* a modifier, for `asks` */
};

/* RFC 7208 4.6.2: without a qualifier a mechanism that matches is a pass. */
static const struct {
	char sign;
	enum auth_code code;
} qualifiers[] = {
	{ '+', AUTH_PASS },
	{ '-', AUTH_FAIL },
	{ '~', AUTH_SOFTFAIL },
	{ '?', AUTH_NEUTRAL },
};

static enum auth_code
take_qualifier(struct scan *s)
{
	for (size_t i = 0; i < ARRAY_LEN(qualifiers); i++)
		if (scan_char(s, qualifiers[i].sign))
			return qualifiers[i].code;
	return AUTH_PASS;
}

static const char *
parse_mechanism(struct pool *pool, struct slice text, struct spf_record *record)
{
	struct spf_term term = { .text = text, .prefix4 = 32, .prefix6 = 128 };
	struct scan s = scan_of(text);
	struct slice name = SLICE_EMPTY;
	const char *bad;

	term.code = take_qualifier(&s);
	scan_span(&s, ascii_is_alnum, &name);
	for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++) {
		const struct mechanism *m = &mechanisms[i];

		if (m->parse == NULL || !slice_caseis(name, m->name))
			continue;
		term.kind = m->kind;
		if ((bad = m->parse(scan_rest(&s), &term)) != NULL)
			return bad;
		record->has_all = record->has_all || m->kind == SPF_TERM_ALL;
		*vec_add(pool, &record->terms) = term;
		return NULL;
	}
	return N_("unknown mechanism");
}

/* RFC 7208 6: redirect and exp once each. Other modifiers mean nothing, but must be well
 * formed. */
static const char *
parse_modifier(struct slice text, struct slice name, struct slice value,
	struct spf_record *record)
{
	if (slice_caseis(name, "redirect")) {
		if (record->redirect.text.n > 0)
			return N_("second redirect");
		record->redirect = (struct spf_term){
			.kind = SPF_TERM_REDIRECT, .text = text, .target = value
		};
		return spf_domain_spec_check(value);
	}
	if (slice_caseis(name, "exp")) {
		if (record->exp.n > 0)
			return N_("second exp");
		record->exp = value;
		return spf_domain_spec_check(value);
	}
	return spf_macro_check(value, SPF_MACRO_NAME);
}

static const char *
parse_term(struct pool *pool, struct slice text, struct spf_record *record)
{
	struct scan s = scan_of(text);
	struct slice name;

	for (size_t i = 0; i < text.n; i++)
		if (!is_visible(text.p[i]))
			return N_("byte that is not printable ASCII");
	if (ascii_is_alpha(text.p[0]) && scan_span(&s, is_name_byte, &name) &&
		scan_char(&s, '='))
		return parse_modifier(text, name, scan_rest(&s), record);
	return parse_mechanism(pool, text, record);
}

/* The term as a complaint may show it. */
static const char *
show(struct pool *pool, struct slice text)
{
	return pool_printf(pool, "'%s'", pool_show(pool, text, SHOWN_LIMIT));
}

const struct reason *
spf_record_parse(struct pool *pool, struct slice text, struct spf_record *record)
{
	struct scan s = scan_of(slice_from(text, 6));
	struct slice term;
	const char *bad;

	*record = (struct spf_record){ 0 };
	if (!is_record(text))
		return REASON("not an SPF record");
	while (!scan_is_end(&s)) {
		term = scan_until(&s, ' ');
		scan_char(&s, ' ');
		if (term.n == 0)
			continue;
		if ((bad = parse_term(pool, term, record)) != NULL)
			return reason_make(
				pool, "%p in %s", reason_of(pool, bad), show(pool, term));
	}
	return NULL;
}

bool
spf_term_asks(const struct spf_term *term)
{
	for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
		if (mechanisms[i].kind == term->kind)
			return mechanisms[i].asks;
	panic("a term of no kind");
}

int
spf_term_prefix(const struct spf_term *term, const struct ip *client)
{
	return client->bits == 128 ? term->prefix6 : term->prefix4;
}

bool
spf_term_has_client(const struct spf_term *term, const struct ip *client)
{
	return term->kind == SPF_TERM_ALL ||
	       ip_in_net(client, &term->net, spf_term_prefix(term, client));
}
