/* What results come to: who passes, who speaks for the author, what is not known. */
#include "base/base.h"

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/spf/check.h"
#include "base/str.h"
#include "dns/dns_zone.h"
#include "engine/summary.h"
#include "tap.h"

#define AUTHOR "b.example"

static const struct row {
	const char *name;
	struct spf_result spf;
	struct dkim_result dkim[2];
	struct dmarc_result dmarc;
	const char *want;
} rows[] = {
	{ .name = "nothing was checked", .want = "" },
	{ .name = "SPF passes for the author",
		.spf = { .outcome = { .code = AUTH_PASS }, .domain = "b.example" },
		.want = "spf-pass aligned" },
	{ .name = "SPF passes for somebody else",
		.spf = { .outcome = { .code = AUTH_PASS }, .domain = "c.example" },
		.want = "spf-pass" },
	{ .name = "SPF passes for a name below",
		.spf = { .outcome = { .code = AUTH_PASS }, .domain = "bounce.b.example" },
		.want = "spf-pass aligned" },
	{ .name = "SPF fails",
		.spf = { .outcome = { AUTH_FAIL, CAUSE_OTHER, TAP_REASON("x") },
			.domain = "b.example" },
		.want = "spf-fail" },
	{ .name = "a signature of the author",
		.dkim = { { .outcome = { AUTH_FAIL, CAUSE_OTHER, TAP_REASON("x") },
				  .domain = "b.example" },
			{ .outcome = { .code = AUTH_PASS }, .domain = "b.example" } },
		.want = "dkim-pass aligned aligned-dkim" },
	{ .name = "a signature of somebody else",
		.dkim = { { .outcome = { .code = AUTH_PASS }, .domain = "c.example" } },
		.want = "dkim-pass" },
	{ .name = "no answer at somebody else's domain",
		.spf = { .outcome = { AUTH_TEMPERROR, CAUSE_OTHER, TAP_REASON("x") },
			.domain = "c.example" },
		.want = "trouble" },
	{ .name = "no answer at the author's",
		.dkim = { { .outcome = { AUTH_TEMPERROR, CAUSE_OTHER, TAP_REASON("x") },
			.domain = "b.example" } },
		.want = "trouble aligned-trouble" },
	{ .name = "no answer about DMARC",
		.dmarc = { .outcome = { AUTH_TEMPERROR, CAUSE_OTHER, TAP_REASON("x") } },
		.want = "trouble aligned-trouble dmarc=temperror" },
	{ .name = "a record that wants strict alignment",
		.spf = { .outcome = { .code = AUTH_PASS }, .domain = "bounce.b.example" },
		.dmarc = { .outcome = { AUTH_FAIL, CAUSE_OTHER, TAP_REASON("x") },
			.policy_domain = "b.example",
			.disposition = DMARC_REJECT },
		.want = "spf-pass dmarc=fail" },
	{ .name = "a record, aligned by DKIM",
		.dmarc = { .outcome = { .code = AUTH_PASS },
			.policy_domain = "b.example",
			.aligned_dkim = true },
		.want = "aligned aligned-dkim dmarc=pass" },
	{ .name = "a field that can mean one author",
		.dmarc = { .outcome = { AUTH_PERMERROR, CAUSE_OTHER, TAP_REASON("x") },
			.excused = true },
		.want = "excused dmarc=permerror" },
};

static const char *
words_of(struct pool *pool, const struct summary *s)
{
	const struct {
		bool is_so;
		const char *word;
	} all[] = {
		{ s->spf_pass, "spf-pass" },
		{ s->spf_fail, "spf-fail" },
		{ s->dkim_pass, "dkim-pass" },
		{ s->aligned, "aligned" },
		{ s->aligned_dkim, "aligned-dkim" },
		{ s->dns_trouble, "trouble" },
		{ s->aligned_trouble, "aligned-trouble" },
		{ s->resolver_silent, "silent" },
		{ s->excused, "excused" },
	};
	struct str text = STR_POOL(pool);

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].is_so)
			str_addf(&text, "%s%s", text.n > 0 ? " " : "", all[i].word);
	if (s->checked_dmarc)
		str_addf(&text, "%sdmarc=%s", text.n > 0 ? " " : "",
			auth_code_name(s->dmarc));
	return text.n > 0 ? text.p : "";
}

static void
test_row(struct pool *pool, struct dns *dns, const struct row *row)
{
	struct dkim_results dkim = VEC_INIT;
	struct results results = { .dkim = &dkim };
	struct summary summary;

	for (size_t i = 0; i < ARRAY_LEN(row->dkim); i++)
		if (row->dkim[i].domain != NULL)
			*vec_add(pool, &dkim) = row->dkim[i];
	if (row->spf.domain != NULL)
		results.spf = &row->spf;
	if (row->dmarc.outcome.code != AUTH_NONE)
		results.dmarc = &row->dmarc;
	summary = summarise(&results, AUTHOR, dns);
	tap_is(words_of(pool, &summary), row->want, "%s", row->name);
	tap_is_int(summary.disposition, row->dmarc.disposition,
		"%s: what the owner wishes", row->name);
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct dns *dns = dns_zone_new();
	struct results results = { .spf = &rows[1].spf };
	struct summary nobody;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, dns, &rows[i]);
	nobody = summarise(&results, NULL, dns);
	tap_is(words_of(pool, &nobody), "spf-pass", "no author: nobody speaks for him");
	dns_close(dns);
	pool_free(pool);
	return tap_done();
}
