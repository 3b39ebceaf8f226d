/* Files with mistakes: every complaint, at its line, saying what to do. */
#include "base/base.h"

#include "base/scan.h"
#include "base/str.h"
#include "config/policy.h"

#include "tap.h"
#include "tmpdir.h"

#include <sys/stat.h>

#define KT "KeyTable @DIR@/k\n"
#define ST KT "SigningTable refile:@DIR@/s\n"

/* No key, but it looks like one. */
#define SECRET "MC4CAQAwBQYDK2VwBCIEIJ0xkTn"

/* want: "FILE:LINE: error: text" a line each, in order, @DIR@/ left out; a line may be
 * cut short. Notes are listed like errors. */
static const struct {
	const char *name, *conf, *keys, *signing, *want;
} cases[] = {
	{ "unknown option", "Mode v\nKeyTabel /x\n", NULL, NULL,
		"c:2: error: unknown option 'KeyTabel': did you mean 'KeyTable'?" },
	{ "nothing like it", "Mode v\nFrobnicate yes\n", NULL, NULL,
		"c:2: error: unknown option 'Frobnicate': see sekimori.conf(5)" },
	{ "an equals sign", "Mode= v\n", NULL, NULL,
		"c:1: error: unknown option 'Mode=': write a blank between" },
	{ "control bytes do not reach a terminal",
		"Mode v\nX\x1b[2J\x7f[\x01\nSyslogFacility \x1b]0;x\x07\n", NULL, NULL,
		"c:2: error: unknown option 'X?[2J?[?': see sekimori.conf(5)\n"
		"c:3: error: SyslogFacility is '?]0;x?': " },
	{ "a key is not shown, whatever it stands for", "Mode s\nKeyTable @DIR@/k\n",
		"a.example:s:" SECRET "\n" SECRET "\n/" SECRET "\n"
		"k1 a.example:s:- spf-fail=" SECRET "\n"
		"k2 a.example:" SECRET "+:-\n",
		NULL,
		"k:1: error: row 'a.example:s:...' has nothing behind its name\n"
		"k:2: error: row '...' has nothing behind its name\n"
		"k:3: error: row '/...' has nothing behind its name\n"
		"k:4: error: attribute 'spf-...': write mark, quarantine\n"
		"k:5: error: SELECTOR '...' is not usable: " },
	{ "a byte order mark", "\xef\xbb\xbfMode x\n", NULL, NULL,
		"c:1: error: Mode is 'x': write s, v, sv, vs or shadow" },
	{ "no words with shadow", "Mode svshadow\n", NULL, NULL,
		"c:1: error: Mode is 'svshadow': write s, v, sv, vs or shadow" },
	{ "a nameserver by its name", "Mode v\nNameservers 127.0.0.1, ns.example.jp\n",
		NULL, NULL, "c:2: error: Nameservers: 'ns.example.jp' is no nameserver" },
	{ "several errors", "Mode x\nDNSTimeout 0\nSubDomains perhaps\n", NULL, NULL,
		"c:1: error: Mode is 'x': write s, v, sv, vs or shadow\n"
		"c:2: error: DNSTimeout is '0': write 1 to 290 seconds\n"
		"c:3: error: SubDomains is 'perhaps': write yes or no" },
	{ "no value", "Mode\n", NULL, NULL, "c:1: error: Mode is '': there is no value" },
	{ "set twice", "Mode v\nMode v\n", NULL, NULL,
		"c:2: note: Mode was set before, at @DIR@/c:1: this line holds" },
	{ "number", "Mode v\nMaxTransactions 5x\n", NULL, NULL,
		"c:2: error: MaxTransactions is '5x': write a whole number from 1 to "
		"100000" },
	{ "seconds", "Mode v\nDNSTimeout soon\n", NULL, NULL,
		"c:2: error: DNSTimeout is 'soon': write seconds (300), or a number with "
		"s, m, h, d or w behind it (5m), at most 36525 days" },
	{ "octal", "Mode v\nUMask 8\n", NULL, NULL,
		"c:2: error: UMask is '8': write an octal number like 007" },
	{ "canonicalization", "Mode v\nCanonicalization relaxed/strict\n", NULL, NULL,
		"c:2: error: Canonicalization is 'relaxed/strict': write relaxed or "
		"simple" },
	{ "algorithm", "Mode v\nSignatureAlgorithm rsa-sha1\n", NULL, NULL,
		"c:2: error: SignatureAlgorithm is 'rsa-sha1': write rsa-sha256" },
	{ "an action of mail from outside", "Mode v\nOn-BadSignature discard\n", NULL,
		NULL,
		"c:2: error: On-BadSignature is 'discard': mail is never discarded: "
		"write reject, quarantine, tempfail or accept" },
	{ "the same of mail that should be signed", "Mode v\nOn-SignatureError discard\n",
		NULL, NULL,
		"c:2: error: On-SignatureError is 'discard': mail is never discarded: "
		"write tempfail or reject" },
	{ "which does not leave", "Mode v\nOn-SignatureError quarantine\n", NULL, NULL,
		"c:2: error: On-SignatureError is 'quarantine': mail that should be "
		"signed does not leave without a signature" },
	{ "nor by another word", "Mode v\nOn-SignatureError maybe\n", NULL, NULL,
		"c:2: error: On-SignatureError is 'maybe': write tempfail or reject" },
	{ "Quarantine of OpenDKIM", "Mode v\nQuarantine yes\n", NULL, NULL,
		"c:2: error: Quarantine is 'yes': OpenDKIM's yes is said by two lines "
		"here: 'Quarantine hold', and 'On-BadSignature quarantine'" },
	{ "Quarantine of nobody", "Mode v\nQuarantine perhaps\n", NULL, NULL,
		"c:2: error: Quarantine is 'perhaps': write header, hold" },
	{ "include loop", "Mode v\nInclude @DIR@/c\n", NULL, NULL,
		"c:2: error: '@DIR@/c' includes itself: remove this line" },
	{ "include of nothing", "Mode v\nInclude @DIR@/none\n", NULL, NULL,
		"c:2: error: cannot read '@DIR@/none': No such file or directory: write "
		"it, or name another file" },
	{ "a directory", "Mode v\nInclude @DIR@\n", NULL, NULL,
		"c:2: error: '@DIR@' is a directory, not a file" },
	{ "hosts", "Mode v\nInternalHosts 127.0.0.1, 192.0.2.0/33, 192.0.2.999, a_b..c\n",
		NULL, NULL,
		"c:2: note: '192.0.2.0/33' in InternalHosts stands for nobody, in "
		"OpenDKIM neither: the length of the network is wrong; write a whole "
		"number from 0 to 32, or remove it\n"
		"c:2: note: '192.0.2.999' in InternalHosts stands for nobody, in OpenDKIM "
		"neither: it is no whole address\n"
		"c:2: note: 'a_b..c' in InternalHosts stands for nobody, in OpenDKIM "
		"neither: it is neither an address" },
	{ "a store that is not known", "KeyTable redis://127.0.0.1/0\n", NULL, NULL,
		"c:1: error: tables of the form 'redis:' are not supported: write the "
		"rows to a text file and use file:" },
	{ "a table of Postfix", "KeyTable hash:/etc/postfix/keys\n", NULL, NULL,
		"c:1: error: tables of the form 'hash:' are not supported: write the "
		"rows to a text file and use file:" },
	{ "half of three", "Domain example.jp\nSelector s\n", NULL, NULL,
		"c:1: error: Domain, Selector and KeyFile belong together, and KeyFile "
		"is "
		"missing" },
	{ "signing table alone", "SigningTable /x\n", NULL, NULL,
		"c:1: error: SigningTable names rows of a key table, and there is none" },
	{ "no key table", "KeyTable @DIR@/none\n", NULL, NULL,
		"c:1: error: cannot read '@DIR@/none': No such file or directory: write "
		"it, or name another file" },
	{ "too few fields", KT, "a example.jp\nb\nc example.jp:s\n", NULL,
		"k:1: error: row 'a' has too few fields behind its name: write NAME "
		"DOMAIN:SELECTOR:KEY\n"
		"k:2: error: row 'b' has nothing behind its name\n"
		"k:3: error: row 'c' has too few fields" },
	{ "no such key", KT, "a example.jp:s:@DIR@/none.pem\n", NULL,
		"k:1: error: the key file: cannot read '@DIR@/none.pem': No such file or "
		"directory; write the path of a key that is there, or make a new one: "
		"take the row out, then sekimori keygen DOMAIN --add" },
	{ "not a key", KT, "a example.jp:s:@DIR@/c\n", NULL,
		"k:1: error: key file '@DIR@/c' holds no usable private key" },
	{ "bad domain", KT, "a exa mple..jp:s:@DIR@/rsa.pem\n", NULL,
		"k:1: error: DOMAIN 'exa mple..jp' is no domain name" },
	{ "bad selector", KT, "a example.jp:s/t:@DIR@/rsa.pem\n", NULL,
		"k:1: error: SELECTOR 's/t' is not usable" },
	{ "unknown attribute", KT, "a example.jp:s:@DIR@/rsa.pem subdomain=yes\n", NULL,
		"k:1: error: unknown attribute 'subdomain': the attributes are sign, "
		"subdomains," },
	{ "unknown before known", KT,
		"a example.jp:s:@DIR@/rsa.pem dmark=mark dmarc=mark\n", NULL,
		"k:1: error: unknown attribute 'dmark'" },
	{ "bad value", KT, "a example.jp:-:- spf-fail=bounce\n", NULL,
		"k:1: error: attribute 'spf-fail=bounce': write mark, quarantine or "
		"reject" },
	{ "attribute twice", KT, "a example.jp:-:- dmarc=off dmarc=mark\n", NULL,
		"k:1: error: attribute 'dmarc=off': it stands twice on this row" },
	{ "rows disagree", KT,
		"a example.jp:-:- dmarc=off\nb example.jp:-:- dmarc=mark\n", NULL,
		"k:2: error: 'dmarc' of example.jp is different at k:1: write it on one "
		"row of the domain" },
	{ "rows disagree on subdomains", KT,
		"a example.jp:-:- subdomains=yes\nb example.jp:-:- subdomains=no\n", NULL,
		"k:2: error: 'subdomains' of example.jp is different at k:1" },
	{ "same NAME, no attributes", KT,
		"a example.jp:s:@DIR@/rsa.pem\na example.jp:t:@DIR@/rsa.pem\n", NULL,
		"k:2: note: NAME 'a' stands at k:1 already: this row is never used" },
	{ "same NAME, and no key there", KT,
		"a example.jp:s:@DIR@/rsa.pem\na example.jp:t:/none/k.pem\n", NULL,
		"k:2: note: NAME 'a' stands at k:1 already: this row is never used" },
	{ "same NAME, too few fields", KT, "a example.jp:s:@DIR@/rsa.pem\na example.jp\n",
		NULL, "k:2: note: NAME 'a' stands at k:1 already: this row is never used" },
	{ "same NAME, with attributes", KT,
		"a example.jp:s:@DIR@/rsa.pem\na example.jp:-:- dmarc=mark\n", NULL,
		"k:2: error: NAME 'a' stands at k:1 already, and one of the two has "
		"attributes: give this row another name" },
	{ "% without signing table", KT, "a %:s:@DIR@/rsa.pem\n", NULL,
		"k:1: error: DOMAIN '%' (the author's) needs a SigningTable" },
	{ "a key for everybody", KT, "a *:s:@DIR@/rsa.pem\n", NULL,
		"k:1: error: DOMAIN '*' is for policy alone" },
	{ "a key without selector", KT, "a example.jp:-:@DIR@/rsa.pem\n", NULL,
		"k:1: error: a key needs a selector" },
	{ "no key at all", KT, "a example.jp:s:\n", NULL,
		"k:1: error: KEY is empty: write a path, or '-'" },
	{ "an attribute without its value", KT, "a example.jp:s:@DIR@/rsa.pem dmarc\n",
		NULL,
		"k:1: error: the key file: cannot read '@DIR@/rsa.pem dmarc': No such "
		"file or directory (a word behind the path is an attribute only when "
		"it is written NAME=VALUE)" },
	{ "the wrong algorithm", KT, "a example.jp:s:@DIR@/rsa.pem:ed25519-sha256\n",
		NULL,
		"k:1: error: the row says ed25519-sha256, but its key is of the type "
		"rsa" },
	{ "inline rubbish", KT, "a example.jp:s:rsa.pem\n", NULL,
		"k:1: error: the key is neither a path" },
	{ "a login file that is not there", KT, "a example.jp:-:- login=@DIR@/none\n",
		NULL, "k:1: error: attribute 'login=@DIR@/none': cannot read" },
	{ "login", KT, "a example.jp:-:- login=never\n", NULL,
		"k:1: error: attribute 'login=never': write any, same-domain, or" },
	{ "a weak key", KT, "a example.jp:s:@DIR@/weak.pem\n", NULL,
		"k:1: note: the key in '@DIR@/weak.pem' has 1024 bits" },
	{ "weak keys, a flood of them", KT,
		"a example.jp:s:@DIR@/weak.pem\nb b.example:s:@DIR@/weak1.pem\n"
		"c c.example:s:@DIR@/weak2.pem\nd d.example:s:@DIR@/weak3.pem\n"
		"e e.example:s:@DIR@/open.pem\n",
		NULL,
		"k:1: note: the key in '@DIR@/weak.pem' has 1024 bits; fewer than 2048 "
		"are not safe any more: make a new one with `sekimori keygen`; the same "
		"holds for 3 more rows, the last of them k:4\n"
		"k:5: error: key file '@DIR@/open.pem' (owner " },
	{ "three of them", KT,
		"a example.jp:s:@DIR@/weak.pem\nb b.example:s:@DIR@/weak1.pem\n"
		"c c.example:s:@DIR@/weak2.pem\n",
		NULL,
		"k:1: note: the key in '@DIR@/weak.pem' has 1024 bits\n"
		"k:2: note: the key in '@DIR@/weak1.pem' has 1024 bits\n"
		"k:3: note: the key in '@DIR@/weak2.pem' has 1024 bits" },
	{ "an open key, of each row", KT,
		"a example.jp:s:@DIR@/open.pem\nb example.com:s:@DIR@/open.pem\n", NULL,
		"k:1: error: key file '@DIR@/open.pem' (owner \n"
		"k:2: error: key file '@DIR@/open.pem' (owner " },
	{ "RequireSafeKeys no", KT "RequireSafeKeys no\n",
		"a example.jp:s:@DIR@/open.pem\nb example.com:s:@DIR@/open.pem\n", NULL,
		"k:1: note: key file '@DIR@/open.pem' (owner " },
	{ "an open directory", KT, "a example.jp:s:@DIR@/open/k.pem\n", NULL,
		"k:1: error: directory '@DIR@/open' (owner " },
	{ "signing: no value", ST, "a example.jp:s:@DIR@/rsa.pem\n", "*@example.jp\n",
		"s:1: error: '*@example.jp' is followed by no name of a key: write "
		"PATTERN "
		"NAME" },
	{ "signing: no such key", ST, "a example.jp:s:@DIR@/rsa.pem\n",
		"*@example.jp b\n",
		"s:1: error: no row of the key table has the NAME 'b'" },
	{ "signing: no key there", ST, "a example.jp:-:-\n", "*@example.jp a\n",
		"s:1: error: the row 'a' (k:1) holds no key" },
	{ "signing: everybody", ST, "a example.jp:s:@DIR@/rsa.pem\n", "*@* a\n",
		"s:1: note: '*@*' signs for every author with d=example.jp" },
	{ "signing: not aligned", ST, "a example.jp:s:@DIR@/rsa.pem\n",
		"*@example.com a\n",
		"s:1: note: '*@example.com' is signed with d=example.jp: DMARC does "
		"not" },
	{ "signing: foreign signer", ST, "a example.jp:s:@DIR@/rsa.pem\n",
		"*@example.jp a:x@example.com\n",
		"s:1: note: the signer 'x@example.com' does not lie within "
		"d=example.jp" },
	{ "signing: refile: forgotten", KT "SigningTable file:@DIR@/s\n",
		"a example.jp:s:@DIR@/rsa.pem\n",
		"*@example.jp a\nexample.jp a\nexample.jp a\n",
		"s:1: note: '*@example.jp' matches nobody: only in a refile:\n"
		"s:3: note: 'example.jp' stands at s:2 already" },
	{ "tables we have not", "KeyTable lua:/x\nInternalHosts ldap://h/\n", NULL, NULL,
		"c:2: error: tables of the form 'ldap:' are not supported: export\n"
		"c:1: error: tables of the form 'lua:' are not supported: a script" },
	{ "an id nobody can have", "Mode v\nAuthservID a;b\n", NULL, NULL,
		"c:2: error: AuthservID 'a;b' holds a byte" },
	{ "no name at all", "Mode v\nAuthservID localhost\n", NULL, NULL,
		"c:2: note: AuthservID is localhost" },
	{ "a selector that only verifies", "Mode v\nSelector x\n", NULL, NULL,
		"c:2: note: Mode v signs nothing, so Domain, Selector or KeyFile is not "
		"used" },
	{ "a key without a domain", "Selector x\nKeyFile /none\n", NULL, NULL,
		"c:2: note: Domain is not set, so Selector and KeyFile are not used\n"
		"c: note: Mode has s, but there is no key: nothing will be signed" },
	{ "a relative key file", "Domain example.jp\nSelector x\nKeyFile none.pem\n", NULL,
		NULL, "c:1: error: the key file: cannot read './none.pem'" },
	{ "a macro without a value", "MTA x\nMode v\nMacroList daemon_name\n", NULL, NULL,
		"c:3: error: MacroList names daemon_name without a value" },
	{ "a macro that decides nothing", "Mode v\nMacroList j=mx\n", NULL, NULL,
		"c:2: error: the macro 'j' of MacroList does not decide" },
	{ "SenderHeaders as it is anyway", "Mode v\nSenderHeaders from\n", NULL, NULL,
		"c:2: note: OpenDKIM's SenderHeaders is ignored: the From field" },
	{ "a selector alone", "Selector x\n", NULL, NULL,
		"c:1: error: Domain, Selector and KeyFile belong together, and Domain "
		"is" },
};

/* The text with every @DIR@ replaced. */
static const char *
with_dir(struct pool *pool, const char *text, const char *dir)
{
	struct str out = STR_POOL(pool);

	for (const char *at; (at = strstr(text, "@DIR@")) != NULL;
		text = at + strlen("@DIR@")) {
		str_addn(&out, text, (size_t)(at - text));
		str_add(&out, dir);
	}
	str_add(&out, text);
	return out.p;
}

static void
test_case(struct pool *pool, const char *dir, size_t i)
{
	struct problems problems;
	struct slice want = slice_of(with_dir(pool, cases[i].want, dir));
	const char *conf = tmpdir_write(pool, dir, "c", 0644, cases[i].conf);
	const struct policy *policy;
	struct scan scan = scan_of(want);
	size_t n = 0, errors = 0;

	tmpdir_write(pool, dir, "k", 0644, cases[i].keys != NULL ? cases[i].keys : "");
	tmpdir_write(
		pool, dir, "s", 0644, cases[i].signing != NULL ? cases[i].signing : "");
	problems_init(&problems, pool);
	policy = policy_load(conf, &problems);
	for (; !scan_is_end(&scan); scan_char(&scan, '\n'), n++) {
		struct slice line = scan_until(&scan, '\n');
		struct str got = STR_POOL(pool);

		if (n < problems.all.n)
			problem_print(&got, &problems.all.v[n]);
		if (slice_starts(str_slice(&got), dir))
			got.p += strlen(dir) + 1;
		tap_ok(strncmp(got.p, pool_copy(pool, line), line.n) == 0, "%s: %s",
			cases[i].name, got.p);
		errors += n < problems.all.n && problems.all.v[n].is_error &&
		          !problems.all.v[n].is_row;
	}
	tap_is_int((int64_t)problems.all.n, (int64_t)n, "%s: and nothing else",
		cases[i].name);
	tap_ok((policy == NULL) == (errors > 0), "%s: refused or taken", cases[i].name);
	policy_release(policy);
}

int
main(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool), *open;
	struct problems problems;

	tmpdir_key(pool, dir, "rsa.pem", "rsa", 2048);
	tmpdir_key(pool, dir, "weak.pem", "rsa", 1024);
	tmpdir_key(pool, dir, "weak1.pem", "rsa", 1024);
	tmpdir_key(pool, dir, "weak2.pem", "rsa", 1024);
	tmpdir_key(pool, dir, "weak3.pem", "rsa", 1024);
	open = tmpdir_key(pool, dir, "open.pem", "ed25519", 0);
	chmod(open, 0644);
	tmpdir_key(pool, dir, "open/k.pem", "ed25519", 0);
	chmod(pool_printf(pool, "%s/open", dir), 0777);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		test_case(pool, dir, i);
	problems_init(&problems, pool);
	tap_ok(policy_load(pool_printf(pool, "%s/none", dir), &problems) == NULL &&
			strstr(problems.all.v[0].text, "No such file") != NULL,
		"a configuration that is not there");
	pool_free(pool);
	return tap_done();
}
