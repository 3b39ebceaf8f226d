/*
 * A thread of its own writes the line, since whoever waits for the DNS sits in a call. It
 * wakes once a second, and writes nothing within the first: most commands are over by
 * then.
 */
#include "base/base.h"
#include "tool/progress.h"

#include <pthread.h>

#include "base/clock.h"
#include "tool/tool.h"

#define PATIENCE_MS 1000

struct progress {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	const char *what;
	int64_t since;
	bool is_over, is_shown;
};

/* The line, with the lock held. */
static void
show(struct progress *p)
{
	int64_t ms = clock_monotonic_ms() - p->since;

	if (ms < PATIENCE_MS)
		return;
	dprintf(STDERR_FILENO, "\r\033[K");
	dprintf(STDERR_FILENO, _("waiting for the DNS (%s), %d s"), p->what,
		(int)(ms / 1000));
	p->is_shown = true;
}

static void *
watch(void *arg)
{
	struct progress *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->is_over) {
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&p->change, &p->lock, &until);
		if (!p->is_over)
			show(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct progress *
progress_new(void)
{
	pthread_condattr_t attributes;
	struct progress *p;

	if (!isatty(STDERR_FILENO) || (p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->what = "";
	p->since = clock_monotonic_ms();
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&p->change, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&p->thread, NULL, watch, p) == 0)
		return p;
	free(p);
	return NULL;
}

void
progress_step(struct progress *p, const char *what)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->what = what;
	pthread_mutex_unlock(&p->lock);
}

void
progress_free(struct progress *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->is_over = true;
	pthread_cond_signal(&p->change);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	if (p->is_shown)
		dprintf(STDERR_FILENO, "\r\033[K");
	pthread_cond_destroy(&p->change);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
