/*
 * What is proposed was tried: each address is checked against the record that would be
 * published, in a DNS that differs from the real one in that record alone, and so is one
 * that nobody has. What does not do what it is said to do is not shown.
 *
 * A record that its owner has spoilt is read as it was meant (spf_words). What cannot be
 * read was meant to let somebody in, so the record then ends in ~all: receivers had gone
 * on with one that they could not evaluate, and would refuse with -all.
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
#include "tool/check/spf_words.h"
#include "tool/tool.h"
#include "tool/zone_record.h"

/* Networks larger than these are nobody's. */
#define OPEN_PREFIX4 8
#define OPEN_PREFIX6 16

/* Far above the standard's. */
#define SPF_LIMITS_WIDE ((struct spf_limits){ 60, 60, 20, 10 })

/* A record that is being made. */
struct draft {
	struct str terms; /* "v=spf1 mx"; its end apart */
	const char *end;
	bool lacks; /* something that was meant is left out */
};

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
	return slice_caseeq(slice_sub(word, 0, 9), SLICE_LIT("redirect="));
}

/* Does the text hold this word already? */
static bool
has_word(struct slice text, struct slice wanted)
{
	struct slice word;

	while (slice_next(&text, ' ', &word))
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

/* What SPF would say of the address, were this the record. */
static void
try_record(const struct subject *subject, const char *text, const struct ip *ip,
	const struct spf_limits *limits, struct spf_result *spf)
{
	struct dns_txt record = { subject->envelope, slice_of(text) };
	struct subject tried = *subject;

	tried.dns = dns_fixed_new(subject->pool, &record, 1, subject->dns);
	subject_spf(&tried, ip, limits, spf);
}

static bool
would_pass(const struct subject *subject, const char *text, const struct ip *ip)
{
	struct spf_result spf;

	try_record(subject, text, ip, NULL, &spf);
	return spf.outcome.code == AUTH_PASS;
}

/* The term alone. */
static bool
lets_in(const struct subject *subject, const char *term, const struct ip *ip)
{
	return would_pass(
		subject, pool_printf(subject->pool, "v=spf1 %s -all", term), ip);
}

const char *
spf_text_term(const struct subject *subject, const struct check_address *address)
{
	const struct relay *relay = address->relay;
	char text[IP_TEXT_SIZE];
	const char *term;

	if (relay != NULL && lets_in(subject, relay->include, &address->ip))
		return relay->include;
	/* A host that many share keeps its name when it gets another address. */
	if (relay != NULL && relay->is_shared && address->name != NULL) {
		term = pool_printf(subject->pool, "a:%s", address->name);
		if (lets_in(subject, term, &address->ip))
			return term;
	}
	return pool_printf(subject->pool, "%s:%s", address->ip.bits == 32 ? "ip4" : "ip6",
		ip_print(&address->ip, text));
}

/* Why the include of its relay does not help an address. */
static void
tell_include(const struct subject *subject, struct finding *f,
	const struct check_address *a, const char *term)
{
	char text[IP_TEXT_SIZE];
	struct spf_result spf;

	if (a->relay == NULL || strcmp(term, a->relay->include) == 0)
		return;
	try_record(subject,
		pool_printf(subject->pool, "v=spf1 %s -all", a->relay->include), &a->ip,
		NULL, &spf);
	if (spf.outcome.code == AUTH_FAIL)
		finding_detail(subject->pool, f,
			pool_printf(subject->pool,
				_("%s, which %s names for its customers, was tried and "
				  "does not let %s in"),
				a->relay->include, a->relay->name,
				ip_print(&a->ip, text)));
	else
		finding_detail(subject->pool, f,
			pool_printf(subject->pool,
				_("%s, which %s names for its customers, cannot be used: "
				  "%s"),
				a->relay->include, a->relay->name,
				tool_reason(subject->pool, spf.outcome.reason)));
}

/* The draft with its end. */
static const char *
draft_text(struct pool *pool, const struct draft *draft)
{
	return pool_printf(
		pool, "%.*s %s", SLICE_ARG(str_slice(&draft->terms)), draft->end);
}

/* Puts the term before all others: one of them, such as -ip4:, turns its address away. */
static void
put_first(struct pool *pool, struct str *out, const char *term)
{
	struct slice others = pool_slice(pool, str_slice(out));

	others = slice_from(others, strlen("v=spf1"));
	str_cut(out, 0);
	str_addf(out, "v=spf1 %s%.*s", term, SLICE_ARG(others));
}

/* A term for each address that would not pass without. */
static void
add_addresses(const struct subject *subject, const struct facts *facts, struct finding *f,
	struct draft *draft)
{
	for (size_t i = 0; i < facts->addresses.n; i++) {
		const struct check_address *a = &facts->addresses.v[i];
		const char *term;
		size_t n = draft->terms.n;

		if (would_pass(subject, draft_text(subject->pool, draft), &a->ip))
			continue;
		term = spf_text_term(subject, a);
		tell_include(subject, f, a, term);
		add_word(&draft->terms, slice_of(term));
		if (would_pass(subject, draft_text(subject->pool, draft), &a->ip))
			continue;
		str_cut(&draft->terms, n);
		put_first(subject->pool, &draft->terms, term);
	}
}

/* Why a word is left out; NULL: it stays. */
static const char *
objection(struct pool *pool, const struct spf_word *word)
{
	struct spf_record record;
	const char *alone;

	if (word->text == NULL)
		return _("left out, for it cannot be read");
	alone = pool_printf(pool, "v=spf1 %s", word->text);
	if (spf_record_parse(pool, slice_of(alone), &record) != NULL ||
		record.terms.n == 0)
		return NULL;
	if (spf_text_is_open(&record.terms.v[0]))
		return _("left out, for it lets in everybody, or nearly everybody");
	if (spf_text_is_private(&record.terms.v[0]))
		return _("left out, for no receiver ever sees such an address");
	return NULL;
}

/* Without a private address the record lets in whom it let in before; and an all that
 * is too wide is no sender's. */
static bool
is_missed(struct pool *pool, const struct spf_word *word)
{
	struct spf_record record;
	const char *alone;

	if (word->text == NULL)
		return true;
	alone = pool_printf(pool, "v=spf1 %s", word->text);
	return spf_record_parse(pool, slice_of(alone), &record) == NULL &&
	       record.terms.n > 0 && !spf_text_is_private(&record.terms.v[0]);
}

/* Takes one word into the draft, or says why not. */
static void
take_word(struct pool *pool, struct draft *draft, const struct spf_word *word,
	struct finding *f)
{
	const char *was = check_show(pool, slice_of(word->was)), *bad;

	if (word->text != NULL && is_all(slice_of(word->text)))
		return;
	bad = objection(pool, word);
	if (bad != NULL) {
		draft->lacks = draft->lacks || is_missed(pool, word);
		finding_detail(pool, f, pool_printf(pool, "%s: '%s'", bad, was));
		return;
	}
	add_word(&draft->terms, slice_of(word->text));
	if (spf_word_is_mended(word))
		finding_detail(pool, f,
			pool_printf(pool, _("'%s' is read as '%s'"), was, word->text));
}

/* The mildest "all" of the words that says something of others; NULL: there is none. */
static const char *
mildest_all(const struct spf_words *words)
{
	const char *end = NULL;

	for (size_t i = 0; i < words->n; i++) {
		const char *text = words->v[i].text;

		if (text == NULL || !is_all(slice_of(text)))
			continue;
		if (*text != '-')
			return "~all";
		end = "-all";
	}
	return end;
}

/* The first redirect of the words; NULL: there is none. */
static const char *
first_redirect(const struct spf_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (words->v[i].text != NULL && is_redirect(slice_of(words->v[i].text)))
			return words->v[i].text;
	return NULL;
}

/* What is there, as it was meant. */
static void
draft_begin(struct pool *pool, struct slice text, struct finding *f, struct draft *draft)
{
	struct spf_words words = VEC_INIT;
	const char *redirect, *all;

	spf_words_read(pool, text, &words);
	*draft = (struct draft){ .terms = STR_POOL(pool), .end = "~all" };
	str_add(&draft->terms, "v=spf1");
	redirect = first_redirect(&words);
	all = mildest_all(&words);
	for (size_t i = 0; i < words.n; i++)
		if (words.v[i].text == NULL || !is_redirect(slice_of(words.v[i].text)))
			take_word(pool, draft, &words.v[i], f);
	if (all != NULL && !draft->lacks)
		draft->end = all;
	if (redirect != NULL && (all != NULL || draft->lacks))
		/* Beside an "all" it does not count, but as a term it lets in. */
		add_word(&draft->terms,
			all != NULL ? slice_of(redirect)
				    : slice_of(pool_printf(pool, "include:%s",
					      redirect + strlen("redirect="))));
	else if (redirect != NULL)
		draft->end = redirect;
}

/* Would the record be one that names whom it should, and nobody else? NULL: it would. */
static const char *
why_not(const struct subject *subject, const struct facts *facts, const char *text)
{
	struct spf_limits wide = SPF_LIMITS_WIDE;
	struct pool *pool = subject->pool;
	const struct reason *reason;
	struct spf_result spf;
	struct ip nobody = check_nobody(false);

	try_record(subject, text, &nobody, NULL, &spf);
	for (size_t i = 0; i < facts->addresses.n && spf.outcome.code != AUTH_PERMERROR &&
			   spf.outcome.code != AUTH_PASS;
		i++) {
		try_record(subject, text, &facts->addresses.v[i].ip, NULL, &spf);
		if (spf.outcome.code == AUTH_PASS)
			spf.outcome.code = AUTH_NEUTRAL;
		else if (spf.outcome.code != AUTH_PERMERROR)
			return pool_printf(pool,
				_("No record is proposed, since it could not be tried to "
				  "its end: %s. Try again later."),
				tool_reason(pool, spf.outcome.reason));
	}
	if (spf.outcome.code == AUTH_PASS)
		return _("No record is proposed, since what stays of this one lets in "
			 "everybody: correct or remove the term that leads there.");
	if (spf.outcome.code != AUTH_PERMERROR)
		return NULL;
	reason = spf.outcome.reason;
	try_record(subject, text, &nobody, &wide, &spf);
	return pool_printf(pool,
		spf.outcome.code == AUTH_PERMERROR
			? _("No record is proposed, since receivers could not use it "
			    "(%s): correct or remove the term that leads there.")
			: _("No record is proposed, since receivers could not use it "
			    "(%s): take out what no longer sends, and name your own "
			    "hosts by their ip4: and ip6: addresses."),
		tool_reason(pool, reason));
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
	struct finding *f, struct slice text)
{
	struct pool *pool = subject->pool;
	const char *proposal, *bad;
	struct draft draft;

	if (!domain_is_within(subject->envelope, subject->domain) &&
		!domain_is_within(subject->domain, subject->envelope)) {
		f->remedy = pool_printf(pool,
			_("This is the record of %s, the domain of the envelope sender: "
			  "ask whoever runs it."),
			subject->envelope);
		return;
	}
	draft_begin(pool, text, f, &draft);
	add_addresses(subject, facts, f, &draft);
	proposal = draft_text(pool, &draft);
	/* "v=spf1 ~all" would call everybody suspect who sends for the domain. */
	if (facts->addresses.n == 0 && !has_terms(pool, proposal)) {
		f->remedy = _("Name the addresses that send with --ip; then the record "
			      "to publish is shown here.");
		return;
	}
	bad = why_not(subject, facts, proposal);
	if (bad != NULL) {
		f->remedy = bad;
		if (spf_text_is_mendable(pool, text))
			finding_detail(pool, f,
				pool_printf(pool, _("as it was meant: %s"), proposal));
		return;
	}
	f->record = (struct zone_record){ subject->envelope, "TXT", proposal };
	if (draft.lacks)
		f->remedy = pool_printf(pool, _("%s %s"), f->remedy,
			_("It ends in ~all, since something of the old one is left out: "
			  "put that back in its right form before you end it in -all."));
}

struct slice
spf_text_merge(struct pool *pool, const struct dns_answer *answer)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < answer->n; i++) {
		struct slice text = answer->records[i].data, word;

		if (!slice_caseeq(slice_sub(text, 0, 6), SLICE_LIT("v=spf1")))
			continue;
		while (slice_next(&text, ' ', &word)) {
			/* One of several ends no record. */
			if (is_redirect(word))
				str_addf(&out, " include:%.*s",
					SLICE_ARG(slice_from(word, 9)));
			else
				str_addf(&out, " %.*s", SLICE_ARG(word));
		}
	}
	return str_slice(&out);
}

bool
spf_text_is_mendable(struct pool *pool, struct slice text)
{
	struct str ours = STR_POOL(pool), theirs = STR_POOL(pool);
	struct spf_words words = VEC_INIT;
	struct slice word;

	spf_words_read(pool, text, &words);
	for (size_t i = 0; i < words.n; i++)
		if (words.v[i].text != NULL)
			str_addf(&ours, " %s", words.v[i].text);
	slice_next(&text, ' ', &word);
	while (slice_next(&text, ' ', &word))
		if (word.n > 0)
			str_addf(&theirs, " %.*s", SLICE_ARG(word));
	return !slice_eq(str_slice(&ours), str_slice(&theirs));
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
