/*
 * table_fixture - live tables, whose server is the test
 *
 * The references fake:keys, fake:signing and fake:hosts open three tables that have the
 * rows of a text; all others are files. The test says which of them is away.
 *
 * Failure: panic, or a test that is not ok where a configuration has an error.
 */
#ifndef UNIT_TABLE_FIXTURE_H
#define UNIT_TABLE_FIXTURE_H

#include "base/base.h"
#include "base/pool.h"
#include "config/policy.h"
#include "config/tables.h"

enum fake_name { FAKE_KEYS, FAKE_SIGNING, FAKE_HOSTS, FAKE_TABLES };

struct fake_table {
	struct live_table live;
	const char *rows;
	bool is_away;         /* no question has an answer */
	const char *away_for; /* only those for this value have none; NULL: all have */
	bool is_closed;
};

struct fake_tables {
	struct tables tables;
	struct fake_table v[FAKE_TABLES];
};

/* Three tables without rows, all there. */
struct fake_tables *fake_tables_new(struct pool *);

/* A policy of this text, with these tables. NULL: problems. */
const struct policy *fake_policy(
	struct pool *, const char *conf, struct fake_tables *, struct problems *);

#endif
