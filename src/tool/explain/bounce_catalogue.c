/*
 * The replies are matched from the top, so the more particular one stands first; one that
 * has a receiver or a status is tried only where these agree. The words are what
 * receivers have kept through several versions of their texts.
 */
#include "base/base.h"
#include "tool/explain/bounce_catalogue.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "mail/domain.h"
#include "tool/tool.h"

/* What a word has found in the reply. */
struct found {
	bool is_wanted; /* and it has to be a domain, or an address */
	struct slice domain, ip;
	int phrase; /* the words of the longest phrase that was found */
};

static bool
is_known_receiver(const struct bounce_replies *replies, const char *id)
{
	for (size_t i = 0; i < replies->receivers.n; i++)
		if (strcmp(replies->receivers.v[i].id, id) == 0)
			return true;
	return false;
}

/* NULL, or why these fields from the i-th on are no words. */
static const char *
read_words(struct pool *pool, const struct file_row *row, size_t i, struct words *words)
{
	for (; i < row->fields.n; i++) {
		const char *word = row->fields.v[i];

		if (slice_trim(slice_of(word + (*word == '!' || *word == '='))).n == 0)
			return _("an empty word: every reply would fit");
		word = pool_copy(pool, pool_lower(pool, slice_of(word)));
		if (*word == '|' && words->n > 0)
			words->v[words->n - 1] =
				pool_printf(pool, "%s%s", words->v[words->n - 1], word);
		else
			*vec_add(pool, words) = word;
	}
	return NULL;
}

/* "7.26", "5xx", "552" */
static bool
is_condition(struct slice text)
{
	struct scan s = scan_of(text);
	uint64_t n;

	if (slice_ends(text, "xx"))
		return text.n == 3 && ascii_is_digit(text.p[0]);
	if (!scan_number(&s, &n))
		return false;
	if (scan_is_end(&s))
		return text.n == 3;
	return scan_char(&s, '.') && scan_number(&s, &n) && scan_is_end(&s);
}

static bool
is_status_field(const char *field)
{
	struct slice rest = slice_of(field), one;

	while (slice_next(&rest, ',', &one))
		if (!is_condition(one))
			return false;
	return field[0] != '\0';
}

/* Are there words that a reply has, and not those alone that it has not? */
static bool
has_wanted(const struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (words->v[i][0] != '!')
			return true;
	return false;
}

/* NULL, or why the row is no reply. "*" is any. */
static const char *
read_row(struct pool *pool, const struct bounce_replies *replies,
	const struct file_row *row, struct bounce_reply *reply)
{
	const char *const *f = row->fields.v;
	bool is_place = strcmp(f[0], "where") == 0;
	const char *bad;

	if (row->fields.n < 3)
		return _("a reply has a cause, a receiver, a status, and words");
	*reply = (struct bounce_reply){ .receiver = file_row_cell(row, 1),
		.status = file_row_cell(row, 2),
		.cause = is_place ? NULL : bounce_cause_named(f[0]),
		.line = row->line };
	if (!is_place && reply->cause == NULL)
		return pool_printf(pool, _("there is no cause '%s'"), f[0]);
	if (reply->receiver != NULL && !is_known_receiver(replies, f[1]))
		return pool_printf(pool, _("there is no receiver '%s'"), f[1]);
	if (reply->status != NULL && !is_status_field(f[2]))
		return pool_printf(pool,
			_("'%s' is no status: write 7.26 (without its class), 5xx, 552, "
			  "or several of these with commas"),
			f[2]);
	bad = read_words(pool, row, 3, &reply->words);
	if (bad == NULL && (reply->status == NULL || is_place) &&
		!has_wanted(&reply->words))
		return _("neither a status nor words: every reply would fit");
	return bad;
}

/* "receiver ID NAME SIGN..."; NULL, or why the row is none. */
static const char *
read_receiver(
	struct pool *pool, const struct file_row *row, struct bounce_receiver *receiver)
{
	if (row->fields.n < 4)
		return _("a receiver has a word, a name, and signs");
	*receiver = (struct bounce_receiver){ .id = row->fields.v[1],
		.name = row->fields.v[2] };
	return read_words(pool, row, 3, &receiver->signs);
}

static bool
is_receiver(const struct file_row *row)
{
	return strcmp(row->fields.v[0], "receiver") == 0;
}

void
bounce_replies_add(struct bounce_replies *replies, struct table_file *table)
{
	struct pool *pool = table->pool;
	const char *bad;

	for (size_t i = 0; i < table->rows.n; i++) {
		struct bounce_receiver receiver;

		if (!is_receiver(&table->rows.v[i]))
			continue;
		if ((bad = read_receiver(pool, &table->rows.v[i], &receiver)) != NULL)
			table_file_complain(table, &table->rows.v[i], bad);
		else
			*vec_add(pool, &replies->receivers) = receiver;
	}
	for (size_t i = 0; i < table->rows.n; i++) {
		struct bounce_reply reply;

		if (is_receiver(&table->rows.v[i]))
			continue;
		bad = read_row(pool, replies, &table->rows.v[i], &reply);
		if (bad != NULL)
			table_file_complain(table, &table->rows.v[i], bad);
		else if (reply.cause == NULL)
			*vec_add(pool, &replies->places) = reply;
		else
			*vec_add(pool, replies) = reply;
	}
}

const struct bounce_replies *
bounce_replies_read(struct pool *pool)
{
	struct bounce_replies *replies = pool_alloc(pool, sizeof(*replies));
	struct table_file table;

	table_file_read(pool, "replies", &table);
	bounce_replies_add(replies, &table);
	table_file_report(&table);
	return replies;
}

static bool
is_bracket(char c)
{
	return c == '[' || c == '<' || c == '(' || c == '\'' || c == '"' || c == ']' ||
	       c == '>' || c == ')';
}

static bool
is_of_token(char c)
{
	return !ascii_is_space(c) && !is_bracket(c) && c != ';' && c != ',';
}

/* Could this be a domain, or an address? */
static bool
is_subject(struct slice token, char what)
{
	struct ip ip;

	while (token.n > 0 && (slice_ends(token, ".") || slice_ends(token, ":")))
		token.n--;
	if (what == 'd')
		return slice_find(token, '.') > 0;
	if (token.n > 5 && slice_caseeq(slice_sub(token, 0, 5), SLICE_LIT("ipv6:")))
		token = slice_from(token, 5);
	return ip_parse(token, &ip) == NULL;
}

/* The pattern from here on: text, and "%d" or "%i" in between. */
static bool
matches_here(struct slice text, const char *pattern, struct found *found)
{
	struct scan s = scan_of(text);

	while (*pattern != '\0') {
		struct slice token;

		if (*pattern != '%') {
			if (!scan_char(&s, *pattern++))
				return false;
			continue;
		}
		while (scan_char(&s, ' ') || (!scan_is_end(&s) && is_bracket(*s.p)))
			if (!scan_is_end(&s) && is_bracket(*s.p))
				s.p++;
		if (!scan_span(&s, is_of_token, &token))
			return false;
		if (pattern[1] == 'd' && slice_find(token, ':') >= 0) {
			s.p -= token.n - (size_t)slice_find(token, ':');
			token.n = (size_t)slice_find(token, ':');
		}
		if ((found->is_wanted || pattern[1] == 'i') &&
			!is_subject(token, pattern[1]))
			return false;
		if (pattern[1] == 'd')
			found->domain = token;
		else
			found->ip = token;
		pattern += pattern[1] != '\0' ? 2 : 1;
		if (*pattern != '\0' && !is_bracket(*pattern))
			while (!scan_is_end(&s) && is_bracket(*s.p))
				s.p++;
	}
	return true;
}

/* Does a word begin, or end, at a byte with this one beside it? */
static bool
is_edge(char beside)
{
	return !ascii_is_alnum(beside) && strchr("@-_/=.%", beside) == NULL;
}

/* Is the pattern anywhere in the text; as a whole word? */
static bool
has_pattern(struct slice text, const char *pattern, struct found *found)
{
	bool is_whole = *pattern == '=' && pattern[1] != '\0';
	size_t n = strlen(pattern += is_whole);

	for (size_t i = 0; i < text.n; i++) {
		struct slice here = slice_from(text, i);

		if (pattern[0] != '%' && text.p[i] != pattern[0])
			continue;
		if (is_whole && ((i > 0 && !is_edge(text.p[i - 1])) ||
					(here.n > n && !is_edge(here.p[n]) &&
						(here.p[n] != '.' || here.n == n + 1 ||
							ascii_is_alnum(here.p[n + 1])))))
			continue;
		if (pattern[0] == '%' && i > 0 && is_of_token(text.p[i - 1]))
			continue;
		if (matches_here(here, pattern, found))
			return true;
	}
	return false;
}

static int
words_of(const char *pattern)
{
	int words = 1;

	for (; *pattern != '\0'; pattern++)
		words += *pattern == ' ';
	return words;
}

/* Does the reply have one of "a|b", or not, for "!a|b"? */
static bool
has_word(struct slice reply, const char *word, struct found *found)
{
	bool is_wanted = *word != '!', is_found = false;
	struct slice rest = slice_of(word + !is_wanted), one;
	char pattern[200];

	while (slice_next(&rest, '|', &one)) {
		if (one.n == 0 || one.n >= sizeof(pattern))
			continue;
		memcpy(pattern, one.p, one.n);
		pattern[one.n] = '\0';
		if (!has_pattern(reply, pattern, found))
			continue;
		if (!is_wanted)
			return false;
		is_found = true;
		found->phrase = MAX(found->phrase, words_of(pattern));
		if (found->is_wanted)
			break;
	}
	return is_found || !is_wanted;
}

/* Do all words of the row stand in the reply? */
static bool
has_words(const struct bounce_reply *row, struct slice reply, struct found *found)
{
	for (size_t i = 0; i < row->words.n; i++)
		if (!has_word(reply, row->words.v[i], found))
			return false;
	return true;
}

/* Does one condition hold: "7.26", "5xx", "552"? */
static bool
is_status(struct slice want, const struct bounce_query *query)
{
	const char *detail = query->status != NULL && strlen(query->status) > 2
	                             ? query->status + 2
	                             : NULL;
	const char *code = query->code != NULL ? query->code : query->status;

	if (slice_find(want, '.') >= 0)
		return detail != NULL && slice_is(want, detail);
	if (slice_ends(want, "xx"))
		return code != NULL && code[0] == want.p[0];
	return query->code != NULL && slice_is(want, query->code);
}

static bool
has_status(const struct bounce_reply *row, const struct bounce_query *query)
{
	struct slice rest = slice_of(row->status), want;

	while (slice_next(&rest, ',', &want))
		if (!is_status(want, query))
			return false;
	return true;
}

/* May the row be asked at all? */
static bool
is_open(const struct bounce_reply *row, const struct bounce_query *query)
{
	if (row->receiver != NULL &&
		(query->receiver == NULL || strcmp(row->receiver, query->receiver) != 0))
		return false;
	return query->phrase > 0 ? row->words.n > 0 : has_status(row, query);
}

const struct bounce_reply *
bounce_reply_find(const struct bounce_replies *replies, const struct bounce_query *query)
{
	for (size_t i = 0; i < replies->n; i++) {
		const struct bounce_reply *row = &replies->v[i];
		struct found found = { .is_wanted = false };
		/* What is said of authentication has to be said at length. */
		int phrase =
			query->phrase + (row->cause->look != 0 && query->phrase == 2);

		if (is_open(row, query) && has_words(row, query->reply, &found) &&
			(query->phrase == 0 || found.phrase >= phrase))
			return row;
	}
	return NULL;
}

static bool
is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || ascii_is_8bit(c);
}

/* The length of what stands before the domain of a mail address, "@" included; 0: it is
 * none. In the address of a page, "@" is "%40". */
static size_t
local_part(struct slice text)
{
	for (size_t i = 0; i < text.n && is_of_token(text.p[i]); i++)
		if (text.p[i] == '@')
			return i + 1;
		else if (slice_starts(slice_from(text, i), "%40"))
			return i + 3;
	return 0;
}

const char *
bounce_domain_here(struct pool *pool, struct slice text)
{
	struct scan s = scan_of(text);
	const char *domain = NULL;
	struct slice name;
	struct ip ip;

	while (!scan_is_end(&s) && (*s.p == ' ' || is_bracket(*s.p)))
		s.p++;
	s.p += local_part(scan_rest(&s));
	if (!scan_span(&s, is_name_char, &name))
		return NULL;
	while (slice_ends(name, "."))
		name.n--;
	if (slice_find(name, '.') < 0 || ip_parse(name, &ip) == NULL ||
		domain_parse(pool, name, &domain) != NULL)
		return NULL;
	return domain_labels(domain) < 2 ? NULL : domain;
}

/* An address that a receiver can have seen; IP_NONE: it is none. */
static struct ip
public_ip(struct slice text)
{
	struct ip ip;

	if (text.n > 5 && slice_caseeq(slice_sub(text, 0, 5), SLICE_LIT("ipv6:")))
		text = slice_from(text, 5);
	while (text.n > 0 && (slice_ends(text, ".") ||
				     (slice_ends(text, ":") && !slice_ends(text, "::"))))
		text.n--;
	return ip_parse(text, &ip) == NULL && ip_is_public(&ip) ? ip : IP_NONE;
}

void
bounce_reply_subjects(struct pool *pool, const struct bounce_replies *replies,
	const struct bounce_query *query, const char **domain, struct ip *ip)
{
	*domain = NULL;
	*ip = IP_NONE;
	for (size_t i = 0; i < replies->places.n; i++) {
		const struct bounce_reply *row = &replies->places.v[i];
		struct found found = { .is_wanted = true };

		if ((*domain != NULL && ip->bits != 0) || !is_open(row, query) ||
			!has_words(row, query->reply, &found))
			continue;
		if (*domain == NULL && found.domain.n > 0)
			*domain = bounce_domain_here(pool, found.domain);
		if (ip->bits == 0 && found.ip.n > 0)
			*ip = public_ip(found.ip);
	}
}
