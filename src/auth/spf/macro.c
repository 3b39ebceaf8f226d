/*
 * One cursor reads a macro string piece by piece; checking, searching and expanding are
 * loops over it, so the grammar is in one place. A macro's value is split into parts
 * that lie on the stack: the value is cut first, so their number is known.
 *
 * While a name is built, only its end can matter: what is too long loses labels from the
 * left. So the text is cut back to its last kilobyte whenever it has grown past some,
 * and a record of 64 KB of macros costs time in its own length and no memory.
 */
#include "base/base.h"
#include "auth/spf/macro.h"

#include "base/ascii.h"
#include "base/ip.h"
#include "base/msg.h"
#include "base/scan.h"
#include "base/str.h"

#define VALUE_LIMIT 512
#define NAME_LIMIT 253
#define NAME_HIGH 8192
#define NAME_TAIL 1024
#define I_SIZE 64

struct piece {
	char letter; /* of a macro, in lower case; 0: literal */
	bool escape; /* it was in upper case */
	bool reverse;
	size_t keep;       /* parts to keep; 0: all */
	struct slice text; /* the literal, or the macro's delimiters */
};

static bool
is_visible(char c)
{
	return c > 0x20 && c < 0x7f && c != '%';
}

static bool
is_visible_or_space(char c)
{
	return c == ' ' || is_visible(c);
}

static bool
is_delimiter(char c)
{
	return c != '\0' && strchr(".-+,/_=", c) != NULL;
}

/* What stands between the braces of a macro, and the closing one. */
static const char *
take_macro(struct scan *s, enum spf_macro_use use, struct piece *piece)
{
	int letter = scan_peek(s);
	uint64_t keep = 0;

	if (letter <= 0 || strchr("slodiphvcrtSLODIPHVCRT", letter) == NULL)
		return N_("unknown macro letter");
	s->p++;
	piece->escape = ascii_is_upper((char)letter);
	piece->letter = ascii_lower((char)letter);
	/* RFC 7208 7.2: c, r and t are for explanations alone. */
	if (use == SPF_MACRO_NAME && strchr("crt", piece->letter) != NULL)
		return N_("macro letter that only an explanation may use");
	if (scan_number(s, &keep) && keep == 0)
		return N_("macro that keeps 0 parts");
	piece->keep = (size_t)MIN(keep, (uint64_t)SIZE_MAX);
	piece->reverse = scan_casetext(s, "r");
	piece->text = SLICE_EMPTY;
	scan_span(s, is_delimiter, &piece->text);
	return scan_char(s, '}') ? NULL : N_("macro without '}'");
}

/* The next piece of the string; not to be called at its end. */
static const char *
take_piece(struct scan *s, enum spf_macro_use use, struct piece *piece)
{
	*piece = (struct piece){ 0 };
	if (scan_span(s, use == SPF_MACRO_TEXT ? is_visible_or_space : is_visible,
		    &piece->text))
		return NULL;
	if (scan_text(s, "%{"))
		return take_macro(s, use, piece);
	if (scan_text(s, "%%"))
		piece->text = SLICE_LIT("%");
	else if (scan_text(s, "%_"))
		piece->text = SLICE_LIT(" ");
	else if (scan_text(s, "%-"))
		piece->text = SLICE_LIT("%20");
	else if (scan_peek(s) == '%')
		return N_("'%' that begins no macro");
	else
		return N_("byte that is not allowed");
	return NULL;
}

const char *
spf_macro_check(struct slice text, enum spf_macro_use use)
{
	struct scan s = scan_of(text);
	struct piece piece;
	const char *bad;

	while (!scan_is_end(&s))
		if ((bad = take_piece(&s, use, &piece)) != NULL)
			return bad;
	return NULL;
}

/* RFC 7208 7.1, toplabel: letters, digits and inner hyphens, not digits alone. */
static bool
is_top_label(struct slice label)
{
	bool letter = false;

	if (label.n == 0 || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (!ascii_is_alnum(label.p[i]) && label.p[i] != '-')
			return false;
		letter = letter || !ascii_is_digit(label.p[i]);
	}
	return letter;
}

const char *
spf_domain_spec_check(struct slice text)
{
	struct scan s = scan_of(text);
	struct slice end = SLICE_EMPTY;
	struct piece piece;
	const char *bad;
	ptrdiff_t dot;
	struct ip ip;

	if (text.n == 0)
		return N_("no domain");
	if (ip_parse(text, &ip) == NULL)
		return N_("an address where a name belongs (ip4: and ip6: take addresses)");
	while (!scan_is_end(&s)) {
		const char *from = s.p;

		if ((bad = take_piece(&s, SPF_MACRO_NAME, &piece)) != NULL)
			return bad;
		end = *from == '%' ? SLICE_EMPTY : piece.text;
	}
	if (end.n == 0)
		return NULL; /* it ends in a macro */
	if (slice_ends(end, "."))
		end.n--;
	dot = slice_rfind(end, '.');
	if (dot < 0 || !is_top_label(slice_from(end, (size_t)dot + 1)))
		return N_("domain without a top-level label");
	return NULL;
}

bool
spf_macro_uses(struct slice text, const char *letters)
{
	struct scan s = scan_of(text);
	struct piece piece;

	while (!scan_is_end(&s)) {
		if (take_piece(&s, SPF_MACRO_TEXT, &piece) != NULL)
			return false;
		if (piece.letter != '\0' && strchr(letters, piece.letter) != NULL)
			return true;
	}
	return false;
}

/* %{i}: a dotted quad, or 32 dotted nibbles. The case of the nibbles is that of the RFC
 * 7208 test suite; names do not care. */
static struct slice
print_client(const struct ip *client, char buf[I_SIZE + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0;

	if (client->bits != 128)
		return slice_of(ip_print(client, buf));
	for (int i = 0; i < 16; i++) {
		buf[n++] = digits[client->addr[i] >> 4];
		buf[n++] = '.';
		buf[n++] = digits[client->addr[i] & 15];
		buf[n++] = '.';
	}
	return slice_make(buf, n - 1);
}

/* What a letter stands for; perhaps in buf. */
static struct slice
value_of(char letter, const struct spf_vars *vars, char buf[I_SIZE + 1])
{
	switch (letter) {
	case 's':
		return vars->sender;
	case 'l':
		return vars->local;
	case 'o':
		return vars->sender_domain;
	case 'd':
		return vars->domain;
	case 'h':
		return vars->helo;
	case 'i':
		return print_client(vars->client, buf);
	case 'c':
		return slice_of(ip_print(vars->client, buf));
	case 'v':
		return slice_of(vars->client->bits == 128 ? "ip6" : "in-addr");
	case 'p':
		if (vars->validated != NULL)
			return vars->validated(vars->arg, vars->domain);
		return SLICE_LIT("unknown");
	case 'r':
		return slice_of(vars->receiver != NULL ? vars->receiver : "unknown");
	case 't':
		snprintf(buf, I_SIZE, "%" PRId64, vars->now);
		return slice_of(buf);
	}
	panic("no such macro letter: %d", letter);
}

/* Adds a part; of an upper-case macro, with all but RFC 3986's unreserved escaped. */
static void
add_part(struct str *out, struct slice part, bool escape)
{
	if (!escape) {
		str_add_slice(out, part);
		return;
	}
	for (size_t i = 0; i < part.n; i++) {
		char c = part.p[i];

		if (ascii_is_alnum(c) || (c != '\0' && strchr("-._~", c) != NULL))
			str_addc(out, c);
		else
			str_addf(out, "%%%02X", (unsigned char)c);
	}
}

/* Splits a value where one of the delimiters stands; empty parts count. */
static size_t
split(struct slice value, struct slice delimiters, struct slice parts[VALUE_LIMIT + 1])
{
	size_t n = 0, begin = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (slice_find(delimiters, value.p[i]) < 0)
			continue;
		parts[n++] = slice_sub(value, begin, i - begin);
		begin = i + 1;
	}
	parts[n++] = slice_from(value, begin);
	return n;
}

/* Adds what one piece stands for. */
static void
add_piece(struct str *out, const struct piece *piece, const struct spf_vars *vars)
{
	struct slice parts[VALUE_LIMIT + 1], value, delimiters = piece->text;
	char buf[I_SIZE + 1];
	size_t n, keep;

	if (piece->letter == '\0') {
		str_add_slice(out, piece->text);
		return;
	}
	if (delimiters.n == 0)
		delimiters = SLICE_LIT(".");
	value = slice_sub(value_of(piece->letter, vars, buf), 0, VALUE_LIMIT);
	n = split(value, delimiters, parts);
	keep = piece->keep == 0 ? n : MIN(piece->keep, n);
	/* The right-most parts after reversing are the left-most ones before. */
	for (size_t i = 0; i < keep; i++) {
		if (i > 0)
			str_addc(out, '.');
		add_part(out, piece->reverse ? parts[keep - 1 - i] : parts[n - keep + i],
			piece->escape);
	}
}

/* RFC 7208 7.3: drops labels from the left until the name has 253 octets at most. */
static struct slice
drop_labels(struct slice name)
{
	size_t i;

	if (name.n <= NAME_LIMIT)
		return name;
	for (i = name.n - NAME_LIMIT - 1; i < name.n; i++)
		if (name.p[i] == '.')
			return slice_from(name, i + 1);
	return name;
}

struct slice
spf_macro_name(struct pool *pool, struct slice spec, const struct spf_vars *vars)
{
	struct str out = STR_POOL(pool);
	struct scan s = scan_of(spec);
	struct slice name;
	struct piece piece;

	while (!scan_is_end(&s)) {
		if (take_piece(&s, SPF_MACRO_NAME, &piece) != NULL)
			panic("a domain-spec was not checked");
		add_piece(&out, &piece, vars);
		if (out.n > NAME_HIGH) {
			memmove(out.p, out.p + out.n - NAME_TAIL, NAME_TAIL);
			str_cut(&out, NAME_TAIL);
		}
	}
	name = str_slice(&out);
	if (slice_ends(name, "."))
		name.n--;
	return drop_labels(name);
}

struct slice
spf_macro_text(
	struct pool *pool, struct slice text, const struct spf_vars *vars, size_t limit)
{
	struct str out = STR_POOL(pool);
	struct scan s = scan_of(text);
	struct piece piece;

	while (!scan_is_end(&s) && out.n < limit) {
		if (take_piece(&s, SPF_MACRO_TEXT, &piece) != NULL)
			panic("an explanation was not checked");
		add_piece(&out, &piece, vars);
	}
	return slice_sub(str_slice(&out), 0, limit);
}
