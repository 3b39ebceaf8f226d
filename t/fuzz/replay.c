/*
 * Runs a fuzz target over its corpus, one TAP test a file. Each input lies in a block of
 * exactly its size, so that the sanitizers see a read past its end; the block begins at
 * an odd address.
 */
#include "base/base.h"

#include <dirent.h>

#include "fuzz.h"
#include "tap.h"

/* The whole file behind one spare byte, or NULL. */
static char *
file_read(const char *name, size_t *n)
{
	FILE *f = fopen(name, "rb");
	char *text = NULL;
	long size;

	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 &&
		fseek(f, 0, SEEK_SET) == 0) {
		text = malloc((size_t)size + 1);
		*n = (size_t)size;
		if (text != NULL && fread(text + 1, 1, *n, f) != *n) {
			free(text);
			text = NULL;
		}
	}
	fclose(f);
	return text;
}

static void
replay(const char *name, const char *label)
{
	size_t n = 0;
	char *text = file_read(name, &n);

	if (!tap_ok(text != NULL, "%s is read", label))
		return;
	tap_is_int(LLVMFuzzerTestOneInput((const uint8_t *)text + 1, n), 0, "%s", label);
	free(text);
}

static int
is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int
main(void)
{
	const char *srcdir = getenv("srcdir");
	struct pool *pool = pool_new();
	struct dirent **seeds = NULL;
	const char *folder;
	int n;

	folder = pool_printf(
		pool, "%s/t/fuzz/corpus/" FUZZ_TARGET, srcdir != NULL ? srcdir : ".");
	n = scandir(folder, &seeds, is_seed, alphasort);
	tap_ok(n > 0, "%s has seeds", folder);
	for (int i = 0; i < n; i++) {
		replay(pool_printf(pool, "%s/%s", folder, seeds[i]->d_name),
			seeds[i]->d_name);
		free(seeds[i]);
	}
	free(seeds);
	tap_is_int(LLVMFuzzerTestOneInput((const uint8_t *)"", 0), 0, "the empty input");
	pool_free(pool);
	return tap_done();
}
