/*
 * The writer has two strictnesses: a value from the wire is bare only if nothing in it
 * could be anything but a word, one that we put together ourselves may hold the commas of
 * a list. The reader takes both and nothing else, so that a test can hold writer and
 * reader together, and a line of another program is not taken for ours.
 */
#include "base/base.h"
#include "engine/logline.h"

#include "base/ascii.h"
#include "base/scan.h"

/* May this byte stand in a bare value that came from the wire? */
static bool
is_bare(char c)
{
	return ascii_is_alnum(c) || (c != '\0' && strchr("._@+=/:-", c) != NULL);
}

/* And in one that we made? */
static bool
is_ours(char c)
{
	return is_bare(c) || c == ',';
}

static bool
is_key(char c)
{
	return ascii_is_lower(c) || ascii_is_digit(c) || c == '_';
}

/* Must it be written as \xHH inside quotes? */
static bool
is_escaped(char c)
{
	return ascii_is_ctl(c) || ascii_is_8bit(c) || c == '"' || c == '\\';
}

static bool
all_are(struct slice s, bool (*is_one)(char))
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_one(s.p[i]))
			return false;
	return s.n > 0;
}

static void
add_quoted(struct str *line, struct slice value)
{
	str_addc(line, '"');
	for (size_t i = 0; i < value.n; i++) {
		if (is_escaped(value.p[i]))
			str_addf(line, "\\x%02X", (unsigned char)value.p[i]);
		else
			str_addc(line, value.p[i]);
	}
	str_addc(line, '"');
}

static void
add_word(struct str *line, const char *key, struct slice value, bool (*is_one)(char))
{
	struct str cut = STR_INIT;

	if (value.n > LOGLINE_VALUE_MAX) {
		str_addn(&cut, value.p, LOGLINE_VALUE_MAX);
		str_add(&cut, "...");
		value = str_slice(&cut);
	}
	if (line->n > 0)
		str_addc(line, ' ');
	str_addf(line, "%s=", key);
	if (all_are(value, is_one))
		str_add_slice(line, value);
	else
		add_quoted(line, value);
	str_release(&cut);
}

/* Adds a word whose value may hold anything. */
void
logline_add(struct str *line, const char *key, struct slice value)
{
	add_word(line, key, value, is_bare);
}

/* The same for a C string; NULL adds nothing. */
void
logline_adds(struct str *line, const char *key, const char *value)
{
	if (value != NULL)
		logline_add(line, key, slice_of(value));
}

/* Adds a word that we put together, such as a list. */
void
logline_addf(struct str *line, const char *key, const char *format, ...)
{
	struct pool *pool = pool_new();
	va_list args;

	va_start(args, format);
	add_word(line, key, slice_of(pool_vprintf(pool, format, args)), is_ours);
	va_end(args);
	pool_free(pool);
}

/* Takes what stands between quotes; the cursor is after the first one. */
static const char *
take_quoted(struct pool *pool, struct scan *s, struct slice *value)
{
	struct str text = STR_POOL(pool);

	while (!scan_is_end(s) && *s->p != '"') {
		char c = *s->p;

		if (c != '\\') {
			if (is_escaped(c))
				return "a byte that is never written bare";
			str_addc(&text, c);
			s->p++;
			continue;
		}
		if (s->end - s->p < 4 || s->p[1] != 'x' || ascii_hex(s->p[2]) < 0 ||
			ascii_hex(s->p[3]) < 0)
			return "a backslash without two hexadecimal digits";
		str_addc(&text, (char)(ascii_hex(s->p[2]) * 16 + ascii_hex(s->p[3])));
		s->p += 4;
	}
	if (!scan_char(s, '"'))
		return "a quote that does not end";
	*value = str_slice(&text);
	return NULL;
}

static const char *
take_word(struct pool *pool, struct scan *s, struct logline_word *word)
{
	struct slice key, value;
	const char *bad;

	if (!scan_span(s, is_key, &key))
		return "a word without a key";
	if (!scan_char(s, '='))
		return "a key without '='";
	if (scan_char(s, '"')) {
		if ((bad = take_quoted(pool, s, &value)) != NULL)
			return bad;
	} else if (!scan_span(s, is_ours, &value)) {
		return "a key without a value";
	}
	word->key = pool_copy(pool, key);
	word->value = pool_slice(pool, value);
	return NULL;
}

/* Reads a line that the functions above have written. */
const char *
logline_parse(struct pool *pool, struct slice text, struct logline *line)
{
	struct scan s = scan_of(text);
	const char *bad;

	*line = (struct logline)VEC_INIT;
	do {
		if ((bad = take_word(pool, &s, vec_add(pool, line))) != NULL)
			return bad;
	} while (scan_char(&s, ' '));
	return scan_is_end(&s) ? NULL : "something behind a value";
}

/* The value of the first word with this key. */
bool
logline_find(const struct logline *line, const char *key, struct slice *value)
{
	for (size_t i = 0; i < line->n; i++) {
		if (strcmp(line->v[i].key, key) == 0) {
			*value = line->v[i].value;
			return true;
		}
	}
	return false;
}
