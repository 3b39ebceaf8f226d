/*
 * The reply is found first (quote); all that follows is asked of its words. What stands
 * around it is asked only who answered, who sent, and to whom: a word of the wrapping
 * never makes a cause. The receiver is told by what only its own replies have, else by
 * the host that answered, else by names in the reply, else by the recipient.
 */
#include "base/base.h"
#include "tool/explain/bounce.h"

#include "base/ascii.h"
#include "base/ip.h"
#include "base/scan.h"
#include "base/str.h"
#include "mail/domain.h"
#include "tool/explain/bounce_catalogue.h"
#include "tool/explain/quote.h"

#define REPLIES_LIMIT 20
#define RECIPIENT_LIMIT 400
#define NOTICE_LIMIT 4000
#define AROUND_LIMIT 20000 /* in which the host that answered is looked for */
#define PHRASE 3           /* words, where a number cannot be asked */

static bool
is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* The receiver of which one of these words is a sign of this kind: at a place from
 * `from` on, the first such. */
static const struct bounce_receiver *
find_sign(const struct bounce_replies *replies, struct slice low)
{
	const struct bounce_receiver *found = NULL;
	ptrdiff_t first = PTRDIFF_MAX;

	for (size_t i = 0; i < replies->receivers.n; i++) {
		const struct bounce_receiver *r = &replies->receivers.v[i];

		for (size_t k = 0; k < r->signs.n; k++) {
			const char *sign = r->signs.v[k];
			ptrdiff_t at = sign[0] != '@' && sign[0] != '?'
			                       ? slice_search(low, sign)
			                       : -1;

			if (at < 0 || at >= first)
				continue;
			if (at > 0 && ascii_is_alnum(low.p[at - 1]) &&
				ascii_is_alnum(sign[0]))
				continue;
			first = at;
			found = r;
		}
	}
	return found;
}

/* Whose host, or whose domain of mail addresses, this name is. */
static const struct bounce_receiver *
owner_of(const struct bounce_replies *replies, struct slice name)
{
	while (slice_ends(name, "."))
		name.n--;
	for (size_t i = 0; i < replies->receivers.n; i++) {
		const struct bounce_receiver *r = &replies->receivers.v[i];

		for (size_t k = 0; k < r->signs.n; k++) {
			struct slice sign = slice_of(r->signs.v[k]);
			struct slice domain = slice_from(sign, 1);

			if (sign.p[0] != '@' || domain.n > name.n)
				continue;
			if (slice_eq(slice_from(name, name.n - domain.n), domain) &&
				(name.n == domain.n ||
					name.p[name.n - domain.n - 1] == '.'))
				return r;
		}
	}
	return NULL;
}

/* The host that answered: its name stands nearest before the reply, or in a field of the
 * delivery status. Empty: none is named. */
static struct slice
answering_host(struct slice low, size_t from)
{
	static const char *const words[] = { "talking to ", "relay=", " host ", "(host ",
		"connected to ", " h=", "\n" };
	struct slice found = SLICE_EMPTY, name;
	ptrdiff_t at = slice_search(low, "\nremote-mta: dns;");

	if (at >= 0) {
		struct scan s = scan_of(slice_from(low, (size_t)at + 17));

		scan_char(&s, ' ');
		if (scan_span(&s, is_name_char, &name) && slice_find(name, '.') > 0)
			return name;
	}
	for (size_t i = from > AROUND_LIMIT ? from - AROUND_LIMIT : 0;
		i < from && i < low.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(words); k++) {
			struct scan s = scan_of(slice_sub(low, i, from - i));

			if (!scan_text(&s, words[k]))
				continue;
			if (scan_span(&s, is_name_char, &name) &&
				slice_find(name, '.') > 0 &&
				(scan_peek(&s) == '[' || words[k][0] != '\n'))
				found = name;
		}
	return found;
}

/* Does the name of a receiver stand here, by itself? */
static bool
is_named(const struct bounce_receiver *r, struct slice token)
{
	for (size_t i = 0; i < r->signs.n; i++)
		if (r->signs.v[i][0] == '?' && slice_is(token, r->signs.v[i] + 1))
			return true;
	return false;
}

/* The receiver whose host or name stands first among the words of the text. but: a domain
 * that says nothing, the sender's. */
static const struct bounce_receiver *
find_name(const struct bounce_replies *replies, struct slice low, const char *but)
{
	struct scan s = scan_of(low);

	while (!scan_is_end(&s)) {
		const struct bounce_receiver *r;
		struct slice token;

		if (!scan_span(&s, is_name_char, &token)) {
			s.p++;
			continue;
		}
		while (slice_ends(token, "."))
			token.n--;
		if ((token.p > low.p && token.p[-1] == '@') || scan_peek(&s) == '@' ||
			(but != NULL && slice_is(token, but)))
			continue;
		if ((r = owner_of(replies, token)) != NULL)
			return r;
		for (size_t i = 0; i < replies->receivers.n; i++)
			if (is_named(&replies->receivers.v[i], token))
				return &replies->receivers.v[i];
	}
	return NULL;
}

/* The owner of the first mail address in the reply: of the recipient, mostly. */
static const struct bounce_receiver *
find_mailbox(const struct bounce_replies *replies, struct slice reply, const char *but)
{
	ptrdiff_t at = slice_find(reply, '@');
	struct scan s = scan_of(slice_from(reply, (size_t)MAX(at, 0) + 1));
	struct slice name;

	if (at < 0 || slice_search(reply, "sender") >= 0 ||
		!scan_span(&s, is_name_char, &name) ||
		(but != NULL && slice_is(name, but)))
		return NULL;
	return owner_of(replies, name);
}

/* Who answered; the reply begins at `from`. */
static void
read_receiver(const struct bounce_replies *replies, struct slice low, struct slice reply,
	size_t from, struct bounce *bounce)
{
	const struct bounce_receiver *r = find_sign(replies, reply);
	struct slice host = answering_host(low, from);

	if (r == NULL && host.n > 0)
		r = owner_of(replies, host);
	if (r == NULL)
		r = find_name(replies, reply, bounce->domain);
	if (r == NULL && host.n == 0 && bounce->recipient != NULL)
		r = owner_of(replies, slice_of(bounce->recipient));
	if (r == NULL && host.n == 0)
		r = find_mailbox(replies, reply, bounce->domain);
	if (r == NULL && host.n == 0)
		r = find_name(replies, slice_sub(low, 0, from), bounce->domain);
	if (r == NULL && host.n == 0)
		r = find_name(replies, low, bounce->domain);
	bounce->receiver = r != NULL ? r->id : NULL;
	bounce->receiver_name = r != NULL ? r->name : NULL;
}

/* The domain behind the first of these words that has one. */
static const char *
find_domain(struct pool *pool, struct slice low, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct slice rest = low;
		ptrdiff_t at;

		while ((at = slice_search(rest, words[i])) >= 0) {
			const char *domain;

			rest = slice_from(rest, (size_t)at + strlen(words[i]));
			domain = bounce_domain_here(pool, rest);
			if (domain != NULL)
				return domain;
		}
	}
	return NULL;
}

/* Does the text up to here hold a host's name and nothing else: "mx.example.net "? */
static bool
is_host_alone(struct slice text)
{
	text = slice_trim(text);
	return slice_find(text, '.') > 0 && slice_find(text, ' ') < 0;
}

/* The first public address of the text; a host that names itself at the beginning of its
 * reply, "mx.example.net [192.0.2.1]", is not the sender. */
static struct ip
first_address(struct slice reply)
{
	struct scan s = scan_of(reply);

	while (!scan_is_end(&s)) {
		const char *from = s.p;
		bool is_inside =
			from > reply.p && (ascii_is_alnum(from[-1]) || from[-1] == '-');
		bool is_bracket = from > reply.p && from[-1] == '[';
		struct slice token;
		struct ip ip;

		scan_text(&s, "ipv6:");
		if (!scan_span(&s, ip_may_have, &token)) {
			s.p += !scan_is_end(&s);
			continue;
		}
		while (slice_ends(token, ".") ||
			(slice_ends(token, ":") && !slice_ends(token, "::")))
			token.n--;
		if (is_inside || ip_parse(token, &ip) != NULL || !ip_is_public(&ip) ||
			(is_bracket && is_host_alone(slice_sub(
					       reply, 0, (size_t)(from - reply.p) - 1))))
			continue;
		return ip;
	}
	return IP_NONE;
}

/* The address of the client in the line in which a log tells of our own refusal. */
static struct ip
client_address(struct slice low, size_t from)
{
	static const char *const words[] = { "rcpt from ", "mail from ", "connect from ",
		"client=", "reject: header ", "data from " };
	size_t begin = MIN(from, low.n);

	while (begin > 0 && low.p[begin - 1] != '\n')
		begin--;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct slice line = slice_sub(low, begin, from - begin);
		ptrdiff_t at = slice_search(line, words[i]);
		ptrdiff_t open;

		if (at < 0)
			continue;
		line = slice_from(line, (size_t)at);
		open = slice_find(line, '[');
		if (open > 0)
			return first_address(slice_from(line, (size_t)open + 1));
	}
	return IP_NONE;
}

static bool
begins_with_any(struct slice text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_starts(text, words[i]))
			return true;
	return false;
}

/* What the reply says of a check: "spf= fail", "dkim = did not pass". */
static enum bounce_said
said_of(struct slice reply, const char *method)
{
	static const char *const good[] = { "pass" };
	static const char *const bad[] = { "fail", "none", "did not pass",
		"does not pass", "softfail", "neutral", "permerror", "temperror",
		"not pass" };
	enum bounce_said said = SAID_NOTHING;
	size_t at = 0;
	ptrdiff_t place;

	while ((place = slice_search(slice_from(reply, at), method)) >= 0) {
		struct slice rest;
		ptrdiff_t sign;

		at += (size_t)place + strlen(method);
		if (at > strlen(method) &&
			ascii_is_alnum(reply.p[at - strlen(method) - 1]))
			continue;
		rest = slice_sub(reply, at, 90);
		sign = slice_find(rest, '=');
		if (sign < 0)
			continue;
		/* "spf [example.jp] with ip: [192.0.2.1] = did not pass" */
		if (slice_trim(slice_sub(rest, 0, (size_t)sign)).n > 0 &&
			slice_search(slice_sub(rest, 0, (size_t)sign), " ip") < 0)
			continue;
		rest = slice_trim(slice_from(rest, (size_t)sign + 1));
		if (begins_with_any(rest, good, ARRAY_LEN(good)))
			said = SAID_PASS;
		else if (begins_with_any(rest, bad, ARRAY_LEN(bad)))
			return SAID_FAIL;
	}
	return said;
}

static void
read_subjects(struct pool *pool, const struct bounce_replies *replies, struct slice low,
	const struct bounce_query *query, size_t from, struct bounce *bounce)
{
	static const char *const of_text[] = { "\nx-postfix-sender: rfc822;", " from=<",
		"x-postfix-sender: rfc822;", "mail from:<", " f=<", "return-path: <",
		"header.from=", "smtp.mailfrom=" };
	static const char *const of_recipient[] = { " to=<", "final-recipient: rfc822;",
		"rcpt to:<", "> to: <", "\n<" };

	bounce_reply_subjects(pool, replies, query, &bounce->domain, &bounce->ip);
	if (bounce->domain == NULL)
		bounce->domain = find_domain(pool, low, of_text, ARRAY_LEN(of_text));
	bounce->recipient = find_domain(pool, low, of_recipient, ARRAY_LEN(of_recipient));
	if (bounce->ip.bits == 0)
		bounce->ip = first_address(query->reply);
	if (bounce->ip.bits == 0)
		bounce->ip = client_address(low, from);
	bounce->spf = said_of(query->reply, "spf");
	bounce->dkim = said_of(query->reply, "dkim");
	bounce->dmarc = said_of(query->reply, "dmarc");
}

static bool
is_transient(const struct bounce *bounce)
{
	const char *code = bounce->code != NULL ? bounce->code : bounce->status;

	return code != NULL && code[0] == '4';
}

/* Where the reply names which of several demands was not met, that one is the cause. */
static const struct bounce_cause *
exact_cause(const struct bounce *b, const struct bounce_cause *cause)
{
	bool spf = b->spf == SAID_FAIL, dkim = b->dkim == SAID_FAIL,
	     dmarc = b->dmarc == SAID_FAIL;

	if (cause != bounce_cause_named("authentication-level") ||
		spf + dkim + dmarc == 0)
		return cause;
	if (spf && !dkim)
		return bounce_cause_named("spf-required");
	if (dkim && !spf)
		return bounce_cause_named("dkim-required");
	return dmarc && !spf ? bounce_cause_named("not-aligned") : cause;
}

/* The words before and behind the code. */
static struct slice
whole_reply(struct pool *pool, const struct quote *quote)
{
	return slice_of(pool_printf(
		pool, "%.*s %.*s", SLICE_ARG(quote->before), SLICE_ARG(quote->reply)));
}

/* Asks the catalogue; the words before the code are asked where those behind it say
 * nothing by themselves. */
static void
find_cause(struct pool *pool, const struct bounce_replies *replies,
	const struct quote *quote, struct bounce_query *query, struct bounce *bounce)
{
	const struct bounce_reply *row = bounce_reply_find(replies, query);

	if (quote->before.n > 0 && (row == NULL || row->words.n == 0)) {
		struct slice whole = whole_reply(pool, quote);
		struct bounce_query again = *query;
		const struct bounce_reply *better;

		again.reply = pool_lower(pool, whole);
		again.phrase = PHRASE;
		better = bounce_reply_find(replies, &again);
		if (better != NULL) {
			row = better;
			query->reply = again.reply;
			bounce->reply = pool_copy(pool, slice_trim(whole));
		}
	}
	bounce->cause = row != NULL ? row->cause : NULL;
}

void
bounce_read(struct pool *pool, const struct bounce_replies *replies, struct slice text,
	struct bounce *bounce)
{
	struct slice lines = quote_lines(pool, text);
	struct slice low = pool_lower(pool, lines);
	struct bounce_query query = { .reply = SLICE_EMPTY };
	struct quote quote;

	*bounce = (struct bounce){ .ip = IP_NONE };
	if (!quote_find(pool, lines, &quote)) {
		read_subjects(pool, replies, low, &query, 0, bounce);
		return;
	}
	bounce->code = quote.code;
	bounce->status = quote.status;
	bounce->reply = pool_copy(pool, quote.reply);
	query.reply = pool_lower(pool, quote.reply);
	query.code = quote.code;
	query.status = quote.status;
	read_subjects(pool, replies, low, &query, quote.from, bounce);
	read_receiver(replies, low, query.reply, quote.from, bounce);
	query.receiver = bounce->receiver;
	find_cause(pool, replies, &quote, &query, bounce);
	/* The words before the code may have told more. */
	read_subjects(pool, replies, low, &query, quote.from, bounce);
	if (bounce->cause != NULL)
		bounce->cause = exact_cause(bounce, bounce->cause);
	/* RFC 5321 4.2.1: whatever it is, it is not for good. */
	else if (is_transient(bounce))
		bounce->cause = bounce_cause_named("temporary");
}

void
bounce_read_notice(struct pool *pool, const struct bounce_replies *replies,
	struct slice text, struct bounce *bounce)
{
	struct slice lines = quote_lines(pool, slice_sub(text, 0, NOTICE_LIMIT));
	struct bounce_query query = { .reply = pool_lower(pool, lines),
		.phrase = PHRASE - 1 };
	const struct bounce_reply *row = bounce_reply_find(replies, &query);

	bounce->cause = row != NULL ? row->cause : NULL;
}

/* Is there a reply already that means the same? */
static bool
is_known(const struct bounces *known, const struct bounce *first, const struct bounce *b)
{
	if (b->cause == first->cause)
		return true;
	for (size_t i = 0; i < known->n; i++)
		if (known->v[i].cause == b->cause)
			return true;
	return false;
}

/* Where the words about a recipient begin, of which the reply stands at the end. */
static size_t
recipient_before(struct slice low, size_t reply)
{
	static const char *const begins[] = { " to=<", " host ", "(host ",
		"\nfinal-recipient:" };
	size_t from = reply > RECIPIENT_LIMIT ? reply - RECIPIENT_LIMIT : 0;
	size_t best = from;

	for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
		size_t at = from;
		ptrdiff_t next;

		while ((next = slice_search(slice_sub(low, at, reply - at), begins[i])) >=
			0) {
			at += (size_t)next + 1;
			best = MAX(best, at);
		}
	}
	return best;
}

/* Where the next reply of any wrapping begins, from `at` on; *after: behind that. */
static ptrdiff_t
next_reply(struct slice low, size_t at, size_t *after)
{
	static const char *const begins[] = { "diagnostic-code:", " said: ",
		" status=bounced (", " status=deferred (", " stat=" };
	ptrdiff_t first = -1;

	for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
		ptrdiff_t next = slice_search(slice_from(low, at), begins[i]);

		if (next < 0 || (first >= 0 && next >= first))
			continue;
		first = next;
		*after = at + (size_t)next + strlen(begins[i]);
	}
	return first < 0 ? first : (ptrdiff_t)at + first;
}

void
bounce_read_others(struct pool *pool, const struct bounce_replies *replies,
	struct slice text, const struct bounce *first, struct bounces *others)
{
	struct slice lines = quote_lines(pool, text);
	struct slice low = pool_lower(pool, lines);
	size_t at = 0;
	ptrdiff_t place = next_reply(low, 0, &at);

	for (int i = 0; place >= 0 && i < REPLIES_LIMIT; i++) {
		size_t from = recipient_before(low, (size_t)place), end = low.n;
		struct bounce b;

		place = next_reply(low, at, &at);
		if (place >= 0)
			end = MAX(from, recipient_before(low, (size_t)place));
		bounce_read(pool, replies, slice_sub(lines, from, end - from), &b);
		if (b.cause != NULL && !is_known(others, first, &b))
			*vec_add(pool, others) = b;
	}
}
