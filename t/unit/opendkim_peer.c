/* An OpenDKIM beside us: one name for the results of both, one key in both. */
#include "base/base.h"

#include "base/str.h"
#include "config/opendkim_peer.h"
#include "config/policy.h"
#include "mail/domain.h"

#include "tap.h"
#include "tmpdir.h"

#define OWN_CONF "Mode v\nAuthservID a.example\n"

/* Our key table, for all of the rows below. */
static const char own_table[] = "s1 example.jp:s1:@DIR@/ed.pem\n"
				"s2 other.example:s2:@DIR@/ed.pem\n"
				"no no.example:s1:@DIR@/ed.pem sign=no\n"
				"in in.example:-:- spf-fail=reject\n";

static const struct {
	const char *name;
	const char *own;   /* our options, beside KeyTable */
	const char *other; /* opendkim.conf */
	const char *mta;   /* the mail server's name */
	bool same_id;
	const char *same_key;
} rows[] = {
	{ "both take the mail server's name", "", "Socket inet:1@h\n", NULL, true, NULL },
	{ "a name of our own", "AuthservID a.example\n", "Socket inet:1@h\n", NULL, false,
		NULL },
	{ "one name in both", "AuthservID a.example\n", "AuthservID A.example\n", NULL,
		true, NULL },
	{ "two names", "AuthservID a.example\n", "AuthservID b.example\n", NULL, false,
		NULL },
	{ "theirs is the mail server's", "", "AuthservID mx.example\n", "MX.example",
		true, NULL },
	{ "ours is the mail server's", "AuthservID mx.example\n", "Mode v\n",
		"mx.example", true, NULL },
	{ "ours is another's", "AuthservID mx.example\n", "Mode v\n", "my.example", false,
		NULL },
	{ "theirs has the queue id", "", "AuthservIDWithJobID yes\n", NULL, false, NULL },
	{ "they only sign", "", "Mode s\n", NULL, false, NULL },
	{ "we only sign", "Mode s\n", "Mode sv\n", NULL, false, NULL },
	{ "we are in the shadow", "Mode shadow\n", "Mode sv\n", NULL, false, NULL },
	{ "one key: Domain", "",
		"Domain example.jp\nSelector s1\nKeyFile /nonexistent/s1.pem\n", NULL,
		true, "d=example.jp s=s1" },
	{ "one key: the second of several Domains", "",
		"Domain a.example, OTHER.example\nSelector S2\nKeyFile "
		"@DIR@/ed.pem\nMode s\n",
		NULL, false, "d=other.example s=s2" },
	{ "another selector", "",
		"Domain example.jp\nSelector s2\nKeyFile @DIR@/ed.pem\nMode s\n", NULL,
		false, NULL },
	{ "another domain", "",
		"Domain sub.example.jp\nSelector s1\nKeyFile @DIR@/ed.pem\nMode s\n",
		NULL, false, NULL },
	{ "a key that we do not sign with", "",
		"Domain no.example\nSelector s1\nKeyFile @DIR@/ed.pem\nMode s\n", NULL,
		false, NULL },
	{ "they do not sign", "",
		"Domain example.jp\nSelector s1\nKeyFile @DIR@/ed.pem\nMode v\n", NULL,
		true, NULL },
	{ "we do not sign", "Mode v\n",
		"Domain example.jp\nSelector s1\nKeyFile @DIR@/ed.pem\nMode s\n", NULL,
		false, NULL },
	{ "we look on", "Mode shadow\n",
		"Domain example.jp\nSelector s1\nKeyFile @DIR@/ed.pem\nMode s\n", NULL,
		false, NULL },
	{ "one key: KeyTable", "",
		"KeyTable refile:@DIR@/theirs\nSigningTable refile:@DIR@/signing\nMode "
		"s\n",
		NULL, false, "d=other.example s=s2" },
	{ "one key: % for who is in the signing table", "",
		"KeyTable @DIR@/percent\nSigningTable refile:@DIR@/signing\nMode s\n",
		NULL, false, "d=example.jp s=s1" },
	{ "% for others", "",
		"KeyTable @DIR@/percent\nSigningTable refile:@DIR@/elsewhere\nMode s\n",
		NULL, false, NULL },
	{ "a configuration that we could not run", "",
		"FinalPolicyScript /etc/opendkim/final.lua\nWhatEver 1\nMode s\nDomain "
		"example.jp\n"
		"Selector s1\nKeyFile @DIR@/ed.pem\n",
		NULL, false, "d=example.jp s=s1" },
	{ "a table that is not there", "", "KeyTable @DIR@/nothing\nMode s\n", NULL,
		false, NULL },
};

static const char *
text_of(struct pool *pool, const struct problems *problems)
{
	struct str out = STR_POOL(pool);

	problems_print(&out, problems);
	return out.p != NULL ? out.p : "";
}

static const struct policy *
own_policy(struct pool *pool, const char *dir, const char *options)
{
	struct problems problems;
	const char *conf =
		pool_printf(pool, "KeyTable @DIR@/own\nRequireSafeKeys no\n%s", options);

	problems_init(&problems, pool);
	return policy_load(tmpdir_write(pool, dir, "own.conf", 0644, conf), &problems);
}

static void
write_tables(struct pool *pool, const char *dir)
{
	tmpdir_key(pool, dir, "ed.pem", "ed25519", 0);
	tmpdir_write(pool, dir, "own", 0644, own_table);
	tmpdir_write(pool, dir, "theirs", 0644,
		"a a.example:s1:/nonexistent/a\nb other.example:s2:/nonexistent/b\n");
	tmpdir_write(pool, dir, "percent", 0644, "k %:s1:/nonexistent/%.pem\n");
	tmpdir_write(pool, dir, "signing", 0644, "*@example.jp k\n*@other.example b\n");
	tmpdir_write(pool, dir, "elsewhere", 0644, "*@elsewhere.example k\n");
}

static void
test_rows(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);

	write_tables(pool, dir);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct policy *ours = own_policy(pool, dir, rows[i].own);
		struct opendkim_place at = { tmpdir_write(pool, dir, "opendkim.conf",
						     0644, rows[i].other),
			true };
		struct opendkim_peer peer;

		opendkim_peer_read(pool, at, ours, &peer);
		tap_is(opendkim_peer_has_our_id(&peer, ours, rows[i].mta) ? "same"
									  : "other",
			rows[i].same_id ? "same" : "other", "%s", rows[i].name);
		tap_is(peer.same_key != NULL ? peer.same_key : "none",
			rows[i].same_key != NULL ? rows[i].same_key : "none",
			"%s: the key", rows[i].name);
		policy_release(ours);
	}
	pool_free(pool);
}

static void
test_facts(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const struct policy *ours;
	struct opendkim_peer peer;
	struct opendkim_place at = { .has_program = true };

	write_tables(pool, dir);
	ours = own_policy(pool, dir, "");
	opendkim_peer_read(pool, at, ours, &peer);
	tap_ok(peer.at.conf == NULL, "not looked for: nothing");
	at.conf = "/nonexistent/opendkim.conf";
	opendkim_peer_read(pool, at, ours, &peer);
	tap_ok(peer.at.conf == NULL && !peer.checks, "no configuration: nothing");
	at.conf = ours->file;
	opendkim_peer_read(pool, at, ours, &peer);
	tap_ok(peer.at.conf == NULL, "its configuration may be ours");
	at.conf = tmpdir_write(pool, dir, "o.conf", 0644,
		"Mode s\nSocket inet6:8892@::1\nKeyTable @DIR@/nothing\n");
	opendkim_peer_read(pool, at, ours, &peer);
	tap_ok(!peer.checks && peer.signs && peer.has_socket && peer.has_no_rows,
		"it signs, has a socket, and a table without rows");
	tap_is(peer.socket.port, "8892", "the socket");
	at.conf = tmpdir_write(pool, dir, "o.conf", 0644, "Mode v\n");
	opendkim_peer_read(pool, at, ours, &peer);
	tap_ok(peer.checks && !peer.signs && !peer.has_socket && !peer.has_no_rows,
		"it checks, and says no socket");
	policy_release(ours);
	pool_free(pool);
}

/* What is said of it: by -n, by the daemon; with the program and without. */
static void
test_review(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const struct policy *ours;
	struct opendkim_peer peer;
	struct opendkim_place at = { .has_program = true };
	struct problems unnamed;

	write_tables(pool, dir);
	ours = own_policy(pool, dir, "AuthservID a.example\n");
	at.conf = tmpdir_write(pool, dir, "o.conf", 0644,
		"AuthservID a.example\nDomain example.jp\nSelector s1\nKeyFile "
		"@DIR@/ed.pem\n");
	for (int k = 0; k < 4; k++) {
		struct problems problems;
		bool refuse = k & 1;

		at.has_program = k & 2;
		problems_init(&problems, pool);
		opendkim_peer_read(pool, at, ours, &peer);
		opendkim_peer_review(&peer, ours, refuse, &problems);
		tap_note("%s", text_of(pool, &problems));
		tap_ok(problems.errors == (k == 3 ? 1 : 0),
			"an error only where the program is, and for -n (%d)", k);
		tap_ok(problems.all.n == (size_t)(k == 0   ? 0
						  : k == 1 ? 1
							   : 2),
			"name and key (%d)", k);
		if (k > 1)
			tap_ok(strstr(text_of(pool, &problems),
				       "set AuthservID to another name") != NULL &&
					strstr(text_of(pool, &problems),
						"d=example.jp s=s1") != NULL,
				"what to do, and which key (%d)", k);
	}
	policy_release(ours);
	ours = own_policy(pool, dir, "");
	at.conf = tmpdir_write(pool, dir, "o.conf", 0644, "Mode v\n");
	problems_init(&unnamed, pool);
	opendkim_peer_read(pool, at, ours, &peer);
	opendkim_peer_review(&peer, ours, true, &unnamed);
	tap_ok(unnamed.errors == 0 && unnamed.all.n == 1,
		"no name in either: a note, as long as one follows the other: %s",
		text_of(pool, &unnamed));
	policy_release(ours);
	pool_free(pool);
}

/* One that has ended, or never began, is in nobody's way. */
static void
test_stopped(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const char *conf = tmpdir_write(pool, dir, "s.conf", 0644, OWN_CONF);
	struct opendkim_place at = {
		.conf = tmpdir_write(pool, dir, "o.conf", 0644,
			"AuthservID a.example\nSocket inet:1@h\nPidFile @DIR@/o.pid\n"),
		.has_program = true
	};
	const struct {
		const char *name, *text; /* of the file; NULL: there is none */
		bool is_error;
	} pids[] = {
		{ "no file", NULL, false },
		{ "a process that has ended", "2147483647\n", false },
		{ "one that runs", pool_printf(pool, "%ld\n", (long)getpid()), true },
		{ "no number", "x\n", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		struct problems problems;

		if (pids[i].text != NULL)
			tmpdir_write(pool, dir, "o.pid", 0644, pids[i].text);
		problems_init(&problems, pool);
		tap_ok(policy_check(conf, at, &problems) != pids[i].is_error,
			"PidFile: %s", pids[i].name);
		tap_ok(problems.all.n == 1 &&
				(strstr(text_of(pool, &problems), "does not run") ==
					NULL) == pids[i].is_error,
			"PidFile: %s: what is said", pids[i].name);
	}
	pool_free(pool);
}

/* The name to choose is of this host, or of what both are called. */
static void
test_name(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	struct opendkim_place at = { .conf = tmpdir_write(pool, dir, "o.conf", 0644,
					     "Socket inet:1@h\n"),
		.has_program = true };
	const char *conf = tmpdir_write(pool, dir, "s.conf", 0644, "Mode v\n");
	struct problems problems;
	char host[256] = "";
	const char *want = "another name, as sekimori, or", *name;

	gethostname(host, sizeof(host) - 1);
	if (domain_parse(pool, slice_of(host), &name) == NULL)
		want = pool_printf(pool, "another name, as sekimori.%s, or", name);
	problems_init(&problems, pool);
	policy_check(conf, at, &problems);
	tap_ok(strstr(text_of(pool, &problems), want) != NULL, "this host's name: %s",
		text_of(pool, &problems));
	problems_init(&problems, pool);
	tmpdir_write(pool, dir, "o.conf", 0644, "AuthservID mx.example\n");
	tmpdir_write(pool, dir, "s.conf", 0644, "Mode v\nAuthservID mx.example\n");
	policy_check(conf, at, &problems);
	tap_ok(strstr(text_of(pool, &problems), "as sekimori.mx.example, or") != NULL,
		"the name of both: %s", text_of(pool, &problems));
	pool_free(pool);
}

/* policy_check says it, too. */
static void
test_check(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const char *conf = tmpdir_write(pool, dir, "s.conf", 0644, OWN_CONF);
	struct opendkim_place at = { .conf = tmpdir_write(pool, dir, "o.conf", 0644,
					     "Socket inet:1@h\nAuthservID a.example\n") };
	struct problems problems;

	problems_init(&problems, pool);
	tap_ok(policy_check(conf, at, &problems), "left behind, it is no error");
	tap_ok(problems.all.n == 1, "but a note");
	at.has_program = true;
	tap_ok(!policy_check(conf, at, &problems), "installed, it is one");
	pool_free(pool);
}

/* The program is found by the PATH. */
static void
test_place(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);

	tmpdir_write(pool, dir, "opendkim", 0755, "#!/bin/sh\n");
	setenv("PATH", pool_printf(pool, "/nonexistent::%s", dir), 1);
	tap_ok(opendkim_place().has_program, "found in PATH");
	tap_is(opendkim_place().conf, OPENDKIM_CONF, "its configuration");
	pool_free(pool);
}

int
main(void)
{
	test_rows();
	test_facts();
	test_review();
	test_stopped();
	test_name();
	test_check();
	test_place();
	return tap_done();
}
