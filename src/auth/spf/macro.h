/*
 * spf/macro - macros in SPF records and explanations
 *
 * A macro string is checked once, when the record is read; expanding one that passed the
 * check cannot fail. What comes out is bounded, whatever the text and the sender are:
 * a name keeps its last 253 bytes' worth of labels, a text is cut at a limit.
 *
 * Standards: RFC 7208 7, RFC 8616 4
 * Failure:   a complaint for a string that is not the grammar.
 */
#ifndef AUTH_SPF_MACRO_H
#define AUTH_SPF_MACRO_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/slice.h"

enum spf_macro_use {
	SPF_MACRO_NAME, /* in a record */
	SPF_MACRO_TEXT, /* in an explanation: spaces and the letters c r t as well */
};

/* What the letters stand for. Values longer than 512 bytes are cut. */
struct spf_vars {
	const struct ip *client;                   /* i c v */
	struct slice sender, local, sender_domain; /* s l o */
	struct slice domain;                       /* d */
	struct slice helo;                         /* h */
	const char *receiver;                      /* r; NULL: "unknown" */
	int64_t now;                               /* t */
	struct slice (*validated)(
		void *arg, struct slice domain); /* p; NULL: "unknown" */
	void *arg;                               /* for validated() */
};

/* Is this a macro-string? */
const char *spf_macro_check(struct slice text, enum spf_macro_use);

/* Is this a domain-spec: a macro-string that ends like a name, or in a macro? */
const char *spf_domain_spec_check(struct slice text);

/* Does a checked string use one of these letters (lower case), in either case? */
bool spf_macro_uses(struct slice text, const char *letters);

/* The name of a checked domain-spec, without final dot. It need not be one that can be
 * asked for. */
struct slice spf_macro_name(struct pool *, struct slice spec, const struct spf_vars *);

/* The text of a checked explanation, at most `limit` bytes of any value. */
struct slice spf_macro_text(
	struct pool *, struct slice text, const struct spf_vars *, size_t limit);

#endif
