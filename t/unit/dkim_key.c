/* What a key record may say. */
#include "base/base.h"

#include "dkim_fixture.h"

/* A key record against a good signature. */
static const struct {
	const char *name, *record;
	enum auth_code code;
	const char *reason;
} keys[] = {
	{ "DKV-14 v= first", GOOD_KEY, AUTH_PASS, NULL },
	{ "DKV-14 no v=", "k=ed25519; p=" P_RFC8463_ED25519, AUTH_PASS, NULL },
	{ "DKV-14 FWS", " v = DKIM1 ; k = ed25519 ; p = " P_RFC8463_ED25519 " ; ",
		AUTH_PASS, NULL },
	{ "DKV-14 a line end behind it", GOOD_KEY "\\013\\010", AUTH_PASS, NULL },
	{ "DKV-14 a line end inside", "v=DKIM1;\\010k=ed25519; p=" P_RFC8463_ED25519,
		AUTH_PERMERROR, "list of tags" },
	{ "DKV-14 v= second", "k=ed25519; v=DKIM1; p=" P_RFC8463_ED25519, AUTH_PERMERROR,
		"version" },
	{ "DKV-14 v=dkim1", "v=dkim1; k=ed25519; p=" P_RFC8463_ED25519, AUTH_PERMERROR,
		"version" },
	{ "DKV-14 v=DKIM2", "v=DKIM2; k=ed25519; p=" P_RFC8463_ED25519, AUTH_PERMERROR,
		"version" },
	{ "DKV-14 unknown k=", "v=DKIM1; k=foo; p=" P_RFC8463_ED25519, AUTH_PERMERROR,
		"another type" },
	{ "DKV-14 DKV-19 k= is rsa by default", "v=DKIM1; p=" P_RFC8463_ED25519,
		AUTH_PERMERROR, "another type" },
	{ "DKV-19 an RSA key", "v=DKIM1; k=rsa; p=" P_RFC8463_RSA, AUTH_PERMERROR,
		"another type" },
	{ "DKV-15 h=sha256", "v=DKIM1; h=sha1 : SHA256; k=ed25519; p=" P_RFC8463_ED25519,
		AUTH_PASS, NULL },
	{ "DKV-15 h=sha1", "v=DKIM1; h=sha1; k=ed25519; p=" P_RFC8463_ED25519,
		AUTH_PERMERROR, "SHA-256" },
	{ "DKV-16 s=*", "v=DKIM1; s=*; k=ed25519; p=" P_RFC8463_ED25519, AUTH_PASS,
		NULL },
	{ "DKV-16 s=other:email",
		"v=DKIM1; s=other:email; k=ed25519; p=" P_RFC8463_ED25519, AUTH_PASS,
		NULL },
	{ "DKV-16 s=other", "v=DKIM1; s=other; k=ed25519; p=" P_RFC8463_ED25519,
		AUTH_PERMERROR, "not for mail" },
	{ "DKV-18 no p=", "v=DKIM1; k=ed25519", AUTH_PERMERROR, "no p=" },
	{ "DKV-18 revoked", "v=DKIM1; k=ed25519; p=", AUTH_PERMERROR, "revoked" },
	{ "DKV-18 p= with blanks in it",
		"v=DKIM1; k=ed25519; p= 11qYAYKxCrfVS/7TyWQH Og7hcvPapiMlrwIaaPcHURo =",
		AUTH_PASS, NULL },
	{ "DKV-18 Ed25519 as SubjectPublicKeyInfo",
		"v=DKIM1; k=ed25519; "
		"p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		AUTH_PERMERROR, "cannot be read" },
	{ "DKV-18 p= not base64", "v=DKIM1; k=ed25519; p=#", AUTH_PERMERROR, "base64" },
	{ "DKV-18 another key",
		"v=DKIM1; k=ed25519; p=21qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		AUTH_FAIL, "signature did not" },
	{ "DKV-21 junk", "v=spf1 -all", AUTH_PERMERROR, "key record" },
	{ "DKV-21 GEN-1 NUL and 8-bit",
		"v=DKIM1; k=ed25519; n=\\000\\200; p=" P_RFC8463_ED25519, AUTH_PERMERROR,
		"key record" },
	{ "DKV-21 empty", "", AUTH_PERMERROR, "key record" },
};

static void
test_keys(void)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct fixture f;

		begin(&f);
		add(&f, "From", " a@example.com");
		add_signed(&f, " v=1; " ED TAIL, TEST_RFC8463_ED25519);
		key_record(&f, KEY, keys[i].record);
		is_outcome(
			judge(&f)->outcome, keys[i].code, keys[i].reason, keys[i].name);
		end(&f);
	}
}

#define RSA "a=rsa-sha256; c=simple/simple; "

/* Judges one RSA signature with these zone lines. */
static void
rsa_case(const char *zone_text, int bits, enum auth_code code, const char *name)
{
	struct fixture f;
	const struct dkim_result *result;

	begin(&f);
	f.params.bits.min_bits = bits;
	add(&f, "From", "  a@example.com ");
	add_signed(&f, " v=1; " RSA TAIL, TEST_RFC8463_RSA);
	zone(&f, zone_text);
	result = judge(&f);
	is_outcome(result->outcome, code, NULL, name);
	if (code == AUTH_PASS || code == AUTH_POLICY)
		tap_is_int(result->key_bits, 1024, "its bits are told");
	end(&f);
}

static void
test_rsa(void)
{
	rsa_case(KEY " 1 IN TXT \"p=" P_RFC8463_RSA "\"\n", 1024, AUTH_PASS,
		"DKV-18 SubjectPublicKeyInfo");
	rsa_case(KEY " 1 IN TXT \"p=" P_RFC8463_RSA_BARE "\"\n", 1024, AUTH_PASS,
		"DKV-18 RSAPublicKey");
	rsa_case(KEY " 1 IN TXT \"p=" P_RFC8463_RSA "\"\n", 2048, AUTH_POLICY,
		"DKV-22 fewer bits than MinimumKeyBits");
	rsa_case(KEY " 1 IN TXT \"junk\"\n" KEY " 1 IN TXT \"p=" P_RFC8463_RSA "\"\n",
		1024, AUTH_PASS, "DKV-20 junk before the key");
	rsa_case(KEY " 1 IN TXT \"p=" P_RFC8463_RSA "\"\n" KEY " 1 IN TXT \"p=\"\n", 1024,
		AUTH_PASS, "DKV-20 a revoked one behind the key");
	rsa_case(KEY " 1 IN TXT \"p=" P_RFC8463_RSA_BARE "\"\n" KEY
		     " 1 IN TXT \"k=ed25519; p=" P_RFC8463_ED25519 "\"\n",
		1024, AUTH_PASS, "DKV-20 two keys of two types");
	rsa_case("", 1024, AUTH_PERMERROR, "DKV-21 NXDOMAIN");
	rsa_case(";@EMPTY " KEY "\n", 1024, AUTH_PERMERROR, "DKV-21 NODATA");
	rsa_case(";@FAIL " KEY " TXT TIMEOUT\n", 1024, AUTH_TEMPERROR, "DKV-21 time-out");
	rsa_case(
		";@FAIL " KEY " TXT SERVFAIL\n", 1024, AUTH_TEMPERROR, "DKV-21 SERVFAIL");
}

static void
test_flags(void)
{
	struct fixture f;

	begin(&f);
	add(&f, "From", " a@example.com");
	add_signed(&f, " v=1; i=@a.example.com; " ED TAIL, TEST_RFC8463_ED25519);
	key_record(&f, KEY, "t=x:s; k=ed25519; p=" P_RFC8463_ED25519);
	is_outcome(judge(&f)->outcome, AUTH_PERMERROR, "below d=", "DKV-17 t=s");
	tap_ok(!f.results.v[0].testing, "and nothing is being tested");
	end(&f);

	begin(&f);
	add(&f, "From", " a@example.com");
	add_signed(&f, " v=1; i=a@EXAMPLE.com; " ED TAIL, TEST_RFC8463_ED25519);
	key_record(&f, KEY, "t= y : s; k=ed25519; p=" P_RFC8463_ED25519);
	is_outcome(judge(&f)->outcome, AUTH_PASS, NULL, "DKV-17 t=s, the domain itself");
	tap_ok(f.results.v[0].testing, "DKV-17 t=y is told");
	end(&f);
}

/* The signature is right for this key and every message: nobody had to sign it. */
static void
test_anybodys_key(void)
{
	struct fixture f;

	begin(&f);
	add(&f, "From", " a@example.com");
	add_signed(&f,
		" v=1; " ED "d=example.com; s=s; h=from; bh=<bh>; "
		"b=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		TEST_RFC8463_ED25519);
	key_record(&f, KEY, "k=ed25519; p=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	is_outcome(judge(&f)->outcome, AUTH_PERMERROR, "cannot be read",
		"RFC 8032 5.1.3: an Ed25519 key that anybody can sign with");
	end(&f);
}

int
main(void)
{
	test_anybodys_key();
	test_keys();
	test_rsa();
	test_flags();
	return tap_done();
}
