/*
 * tally - what happens often, told seldom
 *
 * The first time is told at once, what follows as a number, once a minute at the most: a
 * crowd that is turned away must not fill the log as well.
 *
 * Failure: nothing.
 */
#ifndef MILTER_TALLY_H
#define MILTER_TALLY_H

#include "base/base.h"

#include <pthread.h>

struct tally {
	pthread_mutex_t lock;
	int64_t untold;  /* how often since it was told */
	int64_t told_at; /* 0: never */
	int64_t last_at; /* when it happened; 0: never */
};

#define TALLY_INIT                                 \
	{                                          \
		PTHREAD_MUTEX_INITIALIZER, 0, 0, 0 \
	}

/* It has happened once more. now: milliseconds. */
void tally_add(struct tally *, int64_t now);

/* How often, to be told now; 0: nothing is to be told yet. */
int64_t tally_tell(struct tally *, int64_t now);

/* The same, without waiting for its time. */
int64_t tally_rest(struct tally *);

/* Has it happened since then? */
bool tally_has_since(struct tally *, int64_t when);

#endif
