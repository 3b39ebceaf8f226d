/*
 * explain/bounce - what a receiver said when it refused a message
 *
 * Reads the own words of a bounce, a log line of Postfix or Sendmail, or any text in
 * which a reply is quoted (quote). What could not be found stays NULL; what was found is
 * only what the text says. The reply alone decides what it means.
 *
 * Standards: RFC 5321 4.2, RFC 3463, RFC 3464, RFC 7505 4.2
 * Failure:   nothing: any bytes give a bounce, perhaps an empty one.
 */
#ifndef TOOL_EXPLAIN_BOUNCE_H
#define TOOL_EXPLAIN_BOUNCE_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

struct bounce_cause;
struct bounce_replies;

/* What the reply itself says of a check. */
enum bounce_said { SAID_NOTHING, SAID_PASS, SAID_FAIL };

struct bounce {
	const char *receiver;      /* "gmail", "yahoo" ..., or NULL */
	const char *receiver_name; /* "Gmail", for people; or NULL */
	const char *code;          /* "550", or NULL */
	const char *status;        /* "5.7.26", or NULL */
	const char *reply;         /* the reply in one line, without codes; or NULL */
	/* That the receiver speaks of, or the sender's; checked; or NULL. */
	const char *domain;
	struct ip ip; /* of the sending host, as the receiver saw it; or IP_NONE */
	const char *recipient; /* its domain; checked; or NULL */
	enum bounce_said spf, dkim, dmarc;
	const struct bounce_cause *cause; /* NULL: the catalogue does not know it */
};

struct bounces VEC_OF(struct bounce);

/* replies: what is known of receivers (bounce_catalogue.h). */
void bounce_read(
	struct pool *, const struct bounce_replies *, struct slice text, struct bounce *);

/* A bounce in which no code was found: what its first text part says in so many words. */
void bounce_read_notice(
	struct pool *, const struct bounce_replies *, struct slice text, struct bounce *);

/* The replies of the text that mean something else than this first one: to a message with
 * several recipients, each host answers for itself. Each meaning once. */
void bounce_read_others(struct pool *, const struct bounce_replies *, struct slice text,
	const struct bounce *first, struct bounces *);

#endif
