/* Who may enter, and how it empties. */
#include "base/base.h"
#include "base/clock.h"
#include "milter/gate.h"

#include "tap.h"

/* Leaves once, a little later. */
static void *
leaver(void *gate)
{
	struct timespec moment = { 0, 30000000 };

	nanosleep(&moment, NULL);
	gate_leave(gate);
	return NULL;
}

/* Goes in and out many times. */
static void *
visitor(void *gate)
{
	for (int i = 0; i < 20000; i++)
		if (gate_enter(gate, 3) == GATE_ENTERED)
			gate_leave(gate);
	return NULL;
}

int
main(void)
{
	struct gate gate;
	pthread_t threads[4];
	int64_t begun;

	gate_init(&gate);
	tap_is_int(gate_enter(&gate, 2), GATE_ENTERED, "one");
	tap_is_int(gate_enter(&gate, 2), GATE_ENTERED, "two: at the limit");
	tap_is_int(gate_enter(&gate, 2), GATE_FULL, "three: past it");
	gate_leave(&gate);
	tap_is_int(gate_enter(&gate, 2), GATE_ENTERED, "one left, one enters");
	tap_is_int(gate_enter(&gate, 3), GATE_ENTERED, "the limit was raised");
	gate_leave(&gate);
	gate_leave(&gate);
	tap_is_int(gate_drain(&gate, 1), 1, "drained in vain: one is inside");
	tap_is_int(gate_enter(&gate, 9), GATE_CLOSED, "nobody enters any more");
	begun = clock_monotonic_ms();
	pthread_create(&threads[0], NULL, leaver, &gate);
	tap_is_int(gate_drain(&gate, 60000), 0, "drained when the last one leaves");
	tap_ok(clock_monotonic_ms() - begun < 30000, "and not when the time is over");
	pthread_join(threads[0], NULL);
	gate_init(&gate);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_create(&threads[i], NULL, visitor, &gate);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	tap_is_int(gate_drain(&gate, 0), 0, "four threads have left nobody inside");
	return tap_done();
}
