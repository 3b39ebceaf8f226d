/*
 * Everything is read through struct cursor, which knows where the received bytes end and
 * remembers that it was led beyond. A compression pointer must point before the name (or
 * the part of it) in which it stands, so a name ends after finitely many of them; whole
 * names are bounded by 255 bytes besides. A pointer costs a packet two bytes, and each
 * of its names may follow them all again: so a name follows no more than it could have
 * labels.
 *
 * A label may hold any byte; only a dot inside a label could not be told from a dot
 * between two labels. Such a name equals no other, and a record that points to one is
 * passed over, so that "a\.b" cannot be passed off as a name below b.
 *
 * The resolver has followed the aliases; the chain is walked once more here, since only
 * records at its end answer, and since its TTLs count. Each step is one pass over the
 * answer section: records may stand in any order.
 */
#include "base/base.h"
#include "dns/dns_wire.h"

#include "base/ascii.h"
#include "base/str.h"
#include "base/vec.h"

#define HEADER_SIZE 12
#define CHAIN_LIMIT 12
#define NAME_LIMIT 253 /* as text; 255 in a packet */
#define HOP_LIMIT 127  /* pointers of one name */
#define TYPE_OPT 41
#define CLASS_IN 1

#define FLAG_RESPONSE 0x8000
#define FLAG_TRUNCATED 0x0200
#define FLAG_RECURSE 0x0100
#define FLAG_AUTHENTIC 0x0020

struct cursor {
	const unsigned char *p;
	size_t n, at;
	bool bad; /* something was not as it should be; what was read is 0 */
};

struct name {
	char text[256];
	size_t n;
	bool odd; /* a label holds a dot */
};

struct record {
	struct name owner;
	unsigned type, class;
	uint32_t ttl;
	size_t data, end; /* where its rdata lies */
};

struct reading {
	struct cursor c;
	struct pool *pool;
	struct name name; /* the question's, then where its aliases lead */
	unsigned type;
	unsigned answers;
	VEC(struct dns_record) records;
	struct dns_answer *answer;
};

static unsigned
cursor_byte(struct cursor *c)
{
	if (c->at >= c->n) {
		c->bad = true;
		return 0;
	}
	return c->p[c->at++];
}

static unsigned
cursor_short(struct cursor *c)
{
	unsigned high = cursor_byte(c);

	return high << 8 | cursor_byte(c);
}

static uint32_t
cursor_long(struct cursor *c)
{
	uint32_t high = cursor_short(c);

	return high << 16 | cursor_short(c);
}

/* Adds one label, which the cursor stands before. */
static void
take_label(struct cursor *c, struct name *name, size_t n)
{
	size_t dot = name->n > 0 ? 1 : 0;

	if (c->n - c->at < n || name->n + dot + n > NAME_LIMIT) {
		c->bad = true;
		return;
	}
	if (dot > 0)
		name->text[name->n++] = '.';
	memcpy(name->text + name->n, c->p + c->at, n);
	if (memchr(c->p + c->at, '.', n) != NULL)
		name->odd = true;
	name->n += n;
	c->at += n;
}

/* Takes a name, which may go on elsewhere; the cursor ends after its first part. */
static void
take_name(struct cursor *c, struct name *name)
{
	size_t part = c->at, behind = 0, hops = 0;

	name->n = 0;
	name->odd = false;
	while (!c->bad) {
		unsigned n = cursor_byte(c);

		if (n == 0)
			break;
		if (n < 0x40) {
			take_label(c, name, n);
			continue;
		}
		size_t target = (n & 0x3f) << 8 | cursor_byte(c);

		if (n < 0xc0 || target >= part || ++hops > HOP_LIMIT) {
			c->bad = true;
			break;
		}
		if (behind == 0)
			behind = c->at;
		part = c->at = target;
	}
	if (behind != 0)
		c->at = behind;
}

static bool
name_eq(const struct name *a, const struct name *b)
{
	return !a->odd && !b->odd &&
	       slice_caseeq(slice_make(a->text, a->n), slice_make(b->text, b->n));
}

/* Takes a resource record; the cursor ends after it. */
static void
take_record(struct cursor *c, struct record *r)
{
	size_t n;

	take_name(c, &r->owner);
	r->type = cursor_short(c);
	r->class = cursor_short(c);
	r->ttl = cursor_long(c);
	/* RFC 2181 8: with the highest bit set it counts as 0. */
	if (r->ttl > INT32_MAX)
		r->ttl = 0;
	n = cursor_short(c);
	r->data = c->at;
	if (c->n - c->at < n)
		c->bad = true;
	if (c->bad)
		return;
	r->end = c->at += n;
}

/* A cursor over a record's data; names in it may point to anywhere before. */
static struct cursor
record_cursor(const struct reading *in, const struct record *r)
{
	return (struct cursor){ .p = in->c.p, .n = r->end, .at = r->data };
}

/* The strings of a TXT record, joined. */
static struct slice
record_text(struct reading *in, struct cursor *c)
{
	struct str text = STR_POOL(in->pool);

	while (!c->bad && c->at < c->n) {
		unsigned n = cursor_byte(c);

		if (c->n - c->at < n) {
			c->bad = true;
			break;
		}
		str_addn(&text, (const char *)c->p + c->at, n);
		c->at += n;
	}
	return str_slice(&text);
}

/* The name that a record points to; false: it cannot be written as text. */
static bool
record_name(struct reading *in, struct cursor *c, struct slice *data)
{
	struct name name;

	take_name(c, &name);
	if (!c->bad)
		*data = pool_slice(in->pool, slice_make(name.text, name.n));
	return !name.odd;
}

/* Makes an answer's record of one that was asked for; false: it is to be passed over. */
static bool
record_read(struct reading *in, const struct record *r, struct cursor *c,
	struct dns_record *out)
{
	size_t n = r->end - r->data;

	switch ((enum dns_type)r->type) {
	case DNS_A:
	case DNS_AAAA:
		c->bad = n != (r->type == DNS_A ? 4 : 16);
		c->at = r->end;
		out->data =
			pool_slice(in->pool, slice_make((const char *)c->p + r->data, n));
		return true;
	case DNS_TLSA:
		c->at = r->end;
		out->data =
			pool_slice(in->pool, slice_make((const char *)c->p + r->data, n));
		return n > 3;
	case DNS_TXT:
	case DNS_SPF:
		out->data = record_text(in, c);
		return true;
	case DNS_MX:
		out->preference = (uint16_t)cursor_short(c);
		return record_name(in, c, &out->data);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		return record_name(in, c, &out->data);
	case DNS_SOA:
		c->at = r->end;
		return false;
	}
	return false;
}

/* One pass over the answer section for the present name. True: an alias leads on. */
static bool
reading_pass(struct reading *in)
{
	struct name next = { .n = 0 };
	uint32_t ttl = UINT32_MAX;
	bool leads = false;

	for (unsigned i = 0; i < in->answers && !in->c.bad; i++) {
		struct dns_record out = { 0 };
		struct cursor data;
		struct record r;

		take_record(&in->c, &r);
		if (in->c.bad || r.class != CLASS_IN || !name_eq(&r.owner, &in->name))
			continue;
		data = record_cursor(in, &r);
		if (r.type == in->type) {
			if (record_read(in, &r, &data, &out))
				*vec_add(in->pool, &in->records) = out;
			in->answer->ttl = MIN(in->answer->ttl, r.ttl);
		} else if (r.type == DNS_CNAME) {
			take_name(&data, &next);
			leads = true;
			ttl = r.ttl;
		} else
			continue;
		in->c.bad = in->c.bad || data.bad || data.at != r.end;
	}
	if (in->records.n > 0 || !leads || in->c.bad)
		return false;
	in->answer->alias = true;
	in->answer->ttl = MIN(in->answer->ttl, ttl);
	in->name = next;
	return true;
}

/* RFC 2308 5: how long it is known that something is not there; 0 without a SOA. */
static uint32_t
reading_negative_ttl(struct reading *in, unsigned authorities)
{
	uint32_t ttl = 0;

	for (unsigned i = 0; i < authorities && !in->c.bad; i++) {
		struct cursor data;
		struct name skipped;
		struct record r;

		take_record(&in->c, &r);
		if (in->c.bad || r.type != DNS_SOA || r.class != CLASS_IN)
			continue;
		data = record_cursor(in, &r);
		take_name(&data, &skipped);
		take_name(&data, &skipped);
		for (int k = 0; k < 4; k++)
			cursor_long(&data);
		ttl = cursor_long(&data);
		ttl = MIN(ttl, r.ttl);
		in->c.bad = data.bad;
	}
	return ttl;
}

static void
answer_fail(struct dns_answer *answer, const char *reason)
{
	*answer = (struct dns_answer){ .status = DNS_TEMPFAIL, .reason = reason };
}

/* What a response code other than 0 and 3 is called. */
static const char *
code_reason(unsigned code)
{
	static const char *const words[] = { NULL, "FORMERR", "SERVFAIL", NULL, "NOTIMP",
		"REFUSED" };

	return code < ARRAY_LEN(words) && words[code] != NULL
	               ? words[code]
	               : N_("an unknown error code");
}

/* Header and question: NULL, or why the packet is not the answer to the query. */
static const char *
reading_begin(
	struct reading *in, struct slice query, unsigned *flags, unsigned *authorities)
{
	struct cursor q = { .p = (const unsigned char *)query.p, .n = query.n };
	struct name asked;
	unsigned questions;

	cursor_short(&in->c); /* the id */
	*flags = cursor_short(&in->c);
	questions = cursor_short(&in->c);
	in->answers = cursor_short(&in->c);
	*authorities = cursor_short(&in->c);
	cursor_short(&in->c);
	if (in->c.bad || (*flags & FLAG_RESPONSE) == 0)
		return N_("malformed answer");
	/* An error may come without the question. */
	if (questions == 0 && (*flags & 15) != 0 && (*flags & 15) != 3)
		return NULL;
	q.at = HEADER_SIZE;
	take_name(&q, &asked);
	take_name(&in->c, &in->name);
	in->type = cursor_short(&in->c);
	if (questions != 1 || !name_eq(&asked, &in->name) ||
		in->type != cursor_short(&q) ||
		cursor_short(&in->c) != cursor_short(&q) || in->c.bad || q.bad)
		return N_("answer to another question");
	return NULL;
}

/* The answer section, along the aliases; then what the authority section says. */
static const char *
reading_walk(struct reading *in, unsigned code, unsigned authorities)
{
	size_t start = in->c.at;
	struct dns_answer *a = in->answer;
	int left = CHAIN_LIMIT;

	while (reading_pass(in)) {
		if (--left == 0)
			return N_("CNAME loop");
		in->c.at = start;
	}
	if (code == 3)
		in->records.n = 0;
	if (in->records.n == 0) {
		uint32_t ttl = reading_negative_ttl(in, authorities);

		a->ttl = MIN(a->ttl, ttl);
	}
	if (in->c.bad)
		return N_("malformed answer");
	a->status = in->records.n > 0 ? DNS_OK : code == 3 ? DNS_NXDOMAIN : DNS_NODATA;
	a->records = in->records.v;
	a->n = in->records.n;
	return NULL;
}

/* Bytes that every resolver library sends (c-ares 1.34 takes no others). */
static bool
is_sent(char c)
{
	return ascii_is_alnum(c) || (c != '\0' && strchr("-_*/.", c) != NULL);
}

/* May a question for the name be sent? */
static bool
name_is_sent(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!is_sent(name.p[i]))
			return false;
	return dns_name_is_askable(name);
}

size_t
dns_wire_ask(unsigned char buf[DNS_WIRE_QUERY_SIZE], uint16_t id, struct slice name,
	enum dns_type type)
{
	size_t n = HEADER_SIZE;
	unsigned flags = FLAG_RECURSE | FLAG_AUTHENTIC;

	if (!name_is_sent(name))
		return 0;
	memset(buf, 0, DNS_WIRE_QUERY_SIZE);
	buf[0] = (unsigned char)(id >> 8);
	buf[1] = (unsigned char)id;
	buf[2] = (unsigned char)(flags >> 8);
	buf[3] = (unsigned char)flags;
	buf[5] = 1;  /* one question */
	buf[11] = 1; /* one additional record: EDNS */
	if (slice_ends(name, "."))
		name.n--;
	while (name.n > 0) {
		struct slice label;

		if (!slice_cut(name, '.', &label, &name))
			name = SLICE_EMPTY;
		buf[n++] = (unsigned char)label.n;
		memcpy(buf + n, label.p, label.n);
		n += label.n;
	}
	n++; /* the root */
	buf[n++] = (unsigned char)((unsigned)type >> 8);
	buf[n++] = (unsigned char)type;
	buf[n + 1] = CLASS_IN;
	n += 2;
	buf[n + 2] = TYPE_OPT; /* after the root as its owner */
	buf[n + 3] = DNS_WIRE_UDP_SIZE >> 8;
	buf[n + 4] = DNS_WIRE_UDP_SIZE & 255;
	return n + 11;
}

void
dns_wire_read(struct pool *pool, struct slice query, struct slice packet,
	struct dns_answer *answer)
{
	struct reading in = {
		.c = { .p = (const unsigned char *)packet.p, .n = packet.n },
		.pool = pool,
		.answer = answer,
	};
	unsigned flags = 0, authorities = 0;
	const char *bad = reading_begin(&in, query, &flags, &authorities);

	*answer = (struct dns_answer){ .status = DNS_TEMPFAIL, .ttl = UINT32_MAX };
	if (bad == NULL && (flags & FLAG_TRUNCATED) != 0)
		bad = N_("truncated answer");
	if (bad == NULL && (flags & 15) != 0 && (flags & 15) != 3)
		bad = code_reason(flags & 15);
	if (bad == NULL)
		bad = reading_walk(&in, flags & 15, authorities);
	if (bad != NULL) {
		answer_fail(answer, bad);
		return;
	}
	answer->authentic = (flags & FLAG_AUTHENTIC) != 0;
	if (answer->ttl == UINT32_MAX)
		answer->ttl = 0;
}
