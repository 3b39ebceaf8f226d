#include "base/base.h"
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#define FILE_LIMIT (64 * 1024 * 1024)

static const char *
file_read_fd(struct pool *pool, const char *file, int fd, struct slice *text)
{
	struct stat st;
	size_t n = 0;
	char *p;

	if (fstat(fd, &st) != 0)
		return pool_printf(pool, "cannot read '%s': %s", file, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return pool_printf(pool, "'%s' is a directory, not a file", file);
	if (!S_ISREG(st.st_mode))
		return pool_printf(pool, "'%s' is not a regular file", file);
	if (st.st_size > FILE_LIMIT)
		return pool_printf(pool, "'%s' has more than %d MiB", file,
			FILE_LIMIT / (1024 * 1024));
	p = pool_alloc(pool, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, p + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return pool_printf(
				pool, "cannot read '%s': %s", file, strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*text = slice_make(p, n);
	return NULL;
}

const char *
file_read(struct pool *pool, const char *file, struct slice *text)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *bad;

	*text = SLICE_EMPTY;
	if (fd < 0)
		return pool_printf(pool, "cannot read '%s': %s", file, strerror(errno));
	bad = file_read_fd(pool, file, fd, text);
	close(fd);
	return bad;
}
