/*
 * mail_object - envelope and header of one message, and who handed it over
 *
 * What the steps of the engine (check, summarise, dispose, sign, compose, record) read:
 * the transaction fills it while the message comes, and nothing else writes into it.
 *
 * Standards: RFC 5321 2.3.1
 * Failure:   nothing.
 */
#ifndef ENGINE_MAIL_OBJECT_H
#define ENGINE_MAIL_OBJECT_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "config/policy.h"
#include "engine/author.h"
#include "engine/route.h"
#include "engine/session.h"
#include "mail/message.h"

struct recipient {
	struct slice text; /* as it was given */
	struct address address;
	struct rules rules; /* what holds for its domain, where the message is checked */
};

struct recipient_list VEC_OF(struct recipient);

struct mail_object {
	struct pool *pool;
	const struct session *session;
	const struct policy *policy;
	int64_t now;    /* seconds since 1970 */
	bool is_shadow; /* Mode shadow: decide, and leave the message alone */

	struct route_decision route;
	bool has_mail_from;     /* false: there is no envelope */
	struct slice mail_from; /* without angle brackets; empty: the null sender */
	const char *auth_user;  /* NULL: not known */
	struct recipient_list recipients;

	struct message message;
	struct author author; /* as soon as the header is whole */
};

/* Has it the null reverse-path, as reports have (RFC 5321 4.5.5)? */
static inline bool
mail_is_null_sender(const struct mail_object *mail)
{
	return mail->has_mail_from && mail->mail_from.n == 0;
}

#endif
