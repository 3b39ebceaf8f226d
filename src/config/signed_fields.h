/*
 * signed_fields - which header fields a signature names: SignHeaders, OmitHeaders and
 * OversignHeaders
 *
 * SignHeaders lists what is signed where it is present; OversignHeaders what is named
 * once more than it is present, so that nobody can add another one. OmitHeaders is taken
 * out of the former, and of the default of the latter. A list replaces its default; one
 * that contains "*" changes it: "*,+X-Own,-Autocrypt". From is always signed, and cannot
 * be omitted (RFC 6376 5.4).
 *
 * The default oversigns some fields always and some only where they are present (sign.h):
 * those that somebody after us may add with good reason. What OversignHeaders adds is
 * oversigned always.
 *
 * Standards: RFC 6376 5.4, 5.4.1, 5.4.2, 8.15; opendkim.conf(5) for the names and forms
 * Failure:   a note for each word that is not the name of a header field.
 */
#ifndef CONFIG_SIGNED_FIELDS_H
#define CONFIG_SIGNED_FIELDS_H

#include "base/base.h"
#include "auth/dkim/sign.h"
#include "base/pool.h"
#include "config/options.h"
#include "config/problems.h"

struct signed_fields {
	struct dkim_fields sign;             /* signed where present, in this order */
	struct dkim_fields oversign;         /* once more, whether present or not */
	struct dkim_fields oversign_present; /* once more, only where present */
};

void signed_fields_read(
	struct pool *, const struct options *, struct signed_fields *, struct problems *);

#endif
