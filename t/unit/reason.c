/* Reasons: made of a form and arguments, printed in English or in another language. */
#include "base/base.h"

#include "base/reason.h"

#include "tap.h"

/* A catalogue of five texts. */
static const char *
translate(const char *form)
{
	static const struct {
		const char *form, *text;
	} texts[] = {
		{ "look-up of %s failed: %p", "%2$p, so %1$s" },
		{ "time-out", "ZEIT" },
		{ "%p in %.*s", "%2$s: %1$p" },
		{ "more than %d of %zu", "%s/%s" },
		{ "%s is 100%%", "100%% %s" },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(texts[i].form, form) == 0)
			return texts[i].text;
	return form;
}

static void
is_text(struct pool *pool, const struct reason *reason, const char *english,
	const char *other)
{
	tap_is(reason_text(pool, reason, NULL), english, "%s", english);
	tap_is(reason_text(pool, reason, translate), other, "%s: translated", english);
}

static void
test_forms(struct pool *pool)
{
	char name[] = "a.example";
	const struct reason *inner = REASON("time-out"), *outer;

	outer = reason_make(pool, "look-up of %s failed: %p", name, inner);
	name[0] = '?';
	is_text(pool, outer, "look-up of a.example failed: time-out",
		"ZEIT, so a.example");
	is_text(pool, reason_make(pool, "%p in %.*s", outer, 3, "xyz..."),
		"look-up of a.example failed: time-out in xyz",
		"xyz: ZEIT, so a.example");
	is_text(pool, reason_make(pool, "more than %d of %zu", -3, (size_t)7),
		"more than -3 of 7", "-3/7");
	is_text(pool, reason_make(pool, "%s is 100%%", "all"), "all is 100%", "100% all");
	is_text(pool,
		reason_make(pool, "mode %04o, '%c', %u, %ld", 0640U, 'x', 4U, 1L << 40),
		"mode 0640, 'x', 4, 1099511627776", "mode 0640, 'x', 4, 1099511627776");
	is_text(pool, reason_make(pool, "all of 100%%"), "all of 100%", "all of 100%");
	is_text(pool, reason_make(pool, "nothing%p", (void *)NULL), "nothing", "nothing");
}

/* Without arguments a form is a text as it stands. */
static void
test_plain(struct pool *pool)
{
	is_text(pool, REASON("time-out"), "time-out", "ZEIT");
	is_text(pool, reason_of(pool, "'%' that begins no macro"),
		"'%' that begins no macro", "'%' that begins no macro");
	tap_ok(reason_of(pool, NULL) == NULL, "no complaint, no reason");
	tap_is(reason_text(pool, NULL, NULL), NULL, "no reason, no text");
}

/* A copy outlives what it was made of. */
static void
test_copy(struct pool *pool)
{
	struct pool *first = pool_new();
	char name[] = "a.example";
	const struct reason *copy = reason_copy(
		pool, reason_make(first, "look-up of %s failed: %p", name,
			      reason_of(first, pool_strdup(first, "time-out"))));
	const struct reason *plain = reason_copy(pool, REASON("time-out"));

	pool_free(first);
	is_text(pool, copy, "look-up of a.example failed: time-out",
		"ZEIT, so a.example");
	is_text(pool, plain, "time-out", "ZEIT");
	tap_ok(reason_copy(pool, NULL) == NULL, "a copy of none");
}

static void
test_errno(struct pool *pool)
{
	static const int errors[] = { ENOENT, EACCES, ELOOP, EROFS, EADDRINUSE, ECHILD };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		tap_is_reason(reason_errno(pool, errors[i]), strerror(errors[i]),
			"error %d is said as the system says it", errors[i]);
}

/* What stands for an argument is never read as a form. */
static void
test_hostile(struct pool *pool)
{
	is_text(pool,
		reason_make(pool, "look-up of %s failed: %p", "%2$s%p%%", REASON("x")),
		"look-up of %2$s%p%% failed: x", "x, so %2$s%p%%");
}

int
main(void)
{
	struct pool *pool = pool_new();

	test_forms(pool);
	test_plain(pool);
	test_hostile(pool);
	test_copy(pool);
	test_errno(pool);
	pool_free(pool);
	return tap_done();
}
