#include "base/base.h"
#include "table_fixture.h"

#include "tap.h"
#include "tmpdir.h"

static const char *const references[] = {
	[FAKE_KEYS] = "fake:keys",
	[FAKE_SIGNING] = "fake:signing",
	[FAKE_HOSTS] = "fake:hosts",
};

static bool
is_answer(const struct table_question *question, const struct table_row *row)
{
	struct slice domain, rest;

	if (question->by == TABLE_NAME)
		return slice_eq(row->key, question->value);
	if (question->by == TABLE_ALL)
		return true;
	slice_cut(row->value, ':', &domain, &rest);
	return slice_caseeq(domain, question->value);
}

static enum found
fake_find(struct live_table *live, const struct table_question *question,
	struct pool *pool, struct table_rows *rows, const struct reason **why)
{
	struct fake_table *fake = (struct fake_table *)live;
	struct table all = { .kind = TABLE_FILE };

	if (fake->is_away ||
		(fake->away_for != NULL && slice_is(question->value, fake->away_for))) {
		*why = REASON("it is away");
		return ROW_UNAVAILABLE;
	}
	table_parse(pool, slice_of(pool_strdup(pool, fake->rows)), live->name, &all);
	for (size_t i = 0; i < all.rows.n; i++)
		if (is_answer(question, &all.rows.v[i]))
			*vec_add(pool, rows) = all.rows.v[i];
	return rows->n > 0 ? ROW_FOUND : ROW_ABSENT;
}

static void
fake_close(struct live_table *live)
{
	((struct fake_table *)live)->is_closed = true;
}

static const struct table *
fake_open(struct tables *tables, struct pool *pool, const char *reference,
	struct place at, struct problems *problems)
{
	struct fake_tables *fake = (struct fake_tables *)tables;
	struct table *table;

	for (size_t i = 0; i < FAKE_TABLES; i++) {
		if (strcmp(reference, references[i]) != 0)
			continue;
		table = pool_alloc(pool, sizeof(*table));
		*table = (struct table){ .kind = TABLE_FILE, .live = &fake->v[i].live };
		return table;
	}
	return table_read(pool, reference, at, problems);
}

struct fake_tables *
fake_tables_new(struct pool *pool)
{
	static const struct live_table_ops live_ops = { fake_find, fake_close };
	static const struct tables_ops ops = { fake_open };
	struct fake_tables *fake = pool_alloc(pool, sizeof(*fake));

	fake->tables.ops = &ops;
	for (size_t i = 0; i < FAKE_TABLES; i++) {
		fake->v[i].live = (struct live_table){ &live_ops, references[i] };
		fake->v[i].rows = "";
	}
	return fake;
}

const struct policy *
fake_policy(struct pool *pool, const char *conf, struct fake_tables *fake,
	struct problems *problems)
{
	const char *dir = tmpdir_new(pool);
	struct policy_source source = { .tables = &fake->tables };

	source.file = tmpdir_write(pool, dir, "sekimori.conf", 0600, conf);
	problems_init(problems, pool);
	return policy_load_from(&source, problems);
}
