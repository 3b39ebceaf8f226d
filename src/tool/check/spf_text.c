/*
 * What is proposed was tried: each address is checked against the record that would be
 * published, in a DNS that differs from the real one in that record alone.
 */
#include "base/base.h"
#include "tool/check/spf_text.h"

#include "auth/spf/record.h"
#include "base/scan.h"
#include "base/str.h"
#include "dns/dns_fixed.h"
#include "mail/domain.h"
#include "tool/check/check.h"
#include "tool/check/relays.h"
#include "tool/tool.h"
#include "tool/zone_record.h"

/* An address that no record names: a record is evaluated to its end for it. */
static const char probe_address[] = "192.0.2.255";

/* Networks larger than these are nobody's. */
#define OPEN_PREFIX4 8
#define OPEN_PREFIX6 16

/* The next word of a record; false at its end. */
static bool
next_word(struct scan *s, struct slice *word)
{
	while (scan_char(s, ' '))
		;
	*word = scan_until(s, ' ');
	return word->n > 0;
}

static bool
is_all(struct slice word)
{
	if (word.n > 0 && strchr("+-~?", word.p[0]) != NULL)
		word = slice_from(word, 1);
	return slice_caseis(word, "all");
}

static bool
is_redirect(struct slice word)
{
	return word.n > 9 && slice_caseeq(slice_sub(word, 0, 9), SLICE_LIT("redirect="));
}

/* Does the text hold this word already? */
static bool
has_word(struct slice text, struct slice wanted)
{
	struct scan s = scan_of(text);
	struct slice word;

	while (next_word(&s, &word))
		if (slice_caseeq(word, wanted))
			return true;
	return false;
}

static void
add_word(struct str *out, struct slice word)
{
	if (has_word(str_slice(out), word))
		return;
	if (out->n > 0)
		str_addc(out, ' ');
	str_add_slice(out, word);
}

const char *
spf_text_term(struct pool *pool, const struct check_address *address)
{
	char text[IP_TEXT_SIZE];

	if (address->relay != NULL)
		return address->relay->include;
	return pool_printf(pool, "%s:%s", address->ip.bits == 32 ? "ip4" : "ip6",
		ip_print(&address->ip, text));
}

/* What SPF would say of the address, were this the record. */
static void
try_record(const struct subject *subject, struct slice text, const struct ip *ip,
	struct spf_result *spf)
{
	struct dns_txt record = { subject->envelope, text };
	struct subject tried = *subject;

	tried.dns = dns_fixed_new(subject->pool, &record, 1, subject->dns);
	subject_spf(&tried, ip, NULL, spf);
}

static bool
would_pass(const struct subject *subject, struct slice text, const struct ip *ip)
{
	struct spf_result spf;

	try_record(subject, text, ip, &spf);
	return spf.outcome.code == AUTH_PASS;
}

/* The record with its end. */
static struct slice
with_end(struct pool *pool, const struct str *terms, struct slice end)
{
	struct str whole = STR_POOL(pool);

	str_add_slice(&whole, str_slice(terms));
	add_word(&whole, end);
	return str_slice(&whole);
}

/* Puts the term before all others: one of them, such as -ip4:, turns its address away. */
static void
put_first(struct pool *pool, struct str *out, const char *term)
{
	struct slice others = pool_slice(pool, str_slice(out));

	others = slice_from(others, strlen("v=spf1"));
	out->n = 0;
	str_addf(out, "v=spf1 %s%.*s", term, SLICE_ARG(others));
}

/* A term for each address that would not pass without. */
static void
add_terms(const struct subject *subject, const struct facts *facts, struct str *out,
	struct slice end)
{
	for (size_t i = 0; i < facts->addresses.n; i++) {
		const struct check_address *address = &facts->addresses.v[i];
		const char *term = spf_text_term(subject->pool, address);
		size_t n = out->n;

		if (would_pass(subject, with_end(subject->pool, out, end), &address->ip))
			continue;
		add_word(out, slice_of(term));
		if (would_pass(subject, with_end(subject->pool, out, end), &address->ip))
			continue;
		out->n = n;
		put_first(subject->pool, out, term);
	}
}

/* The record with a term for each address that does not pass yet, and with an end that
 * says something of others. text NULL: there is no record yet. */
static const char *
with_addresses(const struct subject *subject, const struct facts *facts, const char *text)
{
	struct str out = STR_POOL(subject->pool);
	struct scan s = scan_of(slice_of(text));
	struct slice word, end = SLICE_EMPTY;

	str_add(&out, "v=spf1");
	while (next_word(&s, &word)) {
		if (is_all(word) || is_redirect(word)) {
			if (end.n == 0 || is_all(word))
				end = word;
			continue;
		}
		add_word(&out, word);
	}
	/* What passes everybody, or says nothing, is no end. */
	if (end.n == 0 || slice_caseis(end, "all") || end.p[0] == '+' || end.p[0] == '?')
		end = SLICE_LIT("~all");
	add_terms(subject, facts, &out, end);
	add_word(&out, end);
	return out.p;
}

/* Why receivers could not evaluate this record to its end; NULL: they can. */
static const struct reason *
why_unusable(const struct subject *subject, const char *text)
{
	struct spf_result spf;
	struct ip nobody;

	ip_parse(slice_of(probe_address), &nobody);
	try_record(subject, slice_of(text), &nobody, &spf);
	return spf.outcome.code == AUTH_PERMERROR ? spf.outcome.reason : NULL;
}

/* Does the record name anybody? */
static bool
has_terms(struct pool *pool, const char *text)
{
	struct spf_record record;

	if (spf_record_parse(pool, slice_of(text), &record) != NULL)
		return false;
	return record.terms.n > 1 || record.redirect.text.n > 0;
}

void
spf_text_propose(const struct subject *subject, const struct facts *facts,
	struct finding *finding, const char *text)
{
	const char *proposal = with_addresses(subject, facts, text);
	const struct reason *bad = why_unusable(subject, proposal);

	if (!domain_is_within(subject->envelope, subject->domain) &&
		!domain_is_within(subject->domain, subject->envelope)) {
		finding->remedy = pool_printf(subject->pool,
			_("This is the record of %s, the domain of the envelope sender: "
			  "ask whoever runs it."),
			subject->envelope);
		return;
	}
	/* "v=spf1 ~all" would call everybody suspect who sends for the domain. */
	if (facts->addresses.n == 0 && !has_terms(subject->pool, proposal)) {
		finding->remedy =
			_("Name the addresses that send with --ip; then the record to "
			  "publish is shown here.");
		return;
	}
	if (bad == NULL) {
		finding->record =
			(struct zone_record){ subject->envelope, "TXT", proposal };
		return;
	}
	finding->remedy = pool_printf(subject->pool,
		_("No record is proposed, since receivers could not use it (%s): take "
		  "out what no longer sends, and name your own hosts by their ip4: and "
		  "ip6: addresses."),
		tool_reason(subject->pool, bad));
}

const char *
spf_text_merge(struct pool *pool, const struct dns_answer *answer)
{
	struct str out = STR_POOL(pool);
	struct slice end = SLICE_EMPTY, word;

	for (size_t i = 0; i < answer->n; i++) {
		struct scan s = scan_of(answer->records[i].data);

		if (!next_word(&s, &word) || !slice_caseis(word, "v=spf1"))
			continue;
		do {
			if (!is_all(word))
				add_word(&out, word);
			else if (end.n == 0 || word.p[0] == '~')
				end = word;
		} while (next_word(&s, &word));
	}
	if (end.n > 0)
		add_word(&out, end);
	return out.p;
}

/* All, or more than the largest of owners has: a /8, or a /16 of IPv6. */
bool
spf_text_is_open(const struct spf_term *term)
{
	if (term->code != AUTH_PASS)
		return false;
	switch (term->kind) {
	case SPF_TERM_ALL:
		return true;
	case SPF_TERM_IP4:
		return term->prefix4 < OPEN_PREFIX4;
	case SPF_TERM_IP6:
		return term->prefix6 < OPEN_PREFIX6;
	case SPF_TERM_A:
	case SPF_TERM_MX:
		return term->prefix4 < OPEN_PREFIX4 || term->prefix6 < OPEN_PREFIX6;
	case SPF_TERM_INCLUDE:
	case SPF_TERM_PTR:
	case SPF_TERM_EXISTS:
	case SPF_TERM_REDIRECT:
		break;
	}
	return false;
}

bool
spf_text_is_private(const struct spf_term *term)
{
	return term->code == AUTH_PASS &&
	       (term->kind == SPF_TERM_IP4 || term->kind == SPF_TERM_IP6) &&
	       !spf_text_is_open(term) && !ip_is_public(&term->net);
}

/* Is the word a term, and one that may stay? */
static bool
is_sound(struct pool *pool, struct slice word)
{
	const char *alone = pool_printf(pool, "v=spf1 %.*s", SLICE_ARG(word));
	struct spf_record record;

	if (spf_record_parse(pool, slice_of(alone), &record) != NULL)
		return false;
	for (size_t i = 0; i < record.terms.n; i++)
		if (spf_text_is_open(&record.terms.v[i]) ||
			spf_text_is_private(&record.terms.v[i]))
			return false;
	return true;
}

const char *
spf_text_valid_terms(struct pool *pool, const char *text)
{
	struct str out = STR_POOL(pool);
	struct scan s = scan_of(slice_of(text));
	struct slice word;

	next_word(&s, &word);
	str_add(&out, "v=spf1");
	while (next_word(&s, &word))
		if (is_sound(pool, word))
			add_word(&out, word);
	return out.p;
}

const char *
spf_text_repair(struct pool *pool, struct slice text)
{
	struct scan s = scan_of(slice_trim(zone_unquoted(pool, text)));
	struct slice rest;

	scan_casetext(&s, "v=");
	while (scan_char(&s, ' '))
		;
	if (!scan_casetext(&s, "spf1"))
		return NULL;
	rest = scan_rest(&s);
	return spf_text_valid_terms(
		pool, pool_printf(pool, "v=spf1 %.*s", SLICE_ARG(rest)));
}
