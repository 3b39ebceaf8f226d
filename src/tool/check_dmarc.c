/*
 * DMARC is asked as a receiver asks it, with what SPF and the keys have shown so far as
 * its identities: each address passes SPF or not, each published key would sign.
 */
#include "base/base.h"
#include "tool/check.h"

#include "auth/dmarc_walk.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "base/scan.h"
#include "config/policy.h"
#include "mail/domain.h"
#include "tool/tool.h"

static int64_t
deadline(const struct check *check)
{
	return clock_monotonic_ms() + check->policy->opt.dns_timeout * 1000;
}

/* The record without the tags that make alignment strict. */
static const char *
relaxed_record(struct check *check, struct slice text)
{
	struct str out = STR_POOL(check->pool);
	struct slice tag;

	while (slice_next(&text, ';', &tag)) {
		tag = slice_trim(tag);
		if (tag.n == 0 || slice_starts(tag, "aspf") || slice_starts(tag, "adkim"))
			continue;
		str_addf(&out, "%s%.*s", out.n > 0 ? "; " : "", SLICE_ARG(tag));
	}
	return out.p;
}

/* A TXT record that was meant to be DMARC but is none; NULL: none looks like one. */
static const char *
find_failed_attempt(struct check *check)
{
	struct dns_answer answer;

	check_ask(check, pool_printf(check->pool, "_dmarc.%s", check->domain), DNS_TXT,
		&answer);
	for (size_t i = 0; i < answer.n; i++) {
		struct slice data = answer.records[i].data;
		char *low = pool_copy(check->pool, data);

		for (char *p = low; p < low + data.n; p++)
			*p = ascii_lower(*p);
		if (memmem(low, data.n, "dmarc", 5) != NULL ||
			memmem(low, data.n, "p=", 2) != NULL)
			return check_show(check, data);
	}
	return NULL;
}

static void
report_missing(struct check *check)
{
	const char *attempt = find_failed_attempt(check);
	struct finding *f;

	f = check_add(check, "dmarc.found", CHECK_WARNING,
		pool_printf(check->pool, _("%s has no DMARC record"), check->domain));
	finding_remedy(f, _("one TXT record at _dmarc that begins with v=DMARC1"),
		_("Publish this record: it asks receivers for nothing but reports. The "
		  "address in rua must exist."));
	if (attempt != NULL) {
		f->found = pool_printf(check->pool,
			_("_dmarc.%s has a TXT record that was meant to be DMARC, but "
			  "receivers cannot use it: %s"),
			check->domain, attempt);
		f->remedy = _("Publish this record in its place.");
	}
	f->record = (struct check_record){
		pool_printf(check->pool, "_dmarc.%s", check->domain), "TXT",
		pool_printf(check->pool, "v=DMARC1; p=none; rua=mailto:postmaster@%s",
			check->domain)
	};
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
			f = check_add(check, "dmarc.found", CHECK_FAILURE,
				pool_printf(check->pool,
					_("_dmarc.%s holds %zu DMARC records; receivers "
					  "then use none of them"),
					node->domain, node->found));
			finding_remedy(
				f, _("one DMARC record"), _("Delete all but one."));
			check_learn(check, FACT_DMARC, false);
		} else if (node->status == DNS_TEMPFAIL) {
			f = check_add(check, "dmarc.found", CHECK_WARNING,
				pool_printf(check->pool,
					_("_dmarc.%s could not be asked for: %s"),
					node->domain, node->reason));
			finding_remedy(f, _("an answer from the name servers"),
				_("Try again later."));
		} else {
			continue;
		}
		any = true;
	}
	return any;
}

static void
judge_record(struct check *check, const struct dmarc_result *dmarc)
{
	const struct dmarc_record *record = dmarc->record;
	struct finding *f;

	check_add(check, "dmarc.found", CHECK_GOOD,
		pool_printf(check->pool, _("%s at _dmarc.%s"),
			check_show(check, record->text), dmarc->policy_domain));
	check_learn(check, FACT_DMARC, !record->bad_policy);
	if (record->bad_policy) {
		f = check_add(check, "dmarc.valid", CHECK_FAILURE,
			_("a policy of the record (p, sp, np) is missing or not one of "
			  "none, quarantine, reject"));
		finding_remedy(f, _("p=none, p=quarantine or p=reject"),
			_("Write the policy right, directly behind v=DMARC1."));
	} else if (record->ignored > 0) {
		f = check_add(check, "dmarc.valid", CHECK_WARNING,
			pool_printf(check->pool,
				_("%zu tags of the record are unknown, not valid or "
				  "repeated, and do not count"),
				record->ignored));
		finding_remedy(f, _("only tags that mean something"),
			_("Look for misspelt tags and take out those that are no "
			  "longer in use (pct, ri, rf)."));
	} else {
		check_add(check, "dmarc.valid", CHECK_GOOD, _("the record is valid"));
	}
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
	dmarc_check(check->dns, check->pool, deadline(check), &input, result);
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
		f->record = (struct check_record){ pool_printf(check->pool, "_dmarc.%s",
							   dmarc->policy_domain),
			"TXT", relaxed_record(check, record->text) };
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

/* The domain behind the @ of a report address; NULL: it has none. */
static const char *
report_host(struct check *check, struct slice uri)
{
	ptrdiff_t at = slice_rfind(uri, '@');
	const char *host;

	if (at < 0 ||
		domain_parse(check->pool, slice_from(uri, (size_t)at + 1), &host) != NULL)
		return NULL;
	return host;
}

/* AG-11: does the host agree to take reports about this domain? */
static void
judge_report_host(struct check *check, const char *policy_domain, const char *host)
{
	const char *name =
		pool_printf(check->pool, "%s._report._dmarc.%s", policy_domain, host);
	struct dmarc_record record;
	struct dns_answer answer;
	struct finding *f;
	bool agrees = false;

	check_ask(check, name, DNS_TXT, &answer);
	for (size_t i = 0; i < answer.n; i++)
		agrees = agrees ||
		         dmarc_record_parse(check->pool, answer.records[i].data, &record);
	if (answer.status == DNS_TEMPFAIL)
		return;
	if (agrees) {
		check_add(check, "dmarc.reports", CHECK_GOOD,
			pool_printf(
				check->pool, _("%s agrees to take the reports"), host));
		return;
	}
	f = check_add(check, "dmarc.reports", CHECK_WARNING,
		pool_printf(check->pool,
			_("%s does not say that it takes reports about %s, so none are "
			  "sent there"),
			host, policy_domain));
	finding_remedy(f, pool_printf(check->pool, _("a record at %s"), name),
		pool_printf(check->pool,
			_("Ask whoever runs %s to publish this record, or take an "
			  "address in your own domain."),
			host));
	f->record = (struct check_record){ name, "TXT", "v=DMARC1" };
}

static void
judge_reports(struct check *check, const struct dmarc_result *dmarc)
{
	struct words seen = VEC_INIT;
	struct dmarc_walker walker;
	struct finding *f;

	if (dmarc->record->rua.n == 0) {
		f = check_add(check, "dmarc.reports", CHECK_INFO,
			_("the record asks for no reports (rua)"));
		finding_remedy(f, NULL,
			pool_printf(check->pool,
				_("With rua=mailto:postmaster@%s you learn who sends in "
				  "your name."),
				check->domain));
		return;
	}
	dmarc_walker_init(&walker, check->dns, check->pool, deadline(check));
	for (size_t i = 0; i < dmarc->record->rua.n; i++) {
		const char *host = report_host(check, dmarc->record->rua.v[i]);
		struct dmarc_walk ours, theirs;
		bool is_new = host != NULL;

		for (size_t k = 0; is_new && k < seen.n; k++)
			is_new = strcmp(seen.v[k], host) != 0;
		if (!is_new)
			continue;
		*vec_add(check->pool, &seen) = host;
		if (domain_is_within(host, dmarc->policy_domain))
			continue;
		dmarc_walk(&walker, dmarc->policy_domain, &ours);
		dmarc_walk(&walker, host, &theirs);
		if (ours.organizational_domain == NULL ||
			theirs.organizational_domain == NULL ||
			strcmp(ours.organizational_domain,
				theirs.organizational_domain) == 0)
			continue;
		judge_report_host(check, dmarc->policy_domain, host);
	}
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
	judge_reports(check, &dmarc);
}
