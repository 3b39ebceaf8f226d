/*
 * DMARC is asked as a receiver asks it, with what SPF and the keys have shown so far as
 * its identities: each address passes SPF or not, each published key would sign.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/dmarc/walk.h"
#include "base/ascii.h"
#include "base/scan.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/check/dmarc_text.h"
#include "tool/reasons.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

/* A TXT record that was meant to be DMARC but is none; empty: none looks like one. */
static struct slice
find_failed_attempt(struct check *check)
{
	struct dns_answer answer;

	check_ask(check, pool_printf(check->pool, "_dmarc.%s", check->domain), DNS_TXT,
		&answer);
	for (size_t i = 0; i < answer.n; i++) {
		struct slice data = answer.records[i].data;
		struct slice low = pool_lower(check->pool, data);

		if (slice_search(low, "dmarc") >= 0 || slice_starts(low, "p="))
			return data;
	}
	return SLICE_EMPTY;
}

/* A record one domain too deep, or without _dmarc; empty: none. */
static struct slice
find_misplaced(struct check *check, const char **name)
{
	const char *const names[] = {
		pool_printf(check->pool, "_dmarc.%s.%s", check->domain, check->domain),
		check->domain,
	};
	struct dmarc_record record;
	struct dns_answer answer;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		*name = names[i];
		check_ask(check, *name, DNS_TXT, &answer);
		for (size_t k = 0; k < answer.n; k++)
			if (dmarc_record_parse(
				    check->pool, answer.records[k].data, &record))
				return answer.records[k].data;
	}
	return SLICE_EMPTY;
}

static void
offer(struct check *check, struct finding *f, const char *domain, const char *text)
{
	f->record = (struct check_record){ pool_printf(check->pool, "_dmarc.%s", domain),
		"TXT", text };
}

/* Whoever asks for no reports learns nothing from a first record. */
static const char *
mend(struct check *check, struct slice text)
{
	const char *first = dmarc_text_first(check->pool, check->domain);
	const char *mended = dmarc_text_mend(check->pool, text);

	if (mended == NULL)
		return first;
	if (strstr(mended, "rua=") == NULL)
		mended =
			pool_printf(check->pool, "%s%s", mended, strstr(first, "; rua="));
	return mended;
}

static void
report_missing(struct check *check)
{
	struct slice attempt = find_failed_attempt(check);
	const char *name;
	struct finding *f;

	f = check_add(check, "dmarc.found", CHECK_WARNING,
		pool_printf(check->pool, _("%s has no DMARC record"), check->domain));
	finding_remedy(f, _("one TXT record at _dmarc that begins with v=DMARC1"),
		_("Publish this record: it asks receivers for nothing but reports. The "
		  "address in rua must exist."));
	if (attempt.n > 0) {
		f->found = pool_printf(check->pool,
			_("_dmarc.%s has a TXT record that was meant to be DMARC, but "
			  "receivers cannot use it: %s"),
			check->domain, check_show(check, attempt));
		f->remedy = _("Publish this record in its place, after a look at p=.");
	}
	if (attempt.n == 0 && (attempt = find_misplaced(check, &name)).n > 0) {
		f->found = pool_printf(check->pool,
			_("the DMARC record of %s is published at the wrong name, %s"),
			check->domain, name);
		finding_detail(check, f,
			strcmp(name, check->domain) == 0
				? _("Write _dmarc in the name field.")
				: _("The form adds the domain by itself: write only "
				    "_dmarc in its name field."));
		f->remedy = _("Publish this record in its place.");
	}
	if (check->is_parked && attempt.n == 0) {
		f->remedy =
			_("Publish this record: the domain sends no mail, so whatever "
			  "bears its name is forged.");
		offer(check, f, check->domain, "v=DMARC1; p=reject");
	} else {
		offer(check, f, check->domain, mend(check, attempt));
	}
	check_learn(check, FACT_DMARC, false);
}

/* Of several records the mildest: with it no mail is lost that was not before. */
static void
report_several(struct check *check, const struct dmarc_node *node)
{
	const char *name = pool_printf(check->pool, "_dmarc.%s", node->domain);
	enum dmarc_policy mildest = DMARC_REJECT;
	struct slice text = SLICE_EMPTY;
	struct dns_answer answer;
	struct finding *f;

	f = check_add(check, "dmarc.found", CHECK_FAILURE,
		pool_printf(check->pool,
			_("%s holds %zu DMARC records; receivers then use none of them"),
			name, node->found));
	check_ask(check, name, DNS_TXT, &answer);
	for (size_t i = 0; i < answer.n; i++) {
		struct dmarc_record record;

		if (!dmarc_record_parse(check->pool, answer.records[i].data, &record))
			continue;
		finding_detail(check, f, check_show(check, record.text));
		if (text.n == 0 || record.p < mildest) {
			mildest = record.p;
			text = record.text;
		}
	}
	finding_remedy(f, _("one DMARC record"),
		_("Delete all of them but one: with this one, the mildest, no mail is "
		  "lost."));
	if (text.n > 0)
		offer(check, f, node->domain, dmarc_text_mend(check->pool, text));
	check_learn(check, FACT_DMARC, false);
}

/* Names of the walk that hold several records, or could not be asked; true: one did. */
static bool
report_trouble(struct check *check, const struct dmarc_walk *walk)
{
	bool any = false;

	for (size_t i = 0; i < walk->nodes.n; i++) {
		const struct dmarc_node *node = walk->nodes.v[i];
		struct finding *f;

		if (node->found > 1) {
			report_several(check, node);
		} else if (node->status == DNS_TEMPFAIL) {
			f = check_add(check, "dmarc.found", CHECK_WARNING,
				pool_printf(check->pool,
					_("_dmarc.%s could not be asked for: %s"),
					node->domain,
					reason_text(check->pool, node->reason)));
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

static void
add_ignored(struct check *check, struct finding *f, const struct dmarc_record *record)
{
	for (size_t i = 0; i < record->ignored.n; i++) {
		const struct dmarc_ignored *ignored = &record->ignored.v[i];
		const char *values = wanted_values(ignored);

		finding_detail(check, f,
			pool_printf(check->pool, "%s: %s%s%s%s",
				check_show(check, ignored->text),
				ignored_reason(ignored->why), values != NULL ? " (" : "",
				values != NULL ? values : "", values != NULL ? ")" : ""));
	}
}

/* The tag as it stands in the record; empty: it is not there. */
static struct slice
tag_of(struct slice text, const char *wanted)
{
	struct slice tag, name, value;

	while (slice_next(&text, ';', &tag))
		if (slice_cut(tag, '=', &name, &value) &&
			slice_caseis(slice_trim(name), wanted))
			return slice_trim(value);
	return SLICE_EMPTY;
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

static void
judge_tags(struct check *check, const struct dmarc_result *dmarc)
{
	const struct dmarc_record *record = dmarc->record;
	struct finding *f;

	if (record->bad_policy) {
		f = check_add(check, "dmarc.valid", CHECK_FAILURE,
			_("a policy of the record (p, sp, np) is missing or not one of "
			  "none, quarantine, reject"));
		finding_remedy(f, _("p=none, p=quarantine or p=reject"),
			_("Publish this record, after a look at p=."));
	} else if (has_two_minds(record)) {
		f = check_add(check, "dmarc.valid", CHECK_FAILURE,
			_("a tag stands in the record twice, with different values: some "
			  "receivers take the first, some the last, some neither"));
		finding_remedy(f, _("each tag once"),
			_("Publish this record, which has the milder value, after a look "
			  "at which one you want."));
	} else if (record->ignored.n > 0) {
		f = check_add(check, "dmarc.valid", CHECK_WARNING,
			pool_printf(check->pool,
				_("tags of the record that do not count: %zu"),
				record->ignored.n));
		finding_remedy(f, _("only tags that mean something"),
			_("Publish this record, which leaves out or sets right what "
			  "does not count."));
	} else if (dmarc_text_has_dead_uri(check->pool, tag_of(record->text, "rua")) ||
		   dmarc_text_has_dead_uri(check->pool, tag_of(record->text, "ruf"))) {
		f = check_add(check, "dmarc.valid", CHECK_WARNING,
			_("an address for reports (rua, ruf) is not of the form "
			  "mailto:USER@DOMAIN, and gets none"));
		finding_remedy(
			f, _("mailto: before each address"), _("Publish this record."));
	} else {
		check_add(check, "dmarc.valid", CHECK_GOOD, _("the record is valid"));
		return;
	}
	add_ignored(check, f, record);
	offer(check, f, dmarc->policy_domain, dmarc_text_mend(check->pool, record->text));
}

static void
judge_record(struct check *check, const struct dmarc_result *dmarc)
{
	const struct dmarc_record *record = dmarc->record;

	check_add(check, "dmarc.found", CHECK_GOOD,
		pool_printf(check->pool, _("%s at _dmarc.%s"),
			check_show(check, record->text), dmarc->policy_domain));
	check_learn(check, FACT_DMARC, !record->bad_policy);
	judge_tags(check, dmarc);
}

static void
judge_policy(struct check *check, const struct dmarc_result *dmarc)
{
	struct finding *f;

	if (dmarc->record->bad_policy)
		return;
	f = check_add(check, "dmarc.policy", CHECK_GOOD,
		pool_printf(check->pool, _("the policy for %s is %s%s"), check->domain,
			dmarc_policy_name(dmarc->policy),
			dmarc->testing ? _(", softened by t=y") : ""));
	if (dmarc->policy != DMARC_NONE && !dmarc->testing)
		return;
	if (check->is_parked) {
		f->status = CHECK_WARNING;
		finding_remedy(f, "p=reject",
			_("Publish this record: the domain sends no mail, so whatever "
			  "bears its name is forged."));
		offer(check, f, dmarc->policy_domain, "v=DMARC1; p=reject");
		return;
	}
	f->status = CHECK_INFO;
	finding_remedy(f, NULL,
		_("Nobody is kept from writing in your name yet. Raise p= to "
		  "quarantine, then reject, when the reports show that all of your own "
		  "mail passes."));
}

static bool
is_spf_pass(const struct check *check)
{
	return check->facts[FACT_SPF] == KNOWN_YES;
}

/* DMARC with these identities alone. */
static void
ask(struct check *check, const struct check_key *key, bool with_spf,
	struct dmarc_result *result)
{
	struct dmarc_input input = { .from_domain = check->domain };
	struct dmarc_identity *id;

	if (key != NULL) {
		id = vec_add(check->pool, &input.identities);
		*id = (struct dmarc_identity){ DMARC_BY_DKIM, key->domain, AUTH_PASS,
			false };
	}
	if (with_spf) {
		id = vec_add(check->pool, &input.identities);
		*id = (struct dmarc_identity){ DMARC_BY_SPF, check->envelope, AUTH_PASS,
			false };
	}
	dmarc_check(check->dns, check->pool, conf_dns_deadline(check->policy), &input, result);
}

/* A key whose signature would be aligned, were it published; or NULL. */
static const struct check_key *
aligned_key(struct check *check, bool good)
{
	for (size_t i = 0; i < check->keys.n; i++) {
		struct dmarc_result result;

		if (check->keys.v[i].is_good != good)
			continue;
		ask(check, &check->keys.v[i], false, &result);
		if (result.aligned_dkim)
			return &check->keys.v[i];
	}
	return NULL;
}

/* What would make something align. */
static void
propose(struct check *check, struct finding *f, const struct dmarc_result *dmarc)
{
	const struct check_key *key = aligned_key(check, false);
	const struct dmarc_record *record = dmarc->record;
	bool is_strict = record->strict_spf || record->strict_dkim;

	if (key != NULL && key->record.name != NULL) {
		finding_remedy(f, _("SPF or DKIM that passes for the domain in From"),
			pool_printf(check->pool,
				_("Publish the key of %s: its signature is aligned."),
				key->domain));
		f->record = key->record;
		return;
	}
	finding_remedy(f, _("SPF or DKIM that passes for the domain in From"),
		pool_printf(check->pool,
			_("Sign with d=%s (`sekimori keygen %s` makes the key), or send "
			  "with a MAIL FROM in %s."),
			check->domain, check->domain, check->domain));
	if (check->facts[FACT_SPF] == KNOWN_NO &&
		domain_is_within(check->envelope, check->domain))
		f->remedy = pool_printf(check->pool,
			_("Mend SPF, as said above; and sign with d=%s (`sekimori keygen "
			  "%s` makes the key), since forwarding breaks SPF."),
			check->domain, check->domain);
	else if (is_strict && (is_spf_pass(check) || check->keys.n > 0)) {
		f->remedy = pool_printf(check->pool,
			_("The record asks for strict alignment. Sign with d=%s, or "
			  "publish this record, which also takes names below the "
			  "domain."),
			check->domain);
		offer(check, f, dmarc->policy_domain,
			dmarc_text_relax(check->pool, record->text));
	}
}

/* Each key by itself. */
static void
judge_keys(struct check *check, bool is_pass)
{
	for (size_t i = 0; i < check->keys.n; i++) {
		const struct check_key *key = &check->keys.v[i];
		struct dmarc_result result;
		struct finding *f;

		ask(check, key, false, &result);
		if (result.outcome.code == AUTH_TEMPERROR)
			continue;
		if (result.aligned_dkim) {
			check_add(check, "dmarc.key", CHECK_GOOD,
				pool_printf(check->pool,
					_("signatures of %s (selector %s) are aligned "
					  "with %s"),
					key->domain, key->selector, check->domain));
			continue;
		}
		f = check_add(check, "dmarc.key", is_pass ? CHECK_INFO : CHECK_WARNING,
			pool_printf(check->pool,
				_("signatures of %s (selector %s) are not aligned with "
				  "%s: they do not count for DMARC"),
				key->domain, key->selector, check->domain));
		finding_remedy(f, pool_printf(check->pool, "d=%s", check->domain),
			pool_printf(check->pool,
				_("Give %s a row of its own in the key table."),
				check->domain));
	}
}

static void
judge_alignment(struct check *check, const struct dmarc_result *dmarc)
{
	const struct check_key *key = aligned_key(check, true);
	struct dmarc_result by_spf;
	struct finding *f;
	bool is_pass;

	ask(check, NULL, is_spf_pass(check), &by_spf);
	is_pass = key != NULL || by_spf.aligned_spf;
	judge_keys(check, is_pass);
	if (is_pass) {
		check_add(check, "dmarc.aligned", CHECK_GOOD,
			key != NULL && by_spf.aligned_spf
				? _("DMARC passes by SPF and by DKIM")
			: key != NULL ? _("DMARC passes by DKIM alone")
				      : _("DMARC passes by SPF alone, which forwarding "
					  "breaks"));
		check_learn(check, FACT_ALIGNED, true);
		return;
	}
	if (check->facts[FACT_SPF] == KNOWN_NOT && check->keys.n == 0)
		return; /* nothing is known to judge by */
	f = check_add(check, "dmarc.aligned",
		dmarc->applied == DMARC_NONE ? CHECK_WARNING : CHECK_FAILURE,
		pool_printf(check->pool,
			_("DMARC fails: nothing that passes belongs to %s%s"),
			check->domain,
			dmarc->applied != DMARC_NONE
				? _(", and the record asks receivers to refuse such mail")
				: ""));
	if (is_spf_pass(check))
		finding_detail(check, f,
			pool_printf(check->pool, _("SPF passes for %s%s"),
				check->envelope,
				dmarc->record->strict_spf
					? _(", and aspf=s wants the same name as in From")
					: ""));
	propose(check, f, dmarc);
	check_learn(check, FACT_ALIGNED, false);
}

void
check_dmarc(struct check *check)
{
	struct dmarc_result dmarc;
	bool trouble;

	ask(check, NULL, false, &dmarc);
	trouble = report_trouble(check, &dmarc.walk);
	if (dmarc.record == NULL) {
		if (!trouble)
			report_missing(check);
		return;
	}
	judge_record(check, &dmarc);
	judge_policy(check, &dmarc);
	judge_alignment(check, &dmarc);
	check_reports(check, &dmarc);
}
