/*
 * A difference is read by its words alone: the kind ends at the colon, the domain at the
 * slash of whichever side names one. So a log that was written by an older version, or
 * cut by syslog, still counts for what it says.
 *
 * Other programs write what a client said into the same log. So a line counts only when
 * it begins with our words, or they follow at once what syslog puts before a message, and
 * that names us; behind another name (of a container) our own has to stand again, as -f
 * writes it.
 */
#include "base/base.h"
#include "tool/compare/compare.h"

#include "base/map.h"
#include "base/scan.h"
#include "engine/logline.h"
#include "tool/tool.h"

static const struct slice unknown = { "-", 1 };

void
compare_init(struct compare *c, struct pool *pool, const char *program)
{
	*c = (struct compare){ .pool = pool, .program = program };
	c->kinds = map_new(pool);
	c->domains = map_new(pool);
	c->skipped = map_new(pool);
	c->unpublished = map_new(pool);
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

/* The first word with a slash: "example.jp/s1". */
static struct slice
key_of(struct slice text)
{
	struct scan s = scan_of(text);
	struct slice word;

	while (!scan_is_end(&s)) {
		if (!scan_span(&s, is_word, &word))
			s.p++;
		else if (slice_find(word, '/') > 0)
			return word;
	}
	return unknown;
}

static void
count_difference(
	struct compare *c, const struct compare_difference *difference, struct slice id)
{
	struct slice domain, selector;

	slice_cut(difference->about, '/', &domain, &selector);
	count(c, c->domains, domain);
	if (count(c, c->kinds, difference->kind) > COMPARE_EXAMPLES)
		return;
	*vec_add(c->pool, &c->examples) =
		(struct compare_example){ pool_copy(c->pool, difference->kind),
			pool_copy(c->pool, domain),
			pool_strdup(c->pool, difference->text), pool_copy(c->pool, id) };
}

void
compare_message(
	struct compare *c, const struct compare_differences *differs, struct slice id)
{
	bool is_differing = false;

	c->messages++;
	for (size_t i = 0; i < differs->n; i++) {
		count_difference(c, &differs->v[i], id);
		is_differing |= !slice_is(differs->v[i].kind, "word");
	}
	c->differing += is_differing;
}

void
compare_skip(struct compare *c, const char *why)
{
	count(c, c->skipped, slice_of(why));
}

void
compare_unpublished(struct compare *c, struct slice key)
{
	count(c, c->unpublished, key);
}

/* The words without our name before them, which -f puts there. */
static struct slice
without_name(const struct compare *c, struct slice words)
{
	struct slice after = slice_from(words, strlen(c->program));

	return slice_starts(words, c->program) && slice_starts(after, ": ")
	               ? slice_from(after, 2)
	               : words;
}

/* What the program of this name ("sekimorid[99]:") said, if we did. */
static struct slice
said_by(const struct compare *c, struct slice program, struct slice words)
{
	struct slice after = slice_from(program, strlen(c->program));

	if (slice_starts(program, c->program) &&
		(after.n == 0 || after.p[0] == '[' || after.p[0] == ':'))
		return words;
	return without_name(c, words).n < words.n ? words : SLICE_EMPTY;
}

/* RFC 5424: what follows version, time, host, program, process, message id and data. */
static bool
skip_syslog(struct scan *s, struct slice *program)
{
	struct scan ahead = *s;

	if (!scan_char(&ahead, '<'))
		return false;
	scan_until(&ahead, '>');
	if (!scan_text(&ahead, ">1 "))
		return false;
	for (size_t i = 0; i < 5; i++) {
		struct slice word = scan_until(&ahead, ' ');

		scan_char(&ahead, ' ');
		*program = i == 2 ? word : *program;
	}
	if (scan_peek(&ahead) == '[')
		scan_until(&ahead, ']');
	scan_until(&ahead, ' ');
	scan_char(&ahead, ' ');
	*s = ahead;
	return true;
}

/* What a program said: the line, or what follows the first word that ends in a colon.
 * That is the program's name, and whatever stands further on may be a client's words. */
static struct slice
message_of(const struct compare *c, struct slice line)
{
	struct scan s = scan_of(line);
	struct slice program = SLICE_EMPTY;

	if (skip_syslog(&s, &program))
		return said_by(c, program, scan_rest(&s));
	while (!slice_starts(line, "id=") && !scan_is_end(&s)) {
		struct slice word = scan_until(&s, ' ');

		scan_char(&s, ' ');
		if (slice_ends(word, ":"))
			return said_by(c, word, scan_rest(&s));
	}
	return line;
}

/* A difference as the log words it. */
static struct compare_difference
read_difference(struct pool *pool, struct slice text)
{
	struct slice kind, rest;

	if (!slice_cut(text, ':', &kind, &rest) || kind.n == 0) {
		kind = unknown;
		rest = text;
	}
	return (struct compare_difference){ kind, key_of(rest), pool_copy(pool, text) };
}

static void
count_words(struct compare *c, struct pool *pool, struct slice words)
{
	struct slice id, shadow;
	struct compare_differences differs = VEC_INIT;
	struct logline line;
	bool is_cut;

	words = without_name(c, words);
	if (!slice_starts(words, "id="))
		return;
	is_cut = logline_parse(pool, words, &line) != NULL;
	/* The word at which the line was cut is none. */
	if (is_cut && line.n > 0 && line.v[line.n - 1].key == NULL)
		line.n--;
	if (!logline_find(&line, "id", &id) || !logline_find(&line, "shadow", &shadow) ||
		!slice_is(shadow, "yes"))
		return;
	for (size_t i = 0; i < line.n; i++)
		if (strcmp(line.v[i].key, "differs") == 0)
			*vec_add(pool, &differs) = read_difference(pool, line.v[i].value);
	c->cut += is_cut;
	compare_message(c, &differs, id);
}

/* journalctl -o json: an object a line, with our words in MESSAGE. */
static void
count_entry(struct compare *c, struct pool *pool, struct slice text)
{
	json_t *entry = json_loadb(text.p, text.n, 0, NULL);
	json_t *message = json_object_get(entry, "MESSAGE");
	json_t *program = json_object_get(entry, "SYSLOG_IDENTIFIER");

	if (json_is_string(message))
		count_words(c, pool,
			said_by(c,
				slice_of(json_is_string(program)
						 ? json_string_value(program)
						 : c->program),
				slice_trim(slice_make(json_string_value(message),
					json_string_length(message)))));
	json_decref(entry);
}

void
compare_line(struct compare *c, struct slice text)
{
	struct pool *pool = pool_new();

	if (slice_starts(text, "{"))
		count_entry(c, pool, text);
	else
		count_words(c, pool, message_of(c, slice_trim(text)));
	pool_free(pool);
}
