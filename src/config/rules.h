/*
 * rules - what a row of the key table may ask of mail, as policy
 *
 * One row a rule: its attribute's name, which is the word of the log as well, whose row
 * it is, the values that it takes, and what holds where no row says anything. When a rule
 * applies, and what is replied then, is the engine's (engine/disposition.c).
 *
 * Failure: nothing.
 */
#ifndef CONFIG_RULES_H
#define CONFIG_RULES_H

#include "base/base.h"
#include "base/names.h"

struct reason;

/* spf-fail, unauthenticated, impersonation, dmarc: in order of severity. */
enum rule_action { RULE_OFF, RULE_MARK, RULE_QUARANTINE, RULE_REJECT };

/* dns-error */
enum rule_dns_error { RULE_DNS_ACCEPT, RULE_DNS_TEMPFAIL };

enum rule_kind {
	RULE_SPF_FAIL,
	RULE_UNAUTHENTICATED,
	RULE_DMARC,
	RULE_DNS_ERROR,
	RULE_IMPERSONATION,
	RULE_KINDS
};

/* Whose domain the row is found by. */
enum rule_scope { SCOPE_RECIPIENT, SCOPE_AUTHOR };

struct rule_type {
	const char *name;
	enum rule_scope scope;
	const struct name_code *words;
	size_t nwords;
	int preset; /* enum rule_action, or enum rule_dns_error */
};

extern const struct rule_type rule_types[RULE_KINDS];

/* One attribute of a policy and the row that says so. */
struct rule {
	int value;         /* enum rule_action, or enum rule_dns_error */
	bool is_set;       /* false: the default */
	const char *where; /* "keytable:12"; NULL for the default */
};

/* The policy that holds for a domain, each part with its row. */
struct rules {
	struct rule v[RULE_KINDS];
	const char *unread; /* "keytable:12", which may say more and cannot be read; NULL */
	const struct reason *unavailable; /* the table has no answer: what holds is not
	                                     known; or NULL */
};

/* The word of a rule's value: "mark", "reject", "tempfail" ... */
const char *rule_value_name(enum rule_kind, int value);

/* Fills in what no row has said. */
void rules_preset(struct rules *);

/* Would these recipients have the message treated alike? As far as is known. */
bool rules_agree(const struct rules *a, const struct rules *b);

#endif
