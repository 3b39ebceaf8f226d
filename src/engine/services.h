/*
 * services - the world, as the engine sees it
 *
 * Failure: nothing.
 */
#ifndef ENGINE_SERVICES_H
#define ENGINE_SERVICES_H

#include "base/base.h"

struct dns;
struct signer;
struct tables;

struct services {
	struct dns *dns;
	struct signer *signer;
	int64_t (*now)(void); /* seconds since 1970; NULL: always `given` */
	int64_t given;
	int64_t (*monotonic_ms)(void); /* for the DNS deadline */
	struct tables *tables; /* of each policy that is read; NULL: texts alone */
};

/* What time is it? */
static inline int64_t
services_now(const struct services *services)
{
	return services->now != NULL ? services->now() : services->given;
}

#endif
