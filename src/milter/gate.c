/*
 * A count and a door. Drain closes the door before it looks at the count, under the same
 * lock, so nobody enters between; the clock is the monotonic one, since a step of the
 * date is not a second that anybody waited.
 */
#include "base/base.h"
#include "milter/gate.h"

void
gate_init(struct gate *gate)
{
	pthread_condattr_t attr;

	*gate = (struct gate){ 0 };
	pthread_mutex_init(&gate->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&gate->left, &attr);
	pthread_condattr_destroy(&attr);
}

enum gate_answer
gate_enter(struct gate *gate, int64_t limit)
{
	enum gate_answer answer = GATE_ENTERED;

	pthread_mutex_lock(&gate->lock);
	if (gate->closed)
		answer = GATE_CLOSED;
	else if (gate->inside >= limit)
		answer = GATE_FULL;
	else
		gate->inside++;
	pthread_mutex_unlock(&gate->lock);
	return answer;
}

void
gate_leave(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	if (--gate->inside == 0)
		pthread_cond_signal(&gate->left);
	pthread_mutex_unlock(&gate->lock);
}

int64_t
gate_drain(struct gate *gate, int64_t wait_ms)
{
	struct timespec until;
	int64_t inside;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(wait_ms / 1000);
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&gate->lock);
	gate->closed = true;
	while (gate->inside > 0 && r == 0)
		r = pthread_cond_timedwait(&gate->left, &gate->lock, &until);
	inside = gate->inside;
	pthread_mutex_unlock(&gate->lock);
	return inside;
}
