/*
 * authres - the results of an Authentication-Results field
 *
 * The value of the field in both directions; authres_parse.h reads it. What is written
 * is fit for the strictest reader whatever the values are: words of ours stand as they
 * are, values from the wire are written bare only where they are a token or an address
 * of dot-atom@domain, and else as a quoted string. So parsing gives the
 * same results back, none added, for every value that is UTF-8 without control
 * characters. Of other values, a control character becomes a blank and a byte that is
 * not UTF-8 a '?'. A property whose value is longer than AUTHRES_VALUE_MAX bytes is left
 * out (a part of an identity is another identity); a reason is cut.
 *
 * Standards: RFC 8601 2.2, 2.7, RFC 6532
 * Failure:   panic when a word of ours (method, result, property) is not a keyword.
 */
#ifndef MAIL_AUTHRES_H
#define MAIL_AUTHRES_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/str.h"
#include "base/vec.h"

enum { AUTHRES_VALUE_MAX = 400 };

struct authres_property {
	const char *type;   /* "smtp", "header", "policy" ... lower case */
	const char *name;   /* "mailfrom", "d" ... lower case */
	struct slice value; /* plain: no quotes, no escapes */
};

struct authres_result {
	const char *method;  /* "spf" ... lower case */
	unsigned version;    /* 0: not written, which means 1 */
	const char *result;  /* "pass" ... lower case */
	struct slice reason; /* p == NULL: not written */
	struct VEC_OF(struct authres_property) properties;
};

struct authres {
	struct slice authserv_id; /* plain */
	unsigned version;         /* 0: not written, which means 1 */
	unsigned instance;        /* of an ARC-Authentication-Results; 0: it is none */
	struct VEC_OF(struct authres_result) results; /* none: "none" */
};

/* Adds a result; its method and result are words of ours. */
struct authres_result *authres_add(
	struct pool *, struct authres *, const char *method, const char *result);

/* Adds a property; type and name are words of ours. */
void authres_property(struct pool *, struct authres_result *, const char *type,
	const char *name, struct slice value);

/* Adds the value of the field, from after "Authentication-Results: " on, folded with
 * CRLF TAB before each result. */
void authres_print(const struct authres *, struct str *out);

#endif
