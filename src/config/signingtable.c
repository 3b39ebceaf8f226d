/*
 * In a `file:` there is one row a key, found by hashing in the six places that OpenDKIM
 * looks. In a `refile:` the patterns are tried in order, over "user@host" in lower case.
 */
#include "base/base.h"
#include "config/signingtable.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/str.h"
#include "config/patterns.h"
#include "mail/domain.h"

/* Rows whose patterns are tried one after the other: past so many of them, none is looked
 * for that another hides, which takes a try of each for each. */
#define HIDDEN_MAX 2000

struct signingtable {
	struct pool *pool;
	struct map *exact;         /* of file: and csl:; of refile: the first of each */
	struct patterns *patterns; /* of refile: */
	struct live_table *live;   /* which is asked instead; or NULL */
	struct signing_params params; /* of its rows */
};

/* Lower case; a host in UTF-8 in the spelling that addresses have here. */
static struct slice
pattern_spelling(struct pool *pool, struct slice pattern)
{
	char *text = pool_copy(pool, pattern);
	size_t host = (size_t)(slice_rfind(pattern, '@') + 1);
	const char *domain;
	bool is_8bit = false;

	for (size_t i = 0; i < pattern.n; i++) {
		text[i] = ascii_lower(text[i]);
		is_8bit |= i >= host && ascii_is_8bit(text[i]);
	}
	if (!is_8bit)
		return slice_make(text, pattern.n);
	while (host < pattern.n && (text[host] == '.' || text[host] == '*'))
		host++;
	if (domain_parse(pool, slice_make(text + host, pattern.n - host), &domain) !=
		NULL)
		return slice_make(text, pattern.n);
	return slice_of(pool_printf(pool, "%.*s%s", (int)host, text, domain));
}

/* The plain domain at the end of a pattern; NULL: none. */
static const char *
pattern_domain(struct pool *pool, struct slice pattern)
{
	struct slice host = slice_from(pattern, (size_t)(slice_rfind(pattern, '@') + 1));
	const char *domain;

	while (slice_starts(host, ".") || slice_starts(host, "*"))
		host = slice_from(host, 1);
	if (slice_find(host, '*') >= 0 || slice_find(host, '.') < 0 ||
		domain_parse(pool, host, &domain) != NULL)
		return NULL;
	return domain;
}

/* What is allowed and seldom meant. */
static void
signing_review(struct pool *pool, const struct signing_row *row,
	const struct key_row *key, enum table_kind kind, struct problems *problems)
{
	const char *domain = pattern_domain(pool, row->pattern);
	struct slice local, host;
	bool star = slice_find(row->pattern, '*') >= 0;

	slice_cut(row->pattern, '@', &local, &host);
	if (kind != TABLE_REFILE && star && !slice_is(row->pattern, "*") &&
		!slice_is(host, "*"))
		problems_note_row(problems, row->at,
			"'%.*s' matches nobody: only in a refile: is '*' a wildcard "
			"inside a pattern; write refile: in SigningTable, or the domain "
			"alone",
			SLICE_ARG(row->pattern));
	if (key == NULL || strcmp(key->domain, "%") == 0)
		return;
	if (slice_is(row->pattern, "*") || slice_is(row->pattern, "*@*"))
		problems_note_row(problems, row->at,
			"'%.*s' signs for every author with d=%s: DMARC counts that for "
			"authors of %s alone",
			SLICE_ARG(row->pattern), key->domain, key->domain);
	else if (domain != NULL && !domain_is_within(domain, key->domain) &&
		 !domain_is_within(key->domain, domain))
		problems_note_row(problems, row->at,
			"'%.*s' is signed with d=%s: DMARC does not count that for "
			"authors of %s",
			SLICE_ARG(row->pattern), key->domain, domain);
}

/* i= has to lie within d= (RFC 6376 3.5). NULL: it does, or only a message will tell. */
static const struct reason *
signer_check(struct pool *pool, const struct signing_row *row, const struct key_row *key)
{
	struct slice signer = slice_of(row->signer);
	const char *domain, *bad;

	if (signer.n == 0 || slice_find(signer, '%') >= 0)
		return NULL;
	signer = slice_from(signer, (size_t)(slice_rfind(signer, '@') + 1));
	if ((bad = domain_parse(pool, signer, &domain)) != NULL)
		return reason_make(pool, "the signer '%s' has no usable domain: %p",
			row->signer, reason_of(pool, bad));
	if (key != NULL && strcmp(key->domain, "%") != 0 &&
		!domain_is_within(domain, key->domain))
		return reason_make(pool,
			"the signer '%s' does not lie within d=%s, so i= cannot name it: "
			"write an address of %s, or leave it out",
			row->signer, key->domain, key->domain);
	return NULL;
}

/* A row that cannot be used. NULL: it stands for everybody, and the load stops. */
static struct signing_row *
signing_mend(struct pool *pool, struct signing_row *row, const struct reason *bad,
	struct problems *problems)
{
	if (pattern_domain(pool, row->pattern) == NULL) {
		problems_error(problems, row->at, "%p", bad);
		return NULL;
	}
	row->bad = reason_copy(pool, problems_row(problems, row->at, bad, ROW_PUT_OFF));
	return row;
}

/* Which key the row named before. */
static bool
signing_old(struct pool *pool, struct signing_row *row, const struct signingtable *old,
	struct problems *problems)
{
	const struct signing_row *before =
		old != NULL ? map_get(old->exact, row->pattern) : NULL;

	if (before == NULL || before->bad != NULL)
		return false;
	problems_row(problems, row->at,
		reason_make(pool, "'%.*s' is followed by no name of a key",
			SLICE_ARG(row->pattern)),
		N_("or the next restart the row stays as it was before"));
	row->key_name = pool_strdup(pool, before->key_name);
	row->signer = before->signer != NULL ? pool_strdup(pool, before->signer) : NULL;
	return true;
}

static struct signing_row *
signing_row_parse(struct pool *pool, const struct table_row *line,
	const struct signing_params *params, enum table_kind kind,
	struct problems *problems)
{
	struct signing_row *row = pool_alloc(pool, sizeof(*row));
	struct slice name, signer;
	struct asker asker = { .pool = pool };
	const struct key_row *key;
	enum found found;
	const struct reason *bad;

	row->pattern = pattern_spelling(pool, line->key);
	row->at = line->at;
	row->where = place_short(pool, line->at);
	if (slice_cut(line->value, ':', &name, &signer) && slice_trim(signer).n > 0)
		row->signer = pool_copy(pool, slice_trim(signer));
	row->key_name = pool_copy(pool, slice_trim(name));
	if (row->key_name[0] == '\0' &&
		!signing_old(pool, row, params->old, problems))
		return signing_mend(pool, row,
			reason_make(pool,
				"'%.*s' is followed by no name of a key: write PATTERN "
				"NAME, with a NAME of the key table",
				SLICE_ARG(line->key)),
			problems);
	/* What a live table of keys says is asked when a message needs it. */
	if (keytable_is_live(params->keys))
		return row;
	found = keytable_name(params->keys, &asker, slice_of(row->key_name), &key);
	if (found == ROW_ABSENT && strcmp(row->key_name, "%") != 0)
		return signing_mend(pool, row,
			reason_make(pool,
				"no row of the key table has the NAME '%s': add one, or "
				"correct the name",
				row->key_name),
			problems);
	if (found == ROW_FOUND && key->selector == NULL)
		return signing_mend(pool, row,
			reason_make(pool,
				"the row '%s' (%s) holds no key: name one that does",
				row->key_name, key->where),
			problems);
	/* Of a row out of service, what it would sign with is not known. */
	if (found == ROW_UNAVAILABLE)
		return row;
	if ((bad = signer_check(pool, row, key)) != NULL)
		problems_note_row(problems, line->at, "%p", bad);
	signing_review(pool, row, key, kind, problems);
	return row;
}

static void
signing_shadowed(struct problems *problems, const struct signing_row *row,
	const struct signing_row *first)
{
	problems_note_row(problems, row->at,
		"'%.*s' stands at %s already: of this table the first row alone is used; "
		"for several signatures write refile: and MultipleSignatures yes",
		SLICE_ARG(row->pattern), first->where);
}

/* A row of a refile: that an earlier one always takes the mail from: its pattern matches
 * ours with the stars taken as letters. */
static void
signing_hidden(const struct signingtable *table, const struct signing_row *row,
	struct problems *problems)
{
	const struct signing_row *first;
	size_t from = 0;

	first = patterns_next(table->patterns, row->pattern, &from);
	if (first != NULL)
		problems_note_row(problems, row->at,
			"'%.*s' is never reached: '%.*s' (%s) matches before it; move "
			"this row up, or set MultipleSignatures yes if both shall sign",
			SLICE_ARG(row->pattern), SLICE_ARG(first->pattern), first->where);
}

const struct signingtable *
signingtable_new(struct pool *pool, const struct table *lines,
	const struct signing_params *params, struct problems *problems)
{
	struct signingtable *table = pool_alloc(pool, sizeof(*table));

	table->pool = pool;
	table->exact = map_new(pool);
	table->live = lines->live;
	table->params = *params;
	if (lines->kind == TABLE_REFILE)
		table->patterns = patterns_new(pool);
	for (size_t i = 0; i < lines->rows.n; i++) {
		struct signing_row *row = signing_row_parse(
			pool, &lines->rows.v[i], params, lines->kind, problems);
		const struct signing_row *first;

		if (row == NULL)
			continue;
		first = map_get(table->exact, row->pattern);
		if (table->patterns != NULL) {
			if (!params->all && patterns_slow(table->patterns) < HIDDEN_MAX)
				signing_hidden(table, row, problems);
			patterns_add(table->patterns, row->pattern, row);
		} else if (first != NULL)
			signing_shadowed(problems, row, first);
		if (first == NULL)
			map_put(table->exact, row->pattern, row);
	}
	return table;
}

/* An address being looked up, in lower case. */
struct search {
	const struct signingtable *table;
	struct pool *pool;
	struct slice user;
	const char *host;
	bool all;
	struct asker *asker;
	struct signing_rows *found;
	bool failed; /* the table has no answer */
};

/* The row of one form in a live table. One for everybody that cannot be used makes it a
 * table that cannot, as it does at a start. */
static const struct signing_row *
ask_form(struct search *s, struct slice form)
{
	struct live_table *live = s->table->live;
	struct table_question question = { TABLE_NAME, form };
	struct signing_params params = s->table->params;
	struct table_rows rows;
	struct problems problems;
	const struct signing_row *row;
	enum found found = table_ask(live, s->asker, &question, &rows);

	s->failed = found == ROW_UNAVAILABLE;
	if (found != ROW_FOUND)
		return NULL;
	problems_init(&problems, s->pool);
	params.old = NULL;
	row = signing_row_parse(s->pool, &rows.v[0], &params, TABLE_FILE, &problems);
	if (row == NULL) {
		table_unusable(live, s->asker, problems.all.v[0].why);
		s->failed = true;
	}
	return row;
}

/* Looks one form up. True: no other form is wanted. */
static bool
search_form(struct search *s, const char *text)
{
	struct slice form = slice_of(text);
	const struct signing_row *row = s->table->live != NULL
	                                        ? ask_form(s, form)
	                                        : map_get(s->table->exact, form);

	if (row != NULL)
		*vec_add(s->pool, s->found) = row;
	return s->failed || (row != NULL && !s->all);
}

/* The host's ".parent" forms, from the nearest up, with or without the user before. */
static bool
search_parents(struct search *s, bool with_user)
{
	for (const char *dot = strchr(s->host, '.'); dot != NULL;
		dot = strchr(dot + 1, '.')) {
		const char *form = with_user ? pool_printf(s->pool, "%.*s@%s",
						       SLICE_ARG(s->user), dot)
		                             : dot;

		if (search_form(s, form))
			return true;
	}
	return false;
}

/* OpenDKIM's order: user@host, host, user@.parent, .parent, user@*, *. */
static void
search_exact(struct search *s)
{
	struct slice user = s->user;

	if (search_form(s, pool_printf(s->pool, "%.*s@%s", SLICE_ARG(user), s->host)))
		return;
	if (search_form(s, s->host) || search_parents(s, true) ||
		search_parents(s, false))
		return;
	if (search_form(s, pool_printf(s->pool, "%.*s@*", SLICE_ARG(user))))
		return;
	search_form(s, "*");
}

static void
search_patterns(struct search *s)
{
	const char *address =
		pool_printf(s->pool, "%.*s@%s", SLICE_ARG(s->user), s->host);
	const struct signing_row *row;
	size_t from = 0;

	while ((row = patterns_next(s->table->patterns, slice_of(address), &from)) !=
		NULL) {
		*vec_add(s->pool, s->found) = row;
		if (!s->all)
			return;
	}
}

enum found
signingtable_find(const struct signingtable *table, struct asker *asker,
	const struct address *author, bool all, struct signing_rows *found)
{
	struct search s = { table, asker->pool, pool_lower(asker->pool, author->local),
		author->domain, all, asker, found, false };

	*found = (struct signing_rows)VEC_INIT;
	if (author->domain == NULL)
		return ROW_ABSENT;
	if (table->patterns != NULL)
		search_patterns(&s);
	else
		search_exact(&s);
	if (s.failed)
		*found = (struct signing_rows)VEC_INIT;
	return s.failed ? ROW_UNAVAILABLE : found->n > 0 ? ROW_FOUND : ROW_ABSENT;
}
