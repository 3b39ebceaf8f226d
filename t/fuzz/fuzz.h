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

/* An empty file in memory; none that everybody may write is taken as a configuration. */
static inline int
fuzz_file(void)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && fchmod(fd, 0600) == 0);
	return fd;
}

#endif
