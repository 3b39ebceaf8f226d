/*
 * check/subject - what a check looks at
 *
 * A domain, and what else was named: who sends in the envelope, from where, a message. No
 * part of a check changes it.
 *
 * Failure: nothing. What the DNS does not answer is DNS_TEMPFAIL.
 */
#ifndef TOOL_CHECK_SUBJECT_H
#define TOOL_CHECK_SUBJECT_H

#include "base/base.h"
#include "auth/spf/check.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/words.h"
#include "dns/dns.h"
#include "mail/header.h"

struct policy;
struct relays;
struct signatures;

/* How much the domain sends to one receiver. */
enum volume { VOLUME_UNKNOWN, VOLUME_SMALL, VOLUME_BULK };

struct subject {
	struct pool *pool;
	struct dns *dns;
	const char *nameservers; /* whom it asks; NULL: no network */
	const struct policy *policy;
	int64_t now;
	const char *domain;
	const char *envelope;   /* the domain of MAIL FROM */
	struct slice mail_from; /* empty: postmaster of it */
	struct slice helo;
	const char *selector; /* --selector, or NULL */
	const struct relays *relays;
	struct words usual_selectors; /* of large services and common programs */
	struct words lists;           /* zones that list addresses: --dnsbl */
	struct words usual_lists;     /* those that answer everybody */
	enum volume volume;           /* --volume */
	const struct headers *fields; /* of --message, or NULL */
	struct slice body;
};

/* Asks within the time of the configuration. */
void subject_ask(
	const struct subject *, const char *name, enum dns_type, struct dns_answer *);

/* Does the name have this address? */
bool subject_leads_to(const struct subject *, const char *name, const struct ip *);

/* SPF of one address as a receiver sees it. limits NULL: those of the RFC. */
void subject_spf(const struct subject *, const struct ip *, const struct spf_limits *,
	struct spf_result *);

/* The signatures of the message, judged as any receiver may. */
void subject_signatures(const struct subject *, struct signatures *);

/* The value of a tag of a record ("v=X; tag=value") as it stands there, whatever else is
 * wrong with the record; empty: it is not there. */
struct slice check_tag(struct slice record, const char *tag);

/* Adds a name to a list for people, "SPF, TLS", once. */
void check_name_in(struct str *list, const char *name);

/* An address that no record names: a record is evaluated to its end for it. */
struct ip check_nobody(bool is_ipv6);

/* Text of the DNS or of a message for people: printable, cut. */
const char *check_show(struct pool *, struct slice text);

#endif
