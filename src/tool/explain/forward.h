/*
 * explain/forward - was this message handed on by somebody?
 *
 * A forwarder sends from its own address, so SPF cannot pass for the author any more; a
 * DKIM signature survives where nothing was changed. Read are the marks that forwarders,
 * lists and receivers leave in the header.
 *
 * Failure: nothing.
 */
#ifndef TOOL_EXPLAIN_FORWARD_H
#define TOOL_EXPLAIN_FORWARD_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/vec.h"
#include "base/words.h"
#include "mail/header.h"

/* One result of a receiver's Authentication-Results. */
struct forward_result {
	const char *method, *result;
	const char *domain; /* printable; NULL: not said */
};

struct forward {
	bool is_found;
	bool is_crossed;        /* it went from one party to another on its way */
	bool is_list;           /* a mailing list */
	bool is_marked;         /* by a field or a path that forwarders alone write */
	const char *changed_by; /* the host that had it for another recipient, or NULL */
	struct slice earlier;   /* that recipient; empty: the same all the way */
	const char *by;         /* the host or domain that handed it on, or NULL */
	struct ip ip;           /* from which it did so, or IP_NONE */
	const char *author;     /* the domain in From, or NULL */
	struct words signs;     /* what tells so; texts for people */
	VEC(struct forward_result) results; /* of the newest Authentication-Results */
};

/* final: where a bounce says that the message was going, or an empty slice. */
void forward_read(
	struct pool *, const struct headers *, struct slice final, struct forward *);

/* The result of a method that counts most: a pass, else the first; NULL: none. */
const struct forward_result *forward_result(const struct forward *, const char *method);

#endif
