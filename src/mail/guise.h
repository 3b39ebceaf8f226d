/*
 * guise - whom a From field shows to others than its strict reader
 *
 * Where a field is not an address list, programs guess: they pass over blanks, comments
 * and folds inside a domain (the obsolete spellings of RFC 5322 4.4), decode encoded
 * words, take wide letters for narrow ones, close brackets that are open. Sendmail makes
 * a@b.example of a%b.example and of b.example!a, and completes an address that has no
 * domain. This names all that one of them may show: too much rather than too little.
 *
 * Standards: RFC 5322 4.4, RFC 2047, UAX 15 (NFKC, as far as ASCII goes)
 * Failure:   nothing.
 */
#ifndef MAIL_GUISE_H
#define MAIL_GUISE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "mail/address.h"

/* Every domain that an address in the text may have, in any reading, each once. False:
 * the text is longer, or holds more of them, than a From field can be meant to. */
bool guise_domains(struct pool *, struct slice value, struct domains *);

/* Does it hold an address that lacks a domain, which a mail server may complete? */
bool guise_lacks_domain(struct slice value);

/* Is it one address in angle brackets, after a name that is not spelt as it should be,
 * but cannot be anything else: "Foo [Bar] <a@b.example>"? Its domain, else NULL.
 * completes: a mail server may complete the first word to an address, as ACME in
 * "ACME, Inc. <a@b.example>". */
const char *guise_only(struct pool *, struct slice value, bool completes);

#endif
