/* Signatures of others, judged. */
#include "base/base.h"

#include "auth/dkim/headers.h"
#include "auth/dkim/signature.h"
#include "base/str.h"

#include "dkim_fixture.h"

/* What a result says besides. */
static void
test_report(void)
{
	struct fixture f;
	const struct dkim_result *r;

	begin(&f);
	add(&f, "From", " a@example.com");
	add_signed(&f, " v=1; i=J=20o@Example.COM; " ED TAIL, TEST_RFC8463_ED25519);
	key_record(&f, KEY, GOOD_KEY);
	r = judge(&f);
	tap_is(r->domain, "example.com", "DKV-36 header.d");
	tap_is(r->selector, "s", "DKV-36 header.s");
	tap_is(r->algorithm, "ed25519-sha256", "DKV-36 header.a");
	tap_is_slice(r->identity, SLICE_LIT("J o@example.com"), "DKV-36 header.i");
	tap_is_int((int64_t)r->b.n, 88, "DKV-36 header.b");
	tap_is_int((int64_t)r->b_short.n, 8, "DKV-36 eight characters of it");
	tap_is_int(r->key_bits, 256, "bits of the key");
	tap_is_int((int64_t)dns_zone_questions(f.dns), 1, "one question");
	end(&f);

	begin(&f);
	add(&f, "DKIM-Signature", " v=1; a=RSA-SHA1; d=bad_(.com; s=x; b=QUJD; i=@x");
	r = judge(&f);
	tap_ok(r->domain == NULL, "S7 a domain that is none is not told");
	tap_is(r->algorithm, "rsa-sha1", "what can be told is");
	tap_is_slice(r->identity, SLICE_EMPTY, "S7 nor is such an identity");
	tap_is_slice(r->b_short, SLICE_LIT("QUJD"), "DKV-36 all of a short b=");
	end(&f);
}

static void
test_short_b(void)
{
	static const char *const b[] = { "AAAABBBBCCCC", "AAAABBBBCCDD", "AAAABBBBCCCC",
		"AAAABB==", "AA AA\r\n BBBBCE==" };
	static const char *const want[] = { "AAAABBBBCCC", "AAAABBBBCCD", "AAAABBBBCCC",
		"AAAABB==", "AAAABBBBCE" };
	struct fixture f;

	begin(&f);
	for (size_t i = 0; i < ARRAY_LEN(b); i++)
		add(&f, "DKIM-Signature", pool_printf(f.pool, " b=%s", b[i]));
	judge(&f);
	/* "CE==" and "BB==" have stray bits: they are no base64 and have no b at all. */
	for (size_t i = 0; i < 3; i++)
		tap_is_slice(f.results.v[i].b_short, slice_of(want[i]),
			"DKV-36 as much as tells it apart");
	tap_is_slice(f.results.v[4].b_short, SLICE_EMPTY, "DKV-36 no b= that is base64");
	end(&f);
}

/* DKV-13, S19, S21: many signatures, each for itself. */
static void
test_many(void)
{
	struct fixture f;

	begin(&f);
	add(&f, "From", " a@sub.example.com");
	for (int i = 0; i < 8; i++)
		add(&f, "DKIM-Signature", " v=1; d=example.net; junk");
	add_signed(&f, " v=1; " ED TAIL, TEST_RFC8463_ED25519);
	add(&f, "DKIM-Signature", " v=1; d=x.sub.example.com; junk");
	add(&f, "DKIM-Signature", " v=1; d=ample.com; junk");
	key_record(&f, KEY, GOOD_KEY);
	f.author = "sub.example.com";
	judge(&f);
	tap_is_int((int64_t)f.results.n, 11, "DKV-13 a result for each");
	is_outcome(f.results.v[8].outcome, AUTH_PASS, NULL,
		"S21 the ninth could align: it is examined");
	is_outcome(
		f.results.v[9].outcome, AUTH_PERMERROR, NULL, "S21 so could the tenth");
	is_outcome(
		f.results.v[5].outcome, AUTH_PERMERROR, NULL, "the sixth of the others");
	is_outcome(f.results.v[6].outcome, AUTH_POLICY, "too many", "not the seventh");
	tap_ok(f.results.v[9].examined && !f.results.v[6].examined, "and it is told");
	is_outcome(f.results.v[10].outcome, AUTH_POLICY, "too many", "nor the eleventh");
	tap_is(f.results.v[10].domain, "ample.com", "whose it is is told");
	end(&f);

	begin(&f);
	f.author = NULL;
	for (int i = 0; i < 20000; i++)
		add(&f, "DKIM-Signature", " v=1; d=example.com; s=s; h=from");
	judge(&f);
	tap_is_int((int64_t)f.results.n, 20000, "S21 20,000 signatures");
	is_outcome(f.results.v[7].outcome, AUTH_PERMERROR, NULL, "the eighth is read");
	is_outcome(f.results.v[8].outcome, AUTH_POLICY, NULL, "the ninth is not");
	end(&f);

	begin(&f);
	judge(&f);
	tap_is_int((int64_t)f.results.n, 0, "DKV-35 no signature, no result");
	end(&f);
}

/* S21: h= as long as a header can be. */
static void
test_names_limit(void)
{
	static const struct {
		int names;
		enum auth_code code;
	} limits[] = { { 256, AUTH_PASS }, { 257, AUTH_POLICY }, { 50000, AUTH_POLICY } };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct fixture f;
		struct str text = STR_INIT;

		begin(&f);
		str_add(&text, " v=1; " ED "d=example.com; s=s; bh=<bh>; b=<b>; h=from");
		for (int k = 1; k < limits[i].names; k++)
			str_add(&text, ":x");
		add(&f, "From", " a@example.com");
		add_signed(&f, text.p, TEST_RFC8463_ED25519);
		key_record(&f, KEY, GOOD_KEY);
		is_outcome(judge(&f)->outcome, limits[i].code, NULL, "S21 names in h=");
		str_release(&text);
		end(&f);
	}
}

/* S21: a key record of 4096 bytes is read, one of 4097 is not. */
static void
test_record_limit(void)
{
	for (int more = 0; more < 2; more++) {
		struct fixture f;
		struct str text = STR_INIT;

		begin(&f);
		add(&f, "From", " a@example.com");
		add_signed(&f, " v=1; " ED TAIL, TEST_RFC8463_ED25519);
		str_add(&text, GOOD_KEY "; n=");
		while (text.n < 4096 + (size_t)more)
			str_addc(&text, 'x');
		key_record(&f, KEY, text.p);
		is_outcome(judge(&f)->outcome, more ? AUTH_PERMERROR : AUTH_PASS, NULL,
			"S21 the size of a key record");
		str_release(&text);
		end(&f);
	}
}

/* S21: both limits where the caller sets others. */
static void
test_limits_given(void)
{
	static const struct {
		const char *name;
		size_t names, record;
		enum auth_code code;
	} limits[] = {
		{ "S21 two names in h= of two", 2, 4096, AUTH_PASS },
		{ "S21 two names in h= of one", 1, 4096, AUTH_POLICY },
		{ "S21 a record as long as may be", 2, strlen(GOOD_KEY), AUTH_PASS },
		{ "S21 a record of a byte more", 2, strlen(GOOD_KEY) - 1,
			AUTH_PERMERROR },
	};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct fixture f;

		begin(&f);
		f.params.max_names = limits[i].names;
		f.params.max_key_record = limits[i].record;
		add(&f, "From", " a@example.com");
		add_signed(&f, " v=1; " ED TAIL, TEST_RFC8463_ED25519);
		key_record(&f, KEY, GOOD_KEY);
		is_outcome(judge(&f)->outcome, limits[i].code, NULL, limits[i].name);
		end(&f);
	}
}

/* S35, espoofer a3: a NUL must not hide the end of a name. */
static void
test_nul(void)
{
	static const char text[] =
		" v=1; " ED "d=example.com; s=s\0.x; h=from; bh=AA==; b=AA==";
	struct fixture f;

	begin(&f);
	message_add(&f.message, SLICE_LIT("DKIM-Signature"), SLICE_LIT(text));
	is_outcome(
		judge(&f)->outcome, AUTH_PERMERROR, NULL, "S35 espoofer a3: NUL in s=");
	tap_is_int((int64_t)dns_zone_questions(f.dns), 0, "and nothing is asked");
	end(&f);
}

/* GEN-8, RFC 8616: names of any script have one spelling. */
static void
test_idn(void)
{
	struct fixture f;
	const struct dkim_result *r;

	begin(&f);
	add(&f, "From", " a@b\303\274cher.example");
	add_signed(&f,
		" v=1; " ED
		"i=\303\251@a.B\303\234CHER.example; d=b\303\274cher.example; "
		"s=\303\274; h=from; bh=<bh>; b=<b>",
		TEST_RFC8463_ED25519);
	key_record(&f, "xn--tda._domainkey.xn--bcher-kva.example.", GOOD_KEY);
	r = judge(&f);
	is_outcome(r->outcome, AUTH_PASS, NULL, "DKV-11 GEN-8 U-labels in d=, s= and i=");
	tap_is(r->domain, "xn--bcher-kva.example", "their A-labels are told");
	tap_is_slice(r->identity, SLICE_LIT("\303\251@a.xn--bcher-kva.example"),
		"and i= keeps its local part");
	end(&f);
}

static void
test_changes(void)
{
	struct fixture f;

	begin(&f);
	add(&f, "From", " a@example.com");
	add_signed(&f, " v=1; " ED TAIL, TEST_RFC8463_ED25519);
	key_record(&f, KEY, GOOD_KEY);
	f.body = SLICE_LIT("hello world\r\nbye");
	is_outcome(
		judge(&f)->outcome, AUTH_PASS, NULL, "a body changed as relaxed allows");
	f.body = SLICE_LIT("hello world\r\nbye!");
	is_outcome(judge(&f)->outcome, AUTH_FAIL, "body hash", "DKV-34 a body changed");
	end(&f);

	begin(&f);
	add(&f, "From", " a@example.com");
	add_signed(&f, " v=1; " ED TAIL, TEST_RFC8463_ED25519);
	key_record(&f, KEY, GOOD_KEY);
	add(&f, "X-New", " unsigned");
	is_outcome(judge(&f)->outcome, AUTH_PASS, NULL, "an unsigned field added");
	add(&f, "Subject", " new");
	is_outcome(
		judge(&f)->outcome, AUTH_FAIL, "signature", "DKV-30 a null field added");
	end(&f);

	begin(&f);
	message_init(&f.message, f.pool, 700);
	add(&f, "From", " a@example.com");
	add_signed(&f, " v=1; " ED TAIL, TEST_RFC8463_ED25519);
	key_record(&f, KEY, GOOD_KEY);
	is_outcome(judge(&f)->outcome, AUTH_PASS, NULL, "below the header limit");
	add(&f, "X", pool_printf(f.pool, "%800s", "x"));
	is_outcome(
		judge(&f)->outcome, AUTH_POLICY, "too large", "beyond the header limit");
	end(&f);
}

static void
test_dns(void)
{
	struct fixture f;
	const struct dkim_result *r;

	begin(&f);
	add(&f, "From", " a@example.com");
	add_signed(&f, " v=1; " ED TAIL, TEST_RFC8463_ED25519);
	zone(&f, ";@FAIL " KEY " TXT SERVFAIL\n");
	r = judge(&f);
	tap_ok(r->outcome.cause == CAUSE_DNS, "DKV-21 a failure of DNS is told");
	is_outcome(r->outcome, AUTH_TEMPERROR, "SERVFAIL", "with its kind");
	end(&f);

	begin(&f);
	dkim_prefetch(f.dns, SLICE_LIT(" v=1; " ED "d=example.com; s=s; h=from; bh=AA==; "
				       "b=AA=="));
	dkim_prefetch(f.dns, SLICE_LIT(" v=1; " ED "d=example.com; s=t; h=to; bh=AA==; "
				       "b=AA=="));
	dkim_prefetch(f.dns, SLICE_EMPTY);
	tap_is_int(dns_zone_prefetched(f.dns, "s._domainkey.example.com", DNS_TXT), 1,
		"a key is fetched when its field comes");
	tap_is_int(dns_zone_prefetched(f.dns, "t._domainkey.example.com", DNS_TXT), 0,
		"not for a field that cannot pass");
	end(&f);
}

/* The bytes of a file of t/unit/mail, as they are. */
static struct slice
file_text(struct pool *pool, const char *name)
{
	const char *srcdir = getenv("srcdir");
	const char *path =
		pool_printf(pool, "%s/t/unit/mail/%s", srcdir ? srcdir : "..", name);
	FILE *file = fopen(path, "r");
	char *text = pool_alloc(pool, 65536);
	size_t n;

	if (file == NULL) {
		tap_ok(false, "cannot open '%s'", path);
		return SLICE_EMPTY;
	}
	n = fread(text, 1, 65536, file);
	fclose(file);
	return slice_make(text, n);
}

#define KEY_6376                                                                       \
	"v=DKIM1; "                                                                    \
	"p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeL"       \
	"nQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR" \
	"+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"

static const struct {
	const char *name, *file, *key, *record;
	enum auth_code code;
} examples[] = {
	{ "RFC 6376 A.2", "rfc6376-A.2.eml", "brisbane._domainkey.example.com.", KEY_6376,
		AUTH_PASS },
	{ "RFC 6376 A.2, a letter changed", "rfc6376-A.2-body-changed.eml",
		"brisbane._domainkey.example.com.", KEY_6376, AUTH_FAIL },
	{ "RFC 8463 A.3", "rfc8463-A.3.eml", "brisbane._domainkey.football.example.com.",
		"v=DKIM1; k=ed25519; p=" P_RFC8463_ED25519, AUTH_PASS },
};

static void
test_examples(void)
{
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		struct fixture f;
		struct headers fields;

		begin(&f);
		message_split(
			f.pool, file_text(f.pool, examples[i].file), &fields, &f.body);
		for (size_t k = 0; k < fields.n; k++)
			message_add(&f.message, fields.v[k]->name, fields.v[k]->value);
		key_record(&f, examples[i].key, examples[i].record);
		key_record(&f, "test._domainkey.football.example.com.",
			"v=DKIM1; k=rsa; p=" P_RFC8463_RSA);
		judge(&f);
		tap_ok(f.results.n > 0, "%s has signatures", examples[i].name);
		for (size_t k = 0; k < f.results.n; k++)
			is_outcome(f.results.v[k].outcome, examples[i].code, NULL,
				examples[i].name);
		end(&f);
	}
}

/* Two digests in hexadecimal: of the Ed25519 and of the RSA signature. */
static const char *const golden[] = {
	"48ce9a2c710ece1710ff156996b836a7f45470e43efe5643074d6e1690ed62e7",
	"fed71e6d70fb123bb5c353adc42821b304b6b9d54fc867f304f7c61daaaa1111",
};

/* What the header of RFC 8463 A.3 hashes to, as others computed it. */
static void
test_golden(void)
{
	struct fixture f;
	struct headers fields;
	struct hdrhash *hash;
	size_t found = 0;

	begin(&f);
	message_split(f.pool, file_text(f.pool, "rfc8463-A.3.eml"), &fields, &f.body);
	hash = hdrhash_new(f.pool, &fields);
	for (size_t i = 0; i < fields.n; i++) {
		struct dkim_sig sig;
		struct hdrhash_wish wish;
		unsigned char digest[DIGEST_SIZE];
		struct str hex = STR_POOL(f.pool);

		if (!header_is(fields.v[i], "DKIM-Signature"))
			continue;
		dkim_sig_parse(f.pool, fields.v[i], &sig);
		wish = (struct hdrhash_wish){ sig.canon_header, sig.names, sig.nnames,
			sig.field, sig.b_place };
		hdrhash_digest(hash, &wish, digest);
		for (size_t k = 0; k < sizeof(digest); k++)
			str_addf(&hex, "%02x", digest[k]);
		tap_is(hex.p, golden[found % 2],
			"DKV-31 DKV-33 RFC 8463 A.3, signature %zu", found + 1);
		found++;
	}
	tap_is_int((int64_t)found, 2, "both were seen");
	end(&f);
}

int
main(void)
{
	test_report();
	test_short_b();
	test_many();
	test_names_limit();
	test_limits_given();
	test_record_limit();
	test_nul();
	test_idn();
	test_changes();
	test_dns();
	test_examples();
	test_golden();
	return tap_done();
}
