/*
 * authres_compose - the results as one Authentication-Results field
 *
 * The order is login, SPF, DKIM (one result a signature), DMARC, iprev. What did not pass
 * has a reason, in our own words. When
 * all of it would be too long for OpenDMARC, which reads a kilobyte or nothing, the field
 * says less, step by step: no reasons, and of a signature domain and selector; only the
 * signatures that passed; only what DMARC rests on. A field that it cannot read even then
 * gives it no pass.
 *
 * Standards: RFC 8601 2.2, 2.7, RFC 6376 6.1.3, RFC 7208 9.2, RFC 9989 9.1
 * Failure:   nothing.
 */
#ifndef ENGINE_AUTHRES_COMPOSE_H
#define ENGINE_AUTHRES_COMPOSE_H

#include "base/base.h"
#include "base/slice.h"
#include "engine/mail_object.h"
#include "engine/results.h"
#include "mail/authres.h"

/* How much is said. Each step leaves out what the next reader needs least: at last all
 * but what DMARC rests on, and of that the names. */
enum authres_detail {
	AUTHRES_FULL,
	AUTHRES_TERSE,  /* no reasons; of signatures not examined one result */
	AUTHRES_PASSES, /* signatures that passed */
	AUTHRES_NEEDED,
};

/* What the field says, so that all readers in use can read it. */
void authres_of(const struct mail_object *, const struct results *, enum authres_detail,
	struct authres *);

/* The value with the space that follows the colon, and as much detail as OpenDMARC takes.
 * authserv_id: as it shall be written. NUL-terminated. */
struct slice authres_fit(
	const struct mail_object *, const struct results *, const char *authserv_id);

#endif
