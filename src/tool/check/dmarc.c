/*
 * DMARC is asked as a receiver asks it, with what SPF and the keys have shown so far as
 * its identities: each address passes SPF or not, each published key would sign.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/dmarc/check.h"
#include "auth/dmarc/walk.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/check/near_miss.h"
#include "tool/check/signer.h"
#include "tool/dmarc_text.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

/* What its parser would complain of is not shown. */
static void
propose_record(struct pool *pool, struct finding *f, const char *domain, const char *text)
{
	if (text == NULL || !dmarc_text_is_record(pool, text)) {
		f->remedy = _("Write it anew: v=DMARC1; p=none; rua=mailto: and the "
			      "address that takes the reports.");
		return;
	}
	f->record = (struct zone_record){ pool_printf(pool, "_dmarc.%s", domain), "TXT",
		text };
}

/* Whoever asks for no reports learns nothing from a first record. */
static const char *
repair(const struct subject *subject, struct slice text)
{
	const char *first = dmarc_text_first(subject->pool, subject->domain);
	const char *repaired = dmarc_text_repair(subject->pool, text);

	if (repaired == NULL)
		return first;
	if (strstr(repaired, "rua=") == NULL)
		repaired = pool_printf(
			subject->pool, "%s%s", repaired, strstr(first, "; rua="));
	return repaired;
}

static void
report_missing(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct dns_answer answer;
	struct near_miss miss;
	struct slice attempt;
	struct finding *f;

	subject_ask(subject, pool_printf(subject->pool, "_dmarc.%s", subject->domain),
		DNS_TXT, &answer);
	attempt = near_miss_attempt(subject->pool, NEAR_MISS_DMARC, &answer);
	f = findings_add(findings, "dmarc.found", FINDING_WARNING,
		pool_printf(subject->pool, _("%s has no DMARC record"), subject->domain));
	finding_remedy(f, _("one TXT record at _dmarc that begins with v=DMARC1"),
		_("Publish this record: it asks receivers for nothing but reports. The "
		  "address in rua must exist."));
	if (attempt.n > 0) {
		f->found = pool_printf(subject->pool,
			_("_dmarc.%s has a TXT record that was meant to be DMARC, but "
			  "receivers cannot use it: %s"),
			subject->domain, check_show(subject->pool, attempt));
		f->remedy = _("Publish this record in its place, after a look at p=.");
	}
	if (attempt.n == 0 &&
		near_miss_find(subject, NEAR_MISS_DMARC, subject->domain, NULL, &miss)) {
		attempt = miss.text;
		f->found = pool_printf(subject->pool,
			_("the DMARC record of %s is published at the wrong name, %s"),
			subject->domain, miss.name);
		finding_detail(subject->pool, f, miss.hint);
		f->remedy = _("Publish this record in its place.");
	}
	if (facts->is_parked && attempt.n == 0) {
		f->remedy =
			_("Publish this record: the domain sends no mail, so whatever "
			  "bears its name is forged.");
		propose_record(subject->pool, f, subject->domain, "v=DMARC1; p=reject");
	} else {
		propose_record(
			subject->pool, f, subject->domain, repair(subject, attempt));
	}
	facts_learn(facts, FACT_DMARC, false);
	facts_learn(facts, FACT_HOLDS, true);
}

/* Of several records the mildest: with it no mail is lost that was not before. */
static void
report_several(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct dmarc_node *node)
{
	const char *name = pool_printf(subject->pool, "_dmarc.%s", node->domain);
	enum dmarc_policy mildest = DMARC_REJECT;
	struct slice text = SLICE_EMPTY;
	struct dns_answer answer;
	struct finding *f;

	f = findings_add(findings, "dmarc.found", FINDING_FAILURE,
		pool_printf(subject->pool,
			_("%s holds %zu DMARC records; receivers then use none of them"),
			name, node->found));
	subject_ask(subject, name, DNS_TXT, &answer);
	for (size_t i = 0; i < answer.n; i++) {
		struct dmarc_record record;

		if (!dmarc_record_parse(subject->pool, answer.records[i].data, &record))
			continue;
		finding_detail(subject->pool, f, check_show(subject->pool, record.text));
		if (text.n == 0 || record.p < mildest) {
			mildest = record.p;
			text = record.text;
		}
	}
	finding_remedy(f, _("one DMARC record"),
		_("Delete all of them but one: with this one, the mildest, no mail is "
		  "lost."));
	if (text.n > 0)
		propose_record(subject->pool, f, node->domain,
			dmarc_text_repair(subject->pool, text));
	facts_learn(facts, FACT_DMARC, false);
}

/* Names of the walk that hold several records, or could not be asked; true: one did. */
static bool
report_trouble(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct dmarc_walk *walk)
{
	bool any = false;

	for (size_t i = 0; i < walk->nodes.n; i++) {
		const struct dmarc_node *node = walk->nodes.v[i];
		struct finding *f;

		if (node->found > 1) {
			report_several(subject, facts, findings, node);
		} else if (node->status == DNS_TEMPFAIL) {
			f = findings_add(findings, "dmarc.found", FINDING_WARNING,
				pool_printf(subject->pool,
					_("_dmarc.%s could not be asked for: %s"),
					node->domain, _(node->reason)));
			finding_remedy(f, _("an answer from the name servers"),
				_("Try again later."));
		} else {
			continue;
		}
		any = true;
	}
	return any;
}

/* Why a tag does not count. */
static const char *
ignored_reason(enum dmarc_why why)
{
	static const char *const reasons[] = {
		[DMARC_TAG_NONE] = N_("it is not of the form NAME=VALUE"),
		[DMARC_TAG_UNKNOWN] = N_("DMARC has no tag of this name"),
		[DMARC_TAG_GONE] = N_("this tag is no longer in use"),
		[DMARC_TAG_AGAIN] = N_("this tag stands there before; the first counts"),
		[DMARC_TAG_STRICT] =
			N_("this tag stands there twice; the milder value counts"),
		[DMARC_TAG_VALUE] = N_("the tag cannot have this value"),
	};

	return _(reasons[why]);
}

/* What the values can be, for those that are few. */
static const char *
wanted_values(const struct dmarc_ignored *ignored)
{
	static const char *const rows[][2] = {
		{ "p", "none, quarantine, reject" },
		{ "sp", "none, quarantine, reject" },
		{ "np", "none, quarantine, reject" },
		{ "adkim", "r, s" },
		{ "aspf", "r, s" },
		{ "psd", "y, n, u" },
		{ "t", "y, n" },
		{ "fo", "0, 1, d, s" },
		{ "rua", "mailto:..." },
		{ "ruf", "mailto:..." },
	};
	struct slice name, value;

	if (ignored->why == DMARC_TAG_VALUE &&
		slice_cut(ignored->text, '=', &name, &value))
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (slice_caseis(slice_trim(name), rows[i][0]))
				return rows[i][1];
	return NULL;
}

/* Does it ask for nothing that an older tag would change? */
static bool
is_mild(const struct dmarc_record *record)
{
	return !record->bad_policy && record->p <= DMARC_NONE &&
	       record->sp <= DMARC_NONE && record->np <= DMARC_NONE;
}

static void
add_ignored(struct pool *pool, struct finding *f, const struct dmarc_record *record)
{
	for (size_t i = 0; i < record->ignored.n; i++) {
		const struct dmarc_ignored *ignored = &record->ignored.v[i];
		const char *values = wanted_values(ignored);
		int percent = dmarc_text_percent(ignored->text);

		if (percent >= 0 && percent < 100 && !is_mild(record)) {
			finding_detail(pool, f,
				pool_printf(pool,
					_("pct=%d: receivers that follow the older "
					  "standard apply the policy to %d %% of the "
					  "mail "
					  "that fails, those that follow the present one "
					  "to all of it"),
					percent, percent));
			continue;
		}
		finding_detail(pool, f,
			pool_printf(pool, "%s: %s%s%s%s", check_show(pool, ignored->text),
				ignored_reason(ignored->why), values != NULL ? " (" : "",
				values != NULL ? values : "", values != NULL ? ")" : ""));
	}
}

/* Does a tag that decides what becomes of mail stand there twice, and differ? */
static bool
has_two_minds(const struct dmarc_record *record)
{
	for (size_t i = 0; i < record->ignored.n; i++)
		if (record->ignored.v[i].why == DMARC_TAG_STRICT)
			return true;
	return false;
}

/* The percentage that still decides for some receivers what becomes of mail; -1: none. */
static int
percent_in_force(const struct dmarc_record *record)
{
	for (size_t i = 0; i < record->ignored.n; i++) {
		int percent = dmarc_text_percent(record->ignored.v[i].text);

		if (percent >= 0 && percent < 100 && !is_mild(record))
			return percent;
	}
	return -1;
}

/* Tags that older standards had are in most records, and do no harm. */
static bool
has_only_gone(const struct dmarc_record *record)
{
	for (size_t i = 0; i < record->ignored.n; i++)
		if (record->ignored.v[i].why != DMARC_TAG_GONE)
			return false;
	return record->ignored.n > 0;
}

static void
report_gone(struct findings *findings, const struct dmarc_result *dmarc)
{
	const struct dmarc_record *record = dmarc->record;
	int percent = percent_in_force(record);
	struct finding *f;

	f = findings_add(findings, "dmarc.valid",
		percent >= 0 ? FINDING_WARNING : FINDING_INFO,
		percent < 0
			? _("the record is valid; tags of the older standard (pct, rf, "
			    "ri) change nothing")
			: pool_printf(findings->pool,
				  _("pct=%d: receivers that follow the older standard "
				    "apply "
				    "the policy to %d %% of the mail that fails, those "
				    "that "
				    "follow the present one to all of it"),
				  percent, percent));
	if (percent < 0) {
		add_ignored(findings->pool, f, record);
		return;
	}
	finding_remedy(f, _("a policy that is meant for all mail"),
		percent == 0
			? _("Publish this record: t=y says to today's receivers what "
			    "pct=0 said, that the policy is only tried.")
			: _("If the reports show that all of your own mail passes, take "
			    "pct out. If not, lower p= until they do: p=quarantine "
			    "instead of p=reject, p=none instead of p=quarantine."));
	if (percent == 0)
		propose_record(findings->pool, f, dmarc->policy_domain,
			dmarc_text_repair(findings->pool, record->text));
}

static void
judge_tags(struct findings *findings, const struct dmarc_result *dmarc)
{
	const struct dmarc_record *record = dmarc->record;
	struct finding *f;

	if (record->bad_policy) {
		f = findings_add(findings, "dmarc.valid", FINDING_FAILURE,
			_("a policy of the record (p, sp, np) is missing or not one of "
			  "none, quarantine, reject"));
		finding_remedy(f, _("p=none, p=quarantine or p=reject"),
			_("Publish this record, after a look at p=."));
	} else if (has_two_minds(record)) {
		f = findings_add(findings, "dmarc.valid", FINDING_FAILURE,
			_("a tag stands in the record twice, with different values: some "
			  "receivers take the first, some the last, some neither"));
		finding_remedy(f, _("each tag once"),
			_("Publish this record, which has the milder value, after a look "
			  "at which one you want."));
	} else if (has_only_gone(record)) {
		report_gone(findings, dmarc);
		return;
	} else if (record->ignored.n > 0) {
		f = findings_add(findings, "dmarc.valid", FINDING_WARNING,
			pool_printf(findings->pool,
				_("tags of the record that do not count: %zu"),
				record->ignored.n));
		finding_remedy(f, _("only tags that mean something"),
			_("Publish this record, which leaves out or sets right what "
			  "does not count."));
	} else if (dmarc_text_has_dead_uri(
			   findings->pool, check_tag(record->text, "rua")) ||
		   dmarc_text_has_dead_uri(
			   findings->pool, check_tag(record->text, "ruf"))) {
		f = findings_add(findings, "dmarc.valid", FINDING_WARNING,
			_("an address for reports (rua, ruf) is not of the form "
			  "mailto:USER@DOMAIN, and gets none"));
		finding_remedy(
			f, _("mailto: before each address"), _("Publish this record."));
	} else {
		findings_add(
			findings, "dmarc.valid", FINDING_GOOD, _("the record is valid"));
		return;
	}
	add_ignored(findings->pool, f, record);
	propose_record(findings->pool, f, dmarc->policy_domain,
		dmarc_text_repair(findings->pool, record->text));
}

static void
judge_record(
	struct facts *facts, struct findings *findings, const struct dmarc_result *dmarc)
{
	const struct dmarc_record *record = dmarc->record;

	findings_add(findings, "dmarc.found", FINDING_GOOD,
		pool_printf(findings->pool, _("%s at _dmarc.%s"),
			check_show(findings->pool, record->text), dmarc->policy_domain));
	facts_learn(facts, FACT_DMARC, !record->bad_policy);
	judge_tags(findings, dmarc);
}

static void
judge_policy(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct dmarc_result *dmarc)
{
	struct finding *f;

	if (dmarc->record->bad_policy)
		return;
	f = findings_add(findings, "dmarc.policy", FINDING_GOOD,
		pool_printf(subject->pool, _("the policy for %s is %s%s"),
			subject->domain, dmarc_policy_name(dmarc->policy),
			dmarc->testing ? _(", softened by t=y") : ""));
	facts->is_enforced = dmarc->policy != DMARC_NONE && !dmarc->testing;
	if (facts->is_enforced)
		return;
	if (facts->is_parked) {
		f->status = FINDING_WARNING;
		finding_remedy(f, "p=reject",
			_("Publish this record: the domain sends no mail, so whatever "
			  "bears its name is forged."));
		propose_record(
			subject->pool, f, dmarc->policy_domain, "v=DMARC1; p=reject");
		return;
	}
	f->status = FINDING_INFO;
	if (dmarc->policy != DMARC_NONE) {
		finding_remedy(f, NULL,
			_("Nobody is kept from writing in your name yet. When the "
			  "reports show that all of your own mail passes, publish this "
			  "record: it is the same without t=y."));
		propose_record(subject->pool, f, dmarc->policy_domain,
			dmarc_text_in_earnest(subject->pool, dmarc->record->text));
		return;
	}
	finding_remedy(f, NULL,
		_("Nobody is kept from writing in your name yet. Raise p= to "
		  "quarantine, then reject, when the reports show that all of your own "
		  "mail passes."));
}

static bool
is_spf_pass(const struct facts *facts)
{
	return facts->known[FACT_SPF] == KNOWN_YES;
}

/* DMARC with these identities alone. */
static void
ask(const struct subject *subject, const struct check_key *key, bool with_spf,
	struct dmarc_result *result)
{
	struct dmarc_input input = { .from_domain = subject->domain };
	struct dmarc_identity *id;

	if (key != NULL) {
		id = vec_add(subject->pool, &input.identities);
		*id = (struct dmarc_identity){ DMARC_BY_DKIM, key->domain, AUTH_PASS,
			false };
	}
	if (with_spf) {
		id = vec_add(subject->pool, &input.identities);
		*id = (struct dmarc_identity){ DMARC_BY_SPF, subject->envelope, AUTH_PASS,
			false };
	}
	dmarc_check(subject->dns, subject->pool, conf_dns_deadline(subject->policy),
		&input, result);
}

/* A key whose signature would be aligned, were it published; or NULL. */
static const struct check_key *
aligned_key(const struct subject *subject, struct facts *facts, bool good)
{
	for (size_t i = 0; i < facts->keys.n; i++) {
		struct dmarc_result result;

		if (facts->keys.v[i].is_good != good)
			continue;
		ask(subject, &facts->keys.v[i], false, &result);
		if (result.aligned_dkim)
			return &facts->keys.v[i];
	}
	return NULL;
}

/* What would make something align. */
static void
propose_alignment(const struct subject *subject, struct facts *facts, struct finding *f,
	const struct dmarc_result *dmarc)
{
	const struct check_key *key = aligned_key(subject, facts, false);
	const struct dmarc_record *record = dmarc->record;
	bool is_strict = record->strict_spf || record->strict_dkim;

	if (key != NULL && key->record.name != NULL) {
		finding_remedy(f, _("SPF or DKIM that passes for the domain in From"),
			pool_printf(subject->pool,
				_("Publish the key of %s: its signature is aligned."),
				key->domain));
		f->record = key->record;
		return;
	}
	finding_remedy(f, _("SPF or DKIM that passes for the domain in From"),
		pool_printf(subject->pool,
			_("Sign with d=%s, or send with a MAIL FROM in %s. %s"),
			subject->domain, subject->domain,
			signer_remedy(subject, facts, subject->domain)));
	if (facts->known[FACT_SPF] == KNOWN_NO &&
		domain_is_within(subject->envelope, subject->domain))
		f->remedy = pool_printf(subject->pool,
			_("Correct SPF, as said above; and sign with d=%s, since "
			  "forwarding breaks SPF. %s"),
			subject->domain, signer_remedy(subject, facts, subject->domain));
	else if (is_strict && (is_spf_pass(facts) || facts->keys.n > 0)) {
		f->remedy = pool_printf(subject->pool,
			_("The record asks for strict alignment. Sign with d=%s, or "
			  "publish this record, which also takes names below the "
			  "domain."),
			subject->domain);
		propose_record(subject->pool, f, dmarc->policy_domain,
			dmarc_text_relax(subject->pool, record->text));
	}
}

/* Each key by itself. */
static void
judge_keys(const struct subject *subject, const struct facts *facts,
	struct findings *findings, bool is_pass)
{
	for (size_t i = 0; i < facts->keys.n; i++) {
		const struct check_key *key = &facts->keys.v[i];
		struct dmarc_result result;
		struct finding *f;

		ask(subject, key, false, &result);
		if (result.outcome.code == AUTH_TEMPERROR)
			continue;
		if (result.aligned_dkim) {
			findings_add(findings, "dmarc.key", FINDING_GOOD,
				pool_printf(subject->pool,
					_("signatures of %s (selector %s) are aligned "
					  "with %s"),
					key->domain, key->selector, subject->domain));
			continue;
		}
		f = findings_add(findings, "dmarc.key",
			is_pass ? FINDING_INFO : FINDING_WARNING,
			pool_printf(subject->pool,
				_("signatures of %s (selector %s) are not aligned with "
				  "%s: they do not count for DMARC"),
				key->domain, key->selector, subject->domain));
		finding_remedy(f, pool_printf(subject->pool, "d=%s", subject->domain),
			pool_printf(subject->pool,
				_("Give %s a row of its own in the key table."),
				subject->domain));
	}
}

static void
judge_alignment(const struct subject *subject, struct facts *facts,
	struct findings *findings, const struct dmarc_result *dmarc)
{
	const struct check_key *key = aligned_key(subject, facts, true);
	struct dmarc_result by_spf;
	struct finding *f;
	bool is_pass;

	ask(subject, NULL, is_spf_pass(facts), &by_spf);
	is_pass = key != NULL || by_spf.aligned_spf;
	judge_keys(subject, facts, findings, is_pass);
	if (is_pass) {
		findings_add(findings, "dmarc.aligned", FINDING_GOOD,
			key != NULL && by_spf.aligned_spf
				? _("DMARC passes by SPF and by DKIM")
			: key != NULL ? _("DMARC passes by DKIM alone")
				      : _("DMARC passes by SPF alone, which forwarding "
					  "breaks"));
		facts_learn(facts, FACT_ALIGNED, true);
		facts_learn(facts, FACT_HOLDS, true);
		return;
	}
	if (facts->known[FACT_SPF] == KNOWN_NOT && facts->keys.n == 0)
		return; /* nothing is known to judge by */
	f = findings_add(findings, "dmarc.aligned",
		dmarc->applied == DMARC_NONE ? FINDING_WARNING : FINDING_FAILURE,
		pool_printf(subject->pool,
			_("DMARC fails: nothing that passes belongs to %s%s"),
			subject->domain,
			dmarc->applied != DMARC_NONE
				? _(", and the record asks receivers to refuse such mail")
				: ""));
	if (is_spf_pass(facts))
		finding_detail(subject->pool, f,
			pool_printf(subject->pool, _("SPF passes for %s%s"),
				subject->envelope,
				dmarc->record->strict_spf
					? _(", and aspf=s wants the same name as in From")
					: ""));
	propose_alignment(subject, facts, f, dmarc);
	facts_learn(facts, FACT_ALIGNED, false);
	facts_learn(facts, FACT_HOLDS, false);
}

void
check_dmarc(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct dmarc_result dmarc;
	bool trouble;

	ask(subject, NULL, false, &dmarc);
	trouble = report_trouble(subject, facts, findings, &dmarc.walk);
	if (dmarc.record == NULL) {
		if (!trouble)
			report_missing(subject, facts, findings);
		return;
	}
	judge_record(facts, findings, &dmarc);
	judge_policy(subject, facts, findings, &dmarc);
	judge_alignment(subject, facts, findings, &dmarc);
	check_reports(subject, facts, findings, &dmarc);
}
