/*
 * "from NAME (NAME [ADDRESS]) by NAME with ESMTPS (...)" is written in many ways. The
 * address is the first one in brackets or after a blank in the from part, the names are
 * the words after "from" and "by". A hop is a border when its address is public and the
 * two names do not share their last two labels: a provider's own hosts hand mail around
 * over public addresses too.
 */
#include "base/base.h"
#include "mail/received.h"

#include "base/ascii.h"
#include "base/ip.h"
#include "base/scan.h"
#include "mail/date.h"
#include "mail/domain.h"

#define FIELD_MAX 4000

/* Where the word is, after a blank or at the beginning, or -1. */
static ptrdiff_t
find_word(struct slice text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++)
		if (slice_caseeq(slice_sub(text, i, n), slice_make(word, n)) &&
			(i == 0 || ascii_is_space(text.p[i - 1])))
			return (ptrdiff_t)i;
	return -1;
}

static bool
is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

static const char *
name_at(struct pool *pool, struct slice text)
{
	struct scan s = scan_of(slice_trim(text));
	const char *domain = NULL;
	struct slice name;

	if (!scan_span(&s, is_name_char, &name) || slice_find(name, '.') < 0 ||
		domain_parse(pool, name, &domain) != NULL)
		return NULL;
	return domain;
}

/* The first address of the text. */
static struct ip
find_address(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		struct scan s = scan_of(slice_from(text, i));
		struct slice word;
		struct ip ip;

		if (i > 0 && text.p[i - 1] != '[' && text.p[i - 1] != '(' &&
			!ascii_is_space(text.p[i - 1]))
			continue;
		scan_casetext(&s, "IPv6:");
		if (scan_span(&s, ip_may_have, &word) && word.n <= 45 &&
			ip_parse(word, &ip) == NULL)
			return ip;
	}
	return IP_NONE;
}

/* Was it TLS: by the protocol's name, or by a remark? */
static bool
is_tls(struct slice text)
{
	static const char *const words[] = { "with ESMTPS", "with UTF8SMTPS",
		"with LMTPS", "with SMTPS", "with HTTPS", "(version=TLS", "(using TLS",
		"version=TLS", "cipher=" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		for (size_t k = 0; k + strlen(words[i]) <= text.n; k++)
			if (slice_caseeq(slice_sub(text, k, strlen(words[i])),
				    slice_of(words[i])))
				return true;
	return false;
}

/* How many labels of a name one party has: 2, but 3 below "co.jp" and its like. */
static int
party_labels(const char *domain)
{
	static const char *const public[] = { "co", "com", "ne", "net", "or", "org", "ac",
		"edu", "go", "gov", "gr", "ed", "ad", "lg" };
	const char *tail = domain_tail(domain, 2);
	size_t n = strcspn(tail, ".");

	/* Below a country's own top level only. */
	if (strlen(tail) != n + 3)
		return 2;
	for (size_t i = 0; i < ARRAY_LEN(public); i++)
		if (strlen(public[i]) == n && memcmp(public[i], tail, n) == 0)
			return 3;
	return 2;
}

/* Do both belong to one party? */
static bool
is_same_party(const char *a, const char *b)
{
	int labels;

	if (a == NULL || b == NULL)
		return false;
	labels = party_labels(a);
	return domain_labels(a) >= labels && domain_labels(b) >= labels &&
	       strcmp(domain_tail(a, labels), domain_tail(b, labels)) == 0;
}

static bool
is_path_char(char c)
{
	return !ascii_is_space(c) && !ascii_is_ctl(c) && strchr("<>;,()\"", c) == NULL;
}

/* Whom the message was for, without brackets. */
static struct slice
recipient_of(struct slice text)
{
	ptrdiff_t at = find_word(text, "for ");
	struct slice path = SLICE_EMPTY;
	struct scan s;

	if (at < 0)
		return SLICE_EMPTY;
	s = scan_of(slice_trim(slice_from(text, (size_t)at + 4)));
	scan_char(&s, '<');
	if (!scan_span(&s, is_path_char, &path) || slice_find(path, '@') < 0)
		return SLICE_EMPTY;
	return path;
}

static void
read_hop(struct pool *pool, struct slice value, struct hop *hop)
{
	struct slice from, rest, whole = value;
	ptrdiff_t by;

	value = slice_trim(slice_sub(value, 0, FIELD_MAX));
	by = find_word(value, "by ");
	from = slice_sub(value, 0, by >= 0 ? (size_t)by : value.n);
	rest = by >= 0 ? slice_from(value, (size_t)by) : SLICE_EMPTY;
	*hop = (struct hop){ .ip = IP_NONE, .tls = is_tls(value) };
	if (find_word(from, "from ") == 0) {
		hop->from = name_at(pool, slice_from(from, 5));
		hop->ip = find_address(from);
	}
	hop->by = name_at(pool, slice_from(rest, 3));
	hop->recipient = recipient_of(rest);
	hop->is_dated = date_parse_received(whole, &hop->time) == NULL;
	hop->is_border = ip_is_public(&hop->ip) && !is_same_party(hop->from, hop->by);
}

void
received_read(struct pool *pool, const struct headers *fields, struct hops *hops)
{
	for (size_t i = 0; i < fields->n && hops->n < HOPS_MAX; i++)
		if (header_is(fields->v[i], "Received"))
			read_hop(pool, fields->v[i]->value, vec_add(pool, hops));
}

const struct hop *
received_last(const struct hops *hops)
{
	for (size_t i = 0; i < hops->n; i++)
		if (hops->v[i].is_border)
			return &hops->v[i];
	for (size_t i = 0; i < hops->n; i++)
		if (ip_is_public(&hops->v[i].ip))
			return &hops->v[i];
	return NULL;
}
