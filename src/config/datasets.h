/*
 * datasets - the tables that options name, as what the policy keeps of them
 *
 * The row of an option says which member of the policy its table becomes, and which of
 * these functions makes it: a new option of a data set is one row in options.c, and a
 * member in struct options and in struct policy. Where the option is not set, the member
 * is made of no rows. KeyTable, SigningTable and Domain are policy.c's: what they mean
 * depends on each other.
 *
 * Failure: problems.
 */
#ifndef CONFIG_DATASETS_H
#define CONFIG_DATASETS_H

#include "base/base.h"
#include "base/pool.h"
#include "config/problems.h"
#include "config/table.h"

struct policy;

/* What a function below is given. */
struct dataset {
	struct pool *pool;
	const struct table *table;
	const char *option; /* its name, for complaints */
	struct problems *problems;
};

void dataset_netlist(const struct dataset *, void *dest);   /* const struct netlist * */
void dataset_words(const struct dataset *, void *dest);     /* struct words */
void dataset_macros(const struct dataset *, void *dest);    /* the same, of MacroList */
void dataset_domains(const struct dataset *, void *dest);   /* const struct patterns * */
void dataset_addresses(const struct dataset *, void *dest); /* the same, of addresses */

/* A table that is read for the policy, which remembers the file: all its rows. */
const struct table *datasets_table(
	struct policy *, const char *reference, struct place, struct problems *);

/* The same for keys and who signs with them: it may be live. */
const struct table *datasets_key_table(
	struct policy *, const char *reference, struct place, struct problems *);

/* All options whose row says how. */
void datasets_load(struct policy *, struct problems *);

#endif
