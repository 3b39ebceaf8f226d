/*
 * A reply reaches people in many wrappings: as Diagnostic-Code of a delivery status,
 * behind "said:" in a log, in the words of a bounce, pasted with line ends anywhere. So
 * nothing of the wrapping is parsed as such. The text becomes one line; the reply begins
 * at the first code that is not a success; every further copy of the code in it is
 * dropped; it ends where a wrapping is known to end it, or after a fixed length. A
 * Diagnostic-Code field is preferred, because it repeats the receiver and nobody else.
 */
#include "base/base.h"
#include "tool/explain/bounce.h"

#include "base/ascii.h"
#include "base/ip.h"
#include "base/scan.h"
#include "base/str.h"
#include "mail/domain.h"
#include "tool/explain/bounce_catalogue.h"

#define REPLY_LIMIT 2000
#define REPLIES_LIMIT 20
#define RECIPIENT_LIMIT 400

static const struct receiver {
	const char *id, *name;
	const char *signs[8]; /* any of these, in lower case */
} receivers[] = {
	{ "gmail", "Gmail",
		{ "gsmtp", "google.com", "gmail requires", "googlemail.com", "gmail.com",
			"psmtp.com" } },
	{ "yahoo", "Yahoo", { "yahoodns.net", "yahoo", "aol.com", "[tss", "[ph01]" } },
	{ "outlook", "Outlook",
		{ "protection.outlook.com", "outlook.com", "hotmail", "(s3150)",
			"microsoft" } },
	{ "icloud", "iCloud",
		{ "icloud.com", "apple.com", "me.com", "[hme1]", "[cs01]" } },
	{ "docomo", "docomo", { "docomo.ne.jp" } },
	{ "kddi", "KDDI (au)", { "au.com", "ezweb.ne.jp", "kddi" } },
	{ "softbank", "SoftBank", { "softbank.ne.jp", "softbank.jp" } },
};

/* All white space as one blank; soft line breaks of quoted-printable are taken out. */
static struct slice
one_line(struct pool *pool, struct slice text)
{
	struct str line = STR_POOL(pool);

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '=' && i + 1 < text.n &&
			(text.p[i + 1] == '\n' || text.p[i + 1] == '\r')) {
			while (i + 1 < text.n &&
				(text.p[i + 1] == '\n' || text.p[i + 1] == '\r'))
				i++;
			continue;
		}
		if (!ascii_is_space(text.p[i]) && text.p[i] != '\0')
			str_addc(&line, text.p[i]);
		else if (line.n > 0 && line.p[line.n - 1] != ' ')
			str_addc(&line, ' ');
	}
	return str_slice(&line);
}

/* "5.7.26": class, subject, detail; up to three digits each. */
static bool
scan_status(struct scan *s, struct slice *status)
{
	struct scan t = *s;
	const char *from = t.p;
	struct slice digits;

	if (!scan_char(&t, '4') && !scan_char(&t, '5'))
		return false;
	for (int i = 0; i < 2; i++)
		if (!scan_char(&t, '.') || !scan_span(&t, ascii_is_digit, &digits) ||
			digits.n > 3)
			return false;
	if (scan_peek(&t) == '.')
		return false;
	*status = scan_since(&t, from);
	*s = t;
	return true;
}

struct codes {
	struct slice code, status;
};

/* "550 ", "550-": a reply code and what follows it. */
static bool
scan_reply_code(struct scan *s, struct slice *code)
{
	struct slice rest = scan_rest(s);

	if (rest.n < 4 || (rest.p[0] != '4' && rest.p[0] != '5') ||
		!ascii_is_digit(rest.p[1]) || !ascii_is_digit(rest.p[2]) ||
		(rest.p[3] != ' ' && rest.p[3] != '-'))
		return false;
	*code = slice_sub(rest, 0, 3);
	s->p += 4;
	return true;
}

/* "5.7.26 ", "#5.7.26": an enhanced status code. */
static bool
scan_enhanced(struct scan *s, struct slice *status)
{
	struct scan t = *s;

	scan_char(&t, '#');
	if (!scan_status(&t, status))
		return false;
	scan_char(&t, ' ');
	*s = t;
	return true;
}

/* A reply code, an enhanced status code, or one after the other; false: neither. */
static bool
scan_codes(struct scan *s, struct codes *codes)
{
	*codes = (struct codes){ SLICE_EMPTY, SLICE_EMPTY };
	if (!scan_reply_code(s, &codes->code))
		return scan_enhanced(s, &codes->status);
	/* RFC 5321 4.2.1: a number whose second digit is 6 to 9 is no reply code. One
	 * with an enhanced code after it is taken all the same. */
	return scan_enhanced(s, &codes->status) || codes->code.p[1] <= '5';
}

/* May a code begin here: not inside a number, an address or a word? */
static bool
at_border(struct slice text, size_t i)
{
	char c = i > 0 ? text.p[i - 1] : ' ';

	return !ascii_is_alnum(c) && c != '.' && c != '-' && c != '=' && c != '_' &&
	       c != '@';
}

/* The next codes from offset i on. */
static bool
find_codes(struct slice text, size_t *i, struct codes *codes, size_t *after)
{
	for (; *i < text.n; (*i)++) {
		struct scan s = scan_of(slice_from(text, *i));

		if ((text.p[*i] != '4' && text.p[*i] != '5' && text.p[*i] != '#') ||
			!at_border(text, *i))
			continue;
		if (!scan_codes(&s, codes))
			continue;
		*after = (size_t)(s.p - text.p);
		return true;
	}
	return false;
}

/* What ends a reply in the wrappings that are known. */
static size_t
reply_end(struct slice text)
{
	static const char *const ends[] = { " (in reply to ", " final-recipient:",
		" reporting-mta:", " action:", " last-attempt-date:", " --",
		" remote-mta:", " status:" };
	size_t n = MIN(text.n, REPLY_LIMIT);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		ptrdiff_t at = slice_search(slice_sub(text, 0, n), ends[i]);

		if (at >= 0)
			n = (size_t)at;
	}
	return n;
}

/* The reply without its codes, which stand on each line of it. */
static void
read_reply(struct pool *pool, struct slice line, struct bounce *bounce)
{
	struct str reply = STR_POOL(pool);
	struct codes first, again;
	size_t i = 0, from = 0;

	if (!find_codes(line, &i, &first, &from))
		return;
	line = slice_sub(
		line, 0, from + reply_end(pool_lower(pool, slice_from(line, from))));
	for (i = from; i < line.n;) {
		size_t at = i, after = 0;
		bool more = find_codes(line, &at, &again, &after);

		if (!more)
			at = line.n;
		str_addn(&reply, line.p + i, at - i);
		if (!more)
			break;
		if (first.code.n == 0)
			first.code = again.code;
		/* Sendmail logs a dsn=5.0.0 of its own before the receiver's words. */
		if (first.status.n == 0 ||
			(again.status.n > 0 && slice_ends(first.status, ".0.0")))
			first.status = again.status;
		i = MIN(after, line.n);
	}
	if (first.code.n > 0)
		bounce->code = pool_copy(pool, first.code);
	if (first.status.n > 0)
		bounce->status = pool_copy(pool, first.status);
	bounce->reply = pool_copy(pool, slice_trim(str_slice(&reply)));
}

/* The part of a delivery status that repeats the receiver, or all of the text. */
static struct slice
reply_part(struct slice line, struct slice low)
{
	static const char *const begins[] = {
		"diagnostic-code:", " said: ", " reply=", "dsn=", "<<< "
	};

	for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
		ptrdiff_t at = slice_search(low, begins[i]);
		struct slice part;
		struct codes codes;
		size_t from = 0, after;

		if (at < 0)
			continue;
		part = slice_from(line, (size_t)at + strlen(begins[i]));
		if (find_codes(part, &from, &codes, &after))
			return part;
	}
	return line;
}

/* The receiver whose sign stands first: in the reply, else anywhere. */
static const char *
find_receiver(struct slice low)
{
	const char *found = NULL;
	ptrdiff_t first = PTRDIFF_MAX;

	for (size_t i = 0; i < ARRAY_LEN(receivers); i++) {
		for (size_t k = 0; k < ARRAY_LEN(receivers[i].signs); k++) {
			const char *sign = receivers[i].signs[k];
			ptrdiff_t at = sign != NULL ? slice_search(low, sign) : -1;

			if (at < 0 || at >= first)
				continue;
			if (at > 0 && ascii_is_alnum(low.p[at - 1]) && sign[0] != '[' &&
				sign[0] != '(')
				continue;
			first = at;
			found = receivers[i].id;
		}
	}
	return found;
}

static bool
is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || ascii_is_8bit(c);
}

/* A domain of two labels or more that begins here. */
static const char *
domain_here(struct pool *pool, struct slice text)
{
	struct scan s = scan_of(text);
	const char *domain = NULL;
	struct slice name;

	while (scan_char(&s, ' ') || scan_char(&s, '[') || scan_char(&s, '\'') ||
		scan_char(&s, '"') || scan_char(&s, '<'))
		;
	if (!scan_span(&s, is_name_char, &name))
		return NULL;
	if (scan_char(&s, '@') && !scan_span(&s, is_name_char, &name))
		return NULL;
	while (slice_ends(name, "."))
		name.n--;
	if (slice_find(name, '.') < 0 || domain_parse(pool, name, &domain) != NULL)
		return NULL;
	return domain_labels(domain) < 2 ? NULL : domain;
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
			domain = domain_here(pool, rest);
			if (domain != NULL)
				return domain;
		}
	}
	return NULL;
}

/* The address behind the first of these words that has one. */
static struct ip
find_address(struct slice low, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct slice rest = low;
		ptrdiff_t at;

		while ((at = slice_search(rest, words[i])) >= 0) {
			struct scan s;
			struct slice text;
			struct ip ip;

			rest = slice_from(rest, (size_t)at + strlen(words[i]));
			s = scan_of(rest);
			while (scan_char(&s, ' ') || scan_char(&s, '[') ||
				scan_char(&s, ':') || scan_char(&s, '('))
				;
			scan_text(&s, "ipv6:");
			if (!scan_span(&s, ip_may_have, &text))
				continue;
			while (slice_ends(text, ".") ||
				(slice_ends(text, ":") && !slice_ends(text, "::")))
				text.n--;
			/* A private one is not what the receiver saw. */
			if (ip_parse(text, &ip) == NULL && ip_is_public(&ip))
				return ip;
		}
	}
	return IP_NONE;
}

static void
read_subjects(
	struct pool *pool, struct slice low, struct slice reply, struct bounce *bounce)
{
	static const char *const of_reply[] = { "spf [", "check for [",
		"mail from domain ", "sending domain ", "unauthenticated email from ",
		"spf domain ", "policy for domain ", "dmarc policy for ", "policy for ",
		"dkim domain ", "of domain ", "rejected due to ", "domain of ", "spf ",
		" of " };
	static const char *const of_text[] = { "from=<", "x-postfix-sender: rfc822; ",
		"x-postfix-sender: rfc822;", "return-path: <",
		"header.from=", "smtp.mailfrom=", " from: " };
	static const char *const of_recipient[] = { "to=<", "final-recipient: rfc822; ",
		"final-recipient: rfc822;", "rcpt to:<", "> to: <" };
	static const char *const addresses[] = { "with ip: ", "with ip:", "ip address: ",
		"ip address ", "ip-address ", "ip: ", "ip [", "messages from ",
		"mail from ip ", "accepted from ", "client-ip=", "[", "ip " };

	bounce->domain = find_domain(pool, reply, of_reply, ARRAY_LEN(of_reply));
	if (bounce->domain == NULL)
		bounce->domain = find_domain(pool, low, of_text, ARRAY_LEN(of_text));
	bounce->recipient = find_domain(pool, low, of_recipient, ARRAY_LEN(of_recipient));
	bounce->ip = find_address(reply, addresses, ARRAY_LEN(addresses));
}

static bool
is_transient(const struct bounce *bounce)
{
	const char *code = bounce->code != NULL ? bounce->code : bounce->status;

	return code != NULL && code[0] == '4';
}

void
bounce_read(struct pool *pool, const struct bounce_replies *replies, struct slice text,
	struct bounce *bounce)
{
	struct slice line = one_line(pool, text);
	struct slice low = pool_lower(pool, line);
	struct slice reply;

	*bounce = (struct bounce){ .ip = IP_NONE };
	read_reply(pool, reply_part(line, low), bounce);
	if (bounce->reply == NULL)
		read_reply(pool, line, bounce);
	reply = pool_lower(pool, slice_of(bounce->reply));
	bounce->receiver = find_receiver(reply);
	if (bounce->receiver == NULL)
		bounce->receiver = find_receiver(low);
	read_subjects(pool, low, reply, bounce);
	bounce->cause =
		bounce_cause_find(replies, bounce->receiver, bounce->status, reply);
	if (bounce->cause == NULL && bounce->reply == NULL)
		bounce->cause = bounce_cause_find(replies, bounce->receiver, NULL, low);
	/* RFC 5321 4.2.1: whatever it is, it is not for good. */
	if (bounce->cause == NULL && is_transient(bounce))
		bounce->cause = bounce_cause_named("temporary");
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
		"final-recipient:" };
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
	struct slice line = one_line(pool, text);
	struct slice low = pool_lower(pool, line);
	size_t at = 0;
	ptrdiff_t place = next_reply(low, 0, &at);

	for (int i = 0; place >= 0 && i < REPLIES_LIMIT; i++) {
		size_t from = recipient_before(low, (size_t)place), end = low.n;
		struct bounce b;

		place = next_reply(low, at, &at);
		if (place >= 0)
			end = MAX(from, recipient_before(low, (size_t)place));
		bounce_read(pool, replies, slice_sub(line, from, end - from), &b);
		if (b.cause != NULL && !is_known(others, first, &b))
			*vec_add(pool, others) = b;
	}
}

const char *
bounce_receiver_name(const char *receiver)
{
	for (size_t i = 0; i < ARRAY_LEN(receivers); i++)
		if (receiver != NULL && strcmp(receivers[i].id, receiver) == 0)
			return receivers[i].name;
	return NULL;
}
