#include "base/base.h"
#include "engine/author.h"

#include "auth/dmarc/check.h"
#include "mail/sole.h"

/* A field off the grammar: "Doe, John <john@example.jp>". */
static struct author
author_unclear(struct pool *pool, const struct headers *from, const struct reason *why)
{
	struct author author = { .unclear = why };
	struct address sole;

	if (from->n == 1 && sole_author(pool, from->v[0]->value, &sole))
		author.signed_for = sole;
	return author;
}

struct author
author_read(struct pool *pool, const struct headers *from)
{
	struct author author = { 0 };
	const struct reason *bad = dmarc_author(pool, from, &author.signed_for);

	if (bad != NULL)
		return author_unclear(pool, from, bad);
	author.domain = author.signed_for.domain;
	author.text = slice_of(pool_printf(
		pool, "%.*s@%s", SLICE_ARG(author.signed_for.local), author.domain));
	return author;
}
