/*
 * What each receiver demands, by its own pages for senders, as a file (receivers) over
 * the facts that the other parts have learnt. A row has the receiver's ID, its name for
 * people, how much one has to send there, what a demand that is not met comes to, since
 * when and by which page, and the demands; rows of one ID are one finding.
 *
 *     gmail  "Gmail, all senders"  all  failure  2024-02  https://...  spf|dkim ptr tls
 *
 * What bulk senders have to do is a warning as long as nobody says how much is sent.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "base/ascii.h"
#include "base/str.h"
#include "tool/table_file.h"
#include "tool/tool.h"

#define BIT(fact) (1u << (fact))
#define FIELDS_BEFORE 6

/* What a fact is called in the file, and by people. */
static const struct {
	const char *word, *name;
} fact_names[FACT_COUNT] = {
	[FACT_SPF] = { "spf", N_("SPF") },
	[FACT_DKIM] = { "dkim", N_("DKIM") },
	[FACT_DMARC] = { "dmarc", N_("a DMARC record") },
	[FACT_ALIGNED] = { "aligned", N_("alignment with From") },
	[FACT_HOLDS] = { "holds", N_("DMARC that passes") },
	[FACT_PTR] = { "ptr", N_("a reverse name") },
	[FACT_TLS] = { "tls", N_("TLS") },
	[FACT_FORM] = { "form", N_("a well-formed header") },
	[FACT_UNSUBSCRIBE] = { "unsubscribe", N_("one-click unsubscribe") },
	[FACT_HELO] = { "helo", N_("SPF of the name in HELO") },
	[FACT_IPV4] = { "ipv4", N_("IPv4 addresses in the SPF record") },
	[FACT_BIMI] = { "bimi", N_("a BIMI record") },
};

/* A row. */
struct demand {
	const char *id, *name;
	const char *since, *source; /* NULL: not known */
	bool is_bulk;
	bool either;    /* of SPF and DKIM one is enough */
	unsigned needs; /* facts, a bit each */
	enum finding_status missing;
};

struct demands VEC_OF(struct demand);

/* One word of what is demanded; false: there is no such demand. */
static bool
read_word(const char *word, struct demand *d)
{
	if (strcmp(word, "spf|dkim") == 0)
		return d->either = true;
	for (int i = 0; i < FACT_COUNT; i++)
		if (strcmp(word, fact_names[i].word) == 0) {
			d->needs |= BIT(i);
			return true;
		}
	return false;
}

static bool
read_status(const char *word, enum finding_status *status)
{
	static const enum finding_status all[] = { FINDING_FAILURE, FINDING_WARNING,
		FINDING_INFO };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(word, finding_status_name(all[i])) == 0) {
			*status = all[i];
			return true;
		}
	return false;
}

/* "2025-11", or "2025"? */
static bool
is_month(const char *text)
{
	size_t n = strlen(text);

	if (n != 4 && n != 7)
		return false;
	for (size_t i = 0; i < n; i++)
		if (i == 4 ? text[i] != '-' : !ascii_is_digit(text[i]))
			return false;
	return true;
}

/* NULL, or why the row is not a receiver's. */
static const char *
read_row(struct pool *pool, const struct file_row *row, struct demand *d)
{
	const struct words *fields = &row->fields;

	if (fields->n <= FIELDS_BEFORE)
		return _("a receiver has an ID, a name, a volume, a status, a month, a "
			 "source and demands");
	*d = (struct demand){ .id = pool_printf(pool, "receiver.%s", fields->v[0]),
		.name = fields->v[1],
		.since = file_row_cell(row, 4),
		.source = file_row_cell(row, 5) };
	d->is_bulk = strcmp(fields->v[2], "bulk") == 0;
	if (!d->is_bulk && strcmp(fields->v[2], "all") != 0)
		return pool_printf(pool, _("'%s' is neither all nor bulk"), fields->v[2]);
	if (!read_status(fields->v[3], &d->missing))
		return pool_printf(
			pool, _("'%s' is none of failure, warning, info"), fields->v[3]);
	if (d->since != NULL && !is_month(d->since))
		return pool_printf(pool, _("'%s' is no month (2025-11)"), d->since);
	for (size_t i = FIELDS_BEFORE; i < fields->n; i++)
		if (!read_word(fields->v[i], d))
			return pool_printf(pool, _("'%s' is not a demand"), fields->v[i]);
	return NULL;
}

/* A row that cannot be used is a complaint on standard error. */
static void
demands_read(struct pool *pool, struct demands *demands)
{
	struct table_file table;

	table_file_read(pool, "receivers", &table);
	for (size_t i = 0; i < table.rows.n; i++) {
		struct demand d;
		const char *bad = read_row(pool, &table.rows.v[i], &d);

		if (bad != NULL)
			table_file_complain(&table, &table.rows.v[i], bad);
		else
			*vec_add(pool, demands) = d;
	}
	table_file_report(&table);
}

/* The demands of one receiver, laid against the facts. */
struct judgement {
	struct str missing, unknown;
	enum finding_status status;
};

/* What a row demands and is not there, or not known. True: something is not there. */
static bool
judge_row(const struct subject *subject, const struct facts *facts,
	const struct demand *d, struct judgement *j)
{
	enum known spf = facts->known[FACT_SPF], dkim = facts->known[FACT_DKIM];
	enum finding_status status = d->missing;
	size_t before = j->missing.n;

	/* A key that is not known is no help where SPF is known to fail. */
	if (d->either && spf != KNOWN_YES && dkim != KNOWN_YES)
		check_name_in(
			spf == KNOWN_NO || dkim == KNOWN_NO ? &j->missing : &j->unknown,
			_("SPF or DKIM"));
	for (int i = 0; i < FACT_COUNT; i++) {
		if ((d->needs & BIT(i)) == 0)
			continue;
		if (facts->known[i] == KNOWN_NO)
			check_name_in(&j->missing, _(fact_names[i].name));
		else if (facts->known[i] == KNOWN_NOT)
			check_name_in(&j->unknown, _(fact_names[i].name));
	}
	if (d->is_bulk && subject->volume != VOLUME_BULK)
		status = MIN(status, FINDING_WARNING);
	if (j->missing.n == before)
		return false;
	j->status = MAX(j->status, status);
	return true;
}

/* Since when and by which page, once. */
static void
add_source(struct pool *pool, struct finding *f, const struct demand *d)
{
	size_t n = f->details.n;

	if (d->since != NULL && d->source != NULL)
		finding_detail(pool, f,
			pool_printf(pool, _("since %s, by %s"), d->since, d->source));
	else if (d->since != NULL)
		finding_detail(pool, f, pool_printf(pool, _("since %s"), d->since));
	for (size_t i = 0; i < n && f->details.n > n; i++)
		if (strcmp(f->details.v[i], f->details.v[n]) == 0)
			f->details.n = n;
}

/* All rows of the receiver whose first one is this. */
static void
judge_receiver(const struct subject *subject, const struct facts *facts,
	struct findings *findings, const struct demands *demands, size_t first)
{
	const struct demand *d = &demands->v[first];
	struct pool *pool = subject->pool;
	struct judgement j = { STR_POOL(pool), STR_POOL(pool), FINDING_GOOD };
	VEC(const struct demand *) unmet = VEC_INIT;
	struct finding *f;

	for (size_t i = first; i < demands->n; i++)
		if (strcmp(demands->v[i].id, d->id) == 0 &&
			judge_row(subject, facts, &demands->v[i], &j))
			*vec_add(pool, &unmet) = &demands->v[i];
	f = findings_add(findings, d->id, j.status,
		pool_printf(pool,
			j.missing.n > 0 ? _("%s: missing: %s") : _("%s: ready%s"),
			_(d->name), j.missing.p));
	f->receiver = _(d->name);
	if (j.unknown.n > 0)
		finding_detail(pool, f,
			pool_printf(pool, _("not known from here: %s"), j.unknown.p));
	if (j.missing.n == 0)
		return;
	for (size_t i = 0; i < unmet.n; i++)
		add_source(pool, f, unmet.v[i]);
	finding_remedy(
		f, NULL, _("What is missing has a finding of its own, with what to do."));
}

/* Was a row of this receiver there before? */
static bool
is_first(const struct demands *demands, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(demands->v[i].id, demands->v[at].id) == 0)
			return false;
	return true;
}

void
check_receivers(
	const struct subject *subject, struct facts *facts, struct findings *findings)
{
	struct demands demands = VEC_INIT;

	if (facts->is_parked)
		return;
	demands_read(subject->pool, &demands);
	for (size_t i = 0; i < demands.n; i++)
		if (is_first(&demands, i) &&
			!(demands.v[i].is_bulk && subject->volume == VOLUME_SMALL))
			judge_receiver(subject, facts, findings, &demands, i);
}
