/*
 * outcome - what a check found, and why
 *
 * Standards: RFC 8601 2.7
 * Failure:   nothing. Only pass and none go without a reason.
 */
#ifndef AUTH_OUTCOME_H
#define AUTH_OUTCOME_H

#include "base/base.h"

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

struct outcome {
	enum auth_code code;
	const char *reason; /* static or in the message's pool; our own words, printable
	                       ASCII */
};

/* The word of RFC 8601: "pass", "softfail" ... */
const char *auth_code_name(enum auth_code);

#endif
