/*
 * mta/milter_order - the order in which the milters of a list should stand
 *
 * Verify first, change next, sign last: who checks sees a message as it was sent, and
 * what is signed is what leaves. Who reads the results of others stands behind them.
 *
 * Failure: nothing.
 */
#ifndef TOOL_MTA_MILTER_ORDER_H
#define TOOL_MTA_MILTER_ORDER_H

#include "base/base.h"
#include "tool/mta/mta.h"

#include <jansson.h>

struct str;

/* The same milters in that order; those of one kind stay as they stand. */
void milter_order_sort(
	const struct mta *, const struct milters *, struct milters *sorted);

/* Do we stand before OpenDKIM, who would sign again with our key? */
bool milter_order_is_twice(const struct mta *, const struct milters *);

/* Remembers it, to be shown by mta_end. list: what the mail server calls it. */
void milter_order_show(struct mta *, const char *list, const struct milters *);

void milter_order_print(const struct mta *, struct str *out);
json_t *milter_order_json(const struct mta *);

#endif
