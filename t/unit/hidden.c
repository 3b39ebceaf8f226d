/* Fields that some readers see within another, and that must not be there. */
#include "base/base.h"

#include "engine/hidden.h"
#include "tap.h"

#define OURS "Authentication-Results: mx.example; none"
#define THEIRS "Authentication-Results: mx.other; none"

static const struct {
	const char *value, *receiver;
	bool is_hidden;
	const char *closed;
} rows[] = {
	{ " x", NULL, false, " x" },
	{ " x\r" OURS, NULL, true, " x " OURS },
	{ " x\n" OURS, NULL, true, " x " OURS },
	{ " x\v" OURS, NULL, true, " x " OURS },
	{ " x\f" OURS, NULL, true, " x " OURS },
	{ " x\xe2\x80\xa8" OURS, NULL, true, NULL },
	{ " x\r" THEIRS, NULL, false, NULL },
	{ " x " OURS, NULL, false, " x " OURS },
	{ " x\r\n " OURS, NULL, false, " x\r\n " OURS },
	{ " x\rFrom: ceo@b.example", NULL, true, " x From: ceo@b.example" },
	{ " x\rX-Sekimori-Quarantine: y", NULL, true, NULL },
	{ " x\rReceived-SPF: pass receiver=mx.example", "mx.example", true, NULL },
	{ " x\rReceived-SPF: pass receiver=mx.example", NULL, false, NULL },
	{ " x\rSubject: y", NULL, false, NULL },
};

int
main(void)
{
	struct pool *pool = pool_new();
	struct authres_ids ids = VEC_INIT;

	tap_is(authres_ids_add(pool, &ids, SLICE_LIT("mx.example")), NULL, "our id");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice value = slice_of(rows[i].value), closed;
		const char *name = pool_show(pool, value, 60);

		tap_ok(hidden_is_in(value, &ids, rows[i].receiver) == rows[i].is_hidden,
			"%zu %s: hidden: %d", i, name, rows[i].is_hidden);
		closed = hidden_closed(pool, value);
		tap_ok(!hidden_is_in(closed, &ids, rows[i].receiver),
			"%zu: closed it is not", i);
		if (rows[i].closed != NULL)
			tap_is_slice(closed, slice_of(rows[i].closed), "%zu: closed", i);
	}
	pool_free(pool);
	return tap_done();
}
