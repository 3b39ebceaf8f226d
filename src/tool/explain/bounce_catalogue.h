/*
 * explain/bounce_catalogue - which reply of which receiver means what
 *
 * Causes are in bounce_causes.c, with what a person needs to know and do. What they are
 * recognised by is in the file `replies` (tool/table_file.h), a row a reply; so are the
 * receivers, and the words behind which a reply names a domain or an address.
 *
 * A word of a row is found anywhere in the reply. "a|b" is either, "=a" stands by itself
 * and not within a longer word, an address or a name, "!a" must not be there. "%d" is a
 * domain or a mail address, "%i" an IP address: "spf [%d] with ip: [%i]".
 *
 * Failure: complaints on standard error; the other rows count.
 */
#ifndef TOOL_EXPLAIN_BOUNCE_CATALOGUE_H
#define TOOL_EXPLAIN_BOUNCE_CATALOGUE_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "base/words.h"
#include "tool/table_file.h"

struct bounce_cause {
	const char *id;      /* for programs */
	unsigned look;       /* enum check_look */
	const char *meaning; /* for people; to be translated */
	/* Likewise; %d stands for the domain, %i for the address. */
	const char *remedies[5];
};

struct bounce_reply {
	const char *receiver; /* NULL: anybody's */
	const char *status;   /* "7.26", "5xx", "552", with commas; NULL: any */
	struct words words;   /* all of them, in lower case */
	const struct bounce_cause *cause; /* NULL: tells where a domain or address is */
	int line;                         /* of the file */
};

struct bounce_receiver {
	const char *id, *name;
	struct words signs; /* "gsmtp"; "@google.com": its hosts; "?gmail": its name */
};

struct bounce_replies {
	struct bounce_reply *v;
	size_t n, cap;
	VEC(struct bounce_reply) places;
	VEC(struct bounce_receiver) receivers;
};

/* The rows of a table, and those of the file. Complaints are in the table, or go to
 * standard error. */
void bounce_replies_add(struct bounce_replies *, struct table_file *);
const struct bounce_replies *bounce_replies_read(struct pool *);

/* What is asked of the catalogue. */
struct bounce_query {
	const char *receiver, *code, *status; /* NULL: not known */
	struct slice reply;                   /* in lower case */
	/* The words alone decide, not the numbers, and one of them has at least so many
	 * words; 0: any row. */
	int phrase;
};

/* The row that fits; NULL: unknown. */
const struct bounce_reply *bounce_reply_find(
	const struct bounce_replies *, const struct bounce_query *);

/* The domain, checked, and the address that a reply names behind known words; NULL and
 * IP_NONE: none. */
void bounce_reply_subjects(struct pool *, const struct bounce_replies *,
	const struct bounce_query *, const char **domain, struct ip *);

/* By its name in the file: the id, or, where one id has several texts, another word. */
const struct bounce_cause *bounce_cause_named(const char *name);

/* A domain of two labels or more that begins here, or behind an @; NULL: none. */
const char *bounce_domain_here(struct pool *, struct slice text);

#endif
