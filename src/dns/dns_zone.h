/*
 * dns_zone - answers out of zone text
 *
 * For tests, for the tool's --zone and --overlay: what the DNS would say, as a text of
 *
 *     NAME TTL IN TYPE RDATA           A AAAA MX PTR TXT CNAME NS SOA SPF
 *     ;@FAIL NAME TYPE|* TIMEOUT|SERVFAIL|REFUSED|FORMERR
 *     ;@EMPTY NAME                     the name exists and holds nothing
 *
 * and comments from `;` on. Names are absolute, with or without final dot. TXT is one or
 * more quoted strings, which are joined; `\DDD` and `\X` stand for bytes there and in
 * names. `;@FAIL NAME *` spares the types that are listed for the name; `;@FAIL . *` is a
 * resolver that is dead, and spares nothing. A name that is
 * not listed does not exist, even where names below it do; there are no wildcards. CNAMEs
 * are followed. TIMEOUT is TEMPFAIL at once, without a wait.
 *
 * A zone may be asked by several threads, after all its text was added.
 *
 * Failure: a complaint for text that is not a zone, with file and line; else an outcome.
 */
#ifndef DNS_DNS_ZONE_H
#define DNS_DNS_ZONE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "dns/dns.h"

/* A zone without names; dns_close ends it. */
struct dns *dns_zone_new(void);

/* Adds what a text lists to what is there; `file` is for the complaint. */
const struct reason *dns_zone_add(
	struct dns *, struct pool *, const char *file, struct slice text);

/* Names that the zone lists are answered by it, others by `below`. A dns_close of the
 * overlay closes both. */
struct dns *dns_overlay_new(struct dns *, struct dns *below);

/* How often a zone was asked this question, or asked to prefetch its answer. */
unsigned dns_zone_asked(struct dns *, const char *name, enum dns_type);
unsigned dns_zone_prefetched(struct dns *, const char *name, enum dns_type);

/* How many questions it was asked in all, prefetches apart. */
unsigned dns_zone_questions(struct dns *);

/* The i-th different question in the order of first asking, as "TXT name"; NULL past the
 * last. */
const char *dns_zone_question(struct dns *, size_t i);

#endif
