/* What is told of things that happen often, and when. */
#include "base/base.h"
#include "milter/tally.h"

#include "tap.h"

/* At a time, so many times more, then what is told. */
static const struct {
	int64_t now, times, told;
	const char *name;
} rows[] = {
	{ 1000, 0, 0, "nothing has happened" },
	{ 1000, 1, 1, "the first time is told at once" },
	{ 1001, 5, 0, "what follows is not" },
	{ 60999, 400, 0, "not within a minute" },
	{ 61000, 0, 405, "then all of it, as a number" },
	{ 61000, 0, 0, "and only once" },
	{ 500000, 0, 0, "nothing more has happened" },
	{ 500000, 1, 1, "after a quiet time, at once again" },
	{ 500001, 1, 0, "and then not" },
};

int
main(void)
{
	struct tally tally = TALLY_INIT;

	tap_ok(!tally_has_since(&tally, 0), "it has never happened");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int64_t n = 0; n < rows[i].times; n++)
			tally_add(&tally, rows[i].now);
		tap_is_int(tally_tell(&tally, rows[i].now), rows[i].told, "%s",
			rows[i].name);
	}
	tap_ok(tally_has_since(&tally, 500001), "it has happened since its last time");
	tap_ok(!tally_has_since(&tally, 500002), "and not after it");
	tap_is_int(tally_rest(&tally), 1, "the rest is told in the end");
	tap_is_int(tally_rest(&tally), 0, "and nothing remains");
	return tap_done();
}
