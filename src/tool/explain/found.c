/*
 * "method=result" at the beginning of a word, outside comments, whatever stands between.
 * The first property that has a domain, before the next result, is the result's.
 */
#include "base/base.h"
#include "tool/explain/found.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "tool/explain/forward.h"

#define SHOWN 120

static bool
is_of_word(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

static bool
is_of_value(char c)
{
	return ascii_is_nonspace(c) && c != ';' && c != ',' && c != '(';
}

static bool
is_one_of(struct slice word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_caseis(word, words[i]))
			return true;
	return false;
}

/* Takes a comment, of which brackets within are a part. */
static void
skip_comment(struct scan *s)
{
	int depth = 0;

	do {
		depth += scan_peek(s) == '(' ? 1 : scan_peek(s) == ')' ? -1 : 0;
		s->p++;
	} while (depth > 0 && !scan_is_end(s));
}

/* One "name=value". */
static void
add_pair(
	struct pool *pool, struct slice name, struct slice value, struct forward *forward)
{
	static const char *const methods[] = { "spf", "dkim", "dmarc" };
	static const char *const properties[] = { "smtp.mailfrom", "smtp.helo",
		"header.d", "header.from", "header.i" };
	struct forward_result *last =
		forward->results.n > 0 ? &forward->results.v[forward->results.n - 1]
				       : NULL;

	if (is_one_of(name, methods, ARRAY_LEN(methods)))
		*vec_add(pool, &forward->results) =
			(struct forward_result){ pool_copy(pool, pool_lower(pool, name)),
				pool_copy(pool, pool_lower(pool, value)), NULL };
	else if (is_one_of(name, properties, ARRAY_LEN(properties)) && last != NULL &&
		 last->domain == NULL && !slice_caseis(value, "none"))
		last->domain = pool_show(pool, value, SHOWN);
}

void
found_read(struct pool *pool, struct slice value, struct forward *forward)
{
	struct scan s = scan_of(value);
	struct slice name, result;

	while (!scan_is_end(&s)) {
		if (scan_peek(&s) == '(') {
			skip_comment(&s);
		} else if (!scan_span(&s, is_of_word, &name)) {
			s.p++;
		} else if (scan_char(&s, '=') && scan_span(&s, is_of_value, &result)) {
			add_pair(pool, name, result, forward);
		}
	}
}
