/*
 * A parser a type, each of which takes the whole text or refuses it with what to write
 * instead. Only two are lax: a Boolean, whose first letter decides, and lists of field
 * names, since configurations in use have stray words there which OpenDKIM never minded;
 * those are handed back, to be reported.
 */
#include "base/base.h"
#include "config/values.h"

#include "auth/dkim/canon.h"
#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"

const struct reason *
value_bool(struct slice text, bool *value)
{
	char first = text.n > 0 ? ascii_lower(text.p[0]) : '\0';

	if (first == 't' || first == 'y' || first == '1')
		*value = true;
	else if (first == 'f' || first == 'n' || first == '0')
		*value = false;
	else
		return REASON("write yes or no");
	return NULL;
}

const struct reason *
value_number(
	struct pool *pool, struct slice text, int64_t least, int64_t most, int64_t *value)
{
	struct scan s = scan_of(text);
	uint64_t n;

	if (!scan_number(&s, &n) || !scan_is_end(&s) || n > INT64_MAX ||
		(int64_t)n < least || (int64_t)n > most)
		return reason_make(pool, "write a whole number from %ld to %ld",
			(long)least, (long)most);
	*value = (int64_t)n;
	return NULL;
}

#define DAY_SECONDS 86400

static const struct {
	char letter;
	int64_t seconds;
} units[] = {
	{ 's', 1 },
	{ 'm', 60 },
	{ 'h', 3600 },
	{ 'd', DAY_SECONDS },
	{ 'w', 604800 },
};

#define SECONDS_LIMIT INT64_C(3155760000) /* a hundred years */

const struct reason *
value_seconds(struct pool *pool, struct slice text, int64_t *value)
{
	struct scan s = scan_of(text);
	int64_t unit = 1;
	uint64_t n;
	bool good = scan_number(&s, &n);

	for (size_t i = 0; good && i < ARRAY_LEN(units); i++)
		if (!scan_is_end(&s) && ascii_lower(*s.p) == units[i].letter) {
			unit = units[i].seconds;
			s.p++;
			break;
		}
	if (!good || !scan_is_end(&s) || n > (uint64_t)(SECONDS_LIMIT / unit))
		return reason_make(pool,
			"write seconds (300), or a number with s, m, h, d or w behind it "
			"(5m), at most %d days",
			(int)(SECONDS_LIMIT / DAY_SECONDS));
	*value = (int64_t)n * unit;
	return NULL;
}

const struct reason *
value_octal(struct slice text, int64_t *value)
{
	int64_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '7' || n > 0777)
			return REASON("write an octal number like 007");
		n = n * 8 + (text.p[i] - '0');
	}
	if (text.n == 0 || n > 0777)
		return REASON("write an octal number like 007");
	*value = n;
	return NULL;
}

const struct reason *
value_word(struct pool *pool, const struct name_code *table, size_t n, struct slice text,
	int *code)
{
	struct str list = STR_POOL(pool);

	if (name_code(table, n, text, code))
		return NULL;
	for (size_t i = 0; i + 1 < n; i++)
		str_addf(&list, "%s%s", i > 0 ? ", " : "", table[i].name);
	return n > 1 ? reason_make(pool, "write %s or %s", list.p, table[n - 1].name)
	             : reason_make(pool, "write %s", table[0].name);
}

static bool
is_between(char c)
{
	return c == ',' || ascii_is_space(c);
}

static bool
is_word(char c)
{
	return !is_between(c);
}

void
value_words(struct pool *pool, struct slice text, struct words *words)
{
	struct scan s = scan_of(text);
	struct slice word;

	for (scan_skip(&s, is_between); scan_span(&s, is_word, &word);
		scan_skip(&s, is_between))
		*vec_add(pool, words) = pool_copy(pool, word);
}

const struct reason *
value_canon(struct slice text, int *header, int *body)
{
	const struct reason *bad = REASON(
		"write relaxed or simple, or both with a slash between: relaxed/simple");
	enum canon_form first, second = CANON_SIMPLE;
	struct slice head, tail;

	if (slice_cut(text, '/', &head, &tail) && !canon_parse(slice_trim(tail), &second))
		return bad;
	if (!canon_parse(slice_trim(head), &first))
		return bad;
	*header = (int)first;
	*body = (int)second;
	return NULL;
}

bool
words_have(const struct words *words, struct slice word)
{
	for (size_t i = 0; i < words->n; i++)
		if (slice_caseis(word, words->v[i]))
			return true;
	return false;
}

/* RFC 5322 2.2: printable ASCII but the colon. Brackets and braces are allowed there, but
 * in a list of names they are the rest of something pasted. */
static bool
is_field_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
			return false;
	return name.n > 0;
}

static void
words_remove(struct words *words, struct slice word)
{
	size_t kept = 0;

	for (size_t i = 0; i < words->n; i++)
		if (!slice_caseis(word, words->v[i]))
			words->v[kept++] = words->v[i];
	words->n = kept;
}

void
value_fields(struct pool *pool, struct slice text, const struct words *preset,
	struct words *fields, struct words *unknown)
{
	struct words list = VEC_INIT;

	value_words(pool, text, &list);
	*fields = (struct words)VEC_INIT;
	if (words_have(&list, SLICE_LIT("*")))
		for (size_t i = 0; i < preset->n; i++)
			*vec_add(pool, fields) = preset->v[i];
	for (size_t i = 0; i < list.n; i++) {
		struct slice word = slice_of(list.v[i]);
		bool minus = slice_starts(word, "-");
		struct slice name =
			minus || slice_starts(word, "+") ? slice_from(word, 1) : word;

		if (slice_is(word, "*") || slice_is(word, "."))
			continue;
		if (!is_field_name(name))
			*vec_add(pool, unknown) = list.v[i];
		else if (minus)
			words_remove(fields, name);
		else if (!words_have(fields, name))
			*vec_add(pool, fields) = pool_copy(pool, name);
	}
}
