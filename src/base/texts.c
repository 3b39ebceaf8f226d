/*
 * The C library's gettext looks for catalogues only where setlocale() found a locale that
 * is not C. A server seldom has one for Japanese, the trick of LANGUAGE with C.UTF-8
 * ended with glibc 2.41, and a container may lack C.UTF-8 as well. So a catalogue is
 * found by its language's name alone and read here, everywhere in the same way: the file
 * is a sorted table of texts and a table of their translations. Plural forms and contexts
 * are not used.
 *
 * The catalogue is the one writable thing here, as it was inside the C library: what is
 * said has a language, and every function says something. A program that takes none says
 * all in English; so does the daemon but for -n.
 */
#include "base/base.h"
#include "base/texts.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/pool.h"
#include "base/slice.h"

#define MAGIC 0x950412deU
#define HEADER_SIZE 28
#define NAME_LIMIT 16

/* A catalogue file in memory; n is 0 for English. */
static struct catalogue {
	struct pool *pool;
	const char *bytes;
	size_t n;
	bool swapped; /* its numbers have the other byte order */
	uint32_t count, texts, translations;
} current;

static uint32_t
number_at(const struct catalogue *c, size_t at)
{
	uint32_t n;

	memcpy(&n, c->bytes + at, sizeof(n));
	if (!c->swapped)
		return n;
	return n >> 24 | (n >> 8 & 0xff00) | (n & 0xff00) << 8 | n << 24;
}

/* The i-th text of a table whose place was checked; NULL where it is not in the file. */
static const char *
text_at(const struct catalogue *c, size_t table, size_t i)
{
	size_t length = number_at(c, table + 8 * i),
	       at = number_at(c, table + 8 * i + 4);

	if (at > c->n || length >= c->n - at || c->bytes[at + length] != '\0')
		return NULL;
	return c->bytes + at;
}

/* Do both tables, and all that they point to, lie within the file? */
static bool
catalogue_is_whole(const struct catalogue *c)
{
	uint64_t size = (uint64_t)c->count * 8;

	if (c->texts + size > c->n || c->translations + size > c->n)
		return false;
	for (size_t i = 0; i < c->count; i++)
		if (text_at(c, c->texts, i) == NULL ||
			text_at(c, c->translations, i) == NULL)
			return false;
	return true;
}

/* Reads the tables' places out of the header. */
static bool
catalogue_open(struct catalogue *c)
{
	if (c->n < HEADER_SIZE)
		return false;
	c->swapped = number_at(c, 0) != MAGIC;
	/* The upper half of the revision says what else a reader must know. */
	if (number_at(c, 0) != MAGIC || number_at(c, 4) >> 16 != 0)
		return false;
	c->count = number_at(c, 8);
	c->texts = number_at(c, 12);
	c->translations = number_at(c, 16);
	return catalogue_is_whole(c);
}

static bool
catalogue_read(const char *path, struct catalogue *c)
{
	struct slice text;

	*c = (struct catalogue){ .pool = pool_new() };
	if (file_read(c->pool, path, &text) == NULL) {
		c->bytes = text.p;
		c->n = text.n;
		if (catalogue_open(c))
			return true;
	}
	pool_free(c->pool);
	return false;
}

/* A language's name, which becomes a part of a path: letters, then perhaps "_JP". */
static bool
is_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_is_alpha(name.p[i]) && name.p[i] != '_')
			return false;
	return name.n > 0 && name.n < NAME_LIMIT;
}

/* Loads a language's catalogue. That of a tree that is not installed is found by
 * SEKIMORI_LOCALEDIR. */
static bool
load(struct slice name)
{
	const char *folder = getenv("SEKIMORI_LOCALEDIR");
	struct catalogue found;
	char path[PATH_MAX];
	int n;

	if (!is_name(name))
		return false;
	n = snprintf(path, sizeof(path), "%s/%.*s/LC_MESSAGES/sekimori.mo",
		folder != NULL ? folder : LOCALEDIR, SLICE_ARG(name));
	if (n < 0 || (size_t)n >= sizeof(path) || !catalogue_read(path, &found))
		return false;
	pool_free(current.pool);
	current = found;
	return true;
}

/* A language as the environment names it: "ja", "ja_JP", "ja_JP.UTF-8@x". English is what
 * the texts are written in, so it is always there. */
static bool
choose(struct slice name)
{
	struct slice rest, language;

	slice_cut(name, '@', &name, &rest);
	slice_cut(name, '.', &name, &rest);
	slice_cut(name, '_', &language, &rest);
	if (slice_is(language, "en") || slice_is(name, "C") || slice_is(name, "POSIX")) {
		pool_free(current.pool);
		current = (struct catalogue){ 0 };
		return true;
	}
	return load(name) || load(language);
}

bool
texts_choose(const char *language)
{
	return choose(slice_of(language));
}

/* The locale of the environment; NULL: C. Ours is UTF-8, so one of another character set
 * cannot show more than ASCII. */
static const char *
environment_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value = NULL;
	struct slice name, charset, modifier;

	for (size_t i = 0; i < ARRAY_LEN(names) && (value == NULL || *value == '\0'); i++)
		value = getenv(names[i]);
	if (value == NULL || strcmp(value, "C") == 0 || strcmp(value, "POSIX") == 0)
		return NULL;
	if (!slice_cut(slice_of(value), '.', &name, &charset))
		return value;
	slice_cut(charset, '@', &charset, &modifier);
	return slice_caseis(charset, "UTF-8") || slice_caseis(charset, "utf8") ? value
	                                                                       : NULL;
}

void
texts_begin(void)
{
	const char *locale = environment_locale(), *list = getenv("LANGUAGE");
	struct slice rest, name;

	if (locale == NULL)
		return;
	if (list == NULL || *list == '\0') {
		choose(slice_of(locale));
		return;
	}
	rest = slice_of(list);
	while (slice_next(&rest, ':', &name))
		if (choose(name))
			return;
}

const char *
texts_of(const char *english)
{
	/* The translation of nothing is the catalogue's own header. */
	size_t low = 0, high = *english != '\0' ? current.count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order =
			strcmp(english, text_at(&current, current.texts, middle));

		if (order == 0)
			return text_at(&current, current.translations, middle);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return english;
}
