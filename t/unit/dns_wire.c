/* Packets: how questions look, and what hostile answers come to (S4, S22). */
#include "base/base.h"

#include "base/str.h"
#include "dns/dns_wire.h"

#include "tap.h"

#define POINT "\xc0\x0c" /* to the question's name */
#define A_HEAD POINT "\0\1\0\1\0\0\1\54"
#define TXT_HEAD POINT "\0\20\0\1\0\0\1\54"
#define CNAME_HEAD POINT "\0\5\0\1\0\0\0\74"
#define MX_HEAD POINT "\0\17\0\1\0\0\1\54"
#define SOA_FIXED "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4"

struct packet {
	const char *what;
	enum dns_type type;
	unsigned flags, answers, authorities;
	struct slice body; /* behind the question */
	enum dns_status status;
	size_t n;
	uint32_t ttl;
	const char *reason; /* of TEMPFAIL; else of the first record */
};

static const struct packet packets[] = {
	{ "an address", DNS_A, 0x8180, 1, 0, SLICE_LIT(A_HEAD "\0\4\300\0\2\1"), DNS_OK,
		1, 300, "\300\0\2\1" },
	{ "GEN-2: NODATA without SOA", DNS_A, 0x8180, 0, 0, SLICE_LIT(""), DNS_NODATA, 0,
		0, NULL },
	{ "GEN-2: NXDOMAIN, TTL of the SOA's minimum", DNS_A, 0x8183, 0, 1,
		SLICE_LIT(
			POINT "\0\6\0\1\0\0\1\54\0\30" POINT POINT SOA_FIXED "\0\0\0\36"),
		DNS_NXDOMAIN, 0, 30, NULL },
	{ "NODATA, TTL of the SOA itself", DNS_A, 0x8180, 0, 1,
		SLICE_LIT(
			POINT "\0\6\0\1\0\0\0\5\0\30" POINT POINT SOA_FIXED "\0\0\0\36"),
		DNS_NODATA, 0, 5, NULL },
	{ "S4: a SOA cut short", DNS_A, 0x8180, 0, 1,
		SLICE_LIT(POINT "\0\6\0\1\0\0\0\5\0\24" POINT POINT SOA_FIXED),
		DNS_TEMPFAIL, 0, 0, "malformed answer" },
	{ "GEN-1: strings are joined", DNS_TXT, 0x8180, 1, 0,
		SLICE_LIT(TXT_HEAD "\0\7\3v=s\0\1\xff"), DNS_OK, 1, 300, "v=s\xff" },
	{ "GEN-1: a record without a string", DNS_TXT, 0x8180, 1, 0,
		SLICE_LIT(TXT_HEAD "\0\0"), DNS_OK, 1, 300, "" },
	{ "S4: a TXT chunk beyond rdlength", DNS_TXT, 0x8180, 2, 0,
		SLICE_LIT(TXT_HEAD "\0\4\11abc" TXT_HEAD "\0\4\3abc"), DNS_TEMPFAIL, 0, 0,
		"malformed answer" },
	{ "S4: rdlength beyond the packet", DNS_TXT, 0x8180, 1, 0,
		SLICE_LIT(TXT_HEAD "\0\5\3abc"), DNS_TEMPFAIL, 0, 0, "malformed answer" },
	{ "S4: short rdata of A", DNS_A, 0x8180, 1, 0, SLICE_LIT(A_HEAD "\0\3\300\0\2"),
		DNS_TEMPFAIL, 0, 0, "malformed answer" },
	{ "S4: long rdata of A", DNS_A, 0x8180, 1, 0,
		SLICE_LIT(A_HEAD "\0\5\300\0\2\1\1"), DNS_TEMPFAIL, 0, 0,
		"malformed answer" },
	{ "S4: a record cut off", DNS_A, 0x8180, 1, 0, SLICE_LIT(POINT "\0\1\0\1\0"),
		DNS_TEMPFAIL, 0, 0, "malformed answer" },
	{ "S4: more answers announced than there are", DNS_A, 0x8180, 9, 0,
		SLICE_LIT(A_HEAD "\0\4\300\0\2\1"), DNS_TEMPFAIL, 0, 0,
		"malformed answer" },
	{ "S4: more authority announced than there is", DNS_A, 0x8180, 0, 65535,
		SLICE_LIT(""), DNS_TEMPFAIL, 0, 0, "malformed answer" },
	{ "S22: a pointer to itself", DNS_A, 0x8180, 1, 0,
		SLICE_LIT("\xc0\x1b\0\1\0\1\0\0\1\54\0\4\300\0\2\1"), DNS_TEMPFAIL, 0, 0,
		"malformed answer" },
	{ "S22: a pointer forward", DNS_A, 0x8180, 1, 0,
		SLICE_LIT("\xc0\x2b\0\1\0\1\0\0\1\54\0\4\300\0\2\1"), DNS_TEMPFAIL, 0, 0,
		"malformed answer" },
	{ "S22: a label that leads back to the same name", DNS_A, 0x8180, 1, 0,
		SLICE_LIT("\1b\xc0\x1b\0\1\0\1\0\0\1\54\0\4\300\0\2\1"), DNS_TEMPFAIL, 0,
		0, "malformed answer" },
	{ "S22: a label type that does not exist", DNS_A, 0x8180, 1, 0,
		SLICE_LIT("\x81\x0c\0\1\0\1\0\0\1\54\0\4\300\0\2\1"), DNS_TEMPFAIL, 0, 0,
		"malformed answer" },
	{ "S22: a label beyond the packet", DNS_A, 0x8180, 1, 0, SLICE_LIT("\77a"),
		DNS_TEMPFAIL, 0, 0, "malformed answer" },
	{ "the chain's least TTL", DNS_A, 0x8180, 2, 0,
		SLICE_LIT("\1b\xc0\x0e\0\1\0\1\0\0\1\54\0\4\300\0\2\7" CNAME_HEAD
			  "\0\4\1b\xc0\x0e"),
		DNS_OK, 1, 60, "\300\0\2\7" },
	{ "GEN-2: an alias to nothing", DNS_A, 0x8183, 1, 0,
		SLICE_LIT(CNAME_HEAD "\0\4\1b\xc0\x0e"), DNS_NXDOMAIN, 0, 0, NULL },
	{ "S4: a CNAME chain in a circle", DNS_A, 0x8180, 1, 0,
		SLICE_LIT(CNAME_HEAD "\0\2" POINT), DNS_TEMPFAIL, 0, 0, "CNAME loop" },
	{ "a CNAME that was asked for", DNS_CNAME, 0x8180, 1, 0,
		SLICE_LIT(CNAME_HEAD "\0\4\1b\xc0\x0e"), DNS_OK, 1, 60, "b.example" },
	{ "a stray record is no answer", DNS_A, 0x8180, 1, 0,
		SLICE_LIT("\1b\xc0\x0e\0\1\0\1\0\0\1\54\0\4\300\0\2\1"), DNS_NODATA, 0, 0,
		NULL },
	{ "another class is no answer", DNS_A, 0x8180, 1, 0,
		SLICE_LIT(POINT "\0\1\0\3\0\0\1\54\0\4\300\0\2\1"), DNS_NODATA, 0, 0,
		NULL },
	{ "an exchange", DNS_MX, 0x8180, 1, 0, SLICE_LIT(MX_HEAD "\0\6\0\5\1b\xc0\x0e"),
		DNS_OK, 1, 300, "b.example" },
	{ "the null exchange", DNS_MX, 0x8180, 1, 0, SLICE_LIT(MX_HEAD "\0\3\0\0\0"),
		DNS_OK, 1, 300, "" },
	{ "S4: an exchange without a name", DNS_MX, 0x8180, 1, 0,
		SLICE_LIT(MX_HEAD "\0\2\0\5"), DNS_TEMPFAIL, 0, 0, "malformed answer" },
	{ "S22: a name longer than its rdata", DNS_MX, 0x8180, 2, 0,
		SLICE_LIT(MX_HEAD "\0\4\0\5\1b" MX_HEAD "\0\3\0\0\0"), DNS_TEMPFAIL, 0, 0,
		"malformed answer" },
	{ "S22: rdata longer than its name", DNS_MX, 0x8180, 1, 0,
		SLICE_LIT(MX_HEAD "\0\4\0\5\0\0"), DNS_TEMPFAIL, 0, 0,
		"malformed answer" },
	{ "S22: a dot inside a label is passed over", DNS_MX, 0x8180, 2, 0,
		SLICE_LIT(MX_HEAD "\0\10\0\5\3b.c\xc0\x0e" MX_HEAD "\0\6\0\5\1b\xc0\x0e"),
		DNS_OK, 1, 300, "b.example" },
	{ "a TTL with its highest bit set is 0", DNS_A, 0x8180, 1, 0,
		SLICE_LIT(POINT "\0\1\0\1\x80\0\1\54\0\4\300\0\2\1"), DNS_OK, 1, 0,
		"\300\0\2\1" },
	{ "SERVFAIL", DNS_A, 0x8182, 0, 0, SLICE_LIT(""), DNS_TEMPFAIL, 0, 0,
		"SERVFAIL" },
	{ "REFUSED", DNS_A, 0x8185, 0, 0, SLICE_LIT(""), DNS_TEMPFAIL, 0, 0, "REFUSED" },
	{ "FORMERR", DNS_A, 0x8181, 0, 0, SLICE_LIT(""), DNS_TEMPFAIL, 0, 0, "FORMERR" },
	{ "a code of tomorrow", DNS_A, 0x818f, 0, 0, SLICE_LIT(""), DNS_TEMPFAIL, 0, 0,
		"an unknown error code" },
	{ "still truncated", DNS_A, 0x8380, 1, 0, SLICE_LIT(A_HEAD "\0\4\300\0\2\1"),
		DNS_TEMPFAIL, 0, 0, "truncated answer" },
	{ "a question is no answer", DNS_A, 0x0180, 0, 0, SLICE_LIT(""), DNS_TEMPFAIL, 0,
		0, "malformed answer" },
};

/* An answer packet to a question. */
static struct slice
packet_make(struct pool *pool, struct slice query, const struct packet *t)
{
	struct str p = STR_POOL(pool);
	size_t question = query.n - 11;

	str_addn(&p, query.p, 2);
	str_addc(&p, (char)(t->flags >> 8));
	str_addc(&p, (char)t->flags);
	str_addn(&p, "\0\1", 2);
	str_addc(&p, (char)(t->answers >> 8));
	str_addc(&p, (char)t->answers);
	str_addc(&p, (char)(t->authorities >> 8));
	str_addc(&p, (char)t->authorities);
	str_addn(&p, "\0\0", 2);
	str_addn(&p, query.p + 12, question - 12);
	str_add_slice(&p, t->body);
	return pool_slice(pool, str_slice(&p));
}

static struct slice
query_make(struct pool *pool, const char *name, enum dns_type type)
{
	unsigned char buf[DNS_WIRE_QUERY_SIZE];
	size_t n = dns_wire_ask(buf, 0x1234, slice_of(name), type);

	return pool_slice(pool, slice_make((const char *)buf, n));
}

static void
test_packets(struct pool *pool)
{
	for (size_t i = 0; i < ARRAY_LEN(packets); i++) {
		const struct packet *t = &packets[i];
		struct slice query = query_make(pool, "a.example", t->type);
		struct dns_answer a;

		dns_wire_read(pool, query, packet_make(pool, query, t), &a);
		tap_ok(a.status == t->status && a.n == t->n && a.ttl == t->ttl,
			"%s: status %d, %zu records, TTL %u", t->what, a.status, a.n,
			a.ttl);
		if (a.status == DNS_TEMPFAIL)
			tap_is(a.reason, t->reason, "%s: reason", t->what);
		if (a.status == DNS_OK && a.n > 0 && t->type == DNS_A)
			tap_is_slice(a.records[0].data, slice_make(t->reason, 4),
				"%s: data", t->what);
		else if (a.status == DNS_OK && a.n > 0)
			tap_is_slice(a.records[0].data, slice_of(t->reason), "%s: data",
				t->what);
	}
}

/* Every good packet, cut after each of its bytes, is never a good answer. */
static void
test_cuts(struct pool *pool)
{
	int bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(packets); i++) {
		const struct packet *t = &packets[i];
		struct slice query = query_make(pool, "a.example", t->type);
		struct slice packet = packet_make(pool, query, t);
		struct dns_answer a;

		for (size_t n = 0; t->status == DNS_OK && n < packet.n; n++) {
			char *exact = malloc(n + 1);

			memcpy(exact, packet.p, n);
			dns_wire_read(pool, query, slice_make(exact, n), &a);
			bad += a.status == DNS_OK;
			free(exact);
		}
	}
	tap_is_int(bad, 0, "S4: a packet that was cut is never believed");
}

static void
test_queries(struct pool *pool)
{
	struct slice q = query_make(pool, "A_b.exa-mple.", DNS_TXT);
	char label[65];
	unsigned char buf[DNS_WIRE_QUERY_SIZE];
	struct str name = STR_POOL(pool);

	tap_is_slice(q,
		SLICE_LIT("\x12\x34\1\40\0\1\0\0\0\0\0\1\3A_b\10exa-mple\0\0\20\0\1"
			  "\0\0\51\4\320\0\0\0\0\0\0"),
		"a question, byte for byte");
	memset(label, 'x', 64);
	label[64] = '\0';
	tap_is_int((int64_t)dns_wire_ask(buf, 1, slice_of(label), DNS_A), 0,
		"GEN-4: a label of 64");
	tap_ok(dns_wire_ask(buf, 1, slice_make(label, 63), DNS_A) > 0, "a label of 63");
	tap_is_int((int64_t)dns_wire_ask(buf, 1, SLICE_LIT("a..b"), DNS_A), 0,
		"GEN-4: an empty label");
	for (int i = 0; i < 126; i++)
		str_add(&name, "x.");
	str_add(&name, "y");
	tap_is_int((int64_t)dns_wire_ask(buf, 1, str_slice(&name), DNS_A),
		DNS_WIRE_QUERY_SIZE, "GEN-4: 253 fill the buffer");
	str_add(&name, "y");
	tap_is_int((int64_t)dns_wire_ask(buf, 1, str_slice(&name), DNS_A), 0,
		"GEN-4: 254 are too many");
}

/* The bytes that a label may hold, wherever in it: what every resolver library sends. */
static void
test_bytes(void)
{
	static const char askable[] = "abcdefghijklmnopqrstuvwxyz0123456789-_*/";
	int wrong = 0;

	for (int c = 0; c < 256; c++)
		for (int at = 0; at < 3; at++) {
			char name[] = "xxx.example";
			unsigned char buf[DNS_WIRE_QUERY_SIZE];
			bool want = c != 0 && (strchr(askable, c) != NULL ||
						      (c >= 'A' && c <= 'Z') ||
						      (c == '.' && at == 1));

			name[at] = (char)c;
			wrong += (dns_wire_ask(buf, 1, slice_make(name, 11), DNS_A) > 0) !=
			         want;
		}
	tap_is_int(wrong, 0, "GEN-4: the bytes of a name that can be asked");
}

/* An exchange of three labels of 63 bytes and one of n. */
static enum dns_status
ask_long_name(struct pool *pool, int n)
{
	struct slice query = query_make(pool, "a.example", DNS_MX);
	struct packet t = { "", DNS_MX, 0x8180, 1, 0, SLICE_EMPTY, DNS_OK, 1, 300, NULL };
	struct str body = STR_POOL(pool);
	struct dns_answer a;

	str_addn(&body, MX_HEAD "\1", 11);
	str_addc(&body, (char)(2 + 3 * 64 + 1 + n + 1 - 256));
	str_addn(&body, "\0\5", 2);
	for (int i = 0; i < 4; i++) {
		int label = i < 3 ? 63 : n;

		str_addc(&body, (char)label);
		while (label-- > 0)
			str_addc(&body, 'x');
	}
	str_addc(&body, '\0');
	t.body = str_slice(&body);
	dns_wire_read(pool, query, packet_make(pool, query, &t), &a);
	return a.status;
}

static void
test_long_names(struct pool *pool)
{
	tap_is_int(ask_long_name(pool, 61), DNS_OK, "GEN-4: a name of 253 in an answer");
	tap_is_int(ask_long_name(pool, 62), DNS_TEMPFAIL, "GEN-4: a name of 254");
}

/* An address behind so many pointers, each to the one before it and the first to the
 * question's name. They lie in a record that nobody asked for. */
static enum dns_status
ask_hops(struct pool *pool, int n)
{
	struct slice query = query_make(pool, "a.example", DNS_A);
	struct packet t = { "", DNS_A, 0x8180, 2, 0, SLICE_EMPTY, DNS_OK, 1, 300, NULL };
	struct str body = STR_POOL(pool);
	int at = (int)query.n - 11 + 12, target = 12;
	struct dns_answer a;

	str_addn(&body, TXT_HEAD, 10);
	str_addc(&body, (char)(2 * (n - 1) >> 8));
	str_addc(&body, (char)(2 * (n - 1)));
	for (int i = 1; i <= n; i++) {
		str_addc(&body, (char)(0xc0 | target >> 8));
		str_addc(&body, (char)target);
		target = at + 2 * (i - 1);
	}
	str_addn(&body, "\0\1\0\1\0\0\1\54\0\4\300\0\2\1", 14);
	t.body = str_slice(&body);
	dns_wire_read(pool, query, packet_make(pool, query, &t), &a);
	return a.status;
}

static void
test_hops(struct pool *pool)
{
	tap_is_int(ask_hops(pool, 127), DNS_OK, "S22: a name of 127 pointers");
	tap_is_int(ask_hops(pool, 128), DNS_TEMPFAIL, "S22: a name of 128");
	tap_is_int(ask_hops(pool, 5000), DNS_TEMPFAIL, "S22: a name of 5000");
}

static void
test_mismatch(struct pool *pool)
{
	static const struct packet t = { "", DNS_A, 0x8180, 1, 0,
		SLICE_LIT(A_HEAD "\0\4\300\0\2\1"), DNS_OK, 1, 300, NULL };
	struct slice query = query_make(pool, "a.example", DNS_A);
	struct slice packet = packet_make(pool, query, &t);
	struct dns_answer a;

	dns_wire_read(pool, query_make(pool, "b.example", DNS_A), packet, &a);
	tap_is(a.reason, "answer to another question", "another name");
	dns_wire_read(pool, query_make(pool, "a.example", DNS_AAAA), packet, &a);
	tap_is(a.reason, "answer to another question", "another type");
	dns_wire_read(pool, query_make(pool, "A.eXample", DNS_A), packet, &a);
	tap_is_int(a.status, DNS_OK, "GEN-3: another case is the same name");
}

/* 16 KB in one TXT record, and 60 KB in 200 records. */
static void
test_large(struct pool *pool)
{
	struct slice query = query_make(pool, "a.example", DNS_TXT);
	struct packet t = { "", DNS_TXT, 0x8180, 1, 0, SLICE_EMPTY, DNS_OK, 1, 300,
		NULL };
	struct str body = STR_POOL(pool);
	char chunk[256];
	struct dns_answer a;

	chunk[0] = (char)255;
	memset(chunk + 1, 'x', 255);
	str_addn(&body, TXT_HEAD "\100\0", 12);
	for (int i = 0; i < 64; i++)
		str_addn(&body, chunk, 256);
	t.body = str_slice(&body);
	dns_wire_read(pool, query, packet_make(pool, query, &t), &a);
	tap_ok(a.status == DNS_OK && a.records[0].data.n == 64 * 255,
		"S4: a TXT of 16 KB");
	str_cut(&body, 0);
	for (int i = 0; i < 200; i++) {
		str_addn(&body, TXT_HEAD "\1\0", 12);
		str_addn(&body, chunk, 256);
	}
	t.body = str_slice(&body);
	t.answers = 200;
	dns_wire_read(pool, query, packet_make(pool, query, &t), &a);
	tap_ok(a.status == DNS_OK && a.n == 200, "200 records");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_packets(pool);
	test_cuts(pool);
	test_queries(pool);
	test_bytes();
	test_long_names(pool);
	test_hops(pool);
	test_mismatch(pool);
	test_large(pool);
	pool_free(pool);
	return tap_done();
}
