/*
 * The record is judged apart from the addresses (addresses.c): what is wrong
 * with it is wrong for every one of them. Terms are counted by evaluating the record for
 * an address that nobody has, with limits far above the RFC's, so that the report can say
 * "14 of 10" and show where they come from.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include <fnmatch.h>

#include "auth/spf/record.h"
#include "config/policy.h"
#include "tool/check/near_miss.h"
#include "tool/check/relays.h"
#include "tool/check/spf_text.h"
#include "tool/tool.h"

#define COUNT_LIMIT ((struct spf_limits){ 60, 60, 20, 10 })
#define WIDE_LIMIT 65536
#define OPEN_LIMIT 16777216 /* a /8 */
#define WALK_DEPTH 10
#define WALK_RECORDS 60
#define SIZE_GOOD 450

static void
report_missing(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct dns_answer *answer)
{
	struct slice attempt = near_miss_attempt(subject->pool, NEAR_MISS_SPF, answer);
	struct near_miss miss;
	struct finding *f;

	f = findings_add(findings, "spf.found", FINDING_FAILURE,
		pool_printf(subject->pool, _("%s has no SPF record"), subject->envelope));
	finding_remedy(f, _("one TXT record that begins with v=spf1"),
		facts->addresses.n > 0
			? _("Publish this record. It names the addresses that were "
			    "found to send; add every other one that does.")
			: _("Publish this record, with the addresses that send for the "
			    "domain before 'all'."));
	if (attempt.n > 0) {
		f->found = pool_printf(subject->pool,
			_("%s has a TXT record that was meant to be SPF, but does not "
			  "begin with 'v=spf1' and a blank: %s"),
			subject->envelope, check_show(subject->pool, attempt));
		f->remedy = _("Publish this record in its place, after a look that it "
			      "names every host that sends.");
	} else if (near_miss_find(
			   subject, NEAR_MISS_SPF, subject->envelope, NULL, &miss)) {
		attempt = miss.text;
		f->found = pool_printf(subject->pool,
			_("the SPF record of %s is published at the wrong name, %s"),
			subject->envelope, miss.name);
		finding_detail(subject->pool, f, miss.hint);
		f->remedy = _("Publish this record in its place, after a look that it "
			      "names every host that sends.");
	}
	spf_text_propose(subject, facts, f, attempt);
	facts_learn(facts, FACT_SPF, false);
}

static void
report_several(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct dns_answer *answer, size_t found)
{
	struct finding *f;

	f = findings_add(findings, "spf.found", FINDING_FAILURE,
		pool_printf(subject->pool,
			_("%s has %zu SPF records; receivers then use none of them"),
			subject->envelope, found));
	for (size_t i = 0; i < answer->n; i++)
		if (slice_starts(answer->records[i].data, "v=spf1"))
			finding_detail(subject->pool, f,
				check_show(subject->pool, answer->records[i].data));
	finding_remedy(f, _("one SPF record"),
		_("Delete all of them and publish this one, which holds the terms of "
		  "all."));
	spf_text_propose(subject, facts, f, spf_text_merge(subject->pool, answer));
	facts_learn(facts, FACT_SPF, false);
}

/* The text of the one SPF record; false: a finding says why not. */
static bool
fetch(const struct subject *subject, struct facts *facts, struct findings *findings,
	struct slice *text)
{
	struct dns_answer answer;
	struct finding *f;
	size_t found;

	subject_ask(subject, subject->envelope, DNS_TXT, &answer);
	if (answer.status == DNS_TEMPFAIL) {
		f = findings_add(findings, "spf.found", FINDING_WARNING,
			pool_printf(subject->pool,
				_("the TXT records of %s could not be asked for: %s"),
				subject->envelope, _(answer.reason)));
		finding_remedy(f, _("an answer from the name servers"),
			_("Try again later; if it stays so, the domain's name servers "
			  "are at fault."));
		return false;
	}
	found = spf_record_select(&answer, text);
	if (found == 1)
		return true;
	if (found == 0)
		report_missing(subject, facts, findings, &answer);
	else
		report_several(subject, facts, findings, &answer, found);
	return false;
}

static void
add_trace(struct pool *pool, struct finding *f, const struct spf_result *spf)
{
	for (size_t i = 0; i < spf->trace.n; i++) {
		const struct spf_step *s = &spf->trace.v[i];
		bool is_record = *s->term == '\0';

		if (!is_record && i > 0 && s->lookups == spf->trace.v[i - 1].lookups &&
			s->void_lookups == spf->trace.v[i - 1].void_lookups)
			continue;
		finding_detail(pool, f,
			pool_printf(pool, "%*s%s %s  (%d, %d)", 2 * s->depth, "",
				s->domain, is_record ? "v=spf1" : s->term, s->lookups,
				s->void_lookups));
	}
}

static void
judge_lookups(struct findings *findings, const struct spf_result *spf)
{
	enum finding_status status = spf->lookups > SPF_TERMS_LIMIT    ? FINDING_FAILURE
	                             : spf->lookups == SPF_TERMS_LIMIT ? FINDING_WARNING
	                                                               : FINDING_GOOD;
	struct finding *f = findings_add(findings, "spf.lookups", status,
		pool_printf(findings->pool, _("%d of the %d terms that may ask the DNS"),
			spf->lookups, SPF_TERMS_LIMIT));

	if (status == FINDING_GOOD)
		return;
	finding_remedy(f,
		pool_printf(findings->pool, _("fewer than %d"), SPF_TERMS_LIMIT),
		_("Take out what no longer sends, and replace a, mx and includes of "
		  "your own hosts by their ip4: and ip6: addresses. The list shows "
		  "what each term costs (terms, empty answers)."));
	add_trace(findings->pool, f, spf);
}

static void
judge_voids(struct findings *findings, const struct spf_result *spf)
{
	bool is_good = spf->void_lookups <= SPF_VOID_LIMIT;
	struct finding *f;

	f = findings_add(findings, "spf.voids", is_good ? FINDING_GOOD : FINDING_FAILURE,
		pool_printf(findings->pool, _("%d of the %d terms that may find nothing"),
			spf->void_lookups, SPF_VOID_LIMIT));
	if (is_good)
		return;
	finding_remedy(f, pool_printf(findings->pool, _("%d at most"), SPF_VOID_LIMIT),
		_("Take out terms that name hosts or domains which do not exist any "
		  "more. The list shows what each term costs (terms, empty "
		  "answers)."));
	add_trace(findings->pool, f, spf);
}

static void
propose_as_meant(
	const struct subject *subject, const struct facts *facts, struct finding *f)
{
	f->remedy = _("Publish this record, after a look that it names every host that "
		      "sends.");
	spf_text_propose(subject, facts, f, facts->spf_text);
}

/* The record with the name of a sending address in the place of the pattern that stands
 * in it, "www***.sakura.ne.jp"; empty: no address has such a name. */
static struct slice
with_real_name(const struct subject *subject, const struct facts *facts, const char *term)
{
	const char *pattern = strchr(term, ':');
	struct slice text = facts->spf_text;
	ptrdiff_t at = slice_search(text, term);

	for (size_t i = 0; pattern != NULL && at >= 0 && i < facts->addresses.n; i++) {
		const char *name = facts->addresses.v[i].name;
		struct slice tail = slice_from(text, (size_t)at + strlen(term));

		if (name != NULL && fnmatch(pattern + 1, name, 0) == 0)
			return slice_of(pool_printf(subject->pool, "%.*s%.*s%s%.*s",
				(int)at, text.p, (int)(pattern + 1 - term), term, name,
				SLICE_ARG(tail)));
	}
	return SLICE_EMPTY;
}

/* RFC 7208 4.6.4: a term that finds nothing is no mistake of the grammar, but lets in
 * nobody. */
static void
report_dangling(const struct subject *subject, const struct facts *facts,
	struct findings *findings, const char *term)
{
	bool is_pattern = strchr(term, '*') != NULL;
	struct slice mended =
		is_pattern ? with_real_name(subject, facts, term) : SLICE_EMPTY;
	struct finding *f = findings_add(findings, "spf.dangling", FINDING_WARNING,
		pool_printf(subject->pool, _("'%s' finds no address: it lets in nobody"),
			term));

	finding_remedy(f, _("terms that find a host"),
		is_pattern ? _("The * stands for what is your own: write the whole name "
			       "of your server in its place, as your provider's panel "
			       "shows it.")
			   : _("Correct the name, or remove the term if nothing sends "
			       "there any more."));
	if (mended.n == 0)
		return;
	f->remedy = _("Publish this record: it has the name of the sending host in the "
		      "place of the *.");
	spf_text_propose(subject, facts, f, mended);
}

/* Is it a term for hosts, "a" or "mx"? */
static bool
is_of_hosts(const char *term)
{
	struct slice name = slice_of(term);

	if (name.n > 0 && strchr("+-~?", name.p[0]) != NULL)
		name = slice_from(name, 1);
	name.n = strcspn(name.p, ":/");
	return slice_caseis(name, "a") || slice_caseis(name, "mx");
}

/* Did the domain's own term of this text find nothing? */
static bool
is_void(const struct spf_result *spf, const char *term)
{
	int before = 0;

	for (size_t i = 0; i < spf->trace.n; i++) {
		const struct spf_step *s = &spf->trace.v[i];

		if (s->depth == 0 && strcmp(s->term, term) == 0)
			return s->void_lookups > before;
		before = s->void_lookups;
	}
	return false;
}

/* The domain's own terms for hosts that find nothing, neither for an IPv4 client nor,
 * where that is so, for an IPv6 one. Is there any? */
static bool
judge_dangling(const struct subject *subject, const struct facts *facts,
	struct findings *findings, const struct spf_result *spf)
{
	struct spf_limits limits = COUNT_LIMIT;
	struct spf_result other = { 0 };
	bool any = false;
	struct ip ip;

	for (size_t i = 0; i < spf->trace.n; i++) {
		const struct spf_step *s = &spf->trace.v[i];

		if (s->depth > 0 || !is_of_hosts(s->term) || !is_void(spf, s->term))
			continue;
		if (other.trace.n == 0) {
			ip = check_nobody(true);
			subject_spf(subject, &ip, &limits, &other);
		}
		if (!is_void(&other, s->term))
			continue;
		report_dangling(subject, facts, findings, s->term);
		any = true;
	}
	return any;
}

/* Evaluates all of the record. */
static void
judge_limits(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct spf_limits limits = COUNT_LIMIT;
	struct spf_result spf;
	struct finding *f;
	struct ip ip;

	ip = check_nobody(false);
	subject_spf(subject, &ip, &limits, &spf);
	if (spf.outcome.code == AUTH_PERMERROR || spf.outcome.code == AUTH_TEMPERROR) {
		bool is_transient = spf.outcome.code == AUTH_TEMPERROR;

		f = findings_add(findings, "spf.valid",
			is_transient ? FINDING_WARNING : FINDING_FAILURE,
			pool_printf(subject->pool,
				_("the record cannot be evaluated to its end: %s"),
				tool_reason(subject->pool, spf.outcome.reason)));
		finding_remedy(f, _("every domain that it names has its own record"),
			is_transient ? _("Try again later.")
				     : _("Correct or remove the term that leads there."));
		add_trace(subject->pool, f, &spf);
		if (!is_transient && spf_text_is_mendable(subject->pool, facts->spf_text))
			propose_as_meant(subject, facts, f);
		if (!is_transient)
			facts_learn(facts, FACT_SPF, false);
	} else if (spf_text_is_mendable(subject->pool, facts->spf_text)) {
		f = findings_add(findings, "spf.valid", FINDING_WARNING,
			_("a word of the record does not mean what it looks like"));
		finding_remedy(f, _("words that receivers know"), NULL);
		propose_as_meant(subject, facts, f);
	} else {
		bool dangles = judge_dangling(subject, facts, findings, &spf);

		findings_add(findings, "spf.valid", FINDING_GOOD,
			dangles ? _("the record is valid")
				: _("the record is valid, and so is all that it names"));
	}
	judge_lookups(findings, &spf);
	judge_voids(findings, &spf);
}

struct width {
	const struct subject *subject;
	double addresses;  /* IPv4 */
	int records;       /* read so far */
	const char *open;  /* a term that passes nearly everybody; NULL: none */
	const char *where; /* whose record holds it */
};

static void add_width(struct width *, const char *domain, int depth);

/* What one term lets in. */
static void
add_term(struct width *w, const struct spf_term *term, const char *domain, int depth)
{
	if (term->code != AUTH_PASS)
		return;
	switch (term->kind) {
	case SPF_TERM_IP4:
	case SPF_TERM_A:
	case SPF_TERM_MX:
		w->addresses += (double)(UINT64_C(1) << (32 - term->prefix4));
		break;
	case SPF_TERM_INCLUDE:
		/* A relay that is known looks after its own record. */
		if (slice_find(term->target, '%') < 0 &&
			relays_of_include(w->subject->relays, term->target) == NULL)
			add_width(
				w, pool_copy(w->subject->pool, term->target), depth + 1);
		break;
	case SPF_TERM_ALL:
	case SPF_TERM_PTR:
	case SPF_TERM_IP6:
	case SPF_TERM_EXISTS:
	case SPF_TERM_REDIRECT:
		break;
	}
	/* One of the domain's own goes first: that one can be mended here. */
	if (spf_text_is_open(term) &&
		(w->open == NULL || (depth == 0 && w->where != w->subject->envelope))) {
		w->open = pool_copy(w->subject->pool, term->text);
		w->where = domain;
	}
}

static void
add_width(struct width *w, const char *domain, int depth)
{
	struct spf_record record;
	struct dns_answer answer;
	struct slice text;

	if (depth > WALK_DEPTH || w->records++ > WALK_RECORDS)
		return;
	subject_ask(w->subject, domain, DNS_TXT, &answer);
	if (spf_record_select(&answer, &text) != 1 ||
		spf_record_parse(w->subject->pool, text, &record) != NULL)
		return;
	for (size_t i = 0; i < record.terms.n; i++)
		add_term(w, &record.terms.v[i], domain, depth);
	if (!record.has_all && record.redirect.text.n > 0 &&
		slice_find(record.redirect.target, '%') < 0)
		add_width(w, pool_copy(w->subject->pool, record.redirect.target),
			depth + 1);
}

/* Gmail refuses such a record as suspicious (5.7.24), whatever else is in order. */
static void
report_open(const struct subject *subject, struct facts *facts, struct findings *findings,
	const struct width *w)
{
	struct finding *f;

	f = findings_add(findings, "spf.open", FINDING_FAILURE,
		pool_printf(subject->pool,
			_("'%s' of %s lets everybody, or nearly everybody, send for "
			  "the domain"),
			w->open, w->where));
	finding_remedy(f, _("a record that names the hosts that send"),
		_("Publish this record, after a look that it names every host that "
		  "sends."));
	if (w->where == subject->envelope)
		spf_text_propose(subject, facts, f, facts->spf_text);
	else
		f->remedy = _("Correct or remove the term that leads there.");
	facts_learn(facts, FACT_SPF, false);
}

/* RFC 7208 11.2: does it let in more addresses than a sender can own? */
static void
judge_width(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct width w = { .subject = subject };
	struct finding *f;

	add_width(&w, subject->envelope, 0);
	if (w.open != NULL) {
		report_open(subject, facts, findings, &w);
	} else if (w.addresses > WIDE_LIMIT) {
		f = findings_add(findings, "spf.open",
			w.addresses > OPEN_LIMIT ? FINDING_FAILURE : FINDING_WARNING,
			pool_printf(subject->pool,
				_("the record lets %.0f IPv4 addresses send for the "
				  "domain"),
				w.addresses));
		finding_remedy(f, pool_printf(subject->pool, _("%d at most"), WIDE_LIMIT),
			_("Name only the hosts that send: whoever rents one of the "
			  "other addresses can send as you."));
	} else {
		findings_add(findings, "spf.open", FINDING_GOOD,
			pool_printf(subject->pool,
				_("IPv4 addresses that may send, known relays apart: "
				  "%.0f"),
				w.addresses));
	}
}

static void
judge_private(const struct subject *subject, const struct facts *facts,
	struct findings *findings, const struct spf_record *record)
{
	struct finding *f = NULL;

	for (size_t i = 0; i < record->terms.n && f == NULL; i++) {
		const struct spf_term *term = &record->terms.v[i];

		if (!spf_text_is_private(term))
			continue;
		f = findings_add(findings, "spf.private", FINDING_WARNING,
			pool_printf(subject->pool,
				_("the record names private addresses, which no receiver "
				  "ever sees: %.*s"),
				SLICE_ARG(term->text)));
		finding_remedy(f, _("public addresses"),
			_("Publish this record, after a look that it names the public "
			  "address of every host that sends."));
		spf_text_propose(subject, facts, f, facts->spf_text);
	}
}

/* The end of the record: what holds for everybody else. */
static void
judge_all(const struct subject *subject, const struct facts *facts,
	struct findings *findings, const struct spf_record *record)
{
	enum auth_code code = AUTH_NEUTRAL;
	struct finding *f;

	if (!record->has_all && record->redirect.text.n > 0)
		return;
	for (size_t i = 0; i < record->terms.n; i++)
		if (record->terms.v[i].kind == SPF_TERM_ALL)
			code = record->terms.v[i].code;
	if (code == AUTH_PASS)
		return; /* judge_width says so */
	if (code != AUTH_NEUTRAL) {
		findings_add(findings, "spf.all", FINDING_GOOD,
			code == AUTH_FAIL ? _("-all: others are refused")
					  : _("~all: others are suspect"));
		return;
	}
	f = findings_add(findings, "spf.all", FINDING_WARNING,
		record->has_all ? _("?all at the end says nothing about others")
				: _("the record has no 'all' at its end"));
	finding_remedy(f, _("~all or -all at the end"),
		_("Publish this record, after a look that it names every host that "
		  "sends."));
	spf_text_propose(subject, facts, f, facts->spf_text);
}

/* An answer that fits into one packet of 512 bytes reaches everybody. */
static void
judge_size(const struct subject *subject, const struct facts *facts,
	struct findings *findings)
{
	size_t n = facts->spf_text.n;
	struct finding *f;

	if (n <= SIZE_GOOD)
		return;
	f = findings_add(findings, "spf.size", FINDING_WARNING,
		pool_printf(subject->pool,
			_("the record has %zu bytes: with more than %d the answer may "
			  "not "
			  "fit into one packet, which some receivers need"),
			n, SIZE_GOOD));
	finding_remedy(f, pool_printf(subject->pool, _("%d bytes at most"), SIZE_GOOD),
		pool_printf(subject->pool,
			_("Join neighbouring addresses into networks, or move a part "
			  "into "
			  "a record of its own that this one includes "
			  "(include:_spf1.%s)."),
			subject->envelope));
}

/* au asks for IPv4 addresses; whatever is looked up may have some. */
static void
learn_ipv4(struct facts *facts, const struct spf_record *record)
{
	bool any = record->redirect.text.n > 0;

	for (size_t i = 0; i < record->terms.n; i++)
		any = any || (record->terms.v[i].kind != SPF_TERM_IP6 &&
				     record->terms.v[i].kind != SPF_TERM_ALL);
	facts_learn(facts, FACT_IPV4, any);
}

static void
judge_ptr(struct findings *findings, const struct spf_record *record)
{
	for (size_t i = 0; i < record->terms.n; i++) {
		const struct spf_term *term = &record->terms.v[i];
		struct finding *f;

		if (term->kind != SPF_TERM_PTR)
			continue;
		f = findings_add(findings, "spf.ptr", FINDING_WARNING,
			pool_printf(findings->pool,
				_("the record uses '%.*s', which is slow, unreliable "
				  "and no longer to be used"),
				SLICE_ARG(term->text)));
		finding_remedy(f, _("addresses, or hosts by name"),
			_("Replace it by ip4:, ip6:, a: or include: of what sends."));
		return;
	}
}

void
check_spf(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct spf_record record;
	struct finding *f;
	struct slice text = SLICE_EMPTY;
	const struct reason *bad;

	if (!fetch(subject, facts, findings, &text))
		return;
	facts->spf_text = text;
	/* Before anything is proposed: a proposal holds what the addresses lack. */
	for (size_t i = 0; i < facts->addresses.n; i++)
		subject_spf(subject, &facts->addresses.v[i].ip, NULL,
			&facts->addresses.v[i].spf);
	findings_add(
		findings, "spf.found", FINDING_GOOD, check_show(subject->pool, text));
	bad = spf_record_parse(subject->pool, text, &record);
	if (bad != NULL) {
		f = findings_add(findings, "spf.valid", FINDING_FAILURE,
			pool_printf(subject->pool, _("the record is not valid: %s"),
				tool_reason(subject->pool, bad)));
		finding_remedy(f, _("a record without a mistake"),
			_("Publish this record, after a look that it names every host "
			  "that sends."));
		spf_text_propose(subject, facts, f, facts->spf_text);
		facts_learn(facts, FACT_SPF, false);
		return;
	}
	judge_limits(subject, facts, findings);
	judge_width(subject, facts, findings);
	judge_private(subject, facts, findings, &record);
	judge_all(subject, facts, findings, &record);
	judge_ptr(findings, &record);
	judge_size(subject, facts, findings);
	learn_ipv4(facts, &record);
}
