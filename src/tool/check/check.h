/*
 * check/check - is a domain ready to send mail?
 *
 * Each part of `sekimori check` looks at one thing and adds findings: what was found,
 * what was wanted, and what to do, with the record to paste where a record mends it. The
 * parts are called in the order of this file, since later ones read what earlier ones
 * learnt
 * (`facts`, `addresses`, `keys`); `sekimori explain` calls only those that a bounce
 * points to.
 *
 * Failure: nothing. What the DNS did not answer is a finding too.
 */
#ifndef TOOL_CHECK_CHECK_H
#define TOOL_CHECK_CHECK_H

#include "base/base.h"
#include "auth/dmarc/check.h"
#include "auth/spf/check.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/words.h"
#include "dns/dns.h"
#include "mail/header.h"

struct policy;
struct privkey;
struct relays;
struct signatures;

/* In order of severity. Info is neither good nor bad. */
enum check_status { CHECK_GOOD, CHECK_INFO, CHECK_WARNING, CHECK_FAILURE };

/* What a receiver may demand. */
enum check_fact {
	FACT_SPF,
	FACT_DKIM,
	FACT_DMARC,
	FACT_ALIGNED,
	FACT_PTR,
	FACT_TLS,
	FACT_FORM,
	FACT_UNSUBSCRIBE,
	FACT_COUNT
};

enum check_known { KNOWN_NOT, KNOWN_YES, KNOWN_NO };

/* A record of the DNS, ready to paste. */
struct check_record {
	const char *name; /* absolute, without final dot; NULL: there is none */
	const char *type, *value;
};

struct finding {
	const char *id; /* "spf.found": stable */
	enum check_status status;
	const char *found;
	const char *wanted; /* NULL: what was found is right */
	const char *remedy; /* in words; NULL: nothing to do */
	struct check_record record;
	struct words details; /* further lines: a trace, a list */
};

/* A key of the domain and what became of it. */
struct check_key {
	const char *domain, *selector;
	const struct privkey *key;  /* NULL: only its name is known */
	bool is_good;               /* published, and usable */
	struct check_record record; /* of our own key */
};

/* An address that sends. */
struct check_address {
	struct ip ip;
	const char *name; /* of its PTR; NULL: none, or not asked yet */
	const struct relay *relay;
	struct spf_result spf;
};

struct check {
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
	const struct headers *fields; /* of --message, or NULL */
	struct slice body;
	VEC(struct check_address) addresses;
	VEC(struct check_key) keys;
	VEC(struct finding) findings;
	bool is_parked; /* it says that it sends nothing, and nobody says otherwise */
	enum check_known facts[FACT_COUNT];
	const char *spf_text;  /* the SPF record as published, or NULL */
	const char *spf_sound; /* what of it may stay: proposals begin with it */
	int spf_lookups;       /* its terms that ask the DNS */
};

/* A new finding of this status; the caller fills in the rest. */
struct finding *check_add(
	struct check *, const char *id, enum check_status, const char *found);

/* What was wanted, and what to do. */
void finding_remedy(struct finding *, const char *wanted, const char *remedy);

/* A further line. */
void finding_detail(struct check *, struct finding *, const char *line);

/* Learns a fact; one that is missing once is missing. */
void check_learn(struct check *, enum check_fact, bool is_there);

/* Asks within the time of the configuration. */
void check_ask(struct check *, const char *name, enum dns_type, struct dns_answer *);

/* Text of the DNS or of a message for people: printable, cut. */
const char *check_show(struct check *, struct slice text);

/* The text without the backslashes and quotation marks of a zone file. */
struct slice check_unquoted(struct pool *, struct slice text);

/* "name. 3600 IN TXT "..."": a line of a zone file. */
const char *check_record_line(struct pool *, const struct check_record *);

/* The worst status of all findings. */
enum check_status check_worst(const struct check *);

/* The exit status that says it: 0, 1 for a warning, 2 for a failure. */
int check_exit_status(const struct check *);
const char *check_status_name(enum check_status);

/* Takes the address once. */
void check_add_address(struct check *, const struct ip *);

/* Does this host's resolver answer at all? False: a finding says that it does not, and
 * nothing that a part found would be the domain's fault. */
bool check_resolver(struct check *);

/* The parts. */
void check_config(struct check *);  /* what the key table says: fills keys */
void check_sender(struct check *);  /* who sends, where nobody says: addresses, keys */
void check_reverse(struct check *); /* PTR of each address; knows relays by it */
void check_mx(struct check *);
void check_tls(struct check *);
void check_spf(struct check *);   /* the record itself */
void check_cover(struct check *); /* does it cover the addresses? */
void check_dkim(struct check *);
void check_message(struct check *);
void check_dmarc(struct check *);
void check_reports(
	struct check *, const struct dmarc_result *); /* called by check_dmarc */
void check_dnsbl(struct check *, const char *zone);
void check_receivers(struct check *);

/* A selector of common services under which the domain has a key; NULL: none. */
const char *check_usual_selector(struct check *);

/* SPF of one address as a receiver sees it. limits NULL: those of the RFC. */
void check_spf_of(struct check *, const struct ip *, const struct spf_limits *,
	struct spf_result *);

/* The signatures of the message, judged as any receiver may. */
void check_signatures(struct check *, struct signatures *);

/* The addresses in the Received fields of the message. */
void check_addresses_of_message(struct check *);

/* As text for people, as a page. */
void check_print(const struct check *, FILE *out, bool colour);
void check_html(const struct check *, struct str *out);

#endif
