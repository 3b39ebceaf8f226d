/*
 * Whether the file is there, or what it says, decides nothing; its lock does, and that
 * goes with the process, however it ends.
 *
 * The number in it is what root sends signals to, so only root may be able to change it:
 * it is written with a descriptor that is closed again before root is given up. What is
 * kept can only read, which is enough for flock(); a record lock would need the right to
 * write. The price is that every process that may read the file can lock it, too. So a
 * lock whose holder the file does not name is not taken for a daemon: the file is made
 * again.
 */
#include "base/base.h"
#include "milter/pidfile.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

/* How often, and how long between, a locked file is looked at for the name of its holder:
 * a daemon that has just locked it is about to write. */
#define LOOKS 20
#define LOOK_MS 50

enum attempt { TAKEN, BUSY, GONE, FAILED };

/* A living process that the file names, or 0. */
static pid_t
holder(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	pid = strtol(text, NULL, 10);
	if (pid <= 0 || pid > INT_MAX)
		return 0;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM ? (pid_t)pid : 0;
}

/* The file is written as root, perhaps in the service user's directory: what that user
 * may have put there under this name, such as a link to another file, is not touched. */
static bool
is_plain(int fd, struct stat *st)
{
	return fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_nlink == 1;
}

/* Writes our number into the file that is locked, if it still has its name. */
static enum attempt
write_number(const char *path, const struct stat *locked)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum attempt got = FAILED;
	struct stat st;
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (fd < 0)
		return errno == ENOENT ? GONE : FAILED;
	if (fstat(fd, &st) == 0 &&
		(st.st_dev != locked->st_dev || st.st_ino != locked->st_ino))
		got = GONE;
	else if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n)
		got = TAKEN;
	close(fd);
	return got;
}

/* It could not be locked: because a daemon runs that it names, or why else? */
static enum attempt
is_locked(struct pool *pool, const char *path, int fd, const char **bad)
{
	bool busy = errno == EWOULDBLOCK;
	pid_t pid = busy ? holder(fd) : 0;

	if (!busy)
		*bad = pool_printf(
			pool, "cannot lock the pid file '%s': %s", path, strerror(errno));
	else if (pid > 0)
		*bad = pool_printf(
			pool, "already running as process %ld ('%s')", (long)pid, path);
	return busy && pid == 0 ? BUSY : FAILED;
}

/* Opens, locks and writes it; *bad is set where it failed. */
static enum attempt
attempt(struct pool *pool, const char *path, int *fd, const char **bad)
{
	enum attempt got;
	struct stat st;

	*fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (*fd < 0) {
		*bad = pool_printf(
			pool, "cannot open the pid file '%s': %s", path, strerror(errno));
		return FAILED;
	}
	if (!is_plain(*fd, &st)) {
		*bad = pool_printf(pool,
			"the pid file '%s' is there and is no plain file of one name",
			path);
		return FAILED;
	}
	if (flock(*fd, LOCK_EX | LOCK_NB) < 0)
		return is_locked(pool, path, *fd, bad);
	if ((got = write_number(path, &st)) == FAILED)
		*bad = pool_printf(pool, "cannot write the pid file '%s': %s", path,
			strerror(errno));
	return got;
}

const char *
pidfile_take(struct pool *pool, const char *path, int *out)
{
	const char *bad = NULL;
	enum attempt got = BUSY;
	int fd = -1;

	for (int look = 0; look < 2 * LOOKS; look++) {
		if (look > 0)
			(void)poll(NULL, 0, LOOK_MS);
		got = attempt(pool, path, &fd, &bad);
		if (got == TAKEN) {
			*out = fd;
			return NULL;
		}
		if (fd >= 0)
			close(fd);
		if (got == FAILED)
			return bad;
		if (got == BUSY && look == LOOKS && unlink(path) < 0)
			break;
	}
	return pool_printf(pool,
		"the pid file '%s' is locked by a process that it does not name: find it "
		"with 'fuser %s', or remove the file",
		path, path);
}

void
pidfile_drop(const char *path, int fd)
{
	/* Where the directory is not ours any more the number stays; its lock is what
	 * counts, and that goes with us. */
	(void)unlink(path);
	close(fd);
}
