/*
 * The replies are matched from the top, so the more particular one stands first; one that
 * has a receiver or a status is tried only where these agree. The words are what
 * receivers have kept through several versions of their texts.
 */
#include "base/base.h"
#include "tool/explain/bounce_catalogue.h"

#include "tool/explain/bounce.h"
#include "tool/tool.h"

/* NULL, or why the row is no reply. "*" is any. */
static const char *
read_row(struct pool *pool, const struct file_row *row, struct bounce_reply *reply)
{
	const char *const *f = row->fields.v;

	if (row->fields.n < 3)
		return _("a reply has a cause, a receiver, a status, and words");
	*reply = (struct bounce_reply){ .receiver = file_row_cell(row, 1),
		.status = file_row_cell(row, 2),
		.cause = bounce_cause_named(f[0]) };
	if (reply->cause == NULL)
		return pool_printf(pool, _("there is no cause '%s'"), f[0]);
	if (reply->receiver != NULL && bounce_receiver_name(f[1]) == NULL)
		return pool_printf(pool, _("there is no receiver '%s'"), f[1]);
	if (reply->status != NULL && strchr(f[2], '.') != strrchr(f[2], '.'))
		return _("a status stands without its class: 7.26");
	if (reply->status == NULL && row->fields.n == 3)
		return _("neither a status nor words: every reply would fit");
	for (size_t i = 3; i < row->fields.n; i++) {
		if (*f[i] == '\0')
			return _("an empty word: every reply would fit");
		*vec_add(pool, &reply->words) =
			pool_copy(pool, pool_lower(pool, slice_of(f[i])));
	}
	return NULL;
}

void
bounce_replies_add(struct bounce_replies *replies, struct table_file *table)
{
	for (size_t i = 0; i < table->rows.n; i++) {
		struct bounce_reply reply;
		const char *bad = read_row(table->pool, &table->rows.v[i], &reply);

		if (bad != NULL)
			table_file_complain(table, &table->rows.v[i], bad);
		else
			*vec_add(table->pool, replies) = reply;
	}
}

const struct bounce_replies *
bounce_replies_read(struct pool *pool)
{
	struct bounce_replies *replies = pool_alloc(pool, sizeof(*replies));
	struct table_file table;

	*replies = (struct bounce_replies)VEC_INIT;
	table_file_read(pool, "replies", &table);
	bounce_replies_add(replies, &table);
	table_file_report(&table);
	return replies;
}

/* Do all words of the row stand in the reply? */
static bool
reply_has_words(const struct bounce_reply *row, struct slice reply)
{
	for (size_t i = 0; i < row->words.n; i++)
		if (slice_search(reply, row->words.v[i]) < 0)
			return false;
	return true;
}

const struct bounce_cause *
bounce_cause_find(const struct bounce_replies *replies, const char *receiver,
	const char *status, struct slice reply)
{
	const char *detail = status != NULL && strlen(status) > 2 ? status + 2 : NULL;

	if (reply.p == NULL)
		reply = slice_of("");
	for (size_t i = 0; i < replies->n; i++) {
		const struct bounce_reply *row = &replies->v[i];

		if (row->receiver != NULL &&
			(receiver == NULL || strcmp(row->receiver, receiver) != 0))
			continue;
		if (row->status != NULL &&
			(detail == NULL || strcmp(row->status, detail) != 0))
			continue;
		if (reply_has_words(row, reply))
			return row->cause;
	}
	return NULL;
}
