/*
 * fuzz - what every fuzz target begins with
 *
 * A target is one file that defines LLVMFuzzerTestOneInput, and one line in t/local.mk
 * (fuzz_targets +=). It is built twice: with libFuzzer by `make fuzz`, and with replay.c
 * by `make check`, which runs each file of t/fuzz/corpus/TARGET/ through it. A target
 * checks properties (FUZZ_CHECK), not only that nothing crashes.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "base/base.h"
#include "base/msg.h"
#include "base/pool.h"
#include "base/scan.h"
#include "base/slice.h"

#include <sys/mman.h>
#include <sys/stat.h>

/* Takes one input; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input as a slice. */
static inline struct slice
fuzz_slice(const uint8_t *data, size_t size)
{
	return slice_make((const char *)data, size);
}

#define FUZZ_CHECK(holds)                                \
	do {                                             \
		if (!(holds))                            \
			panic("does not hold: " #holds); \
	} while (0)

/* Takes a line, as a C string. */
static inline const char *
fuzz_line(struct pool *pool, struct scan *s)
{
	const char *line = pool_copy(pool, scan_until(s, '\n'));

	(void)scan_char(s, '\n');
	return line;
}

/* An empty file in memory; none that everybody may write is taken as a configuration. */
static inline int
fuzz_file(void)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && fchmod(fd, 0600) == 0);
	return fd;
}

/* The path of such a file with this text; it is there as long as *fd. */
static inline const char *
fuzz_path(struct pool *pool, const char *text, int *fd)
{
	*fd = fuzz_file();
	FUZZ_CHECK(write(*fd, text, strlen(text)) == (ssize_t)strlen(text));
	return pool_printf(pool, "/proc/self/fd/%d", *fd);
}

#endif
