/* Who could read a key, by owner and mode; what the complaint says to do. */
#include "base/base.h"

#include "config/keyfile.h"
#include "crypto/signer.h"

#include "tap.h"
#include "tmpdir.h"

#include <sys/stat.h>

/* Of the owner: the same user with other groups; else somebody who is nobody here. */
static const struct {
	const char *name;
	unsigned dir, file;
	const char *review, *readable; /* parts of the complaint; NULL: good */
} cases[] = {
	{ "as keygen makes it", 0750, 0600, NULL, "cannot enter the directory" },
	{ "everybody may read", 0755, 0644, "chmod o= '", NULL },
	{ "everybody may write", 0755, 0602, "chmod o= '", "cannot read the key file" },
	{ "the directory is open", 0757, 0600, "chmod o-w '",
		"cannot read the key file" },
	{ "open, but sticky", 01777, 0600, NULL, "cannot read the key file" },
	{ "read-only", 0711, 0400, NULL, "cannot read the key file" },
};

static const char *
reviewed(struct pool *pool, const char *path, const struct key_user *user)
{
	struct key_complaint bad = keyfile_review(pool, path, user);

	return reason_text(pool, key_complaint_reason(pool, bad), NULL);
}

static const char *
readable(struct pool *pool, const char *path, const struct key_user *user)
{
	struct key_complaint bad = keyfile_readable(pool, path, user);

	return reason_text(pool, key_complaint_reason(pool, bad), NULL);
}

static void
test_case(size_t i)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool), *bad;
	const char *path = tmpdir_key(pool, dir, "keys/k.pem", "ed25519", 0);
	struct key_user own, other = { "stranger", 65533, { 65533 }, 1, false, false };

	key_user_find(pool, NULL, &own);
	chmod(dir, 0755);
	chmod(path, cases[i].file);
	chmod(pool_printf(pool, "%s/keys", dir), cases[i].dir);
	bad = reviewed(pool, path, &own);
	tap_ok((bad == NULL) == (cases[i].review == NULL) &&
			(bad == NULL || strstr(bad, cases[i].review) != NULL),
		"%s: %s", cases[i].name, bad != NULL ? bad : "safe");
	bad = readable(pool, path, &other);
	tap_ok((bad == NULL) == (cases[i].readable == NULL) &&
			(bad == NULL ||
				(strstr(bad, cases[i].readable) != NULL &&
					strstr(bad, "name a copy: install") != NULL)),
		"%s, to a stranger: %s", cases[i].name, bad != NULL ? bad : "readable");
	tap_ok(readable(pool, path, &own) == NULL, "DKS-9 %s: the owner can read it",
		cases[i].name);
	bad = reviewed(pool, path, &other);
	tap_ok(geteuid() == 0 || (bad != NULL && strstr(bad, "chown stranger '") != NULL),
		"%s: it has to be root's or the service user's", cases[i].name);
	chmod(pool_printf(pool, "%s/keys", dir), 0700);
	pool_free(pool);
}

/* What lets the service in is its group, whatever its user is called. */
static void
test_group(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool), *bad;
	const char *path = tmpdir_key(pool, dir, "keys/k.pem", "ed25519", 0);
	struct key_user other = { "stranger", 65533, { 1 }, 1, false, false };

	chmod(dir, 0755);
	chmod(pool_printf(pool, "%s/keys", dir), 0750);
	bad = readable(pool, path, &other);
	tap_ok(bad != NULL && strstr(bad, ": chgrp daemon '") != NULL,
		"the remedy names the service's group: %s", bad);
	pool_free(pool);
}

/* Who looks on as himself: what keeps him out is as it should be, and is not to be mended. */
static void
test_onlooker(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool), *bad;
	const char *path = tmpdir_key(pool, dir, "keys/k.pem", "ed25519", 0);
	bool is_root = geteuid() == 0;
	struct key_user user;

	chmod(dir, 0755);
	for (unsigned i = 0; i < 2; i++) {
		chmod(pool_printf(pool, "%s/keys", dir), i == 0 ? 0711 : 0600);
		chmod(path, 0);
		if (is_root && seteuid(65533) != 0)
			tap_ok(false, "root may become somebody");
		tap_ok(key_user_find(pool, "root", &user) == NULL, "UserID root exists");
		bad = readable(pool, path, &user);
		tap_ok(bad != NULL && strstr(bad, "run this as root") != NULL &&
				strstr(bad, "chgrp") == NULL &&
				strstr(bad, "chown") == NULL,
			"nobody is told to open the keys to him: %s",
			bad != NULL ? bad : "readable");
		if (is_root && seteuid(0) != 0)
			tap_ok(false, "and root again");
	}
	key_user_find(pool, NULL, &user);
	bad = readable(pool, path, &user);
	tap_ok(is_root || bad != NULL, "without UserID it is his own affair: %s",
		bad != NULL ? bad : "readable");
	chmod(pool_printf(pool, "%s/keys", dir), 0700);
	pool_free(pool);
}

/* What is wrong and the command that mends it are two: a copy is another cure. */
static void
test_cure(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const char *path = tmpdir_key(pool, dir, "keys/k: chmod.pem", "ed25519", 0);
	struct key_user own;
	struct key_complaint bad;

	key_user_find(pool, NULL, &own);
	chmod(dir, 0755);
	chmod(path, 0644);
	bad = keyfile_review(pool, path, &own);
	tap_is(bad.path, path, "of which file");
	tap_ok(bad.what != NULL &&
			strstr(reason_text(pool, bad.what, NULL),
				" can be read or changed by everybody") != NULL,
		"what");
	tap_is_reason(bad.cure, pool_printf(pool, "chmod o= '%s'", path), "its cure");
	pool_free(pool);
}

static void
test_link(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool), *bad;
	const char *path = tmpdir_key(pool, dir, "open/k.pem", "ed25519", 0);
	const char *link = tmpdir_write(pool, dir, "safe/x", 0600, "");
	struct key_user own;

	key_user_find(pool, NULL, &own);
	link = pool_printf(pool, "%s/safe/k.pem", dir);
	tap_ok(symlink(path, link) == 0, "a symbolic link");
	tap_ok(reviewed(pool, link, &own) == NULL, "between safe directories");
	chmod(pool_printf(pool, "%s/open", dir), 0777);
	bad = reviewed(pool, link, &own);
	tap_ok(bad != NULL && strstr(bad, "/open'") != NULL, "into an open one: %s", bad);
	pool_free(pool);
}

static void
test_text(void)
{
	struct pool *pool = pool_new();
	struct problems problems;
	struct key_user own;
	struct keystore *store;
	struct keystore_params params = { signer_local(pool), &own, true };
	char rubbish[] = "MIIBsecret";
	struct place at = { "k", 1 };
	const struct keyref *key = NULL;
	const char *bad;

	problems_init(&problems, pool);
	key_user_find(pool, NULL, &own);
	store = keystore_new(pool, &params, &problems);
	bad = reason_text(pool, keystore_text(store, slice_of(rubbish), at, &key), NULL);
	tap_ok(bad != NULL && key == NULL, "no key");
	tap_ok(rubbish[0] == '\0' && rubbish[9] == '\0', "S27 its text is wiped");
	tap_ok(strstr(bad, "secret") == NULL, "and not told");
	pool_free(pool);
}

/* However many rows name a file, it is one key, and one complaint. */
static void
test_store(void)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	const char *path = tmpdir_key(pool, dir, "keys/k.pem", "rsa", 1024);
	const struct reason *first, *second;
	struct problems problems;
	struct key_user own;
	struct keystore_params params = { signer_local(pool), &own, true };
	struct keystore *store;
	const struct keyref *one = NULL, *other = NULL;

	problems_init(&problems, pool);
	key_user_find(pool, NULL, &own);
	chmod(dir, 0755);
	store = keystore_new(pool, &params, &problems);
	first = keystore_file(store, path, (struct place){ "k", 1 }, &one);
	second = keystore_file(store, path, (struct place){ "k", 2 }, &other);
	tap_ok(first == NULL && second == NULL && one != NULL && one == other,
		"a file that two rows name is one key");
	tap_ok(one->type == KEY_RSA && one->bits == 1024 && one->public.n > 0,
		"known by type, bits and public half");
	tap_is_int((int64_t)problems.all.n, 1, "that it is weak is said once");
	path = pool_printf(pool, "%s/none.pem", dir);
	first = keystore_file(store, path, (struct place){ "k", 3 }, &one);
	second = keystore_file(store, path, (struct place){ "k", 4 }, &other);
	tap_ok(first != NULL && first == second && one == NULL && other == NULL,
		"one that is not there has one complaint: %s",
		reason_text(pool, first, NULL));
	pool_free(pool);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		test_case(i);
	test_group();
	test_onlooker();
	test_link();
	test_cure();
	test_text();
	test_store();
	return tap_done();
}
