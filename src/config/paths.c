/*
 * What has to be made whole is found by type: data sets by their row, and the few
 * texts that are paths by name. The form in front ("refile:", "local:") stays.
 */
#include "base/base.h"
#include "config/paths.h"

#include "base/scan.h"

const char *
path_within(struct pool *pool, const char *directory, struct slice path)
{
	if (directory == NULL || slice_starts(path, "/"))
		return pool_copy(pool, path);
	while (slice_starts(path, "./"))
		path = slice_from(path, 2);
	return pool_printf(pool, "%s%s%.*s", directory,
		slice_ends(slice_of(directory), "/") ? "" : "/", SLICE_ARG(path));
}

/* The form that a data set begins with stays, the file behind it gets whole. */
static const char *
dataset_within(struct pool *pool, const char *directory, const char *reference)
{
	static const char *const forms[] = { "refile:", "file:" };

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct scan s = scan_of(slice_trim(slice_of(reference)));

		if (scan_casetext(&s, forms[i]))
			return pool_printf(pool, "%s%s", forms[i],
				path_within(pool, directory, slice_trim(scan_rest(&s))));
	}
	return reference;
}

/* "local:opendkim.sock" */
static const char *
socket_within(struct pool *pool, const char *directory, const char *socket)
{
	static const char *const forms[] = { "local:", "unix:" };

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		size_t n = strlen(forms[i]);

		if (strncmp(socket, forms[i], n) == 0 && socket[n] != '\0')
			return pool_printf(pool, "%s%s", forms[i],
				path_within(pool, directory, slice_of(socket + n)));
	}
	return socket;
}

void
paths_resolve(struct pool *pool, struct options *o)
{
	const char *base = o->base_directory;

	if (o->key_file != NULL && base == NULL && o->key_file[0] != '/' &&
		o->key_file[0] != '.')
		o->key_file = pool_printf(pool, "./%s", o->key_file);
	if (base == NULL)
		return;
	if (o->key_file != NULL)
		o->key_file = path_within(pool, base, slice_of(o->key_file));
	if (o->pid_file != NULL)
		o->pid_file = path_within(pool, base, slice_of(o->pid_file));
	o->socket = socket_within(pool, base, o->socket);
	for (size_t i = 0; i < option_count(); i++) {
		const struct option *option = option_at(i);
		const char **value = (const char **)(void *)((char *)o + option->offset);

		if (option->type == OPT_DATASET && *value != NULL)
			*value = dataset_within(pool, base, *value);
	}
}
