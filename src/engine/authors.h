/*
 * authors - the domains that a message shows as its author's
 *
 * As far as impersonation goes: not whom the standards call the author, but everyone who
 * may be taken for it, by a tolerant reader (mail/guise) or by what the mail server makes
 * of the field after us: it completes an address that has no domain, and writes From
 * where it is missing. An address in a display name or in a comment shows no one while
 * the field can be read.
 *
 * Standards: RFC 5322 3.6.2, 4.4; RFC 5321 4.5.5
 * Failure:   nothing.
 */
#ifndef ENGINE_AUTHORS_H
#define ENGINE_AUTHORS_H

#include "base/base.h"
#include "engine/mail_object.h"
#include "mail/address.h"

struct spf_result;

struct authors {
	struct domains domains; /* some may be there twice */
	bool anybody; /* a From field is too large to read: it may show any domain */
};

/* spf: of MAIL FROM, which the mail server shows where From is missing; NULL: it was not
 * checked. */
struct authors authors_of(const struct mail_object *, const struct spf_result *spf);

#endif
