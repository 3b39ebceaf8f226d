#include "base/base.h"
#include "milter/tally.h"

#define QUIET_MS 60000

void
tally_add(struct tally *tally, int64_t now)
{
	pthread_mutex_lock(&tally->lock);
	tally->untold++;
	tally->last_at = now;
	pthread_mutex_unlock(&tally->lock);
}

int64_t
tally_tell(struct tally *tally, int64_t now)
{
	int64_t n = 0;

	pthread_mutex_lock(&tally->lock);
	if (tally->untold > 0 &&
		(tally->told_at == 0 || now - tally->told_at >= QUIET_MS)) {
		n = tally->untold;
		tally->untold = 0;
		tally->told_at = now;
	}
	pthread_mutex_unlock(&tally->lock);
	return n;
}

int64_t
tally_rest(struct tally *tally)
{
	int64_t n;

	pthread_mutex_lock(&tally->lock);
	n = tally->untold;
	tally->untold = 0;
	pthread_mutex_unlock(&tally->lock);
	return n;
}

bool
tally_has_since(struct tally *tally, int64_t when)
{
	bool has;

	pthread_mutex_lock(&tally->lock);
	has = tally->last_at != 0 && tally->last_at >= when;
	pthread_mutex_unlock(&tally->lock);
	return has;
}
