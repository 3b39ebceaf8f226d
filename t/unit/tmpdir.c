#include "base/base.h"
#include "tmpdir.h"

#include "base/msg.h"
#include "base/str.h"
#include "crypto/privkey.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

static int
remove_one(const char *path, const struct stat *st UNUSED, int kind UNUSED,
	struct FTW *ftw UNUSED)
{
	return remove(path);
}

static void
tmpdir_remove(void *dir)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
tmpdir_new(struct pool *pool)
{
	const char *parent = getenv("TMPDIR");
	char *dir = pool_printf(
		pool, "%s/seki-test-XXXXXX", parent != NULL ? parent : "/tmp");
	char real[PATH_MAX];

	if (mkdtemp(dir) == NULL || realpath(dir, real) == NULL)
		panic("no directory for the test: %s", strerror(errno));
	dir = pool_strdup(pool, real);
	pool_on_free(pool, tmpdir_remove, dir);
	return dir;
}

/* The path, with its folders there. */
static char *
tmpdir_path(struct pool *pool, const char *dir, const char *name)
{
	char *path = pool_printf(pool, "%s/%s", dir, name);

	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			panic("cannot make '%s': %s", path, strerror(errno));
		*p = '/';
	}
	return path;
}

const char *
tmpdir_write(struct pool *pool, const char *dir, const char *name, unsigned mode,
	const char *text)
{
	char *path = tmpdir_path(pool, dir, name);
	struct str out = STR_POOL(pool);
	FILE *f = fopen(path, "w");

	if (f == NULL)
		panic("cannot write '%s': %s", path, strerror(errno));
	for (const char *p = text, *at; *p != '\0'; p = at + strlen("@DIR@")) {
		at = strstr(p, "@DIR@");
		str_addn(&out, p, at != NULL ? (size_t)(at - p) : strlen(p));
		if (at == NULL)
			break;
		str_add(&out, dir);
	}
	fwrite(out.p, 1, out.n, f);
	if (fclose(f) != 0 || chmod(path, mode) != 0)
		panic("cannot write '%s': %s", path, strerror(errno));
	return path;
}

const char *
tmpdir_key(
	struct pool *pool, const char *dir, const char *name, const char *type, int bits)
{
	const char *path = tmpdir_write(pool, dir, name, 0600, "");
	struct privkey *key;
	int fd = open(path, O_WRONLY | O_TRUNC);
	const char *bad = privkey_generate(
		strcmp(type, "rsa") == 0 ? KEY_RSA : KEY_ED25519, bits, &key);

	if (bad == NULL)
		bad = privkey_write(key, fd);
	if (bad != NULL)
		panic("cannot make a key: %s", bad);
	close(fd);
	privkey_free(key);
	return path;
}
