/*
 * domain - domain names in their one spelling
 *
 * A checked domain is a NUL-terminated string of lower-case A-labels, without final dot,
 * each label 1 to 63 of letters, digits, hyphen, underscore, at most 253 in all. So
 * strcmp compares domains, and no character of one needs quoting anywhere.
 *
 * Standards: RFC 1035 2.3.4, RFC 5890, RFC 8616 3
 * Failure:   a complaint for what is not a domain.
 */
#ifndef MAIL_DOMAIN_H
#define MAIL_DOMAIN_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

/* U-labels (UTF-8) become A-labels, case is folded, one final dot is dropped. */
const char *domain_parse(struct pool *, struct slice text, const char **domain);

/* The domain as people write it: U-labels where its A-labels stand for some. */
const char *domain_unicode(struct pool *, const char *domain);

/* How many labels it has. */
int domain_labels(const char *domain);

/* What follows the first label; NULL for the last one. Points into the argument. */
const char *domain_parent(const char *domain);

/* The domain's last n labels (all of it when there are fewer).
 * Points into the argument. */
const char *domain_tail(const char *domain, int n);

/* Is it `above` itself, or a name below it? Both checked. */
bool domain_is_within(const char *domain, const char *above);

#endif
