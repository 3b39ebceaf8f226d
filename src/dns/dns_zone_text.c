/*
 * A line is one record, one directive or a comment; there are no parentheses, no $ORIGIN,
 * no relative names, so that a line means the same wherever it stands. TTL and class may
 * be left out, as people do who paste from a panel.
 */
#include "base/base.h"
#include "dns/dns_zone_text.h"

#include "base/ascii.h"
#include "base/names.h"
#include "base/scan.h"
#include "base/str.h"

#include <arpa/inet.h>

#define TTL_USUAL 300
#define TTL_LIMIT 0x7fffffff

#define TYPES "A, AAAA, MX, PTR, TXT, CNAME, NS, SOA"
#define TYPE_LAST "SPF"

struct reader {
	struct pool *keep, *pool;
	struct map *nodes;
	struct scan scan; /* of the line */
	uint32_t ttl;
};

static const struct name_code types[] = {
	{ "A", DNS_A },
	{ "NS", DNS_NS },
	{ "CNAME", DNS_CNAME },
	{ "SOA", DNS_SOA },
	{ "PTR", DNS_PTR },
	{ "MX", DNS_MX },
	{ "TXT", DNS_TXT },
	{ "AAAA", DNS_AAAA },
	{ "TLSA", DNS_TLSA },
	{ "SPF", DNS_SPF },
};

static const struct {
	const char *word, *reason;
} failures[] = {
	{ "TIMEOUT", "time-out" },
	{ "SERVFAIL", "SERVFAIL" },
	{ "REFUSED", "REFUSED" },
	{ "FORMERR", "FORMERR" },
};

const char *
zone_type_name(enum dns_type type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].code == (int)type)
			return types[i].name;
	return "TYPE";
}

static bool
is_digit(char c)
{
	return ascii_is_digit(c);
}

/* Takes blanks, then a word; empty at the end of the line and before a comment. */
static struct slice
take_word(struct reader *r)
{
	struct slice word = SLICE_EMPTY;

	scan_skip(&r->scan, ascii_is_wsp);
	if (scan_peek(&r->scan) != ';')
		scan_span(&r->scan, ascii_is_nonspace, &word);
	return word;
}

/* Takes what follows a backslash: three digits up to 255, or any one byte. */
static const struct reason *
take_escape(struct scan *s, char *byte)
{
	const char *from = s->p;
	int n = 0;

	if (scan_is_end(s))
		return REASON("a backslash ends the line");
	if (!ascii_is_digit((char)scan_peek(s))) {
		*byte = *s->p++;
		return NULL;
	}
	while (!scan_is_end(s) && s->p - from < 3 && ascii_is_digit(*s->p))
		n = n * 10 + (*s->p++ - '0');
	if (s->p - from != 3 || n > 255)
		return REASON(
			"a backslash before digits wants three of them, 000 to 255");
	*byte = (char)n;
	return NULL;
}

/* A name's bytes, without final dot. */
static const struct reason *
name_read(struct reader *r, struct slice word, struct slice *name)
{
	struct str text = STR_POOL(r->keep);
	struct scan s = scan_of(word);

	while (!scan_is_end(&s)) {
		const struct reason *bad;
		char byte = *s.p++;

		if (byte != '\\') {
			str_addc(&text, byte);
			continue;
		}
		if ((bad = take_escape(&s, &byte)) != NULL)
			return bad;
		if (byte == '.')
			return REASON("a label cannot hold a dot here");
		str_addc(&text, byte);
	}
	if (text.n > 0 && text.p[text.n - 1] == '.')
		str_cut(&text, text.n - 1);
	*name = str_slice(&text);
	return NULL;
}

/* Takes one string of a TXT record, quoted or a plain word. */
static const struct reason *
take_string(struct reader *r, struct str *text)
{
	struct scan *s = &r->scan;
	const struct reason *bad;
	bool quoted = scan_char(s, '"');

	while (!scan_is_end(s)) {
		char byte = *s->p;

		if (quoted ? byte == '"' : ascii_is_wsp(byte))
			break;
		s->p++;
		if (byte == '\\' && (bad = take_escape(s, &byte)) != NULL)
			return bad;
		str_addc(text, byte);
	}
	if (quoted && !scan_char(s, '"'))
		return REASON("a string has no closing quote");
	return NULL;
}

static const struct reason *
read_text(struct reader *r, struct dns_record *record)
{
	struct str text = STR_POOL(r->keep);
	const struct reason *bad;
	int n = 0;

	for (;; n++) {
		scan_skip(&r->scan, ascii_is_wsp);
		if (scan_is_end(&r->scan) || scan_peek(&r->scan) == ';')
			break;
		if ((bad = take_string(r, &text)) != NULL)
			return bad;
	}
	if (n == 0)
		return REASON("a TXT record wants one or more strings in quotes");
	record->data = str_slice(&text);
	return NULL;
}

static const struct reason *
read_address(struct reader *r, int family, struct dns_record *record)
{
	struct slice word = take_word(r);
	char *bytes = pool_alloc(r->keep, 16);

	if (inet_pton(family, pool_copy(r->pool, word), bytes) != 1)
		return reason_make(r->pool, "'%.*s' is no IPv%d address", SLICE_ARG(word),
			family == AF_INET ? 4 : 6);
	record->data = slice_make(bytes, family == AF_INET ? 4 : 16);
	return NULL;
}

static const struct reason *
read_name(struct reader *r, struct dns_record *record)
{
	struct slice word = take_word(r);

	if (word.n == 0)
		return REASON("the name that the record points to is missing");
	return name_read(r, word, &record->data);
}

/* Takes a number up to a limit. */
static const struct reason *
read_number(struct reader *r, uint64_t limit, const struct reason *what, uint64_t *number)
{
	struct slice word = take_word(r);
	struct scan s = scan_of(word);

	if (!scan_number(&s, number) || !scan_is_end(&s) || *number > limit)
		return reason_make(r->pool, "'%.*s' is no %p: 0 to %lu is right",
			SLICE_ARG(word), what, (unsigned long)limit);
	return NULL;
}

static const struct reason *
read_exchange(struct reader *r, struct dns_record *record)
{
	uint64_t preference = 0;
	const struct reason *bad =
		read_number(r, UINT16_MAX, REASON("MX preference"), &preference);

	if (bad != NULL)
		return bad;
	record->preference = (uint16_t)preference;
	return read_name(r, record);
}

/* A SOA is only checked: nothing is made of it. */
static const struct reason *
read_authority(struct reader *r, struct dns_record *record)
{
	const struct reason *bad = read_name(r, record);
	struct dns_record mailbox = { 0 };
	uint64_t number = 0;

	if (bad == NULL)
		bad = read_name(r, &mailbox);
	for (int i = 0; bad == NULL && i < 5; i++)
		bad = read_number(r, UINT32_MAX, REASON("SOA number"), &number);
	return bad;
}

/* Three numbers, and hex that may have blanks in it. */
static const struct reason *
read_association(struct reader *r, struct dns_record *record)
{
	const struct reason *bad = NULL;
	struct str bytes = STR_POOL(r->keep);
	struct slice word;

	for (int i = 0; bad == NULL && i < 3; i++) {
		uint64_t number = 0;

		bad = read_number(r, 255, REASON("TLSA number"), &number);
		str_addc(&bytes, (char)number);
	}
	while (bad == NULL && (word = take_word(r)).n > 0)
		for (size_t i = 0; bad == NULL && i < word.n; i += 2) {
			int high = ascii_hex(word.p[i]),
			    low = i + 1 < word.n ? ascii_hex(word.p[i + 1]) : -1;

			if (high < 0 || low < 0)
				bad = REASON("TLSA data is not hex");
			str_addc(&bytes, (char)(high * 16 + low));
		}
	record->data = str_slice(&bytes);
	return bad;
}

static const struct reason *
read_data(struct reader *r, enum dns_type type, struct dns_record *record)
{
	switch (type) {
	case DNS_A:
		return read_address(r, AF_INET, record);
	case DNS_AAAA:
		return read_address(r, AF_INET6, record);
	case DNS_TXT:
	case DNS_SPF:
		return read_text(r, record);
	case DNS_MX:
		return read_exchange(r, record);
	case DNS_TLSA:
		return read_association(r, record);
	case DNS_SOA:
		return read_authority(r, record);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		return read_name(r, record);
	}
	return REASON("this type cannot be read");
}

/* The node of a name, new if it must be. */
static const struct reason *
take_node(struct reader *r, struct zone_node **node)
{
	struct slice word = take_word(r), name;
	const struct reason *bad;

	if (word.n == 0)
		return REASON("a name is missing");
	if ((bad = name_read(r, word, &name)) != NULL)
		return bad;
	name = pool_lower(r->keep, name);
	*node = map_get(r->nodes, name);
	if (*node == NULL) {
		*node = pool_alloc(r->keep, sizeof(**node));
		map_put(r->nodes, name, *node);
	}
	return NULL;
}

/* Takes TTL and class, each of which may be left out, and the type. */
static const struct reason *
take_type(struct reader *r, enum dns_type *type)
{
	struct scan start = r->scan;
	struct slice word = take_word(r);
	uint64_t ttl = TTL_USUAL;
	int code = 0;

	if (word.n > 0 && is_digit(word.p[0])) {
		const struct reason *bad;

		r->scan = start;
		if ((bad = read_number(r, TTL_LIMIT, REASON("TTL"), &ttl)) != NULL)
			return bad;
		word = take_word(r);
	}
	if (slice_caseis(word, "IN"))
		word = take_word(r);
	r->ttl = (uint32_t)ttl;
	if (word.n == 0)
		return REASON("no type: NAME TTL IN TYPE RDATA is right");
	if (!name_code(types, ARRAY_LEN(types), word, &code))
		return reason_make(r->pool, "unknown type '%.*s': %s or %s is right",
			SLICE_ARG(word), TYPES, TYPE_LAST);
	*type = (enum dns_type)code;
	return NULL;
}

/* Nothing but blanks and a comment may follow. */
static const struct reason *
take_end(struct reader *r)
{
	struct slice word = take_word(r);

	if (word.n > 0)
		return reason_make(r->pool, "'%.*s' is too much here", SLICE_ARG(word));
	return NULL;
}

static const struct reason *
line_record(struct reader *r)
{
	struct zone_record record = { 0 };
	struct zone_node *node = NULL;
	const struct reason *bad = take_node(r, &node);

	if (bad == NULL)
		bad = take_type(r, &record.type);
	if (bad == NULL)
		bad = read_data(r, record.type, &record.data);
	if (bad == NULL)
		bad = take_end(r);
	if (bad != NULL)
		return bad;
	record.ttl = r->ttl;
	*vec_add(r->keep, &node->records) = record;
	return NULL;
}

static const struct reason *
line_failure(struct reader *r)
{
	struct zone_failure failure = { 0 };
	struct zone_node *node = NULL;
	const struct reason *bad = take_node(r, &node);
	struct slice word;

	if (bad != NULL)
		return bad;
	word = take_word(r);
	if (!slice_is(word, "*") &&
		!name_code(types, ARRAY_LEN(types), word, &failure.type))
		return reason_make(r->pool, "unknown type '%.*s': %s or %s, or * for all",
			SLICE_ARG(word), TYPES, TYPE_LAST);
	word = take_word(r);
	for (size_t i = 0; i < ARRAY_LEN(failures); i++)
		if (slice_caseis(word, failures[i].word))
			failure.reason = failures[i].reason;
	if (failure.reason == NULL)
		return reason_make(r->pool,
			"unknown failure '%.*s': TIMEOUT, SERVFAIL, REFUSED or FORMERR "
			"is right",
			SLICE_ARG(word));
	*vec_add(r->keep, &node->failures) = failure;
	return take_end(r);
}

static const struct reason *
line_empty(struct reader *r)
{
	struct zone_node *node = NULL;
	const struct reason *bad = take_node(r, &node);

	return bad != NULL ? bad : take_end(r);
}

static const struct reason *
line_read(struct reader *r)
{
	scan_skip(&r->scan, ascii_is_wsp);
	if (scan_text(&r->scan, ";@")) {
		struct slice word = take_word(r);

		if (slice_is(word, "FAIL"))
			return line_failure(r);
		if (slice_is(word, "EMPTY"))
			return line_empty(r);
		return reason_make(r->pool,
			"unknown directive ';@%.*s': ;@FAIL or ;@EMPTY", SLICE_ARG(word));
	}
	if (scan_is_end(&r->scan) || scan_peek(&r->scan) == ';')
		return NULL;
	return line_record(r);
}

const struct reason *
zone_text_read(struct pool *keep, struct map *nodes, struct slice text, const char *file,
	struct pool *pool)
{
	struct reader r = { .keep = keep, .pool = pool, .nodes = nodes };
	struct scan all = scan_of(text);
	const struct reason *bad;

	for (int line = 1; !scan_is_end(&all); line++) {
		struct slice one = scan_until(&all, '\n');

		scan_char(&all, '\n');
		if (slice_ends(one, "\r"))
			one.n--;
		r.scan = scan_of(one);
		if ((bad = line_read(&r)) != NULL)
			return reason_make(pool, "%s:%d: %p", file, line, bad);
	}
	return NULL;
}
