/*
 * authres_parse - reads an Authentication-Results field
 *
 * The whole value or nothing: what is not the grammar is a complaint. Comments and folds
 * may stand wherever the grammar has CFWS; keywords are folded to lower case; quoted
 * strings come back plain, with blanks for control characters. "i=N;" before the rest
 * makes it an ARC-Authentication-Results (instance is then N). UTF-8 is allowed in quoted
 * strings, comments and bare values.
 *
 * More is taken than the grammar has, where deployed mail systems write more and no
 * second meaning is possible:
 *   - a ';' after the last result, and no result at all;
 *   - a reason after a property;
 *   - a '/' in a bare id (a job id after it);
 *   - a bare value of anything but blanks, controls and ; ( ) " \, so that
 *     header.b=a/b=, policy.iprev=2001:db8::1 and smtp.mailfrom=<> parse. A '=' stands at
 *     its end or in an address, so "smtp.mailfrom= smtp.helo=x" is a complaint, not a
 *     strange value.
 *
 * Standards: RFC 8601 2.2, RFC 8617 4.1.1
 * Failure:   a complaint.
 */
#ifndef MAIL_AUTHRES_PARSE_H
#define MAIL_AUTHRES_PARSE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "mail/authres.h"

const char *authres_parse(struct pool *, struct slice value, struct authres *);

#endif
