/*
 * The keys are a table of name and printer, so the field's order is in one place. What
 * came from the wire is cut, and its bytes that are not printable ASCII become '?': a
 * Received-SPF is read by people and by old programs, neither of which decodes. So does
 * ';', since OpenDMARC lets it end a value inside quotes, too; a HELO name or a
 * mechanism could give itself another sender there. Names have a better spelling: an
 * internationalised address is shown with its domain in A-labels, and without a local
 * part that some readers could not read.
 */
#include "base/base.h"
#include "auth/spf/received_spf.h"

#include "base/ascii.h"
#include "base/pool.h"
#include "mail/domain.h"
#include "mail/fold.h"
#include "mail/lex.h"

#define VALUE_LIMIT 255

struct report {
	const struct spf_query *query;
	const struct spf_result *result;
};

/* Foreign text as it may be shown in the field. */
static void
add_printable(struct str *out, struct slice text, const char *escaped)
{
	text = slice_sub(text, 0, VALUE_LIMIT);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (ascii_is_ctl(c) || ascii_is_8bit(c) || c == ';')
			c = '?';
		if (strchr(escaped, c) != NULL)
			str_addc(out, '\\');
		str_addc(out, c);
	}
}

static bool
is_dot_atom(struct slice text)
{
	if (text.n == 0 || text.n > VALUE_LIMIT || text.p[0] == '.' ||
		text.p[text.n - 1] == '.')
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '.' ? text.p[i - 1] == '.'
			     : !lex_is_atext(c) || ascii_is_8bit(c))
			return false;
	}
	return true;
}

/* RFC 7208 9.1: a dot-atom as it is, any other value quoted. */
static void
add_value(struct str *out, struct slice text)
{
	if (is_dot_atom(text)) {
		str_add_slice(out, text);
		return;
	}
	str_addc(out, '"');
	add_printable(out, text, "\"\\");
	str_addc(out, '"');
}

static const char *
domain_of(const struct report *r)
{
	return r->result->domain != NULL ? r->result->domain : "unknown";
}

static const char *
receiver_of(const struct report *r)
{
	return r->query->receiver != NULL ? r->query->receiver : "unknown";
}

static bool
print_client_ip(const struct report *r, struct str *out)
{
	char buf[IP_TEXT_SIZE];

	add_value(out, slice_of(ip_print(r->query->client, buf)));
	return r->query->client->bits != 0;
}

/* A host's name in ASCII; empty where it has none. */
static struct slice
name_in_ascii(struct pool *pool, struct slice name)
{
	const char *domain;

	if (slice_is_ascii(name))
		return name;
	return domain_parse(pool, name, &domain) == NULL ? slice_of(domain) : SLICE_EMPTY;
}

/* Adds the sender in a form whose domain every reader finds. The domain is after the
 * last '@'; OpenDMARC takes what is after the first, and out of
 * "x@victim.example"@pass.example it reads a pass of victim.example. Where there are
 * several, the domain alone is shown; so it is where the local part is not ASCII. False:
 * nothing of it can be shown. */
static bool
add_sender(struct pool *pool, struct slice path, struct str *out)
{
	ptrdiff_t at = slice_rfind(path, '@');
	struct slice local = slice_sub(path, 0, (size_t)(at + 1));
	struct slice domain = name_in_ascii(pool, slice_from(path, (size_t)(at + 1)));
	struct str sender = STR_POOL(pool);

	if (domain.n == 0 && !slice_is_ascii(path))
		return false;
	if (slice_find(path, '@') == at && slice_is_ascii(local))
		str_add_slice(&sender, local);
	str_add_slice(&sender, domain);
	add_value(out, str_slice(&sender));
	return true;
}

/* RFC 7208 9.1: envelope-from is there only when MAIL FROM was checked. */
static bool
print_envelope_from(const struct report *r, struct str *out)
{
	struct pool *pool = pool_new();
	struct str path = STR_POOL(pool);
	bool shown;

	if (r->result->null_sender) {
		str_add(&path, "postmaster@");
		str_add_slice(&path, slice_sub(r->query->helo, 0, VALUE_LIMIT));
	} else {
		str_add_slice(&path, r->query->mail_from);
	}
	shown = add_sender(pool, str_slice(&path), out);
	pool_free(pool);
	return shown && r->result->identity == SPF_MAIL_FROM;
}

static bool
print_helo(const struct report *r, struct str *out)
{
	struct pool *pool = pool_new();
	struct slice name = name_in_ascii(pool, r->query->helo);

	add_value(out, name);
	pool_free(pool);
	return name.n > 0 || r->query->helo.n == 0;
}

static bool
print_identity(const struct report *r, struct str *out)
{
	str_add(out, r->result->identity == SPF_HELO ? "helo" : "mailfrom");
	return true;
}

static bool
print_receiver(const struct report *r, struct str *out)
{
	add_value(out, slice_of(receiver_of(r)));
	return true;
}

static bool
print_mechanism(const struct report *r, struct str *out)
{
	enum auth_code code = r->result->outcome.code;

	if (r->result->mechanism != NULL)
		add_value(out, slice_of(r->result->mechanism));
	else
		str_add(out, "default");
	return r->result->mechanism != NULL || code == AUTH_NEUTRAL;
}

static bool
print_problem(const struct report *r, struct str *out)
{
	enum auth_code code = r->result->outcome.code;
	struct str text = STR_INIT;

	if (code != AUTH_TEMPERROR && code != AUTH_PERMERROR)
		return false;
	reason_print(&text, r->result->outcome.reason, NULL);
	add_value(out, str_slice(&text));
	str_release(&text);
	return true;
}

/* A printer says false where its key has no place in this field. */
static const struct {
	const char *key;
	bool (*print)(const struct report *, struct str *);
} keys[] = {
	{ "client-ip", print_client_ip },
	{ "envelope-from", print_envelope_from },
	{ "helo", print_helo },
	{ "receiver", print_receiver },
	{ "identity", print_identity },
	{ "mechanism", print_mechanism },
	{ "problem", print_problem },
};

/* The three parts of the comment: the domain goes after the first, the client after the
 * second. */
static const struct phrase {
	const char *before, *between, *after;
} phrases[] = {
	[AUTH_NONE] = { "domain of ", " says nothing about ", "" },
	[AUTH_PASS] = { "domain of ", " designates ", " as permitted sender" },
	[AUTH_FAIL] = { "domain of ", " does not designate ", " as permitted sender" },
	[AUTH_SOFTFAIL] = { "transitioning domain of ", " does not designate ",
		" as permitted sender" },
	[AUTH_NEUTRAL] = { "domain of ", " neither permits nor denies ", "" },
	[AUTH_POLICY] = { "domain of ", " was not asked about ", "" },
	[AUTH_TEMPERROR] = { "domain of ", " could not be asked about ", "" },
	[AUTH_PERMERROR] = { "domain of ", " has no valid word on ", "" },
};

/* Adds the comment word by word: any of its spaces may become a fold. */
static void
print_comment(struct fold *fold, const struct report *r)
{
	const struct phrase *phrase = &phrases[r->result->outcome.code];
	char client[IP_TEXT_SIZE];
	struct str line = STR_INIT;
	struct slice word, rest;

	str_addc(&line, '(');
	add_printable(&line, slice_of(receiver_of(r)), "()\\");
	str_addf(&line, ": %s%s%s%s%s)", phrase->before, domain_of(r), phrase->between,
		ip_print(r->query->client, client), phrase->after);
	for (rest = str_slice(&line); rest.n > 0;) {
		slice_cut(rest, ' ', &word, &rest);
		fold_blank(fold);
		fold_piece(fold, word);
	}
	str_release(&line);
}

void
received_spf_print(
	struct str *out, const struct spf_query *query, const struct spf_result *result)
{
	const struct report report = { query, result };
	struct fold fold = fold_begin(out, strlen("Received-SPF:"));
	struct str piece = STR_INIT;
	const char *before = "";

	fold_blank(&fold);
	fold_text(&fold, auth_code_name(result->outcome.code));
	print_comment(&fold, &report);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		str_cut(&piece, 0);
		str_addf(&piece, "%s=", keys[i].key);
		if (!keys[i].print(&report, &piece))
			continue;
		fold_text(&fold, before);
		fold_blank(&fold);
		fold_piece(&fold, str_slice(&piece));
		before = ";";
	}
	str_release(&piece);
}

/* The same name, but for case and one final dot? */
static bool
is_name(struct slice text, const char *name)
{
	struct slice ours = slice_of(name);

	if (slice_ends(text, "."))
		text.n--;
	if (slice_ends(ours, "."))
		ours.n--;
	return slice_caseeq(text, ours);
}

static bool
occurs(struct slice text, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n <= text.n; i++)
		if (slice_caseeq(slice_sub(text, i, n), slice_of(name)))
			return true;
	return false;
}

static bool
is_word_byte(char c)
{
	return lex_is_atext(c) || c == '.';
}

/* Does the first comment begin with the name? */
static bool
comment_names(struct slice value, const char *name)
{
	ptrdiff_t open = slice_find(value, '(');
	struct slice word = SLICE_EMPTY;
	struct scan s;

	if (open < 0)
		return false;
	s = scan_of(slice_from(value, (size_t)open + 1));
	scan_skip(&s, ascii_is_space);
	scan_span(&s, is_word_byte, &word);
	return is_name(word, name);
}

/* Takes "key=value"; says whether it is the receiver of that name. */
static bool
take_pair(struct scan *s, const char *name, bool *named)
{
	struct slice key, word;
	struct str quoted = STR_INIT;
	bool took = true;

	if (!lex_cfws(s) || !scan_span(s, lex_is_token, &key) || !lex_cfws(s) ||
		!scan_char(s, '=') || !lex_cfws(s))
		return false;
	if (lex_quoted(s, &quoted))
		word = str_slice(&quoted);
	else
		took = scan_span(s, is_word_byte, &word);
	if (took && slice_caseis(key, "receiver") && is_name(word, name))
		*named = true;
	str_release(&quoted);
	return took && lex_cfws(s);
}

/* Has it a control character that no program writes there, and a reader may pass over? */
static bool
has_ctl(struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (ascii_is_ctl(value.p[i]) && !ascii_is_space(value.p[i]))
			return true;
	return false;
}

/* Reads the whole field. False: it is not the grammar. */
static bool
read_field(struct scan *s, const char *name, bool *named)
{
	struct slice word;

	if (has_ctl(scan_rest(s)))
		return false;
	if (!lex_cfws(s) || !scan_span(s, ascii_is_alpha, &word) || !lex_cfws(s))
		return false;
	while (!scan_is_end(s)) {
		if (!take_pair(s, name, named))
			return false;
		if (!scan_char(s, ';'))
			break;
		if (!lex_cfws(s))
			return false;
	}
	return scan_is_end(s);
}

bool
received_spf_names(struct slice value, const char *receiver)
{
	struct scan s = scan_of(value);
	bool named = false;

	if (comment_names(value, receiver))
		return true;
	if (!read_field(&s, receiver, &named))
		return named || occurs(value, receiver);
	return named;
}
