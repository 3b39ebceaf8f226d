/*
 * sole - From fields off the grammar that can mean one thing only
 *
 * A field that is not an address list has no author, since programs guess differently
 * who it is (mail/address.h). Two kinds leave them nothing to guess. One is written with
 * commas, brackets and colons where a quoted name should be: "Foo [Bar] <a@b.example>".
 * The other names no domain at all, as reports of mail servers do: "MAILER-DAEMON".
 *
 * Strict in all else: what some reader decodes, unfolds or routes to another address is
 * neither of the two.
 *
 * Standards: RFC 5322 3.4, RFC 5321 4.5.5, RFC 2047 5
 * Failure:   nothing.
 */
#ifndef MAIL_SOLE_H
#define MAIL_SOLE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "mail/address.h"

/* The only address that any reader can find in the value, if it has a domain. False:
 * there is none. */
bool sole_author(struct pool *, struct slice value, struct address *author);

/* Its domain; NULL: there is no such address. */
const char *sole_domain(struct pool *, struct slice value);

/* Does the value name one author without a domain, or none? Its name may be encoded,
 * where it decodes to no address. */
bool sole_is_nobody(struct slice value);

/* Is that author none, or one by whose name mail servers report (RFC 5321 4.5.5)? */
bool sole_is_report(struct slice value);

#endif
