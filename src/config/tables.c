#include "base/base.h"
#include "config/tables.h"

static const struct table *
open_text(struct tables *tables UNUSED, struct pool *pool, const char *reference,
	struct place at, struct problems *problems)
{
	return table_read(pool, reference, at, problems);
}

struct tables *
tables_files(struct pool *pool)
{
	static const struct tables_ops ops = { open_text };
	struct tables *tables = pool_alloc(pool, sizeof(*tables));

	tables->ops = &ops;
	return tables;
}

static void
close_live(void *live)
{
	((struct live_table *)live)->ops->close(live);
}

const struct table *
tables_open(struct tables *tables, struct pool *pool, const char *reference,
	struct place at, struct problems *problems)
{
	const struct table *table =
		tables->ops->open(tables, pool, reference, at, problems);

	if (table->live != NULL)
		pool_on_free(pool, close_live, table->live);
	return table;
}

const struct table *
tables_read(struct tables *tables, struct pool *pool, const char *reference,
	struct place at, struct problems *problems)
{
	const struct table *table = tables_open(tables, pool, reference, at, problems);
	struct table *whole;
	struct asker asker = { .pool = pool };

	if (table->live == NULL)
		return table;
	whole = pool_alloc(pool, sizeof(*whole));
	whole->kind = table->kind;
	if (table_ask(table->live, &asker, &(struct table_question){ .by = TABLE_ALL },
		    &whole->rows) == ROW_UNAVAILABLE)
		problems_error(problems, at, "%p", asker.why);
	return whole;
}

enum found
table_unusable(
	const struct live_table *live, struct asker *asker, const struct reason *why)
{
	asker->why = reason_make(
		asker->pool, "the table %s has no answer: %p", live->name, why);
	return ROW_UNAVAILABLE;
}

enum found
table_ask(struct live_table *live, struct asker *asker,
	const struct table_question *question, struct table_rows *rows)
{
	const struct reason *why = NULL;
	enum found found;

	*rows = (struct table_rows)VEC_INIT;
	found = live->ops->find(live, question, asker->pool, rows, &why);
	if (found == ROW_UNAVAILABLE)
		return table_unusable(live, asker, why);
	return rows->n > 0 ? ROW_FOUND : ROW_ABSENT;
}
