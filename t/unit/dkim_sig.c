/* What a DKIM-Signature may say. */
#include "base/base.h"

#include "dkim_fixture.h"

/* A field as it came, well signed whatever it says. */
static const struct {
	const char *name, *field;
	enum auth_code code;
	const char *reason;
} signatures[] = {
	{ "DKV-1 a plain one", " v=1; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-1 a final ;", " v=1; " ED TAIL ";", AUTH_PASS, NULL },
	{ "DKV-1 FWS around everything",
		"\r\n v\r\n\t=\r\n 1 ;\r\n a = ed25519-sha256 ; c = relaxed/relaxed ; d "
		"=\r\n "
		"example.com ; s = s ; h = from\r\n : subject ;\r\n bh = <bh> ; b =\r\n "
		"<b> ;\r\n ",
		AUTH_PASS, NULL },
	{ "DKV-31 b in front of everything",
		" b=<b>;v=1;" ED "d=example.com;s=s;h=from;bh=<bh>", AUTH_PASS, NULL },
	{ "DKV-31 DKV-23 simple, b in the middle",
		" v=1; a=ed25519-sha256; d=example.com; s=s; h=From; b =\r\n  <b>\r\n ; "
		"bh=<bh>",
		AUTH_PASS, NULL },
	{ "DKV-1 an unknown tag is hashed", " v=1; foo=bar; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-1 S5 z= is passed over", " v=1; z=From:a|To:b; " ED TAIL, AUTH_PASS,
		NULL },
	{ "DKV-1 a tag twice", " v=1; s=s; " ED TAIL, AUTH_PERMERROR, "twice" },
	{ "DKV-1 an empty element", " v=1;; " ED TAIL, AUTH_PERMERROR, NULL },
	{ "DKV-1 names have their case", " V=1; " ED TAIL, AUTH_PERMERROR,
		"v= is missing" },
	{ "DKV-2 no v=", " " ED TAIL, AUTH_PERMERROR, "v= is missing" },
	{ "DKV-2 v=2", " v=2; " ED TAIL, AUTH_PERMERROR, "version" },
	{ "DKV-2 v=01", " v=01; " ED TAIL, AUTH_PERMERROR, "version" },
	{ "DKV-2 no a=", " v=1; " TAIL, AUTH_PERMERROR, "a= is missing" },
	{ "DKV-2 no b=", " v=1; " ED "d=example.com; s=s; h=from; bh=<bh>",
		AUTH_PERMERROR, "b= is missing" },
	{ "DKV-2 no bh=", " v=1; " ED "d=example.com; s=s; h=from; b=<b>", AUTH_PERMERROR,
		"bh= is missing" },
	{ "DKV-2 no d=", " v=1; " ED "s=s; h=from; bh=<bh>; b=<b>", AUTH_PERMERROR,
		"d= is missing" },
	{ "DKV-2 no h=", " v=1; " ED "d=example.com; s=s; bh=<bh>; b=<b>", AUTH_PERMERROR,
		"h= is missing" },
	{ "DKV-2 no s=", " v=1; " ED "d=example.com; h=from; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "s= is missing" },
	{ "DKV-2 an empty b=", " v=1; " ED "d=example.com; s=s; h=from; bh=<bh>; b=",
		AUTH_PERMERROR, "b= is not" },
	{ "DKV-2 b= is not base64",
		" v=1; " ED "d=example.com; s=s; h=from; bh=<bh>; b=?", AUTH_PERMERROR,
		"b= is not" },
	{ "DKV-2 an empty bh=", " v=1; " ED "d=example.com; s=s; h=from; bh=; b=<b>",
		AUTH_PERMERROR, "bh= is not" },
	{ "DKV-2 an empty list", "", AUTH_PERMERROR, NULL },
	{ "DKV-3 an unknown algorithm", " v=1; a=dsa-sha256; " TAIL, AUTH_NEUTRAL,
		"algorithm" },
	{ "DKV-3 rsa-sha1", " v=1; a=rsa-sha1; " TAIL, AUTH_POLICY, "sha1" },
	{ "DKV-3 letters have no case", " v=1; a=ED25519-SHA256; " TAIL, AUTH_PASS,
		NULL },
	{ "DKV-3 an algorithm that could break a report", " v=1; a=x(y; " TAIL,
		AUTH_PERMERROR, "a= is not" },
	{ "DKV-4 no c=", " v=1; a=ed25519-sha256; " TAIL, AUTH_PASS, NULL },
	{ "DKV-4 c=relaxed", " v=1; a=ed25519-sha256; c=relaxed; " TAIL, AUTH_PASS,
		NULL },
	{ "DKV-4 c=simple/relaxed", " v=1; a=ed25519-sha256; c=simple/relaxed; " TAIL,
		AUTH_PASS, NULL },
	{ "DKV-4 c=nowsp", " v=1; a=ed25519-sha256; c=nowsp; " TAIL, AUTH_NEUTRAL,
		"canonicalization" },
	{ "DKV-4 c=relaxed/", " v=1; a=ed25519-sha256; c=relaxed/; " TAIL, AUTH_PERMERROR,
		"c= is not" },
	{ "DKV-5 one label", " v=1; " ED "d=com; s=s; h=from; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "d= is not" },
	{ "DKV-5 a final dot", " v=1; " ED "d=example.com.; s=s; h=from; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "d= is not" },
	{ "DKV-5 a blank inside",
		" v=1; " ED "d=exa mple.com; s=s; h=from; bh=<bh>; b=<b>", AUTH_PERMERROR,
		"d= is not" },
	{ "DKV-5 case", " v=1; " ED "d=EXAMPLE.com; s=S; h=from; bh=<bh>; b=<b>",
		AUTH_PASS, NULL },
	{ "espoofer a4: a quote in d=",
		" v=1; " ED "d=legitimate.com'a.attack.com; s=s; h=from; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "d= is not" },
	{ "S7 a parenthesis in d=",
		" v=1; " ED "d=example.net(.example.com; s=s; h=from; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "d= is not" },
	{ "DKV-6 i= of the domain", " v=1; i=joe@example.com; " ED TAIL, AUTH_PASS,
		NULL },
	{ "DKV-6 i= below it", " v=1; i=@a.EXAMPLE.com; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-6 i= quoted, folded", " v=1; i=j=6F\r\n e=40x@example.com; " ED TAIL,
		AUTH_PASS, NULL },
	{ "DKV-6 i= elsewhere", " v=1; i=joe@example.net; " ED TAIL, AUTH_PERMERROR,
		"i= is not within" },
	{ "DKV-6 i= only ends alike", " v=1; i=joe@badexample.com; " ED TAIL,
		AUTH_PERMERROR, "i= is not within" },
	{ "DKV-6 i= above d=", " v=1; i=joe@com; " ED TAIL, AUTH_PERMERROR,
		"i= is not within" },
	{ "DKV-6 the last @ counts", " v=1; i=a@example.com@example.net; " ED TAIL,
		AUTH_PERMERROR, "i= is not within" },
	{ "DKV-6 i= without @", " v=1; i=example.com; " ED TAIL, AUTH_PERMERROR, "i=" },
	{ "DKV-6 i= empty", " v=1; i=; " ED TAIL, AUTH_PERMERROR, "i=" },
	{ "DKV-6 small hexadecimal", " v=1; i=j=6fe@example.com; " ED TAIL,
		AUTH_PERMERROR, "quoted-printable" },
	{ "S8 CRLF in i=", " v=1; i=a=0D=0AX:y@example.com; " ED TAIL, AUTH_PERMERROR,
		"control" },
	{ "DKV-7 From not signed",
		" v=1; " ED "d=example.com; s=s; h=subject; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "From field not signed" },
	{ "DKV-7 h= empty", " v=1; " ED "d=example.com; s=s; h=; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "h= is not" },
	{ "DKV-7 h= with an empty name",
		" v=1; " ED "d=example.com; s=s; h=from::to; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "h= is not" },
	{ "DKV-7 h= with blanks in a name",
		" v=1; " ED "d=example.com; s=s; h=from to; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "h= is not" },
	{ "DKV-30 DKV-7 fields that are not there, and FROM",
		" v=1; " ED
		"d=example.com; s=s; h=FROM:from:x-not:dkim-signature; bh=<bh>; b=<b>",
		AUTH_PASS, NULL },
	{ "DKV-8 l= of the whole body", " v=1; l=18; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-8 S30 l= short", " v=1; l=17; " ED TAIL, AUTH_POLICY, "unsigned" },
	{ "DKV-8 S30 l=0", " v=1; l=0; " ED TAIL, AUTH_POLICY, "unsigned" },
	{ "DKV-8 l= beyond the body", " v=1; l=19; " ED TAIL, AUTH_PERMERROR,
		"l= is more" },
	{ "DKV-8 GEN-5 l= beyond any number",
		" v=1; l=99999999999999999999999999999999; " ED TAIL, AUTH_PERMERROR,
		"l= is more" },
	{ "GEN-5 l= signed", " v=1; l=+18; " ED TAIL, AUTH_PERMERROR, "l= is not" },
	{ "GEN-5 l= empty", " v=1; l=; " ED TAIL, AUTH_PERMERROR, "l= is not" },
	{ "GEN-5 l= of 77 digits",
		" v=1; "
		"l=00000000000000000000000000000000000000000000000000000000000000000000"
		"000000018; " ED TAIL,
		AUTH_PERMERROR, "l= is not" },
	{ "DKV-9 q=dns/txt", " v=1; q=dns/txt; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-9 q= has it among others", " v=1; q=http/x : dns/txt; " ED TAIL, AUTH_PASS,
		NULL },
	{ "DKV-9 q= has it not", " v=1; q=http/x; " ED TAIL, AUTH_PERMERROR, "q=" },
	{ "DKV-10 t= now", " v=1; t=1700000000; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-10 t= within the skew", " v=1; t=1700000300; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-10 t= in the future", " v=1; t=1700000301; " ED TAIL, AUTH_POLICY,
		"future" },
	{ "DKV-10 x= to come", " v=1; x=1700000001; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-10 x= within the skew", " v=1; x=1699999700; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-10 x= is over", " v=1; x=1699999699; " ED TAIL, AUTH_FAIL,
		"signature expired" },
	{ "DKV-10 x= is t=", " v=1; t=1700000000; x=1700000000; " ED TAIL, AUTH_PERMERROR,
		"x= is not after" },
	{ "DKV-10 S31 x= below t=", " v=1; x=5; t=6; " ED TAIL, AUTH_PERMERROR,
		"x= is not after" },
	{ "S31 t=0", " v=1; t=0; " ED TAIL, AUTH_PASS, NULL },
	{ "S31 x=0", " v=1; x=0; " ED TAIL, AUTH_FAIL, "expired" },
	{ "S31 t=2^63", " v=1; t=9223372036854775808; " ED TAIL, AUTH_PERMERROR,
		"t= is not" },
	{ "S31 x=2^64-1", " v=1; x=18446744073709551615; " ED TAIL, AUTH_PERMERROR,
		"x= is not" },
	{ "S31 x= of 12 digits", " v=1; x=999999999999; " ED TAIL, AUTH_PASS, NULL },
	{ "DKV-11 a selector of two labels has another key",
		" v=1; " ED "d=example.com; s=a.b; h=from; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "no key" },
	{ "DKV-11 a selector that is none",
		" v=1; " ED "d=example.com; s=a b; h=from; bh=<bh>; b=<b>",
		AUTH_PERMERROR, "s= is not" },
	{ "DKV-34 bh= of another body",
		" v=1; " ED "d=example.com; s=s; h=from; "
		"bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=<b>",
		AUTH_FAIL, "body hash" },
	{ "S21 bh= of another length",
		" v=1; " ED "d=example.com; s=s; h=from; bh=AAAA; b=<b>", AUTH_FAIL,
		"body hash" },
	{ "DKV-34 b= of something else",
		" v=1; " ED "d=example.com; s=s; h=from; bh=<bh>; "
		"b="
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAA"
		"AAAAAAAAAA==",
		AUTH_FAIL, "signature did not" },
};

static void
test_signatures(void)
{
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
		struct fixture f;

		begin(&f);
		add(&f, "From", " a@example.com");
		add(&f, "Subject", " one  two ");
		add_signed(&f, signatures[i].field, TEST_RFC8463_ED25519);
		key_record(&f, KEY, GOOD_KEY);
		is_outcome(judge(&f)->outcome, signatures[i].code, signatures[i].reason,
			signatures[i].name);
		end(&f);
	}
}

int
main(void)
{
	test_signatures();
	return tap_done();
}
