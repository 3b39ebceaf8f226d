/*
 * gate - how many messages are inside, and whether more may come
 *
 * Every message passes here at MAIL and leaves when it is done, aborted, or its
 * connection closes. So the daemon can be full, and can be emptied before it stops.
 *
 * Failure: nothing.
 */
#ifndef MILTER_GATE_H
#define MILTER_GATE_H

#include "base/base.h"

#include <pthread.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t left;
	int64_t inside;
	bool closed;
};

enum gate_answer { GATE_ENTERED, GATE_FULL, GATE_CLOSED };

void gate_init(struct gate *);

/* Lets one more in, if fewer than limit are inside. */
enum gate_answer gate_enter(struct gate *, int64_t limit);
void gate_leave(struct gate *);

/* Lets no message in any more and waits until all have left, or for so long. Gives how
 * many are still inside. */
int64_t gate_drain(struct gate *, int64_t wait_ms);

#endif
