/* A row more or less in the tables while somebody with an editor, who takes no lock,
 * writes to them: read() here lets him write as soon as the bytes of a table have been
 * read. */
#include "base/base.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "tap.h"
#include "tmpdir.h"
#include "tool/keys/keytable_append.h"
#include "tool/tool.h"

#define HIS "his other.example:-:-\n"

static const char *watched; /* the table that he writes to next; NULL: none */

static bool
is_watched(int fd)
{
	struct stat one, two;

	return watched != NULL && fstat(fd, &one) == 0 && stat(watched, &two) == 0 &&
	       one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

ssize_t
read(int fd, void *p, size_t n)
{
	ssize_t got = syscall(SYS_read, fd, p, n);

	if (is_watched(fd)) {
		int his = open(watched, O_WRONLY | O_APPEND | O_CLOEXEC);

		tap_ok(write(his, HIS, strlen(HIS)) == (ssize_t)strlen(HIS),
			"he writes to %s", strrchr(watched, '/') + 1);
		close(his);
		watched = NULL;
	}
	return got;
}

static const struct row {
	const char *name, *signing; /* rows of the signing table; NULL: there is none */
	bool is_add, is_in_signing; /* he writes to that one */
} rows[] = {
	{ "a row is taken out", NULL, false, false },
	{ "a row is taken out of both", "example.jp old\n", false, true },
	{ "a row is added", NULL, true, false },
	{ "a row is added to both", "a.example old\n", true, true },
};

static void
test_row(const struct row *row)
{
	struct pool *pool = pool_new();
	const char *dir = tmpdir_new(pool);
	struct tool tool = { .pool = pool };
	const char *keys = tmpdir_write(
		pool, dir, "keytable", 0600, "old example.jp:s:/none/k.pem\n");
	const char *signing = tmpdir_write(pool, dir, "signingtable", 0600,
		row->signing != NULL ? row->signing : "");
	struct keytable_append r = { .tool = &tool,
		.opendkim = "/none/opendkim.conf",
		.domain = row->is_add ? "b.example" : "example.jp",
		.selector = row->is_add ? "t" : NULL,
		.name = "new",
		.key_file = tmpdir_key(pool, dir, "t.pem", "ed25519", 0) };
	const char *table = row->is_in_signing ? signing : keys;
	const char *line = pool_printf(pool, "new b.example:t:%s", r.key_file);
	struct slice before, after;
	int status = 0;

	r.config = tmpdir_write(pool, dir, "sekimori.conf", 0600,
		pool_printf(pool, "KeyTable file:%s\n%s%s\n", keys,
			row->signing != NULL ? "SigningTable file:" : "",
			row->signing != NULL ? signing : ""));
	(void)file_read(pool, table, &before);
	if (row->is_add)
		status = keytable_append_begin(&r);
	tap_is_int(status, 0, "%s: it may be", row->name);
	watched = table;
	status = row->is_add ? keytable_append_end(&r, line) : keytable_append_remove(&r);
	tap_is_int(status, EX_CANTCREAT, "%s: not while another writes", row->name);
	(void)file_read(pool, table, &after);
	tap_is(pool_copy(pool, after), pool_printf(pool, "%.*s" HIS, SLICE_ARG(before)),
		"%s: what he wrote is there", row->name);
	pool_free(pool);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(&rows[i]);
	return tap_done();
}
