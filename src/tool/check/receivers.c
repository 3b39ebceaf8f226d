/*
 * What each receiver demands, by its own pages for senders, as a file (demands) over the
 * facts that the other parts have learnt. A row a receiver: its ID, its name for people,
 * what a demand that is not met comes to, and the demands.
 *
 *     gmail  "Gmail, all senders"  failure  spf|dkim ptr tls form
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "base/str.h"
#include "tool/table_file.h"
#include "tool/tool.h"

#define BIT(fact) (1u << (fact))

/* What a fact is called in the file, and by people. */
static const struct {
	const char *word, *name;
} fact_names[FACT_COUNT] = {
	[FACT_SPF] = { "spf", N_("SPF") },
	[FACT_DKIM] = { "dkim", N_("DKIM") },
	[FACT_DMARC] = { "dmarc", N_("a DMARC record") },
	[FACT_ALIGNED] = { "aligned", N_("alignment with From") },
	[FACT_PTR] = { "ptr", N_("a reverse name") },
	[FACT_TLS] = { "tls", N_("TLS") },
	[FACT_FORM] = { "form", N_("a well-formed header") },
	[FACT_UNSUBSCRIBE] = { "unsubscribe", N_("one-click unsubscribe") },
};

struct receiver {
	const char *id, *name;
	bool either;    /* of SPF and DKIM one is enough */
	unsigned needs; /* facts, a bit each */
	enum finding_status missing;
};

/* Those of all receivers. */
struct demands VEC_OF(struct receiver);

/* One word of what is demanded; false: there is no such demand. */
static bool
read_demand(const char *word, struct receiver *r)
{
	if (strcmp(word, "spf|dkim") == 0)
		return r->either = true;
	for (int i = 0; i < FACT_COUNT; i++)
		if (strcmp(word, fact_names[i].word) == 0) {
			r->needs |= BIT(i);
			return true;
		}
	return false;
}

/* NULL, or why the row is not a receiver's. */
static const char *
read_receiver(struct pool *pool, const struct words *fields, struct receiver *r)
{
	if (fields->n < 4)
		return _("a receiver has an ID, a name, a status and demands");
	*r = (struct receiver){ .id = pool_printf(pool, "receiver.%s", fields->v[0]),
		.name = fields->v[1],
		.missing = FINDING_FAILURE };
	if (strcmp(fields->v[2], "warning") == 0)
		r->missing = FINDING_WARNING;
	else if (strcmp(fields->v[2], "failure") != 0)
		return pool_printf(
			pool, _("'%s' is neither failure nor warning"), fields->v[2]);
	for (size_t i = 3; i < fields->n; i++)
		if (!read_demand(fields->v[i], r))
			return pool_printf(pool, _("'%s' is not a demand"), fields->v[i]);
	return NULL;
}

/* A row that cannot be used is a complaint on standard error. */
static void
demands_read(struct pool *pool, struct demands *demands)
{
	struct table_file table;

	table_file_read(pool, "demands", &table);
	for (size_t i = 0; i < table.rows.n; i++) {
		struct receiver r;
		const char *bad = read_receiver(pool, &table.rows.v[i].fields, &r);

		if (bad != NULL)
			table_file_complain(&table, &table.rows.v[i], bad);
		else
			*vec_add(pool, demands) = r;
	}
	table_file_report(&table);
}

static void
add_name(struct str *list, const char *name)
{
	str_addf(list, "%s%s", list->n > 0 ? ", " : "", name);
}

/* Sorts what is missing and what is not known. */
static void
sort_needs(const struct facts *facts, const struct receiver *r, struct str *missing,
	struct str *unknown)
{
	enum known spf = facts->known[FACT_SPF], dkim = facts->known[FACT_DKIM];

	/* A key that is not known is no help where SPF is known to fail. */
	if (r->either && spf != KNOWN_YES && dkim != KNOWN_YES)
		add_name(spf == KNOWN_NO || dkim == KNOWN_NO ? missing : unknown,
			_("SPF or DKIM"));
	for (int i = 0; i < FACT_COUNT; i++) {
		if ((r->needs & BIT(i)) == 0)
			continue;
		if (facts->known[i] == KNOWN_NO)
			add_name(missing, _(fact_names[i].name));
		else if (facts->known[i] == KNOWN_NOT)
			add_name(unknown, _(fact_names[i].name));
	}
}

void
check_receivers(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct demands demands = VEC_INIT;

	if (facts->is_parked)
		return;
	demands_read(subject->pool, &demands);
	for (size_t i = 0; i < demands.n; i++) {
		const struct receiver *r = &demands.v[i];
		struct str missing = STR_POOL(subject->pool);
		struct str unknown = STR_POOL(subject->pool);
		struct finding *f;

		sort_needs(facts, r, &missing, &unknown);
		f = findings_add(findings, r->id,
			missing.n > 0 ? r->missing : FINDING_GOOD,
			pool_printf(subject->pool,
				missing.n > 0 ? _("%s: missing: %s") : _("%s: ready%s"),
				_(r->name), missing.p));
		if (unknown.n > 0)
			finding_detail(subject->pool, f,
				pool_printf(subject->pool, _("not known from here: %s"),
					unknown.p));
		if (missing.n > 0)
			finding_remedy(f, NULL,
				_("What is missing has a finding of its own, with what "
				  "to do."));
	}
}
