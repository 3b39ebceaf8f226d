/* Whom From fields name, and whom a signature may stand for. */
#include "base/base.h"

#include "engine/author.h"
#include "mail/message.h"
#include "tap.h"

static const struct {
	const char *from[2];
	const char *domain, *text, *unclear; /* unclear: how it begins */
	const char *signed_for;              /* the domain of that address */
} rows[] = {
	{ { "jiro@example.jp" }, "example.jp", "jiro@example.jp", NULL, "example.jp" },
	{ { "Jiro <jiro@EXAMPLE.jp>" }, "example.jp", "jiro@example.jp", NULL,
		"example.jp" },
	{ { "a@b.example, c@b.example" }, "b.example", "a@b.example", NULL, "b.example" },
	{ { "\"a b\"@b.example" }, "b.example", "a b@b.example", NULL, "b.example" },
	{ { NULL }, NULL, "", "no From field", NULL },
	{ { "a@b.example", "c@d.example" }, NULL, "", "2 From fields", NULL },
	{ { "a@b.example", "a@b.example" }, NULL, "", "2 From fields", NULL },
	{ { "a@b.example, c@d.example" }, NULL, "", "From has 2 author domains", NULL },
	{ { "" }, NULL, "", "From", NULL },
	{ { "jiro" }, NULL, "", "From", NULL },
	{ { "a@[192.0.2.1]" }, NULL, "", "From has an address without a domain", NULL },
	{ { "Doe, John <john@example.jp>" }, NULL, "", "From", "example.jp" },
	{ { "a@b.example <c@d.example>" }, NULL, "", "From", NULL },
};

static void
test_row(struct pool *pool, size_t i)
{
	struct message message;
	struct author author;
	const char *name = rows[i].from[0] != NULL ? rows[i].from[0] : "no field";
	const char *want = rows[i].unclear, *unclear;

	message_init(&message, pool, SIZE_MAX);
	for (size_t k = 0; k < ARRAY_LEN(rows[i].from); k++)
		if (rows[i].from[k] != NULL)
			message_add(&message, SLICE_LIT("From"),
				slice_of(pool_printf(pool, " %s", rows[i].from[k])));
	author = author_read(pool, &message.from);
	unclear = reason_text(pool, author.unclear, NULL);
	tap_is(author.domain, rows[i].domain, "%s: the domain", name);
	tap_is_slice(author.text, slice_of(rows[i].text), "%s: the address", name);
	tap_is(author.signed_for.domain, rows[i].signed_for, "%s: signed for", name);
	tap_ok((author.unclear == NULL) == (want == NULL) &&
			(want == NULL || strncmp(unclear, want, strlen(want)) == 0),
		"%s: unclear: %s", name, unclear != NULL ? unclear : "no");
}

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, i);
	pool_free(pool);
	return tap_done();
}
