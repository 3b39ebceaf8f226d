/*
 * Two filters sign on many hosts beside what they are there for: amavis, by dkim_key() in
 * its Perl, and rspamd, by a module that waits for a file in local.d. A second signature
 * harms nobody; that nobody knows of it does, on the day that one key is taken out of the
 * DNS. So it is told, and nothing is proposed.
 */
#include "base/base.h"
#include "tool/mta/other_signers.h"

#include <glob.h>

#include "base/file.h"
#include "base/scan.h"
#include "tool/mta/milter_catalogue.h"
#include "tool/mta/mta.h"
#include "tool/tool.h"

/* A file of Perl: what it says of signing, where it says anything. */
static void
read_perl(struct slice text, bool *signs, bool *has_key)
{
	for (struct scan s = scan_of(text); !scan_is_end(&s);) {
		struct scan line = scan_of(slice_trim(scan_until(&s, '\n')));

		scan_char(&s, '\n');
		if (scan_text(&line, "dkim_key"))
			*has_key |= slice_starts(slice_trim(scan_rest(&line)), "(");
		if (!scan_text(&line, "$enable_dkim_signing"))
			continue;
		scan_until(&line, '=');
		scan_char(&line, '=');
		*signs = !slice_starts(slice_trim(scan_rest(&line)), "0");
	}
}

/* amavis reads its files in the order of their names: the last setting counts. */
static const char *
amavis_keys(const struct mta *mta)
{
	static const char *const places[] = { "amavis/conf.d/*", "amavisd/amavisd.conf",
		"amavisd.conf" };
	const char *keys = NULL;
	bool signs = false;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct pool *pool = mta->tool->pool;
		struct slice text;
		glob_t files;

		if (glob(pool_printf(pool, "%s/%s", mta->etc, places[i]), 0, NULL,
			    &files) != 0)
			continue;
		for (size_t k = 0; k < files.gl_pathc; k++) {
			bool has_key = false;

			if (file_read(pool, files.gl_pathv[k], &text) != NULL)
				continue;
			read_perl(text, &signs, &has_key);
			if (keys == NULL && has_key)
				keys = pool_strdup(pool, files.gl_pathv[k]);
		}
		globfree(&files);
	}
	return signs ? keys : NULL;
}

static const char *
rspamd_keys(const struct mta *mta)
{
	static const char *const places[] = { "rspamd/override.d/dkim_signing.conf",
		"rspamd/local.d/dkim_signing.conf" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *path =
			pool_printf(mta->tool->pool, "%s/%s", mta->etc, places[i]);
		struct slice text, value;

		if (file_read(mta->tool->pool, path, &text) != NULL)
			continue;
		if (setting_find(text, "enabled", &value) &&
			(slice_starts(value, "false") || slice_starts(value, "no") ||
				slice_starts(value, "off")))
			return NULL;
		return path;
	}
	return NULL;
}

const char *
other_signer_keys(const struct mta *mta, const char *name)
{
	if (strcmp(name, "amavis") == 0 || strcmp(name, "amavisd-milter") == 0)
		return amavis_keys(mta);
	return strcmp(name, "rspamd") == 0 ? rspamd_keys(mta) : NULL;
}
