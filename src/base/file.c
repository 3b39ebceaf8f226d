#include "base/base.h"
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#define FILE_LIMIT (64 * 1024 * 1024)

static const struct reason *
unreadable(struct pool *pool, const char *file)
{
	return reason_make(pool, "cannot read '%s': %p", file, reason_errno(pool, errno));
}

static const struct reason *
file_read_fd(struct pool *pool, const char *file, int fd, struct slice *text)
{
	struct stat st;
	size_t n = 0;
	char *p;

	if (fstat(fd, &st) != 0)
		return unreadable(pool, file);
	if (S_ISDIR(st.st_mode))
		return reason_make(pool, "'%s' is a directory, not a file", file);
	if (!S_ISREG(st.st_mode))
		return reason_make(pool, "'%s' is not a regular file", file);
	if (st.st_size > FILE_LIMIT)
		return reason_make(pool, "'%s' has more than %d MiB", file,
			FILE_LIMIT / (1024 * 1024));
	p = pool_alloc(pool, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, p + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return unreadable(pool, file);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*text = slice_make(p, n);
	return NULL;
}

const struct reason *
file_read(struct pool *pool, const char *file, struct slice *text)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const struct reason *bad;

	*text = SLICE_EMPTY;
	if (fd < 0)
		return unreadable(pool, file);
	bad = file_read_fd(pool, file, fd, text);
	close(fd);
	return bad;
}
