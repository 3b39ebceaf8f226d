/*
 * A record lock belongs to one process and goes with it, however it ends; a worker does
 * not inherit it. Whether the file is there, or what it says, decides nothing.
 */
#include "base/base.h"
#include "milter/pidfile.h"

#include <fcntl.h>
#include <sys/stat.h>

const char *
pidfile_take(struct pool *pool, const char *path, int *out)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct flock other = lock;
	struct stat st;
	char text[32];
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (fd < 0)
		return pool_printf(
			pool, "cannot open the pid file '%s': %s", path, strerror(errno));
	/* It is written as root, perhaps in the service user's directory: what he may
	 * have put there under this name, such as a link to another file, is not touched.
	 */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1) {
		close(fd);
		return pool_printf(pool,
			"the pid file '%s' is there and is no plain file of one name",
			path);
	}
	if (fcntl(fd, F_SETLK, &lock) < 0) {
		const char *bad = pool_printf(
			pool, "the pid file '%s' is locked: %s", path, strerror(errno));

		if (fcntl(fd, F_GETLK, &other) == 0 && other.l_type != F_UNLCK)
			bad = pool_printf(pool, "already running as process %ld ('%s')",
				(long)other.l_pid, path);
		close(fd);
		return bad;
	}
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		close(fd);
		return pool_printf(pool, "cannot write the pid file '%s': %s", path,
			strerror(errno));
	}
	*out = fd;
	return NULL;
}

void
pidfile_drop(const char *path, int fd)
{
	if (unlink(path) < 0 && ftruncate(fd, 0) < 0)
		errno = 0; /* its lock is what counts, and that goes with us */
	close(fd);
}
