/*
 * A difference is read by its words alone: the kind ends at the colon, the domain at the
 * slash of whichever side names one. So a log that was written by an older version, or
 * cut by syslog, still counts for what it says.
 */
#include "base/base.h"
#include "tool/compare.h"

#include "base/map.h"
#include "base/scan.h"
#include "engine/logline.h"

static const struct slice unknown = { "-", 1 };

void
compare_init(struct compare *c, struct pool *pool)
{
	*c = (struct compare){ .pool = pool };
	c->kinds = map_new(pool);
	c->domains = map_new(pool);
}

static size_t
count(struct compare *c, struct map *map, struct slice name)
{
	size_t *n = map_get(map, name);

	if (n == NULL) {
		n = pool_alloc(c->pool, sizeof(*n));
		map_put(map, name, n);
	}
	return ++*n;
}

static bool
is_word(char c)
{
	return c != ' ' && c != ',' && c != ')';
}

/* The first word with a slash: "example.jp/s1" gives example.jp. */
static struct slice
domain_of(struct slice text)
{
	struct scan s = scan_of(text);
	struct slice word, domain, selector;

	while (!scan_is_end(&s)) {
		if (!scan_span(&s, is_word, &word))
			s.p++;
		else if (slice_cut(word, '/', &domain, &selector) && domain.n > 0)
			return domain;
	}
	return unknown;
}

void
compare_add(struct compare *c, struct slice difference, struct slice id)
{
	struct slice kind, rest, domain;

	if (!slice_cut(difference, ':', &kind, &rest) || kind.n == 0) {
		kind = unknown;
		rest = difference;
	}
	domain = domain_of(rest);
	count(c, c->domains, domain);
	if (count(c, c->kinds, kind) > COMPARE_EXAMPLES)
		return;
	*vec_add(c->pool, &c->examples) =
		(struct compare_example){ pool_copy(c->pool, kind),
			pool_copy(c->pool, domain), pool_copy(c->pool, difference),
			pool_copy(c->pool, id) };
}

/* Where our own words begin: at the first word id=. */
static struct slice
own_words(struct slice line)
{
	for (size_t i = 0; i + 3 <= line.n; i++)
		if ((i == 0 || line.p[i - 1] == ' ') && memcmp(line.p + i, "id=", 3) == 0)
			return slice_from(line, i);
	return SLICE_EMPTY;
}

void
compare_line(struct compare *c, struct slice text)
{
	struct slice words = own_words(slice_trim(text)), id, shadow;
	struct pool *pool = pool_new();
	struct logline line;
	size_t n = 0;

	if (words.n == 0 || logline_parse(pool, words, &line) != NULL ||
		!logline_find(&line, "id", &id) ||
		!logline_find(&line, "shadow", &shadow) || !slice_is(shadow, "yes"))
		goto out;
	c->messages++;
	for (size_t i = 0; i < line.n; i++) {
		if (strcmp(line.v[i].key, "differs") != 0)
			continue;
		compare_add(c, line.v[i].value, id);
		n++;
	}
	c->differing += n > 0;
out:
	pool_free(pool);
}

static struct slice
take_line(struct scan *s)
{
	struct slice line = scan_until(s, '\n');

	(void)scan_char(s, '\n');
	return line;
}

bool
compare_mail(struct slice *text, struct slice *mail)
{
	struct scan s = scan_of(*text);
	const char *from;
	bool is_after_empty = false;

	if (scan_is_end(&s))
		return false;
	from = s.p;
	(void)take_line(&s);
	while (!scan_is_end(&s)) {
		const char *at = s.p;
		struct slice line = take_line(&s);

		if (is_after_empty && slice_starts(line, "From ")) {
			s.p = at;
			break;
		}
		is_after_empty = line.n == 0 || slice_is(line, "\r");
	}
	*mail = scan_since(&s, from);
	*text = scan_rest(&s);
	return true;
}
