/*
 * outcome - what a check found, and why
 *
 * The reason is for people. What a program decides by is the code, and the cause.
 *
 * Standards: RFC 8601 2.7
 * Failure:   nothing. Only pass and none go without a reason.
 */
#ifndef AUTH_OUTCOME_H
#define AUTH_OUTCOME_H

#include "base/base.h"
#include "base/reason.h"

enum auth_code {
	AUTH_NONE,
	AUTH_PASS,
	AUTH_FAIL,
	AUTH_SOFTFAIL,
	AUTH_NEUTRAL,
	AUTH_POLICY,
	AUTH_TEMPERROR,
	AUTH_PERMERROR,
};

/* What somebody decides by, beyond the code. */
enum auth_cause {
	CAUSE_OTHER,
	CAUSE_DNS,         /* SPF, DKIM: TEMPERROR, a question was not answered in time */
	CAUSE_NO_KEY,      /* PERMERROR: none is published where the signature says */
	CAUSE_REVOKED_KEY, /* PERMERROR */
	CAUSE_INCOMPLETE,  /* no list of tags, or one that lacks a tag; any code */
	CAUSE_EXPIRED,     /* FAIL: by x= alone */
};

struct outcome {
	enum auth_code code;
	enum auth_cause cause;
	const struct reason *reason; /* static or in the message's pool; our own words,
	                                printable ASCII */
};

static inline struct outcome
auth_because(enum auth_code code, enum auth_cause cause, const struct reason *reason)
{
	return (struct outcome){ code, cause, reason };
}

static inline struct outcome
auth_outcome(enum auth_code code, const struct reason *reason)
{
	return auth_because(code, CAUSE_OTHER, reason);
}

/* The word of RFC 8601: "pass", "softfail" ... */
const char *auth_code_name(enum auth_code);

#endif
